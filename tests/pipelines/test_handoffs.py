"""Handoffs in a running call: what the next request carries, what the caller hears, whoever barges in or fails."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from agents.agent import Agent, Handoff
from agents.cast import Cast
from domain.saying import Saying
from tests.fakes.call import Talk
from tests.pipelines.conftest import Desk, greeted
from tests.pipelines.phone import Phone
from tests.pipelines.speech import speech
from tests.tools.conftest import bare
from tools.caller import ask_for_person, end_call

__all__ = ["bare"]
pytestmark = pytest.mark.call

FILLER = Saying("One moment, please, while I look for what you are asking about.", "एक मिनट, मैं देखती हूँ।")
TO_SUPPORT = "transfer_to_customer_support"
CAST = Cast(
    (
        Agent("customer_order", (ask_for_person,), (Handoff("customer_support", "the caller complains"),)),
        Agent(
            "customer_support", (end_call,), (Handoff("customer_order", "the caller wants food"),), (FILLER,)
        ),
    )
)
REASON = {"reason": "cold food"}


@dataclass
class DeskLine:
    """The desk's call, as tools and handoffs use a line."""

    desk: Desk

    async def say(self, text: str, *, mark: str | None = None) -> None:
        """See tools.call.Line."""
        assert self.desk.call
        await self.desk.call.say(text, mark=mark)

    async def owe(self, text: str) -> None:
        """See tools.call.Line."""
        assert self.desk.call
        await self.desk.call.owe(text)

    async def hang_up_after(self, text: str, *, final: bool = False) -> None:
        """See tools.call.Line."""
        assert self.desk.call
        await self.desk.call.farewell(text, "goodbye")

    async def instruct(self, prompt: str) -> None:
        """See tools.call.Line."""
        assert self.desk.call
        await self.desk.call.instruct(prompt)


@pytest.fixture
def office(desk: Desk, bare: Talk) -> Desk:
    """A desk where the order agent answers and may hand over to support."""
    bare.call.line = DeskLine(desk)
    bare.call.record = lambda type, /, **data: desk.note(type, data)
    desk.resources, desk.prompt, desk.greet = bare.call, CAST["customer_order"].prompt, greeted
    desk.context.set_tools(CAST.tools("customer_order"))
    return desk


def system(request: dict[str, Any]) -> str:
    return "".join(part["text"] for part in request["system"])


def tools(request: dict[str, Any]) -> list[str]:
    return [tool["name"] for tool in request["tools"]]


def is_supports(request: dict[str, Any]) -> bool:
    return (system(request), tools(request)) == (
        CAST["customer_support"].prompt,
        list(CAST["customer_support"].tool_names),
    )


async def complain(desk: Desk, phone: Phone) -> None:
    await desk.until("heard", "greeting")
    phone.speak(speech("Two mango lassi please"))
    await desk.until("model.spoke")


async def asked_about(desk: Desk, words: str) -> None:
    """Wait until a model has answered a request with these words of the caller."""
    async with desk.changed, asyncio.timeout(30):
        await desk.changed.wait_for(lambda: words in str(desk.knobs.claude_requests[-1]["messages"]))


async def said(desk: Desk, words: str) -> str:
    """Wait until the caller has heard these words; all that was said so far."""

    def told() -> str:
        return " ".join(turn["text"] for turn in desk.of("turn.agent"))

    async with desk.changed, asyncio.timeout(30):
        await desk.changed.wait_for(lambda: words in told())
    return told()


async def test_the_new_agent_answers_the_same_words_with_its_own_prompt_and_tools(office: Desk) -> None:
    office.knobs.texts = ["my food was cold"]
    office.knobs.claude = [[(TO_SUPPORT, REASON)], "I am sorry about that."]

    async def script(phone: Phone) -> None:
        await complain(office, phone)
        told.append(await said(office, "I am sorry about that."))

    told: list[str] = []
    await office.phone(script)
    first, second = office.knobs.claude_requests
    assert system(first) == CAST["customer_order"].prompt
    assert tools(first) == list(CAST["customer_order"].tool_names)
    assert is_supports(second)
    history = str(second["messages"])
    assert "my food was cold" in history
    assert "transferred" in history
    assert "ASYNC TOOLS" not in system(second)
    assert told[0].index(FILLER) < told[0].index("I am sorry about that.")


async def test_a_barge_in_during_the_filler_is_answered_by_the_new_agent(office: Desk) -> None:
    office.knobs.texts = ["my food was cold", "and the naan was missing"]
    office.knobs.claude = [[(TO_SUPPORT, REASON)], "I am sorry about that.", "And the naan, I see."]

    async def script(phone: Phone) -> None:
        await office.until("heard", "greeting")
        phone.speak(speech("Two mango lassi please"))
        await office.until("agent.handoff")
        await phone.next_audio()
        phone.speak(speech("No wait"))
        await phone.next_clear()
        await asked_about(office, "and the naan was missing")

    await office.phone(script)
    assert all(is_supports(request) for request in office.knobs.claude_requests[1:])


async def test_the_second_model_takes_over_as_the_new_agent(office: Desk) -> None:
    office.knobs.texts = ["my food was cold"]
    office.knobs.claude = [[(TO_SUPPORT, REASON)], 529]
    office.knobs.gpt = ["I am sorry, from the second model."]

    async def script(phone: Phone) -> None:
        await complain(office, phone)

    await office.phone(script)
    (request,) = office.knobs.gpt_requests
    assert request["messages"][0]["content"] == CAST["customer_support"].prompt
    assert [tool["function"]["name"] for tool in request["tools"]] == list(
        CAST["customer_support"].tool_names
    )


async def test_two_handoffs_in_one_answer_are_one(office: Desk) -> None:
    office.knobs.texts = ["my food was cold"]
    office.knobs.claude = [[(TO_SUPPORT, REASON), (TO_SUPPORT, REASON)], "I am sorry about that."]

    async def script(phone: Phone) -> None:
        await complain(office, phone)
        await said(office, "I am sorry about that.")

    await office.phone(script)
    assert len(office.of("agent.handoff")) == 1
    assert len(office.knobs.claude_requests) == 2
    assert is_supports(office.knobs.claude_requests[1])


async def test_a_tool_of_the_agent_before_is_answered_and_harms_nothing(office: Desk) -> None:
    office.knobs.texts = ["my food was cold"]
    stale = [("ask_for_person", {"reason": "cold food"})]
    office.knobs.claude = [[(TO_SUPPORT, REASON)], stale, "I am sorry about that."]

    async def script(phone: Phone) -> None:
        await complain(office, phone)

    await office.phone(script)
    last = office.knobs.claude_requests[-1]
    assert is_supports(last)
    assert "not currently available" in str(last["messages"])
    assert [event["tool"] for event in office.of("tool.called")] == [TO_SUPPORT]
