"""A driver's whole call: the stand-in with the tools as they are, ended by what stands in the database."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from qdrant_client import QdrantClient

from agents import AGENTS, grammar
from agents.registry import TOOLS
from db.encoders import SpellingEncoder
from db.menu_index import MenuIndex
from db.words import Thesaurus
from sandbox.policy.brain import answer
from sandbox.policy.request import Event, ModelRequest, Result, Said, Spoke, Tool, ToolCall
from tests.fakes.call import Talk, talk
from tests.fakes.riding import DISPATCH, LUIS, assignments, cooking, drives, offered
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, set_order
from tools.result import Say
from tools.tool import settled

pytestmark = pytest.mark.db


@dataclass
class Line:
    """The stand-in in place of the model; its calls reach the product's tools."""

    talk: Talk
    events: list[Event] = field(default_factory=lambda: [Spoke("Tiffin's AI. How can I help?")])

    async def say(self, text: str) -> str:
        """One turn; what is spoken comes back."""
        grammar.hear(self.talk.call, text)
        self.events.append(Said(text))
        said: list[str] = []
        while True:
            reply = answer(ModelRequest("stand-in", "A prompt.", self.offered(), tuple(self.events)))
            if reply.text:
                self.events.append(Spoke(reply.text))
                said.append(reply.text)
            if not reply.calls:
                return " ".join(said)
            for number, call in enumerate(reply.calls):
                made = ToolCall(call.name, call.arguments, f"call-{len(self.events)}-{number}")
                outcome = await settled(TOOLS[call.name], self.talk.call, call.arguments)
                if isinstance(outcome, Say):
                    self.events += [made, Result(made, json.loads(json.dumps(outcome.result)))]
                    return " ".join([*said, *self.played(outcome)])
                self.events += [made, Result(made, json.loads(json.dumps(outcome)))]

    def played(self, say: Say) -> list[str]:
        """What the system says, heard to its end."""
        for sentence in say.sentences:
            self.events.append(Spoke(sentence.text))
            if sentence.mark:
                self.talk.call.heard(sentence.mark)
        return [sentence.text for sentence in say.sentences]

    def offered(self) -> dict[str, Tool]:
        """The agent's tools as a model is shown them."""
        shown = AGENTS.tools(self.talk.state.agent).standard_tools
        return {
            one.name: Tool(one.name, one.description, {"type": "object", "properties": one.properties})
            for one in shown
        }


@pytest.fixture
async def line(shop: Shop) -> AsyncIterator[Line]:
    """Luis has just been greeted."""
    client = QdrantClient(":memory:")
    menu = MenuIndex(client, SpellingEncoder(), Thesaurus({}), embedded=True)
    made = talk(await shop.caller(LUIS), shop.sessions, menu, shop.clock, phone=LUIS)
    await drives(shop, made.state)
    made.call.dispatch = DISPATCH
    yield Line(made)
    client.close()


async def test_from_the_offer_to_the_door(line: Line, shop: Shop) -> None:
    order = await cooking(shop)
    await offered(shop, order)
    assert (await line.say("hi, anything for me?")).endswith("Yes, or skip?")
    assert (await line.say("yes")).startswith("It's yours. Pick up at Spice Route, Old Mill;")
    await line.say("I'm at the restaurant")
    assert "has not said yet that it is ready" in await line.say("I picked it up")
    await set_order(shop, order.id, status="ready")
    assert (await line.say("I picked it up")).startswith("Picked up. It goes to ")
    assert (await line.say(f"the code is {' '.join(order.code)}")).startswith("That's right, it's delivered.")
    assert (await as_it_is(shop, order.id)).status == "delivered"
    assert await assignments(shop, order.id) == [("delivered", None)]
    assert await line.say("no thanks") == "Thank you. Goodbye."


async def test_skipped_and_the_next_one_given_back(line: Line, shop: Shop) -> None:
    first, second = await cooking(shop), await cooking(shop)
    for order in (first, second):
        await offered(shop, order)
    await line.say("any orders?")
    assert (await line.say("skip, too far")).startswith("All right, skipped. Pick up at ")
    assert (await line.say("okay")).startswith("It's yours.")
    assert "taken it off you" in await line.say("sorry, I have a flat tyre")
    assert await assignments(shop, first.id) == [("declined", "too_far")]
    assert [status for status, _ in await assignments(shop, second.id)] == ["withdrawn"]
