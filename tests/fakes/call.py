"""A live call without a telephone: what was spoken, recorded and run in the background can be read."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, cast

from pipecat.frames.frames import FunctionCallResultProperties
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.llm_service import FunctionCallParams
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from db.menu_index import MenuIndex
from domain.address import Place
from domain.call_state import CallState
from domain.hours import DAYS, Hours
from domain.menu import Dish
from errors import VendorError
from tests.fakes.clock import FixedClock
from tests.fakes.shop import MARKETS, Shop
from tools.call import Call
from tools.cart import remember
from tools.result import Result, Say
from tools.tool import Tool
from vendors.maps import Found
from vendors.payments import CardPayments


@dataclass
class FakeLine:
    """A phone line that writes down what it says."""

    said: list[tuple[str, str | None]] = field(default_factory=list)
    """Sentences with their marks."""
    owed: list[str] = field(default_factory=list)
    """Those of them that the caller has to hear."""
    farewell: str | None = None
    prompts: list[str] = field(default_factory=list)
    """System prompts it was given, oldest first."""

    async def say(self, text: str, *, mark: str | None = None) -> None:
        """See tools.call.Line."""
        self.said.append((text, mark))

    async def owe(self, text: str) -> None:
        """See tools.call.Line."""
        self.said.append((text, None))
        self.owed.append(text)

    async def hang_up_after(self, text: str, *, final: bool = False) -> None:
        """See tools.call.Line."""
        self.farewell = text

    async def instruct(self, prompt: str) -> None:
        """See tools.call.Line."""
        self.prompts.append(prompt)


@dataclass
class FakeMaps:
    """A geocoder that knows what it was told."""

    places: dict[str, list[Found]] = field(default_factory=dict)
    fails: VendorError | None = None

    def knows(self, text: str, *places: Place, exact: bool = True) -> None:
        """What to find for a text."""
        self.places[text] = [Found(place=place, exact=exact) for place in places]

    async def find(self, text: str, *, city: str, country: str) -> list[Found]:
        """See Geocoder."""
        if self.fails:
            raise self.fails
        return self.places.get(text, [])


@dataclass
class Talk:
    """A call and everything a test wants to see of it."""

    call: Call
    line: FakeLine
    maps: FakeMaps
    events: list[tuple[str, dict[str, Any]]]
    background: list["asyncio.Task[None]"]

    @property
    def state(self) -> CallState:
        """The call's state."""
        return self.call.state

    def recorded(self, kind: str) -> list[dict[str, Any]]:
        """The data of events of a kind, oldest first."""
        return [data for found, data in self.events if found == kind]

    def offer(self, dish: Dish) -> str:
        """The dish's handle, as if a search had found it."""
        return remember(self.call, dish)

    async def settle(self) -> None:
        """Wait for what was begun in the background."""
        await asyncio.gather(*self.background)

    def hear(self) -> None:
        """The caller hears whatever was said last with a mark."""
        self.call.heard(self.mark)

    @property
    def mark(self) -> str:
        """The mark of what was said last with one."""
        return [mark for _, mark in self.line.said if mark][-1]


def talk(
    state: CallState,
    sessions: async_sessionmaker[AsyncSession],
    menu: MenuIndex,
    clock: FixedClock,
    cards: CardPayments | None = None,
    phone: str | None = None,
) -> Talk:
    """A call with fakes at its edges."""
    line, maps = FakeLine(), FakeMaps()
    events: list[tuple[str, dict[str, Any]]] = []
    background: list[asyncio.Task[None]] = []

    def later(work: Coroutine[Any, Any, None]) -> None:
        background.append(asyncio.get_running_loop().create_task(work))

    call = Call(
        state=state,
        sessions=sessions,
        menu=menu,
        maps=maps,
        cards=cards,
        market=MARKETS[state.market],
        clock=clock,
        record=lambda kind, /, **data: events.append((kind, data)),
        changed=lambda state: None,
        later=later,
        line=line,
        phone=phone,
    )
    return Talk(call, line, maps, events, background)


STAFF = Hours({day: ["08:00-22:00"] for day in DAYS}, "America/Chicago")
"""When somebody of ours is there, for the USA; India has nobody."""


def in_shop(shop: Shop, state: CallState, menu: MenuIndex, cards: CardPayments | None, phone: str) -> Talk:
    """A call in the seeded city, to a line whose people have hours or not, as the seed has it."""
    made = talk(state, shop.sessions, menu, shop.clock, cards, phone)
    made.call.staff = STAFF if state.market == "US" else None
    return made


@dataclass
class Asked:
    """One tool call of the model, through Pipecat's own parameters."""

    params: FunctionCallParams
    results: list[tuple[Any, FunctionCallResultProperties | None]]

    @property
    def result(self) -> Any:
        """The one result. Fails when there was none, or more."""
        ((result, _),) = self.results
        return result

    @property
    def asks_model(self) -> bool:
        """Whether the model speaks next."""
        ((_, properties),) = self.results
        return properties is None or properties.run_llm is not False

    @property
    def notes(self) -> list[Any]:
        """What was appended to the conversation."""
        return list(self.params.context.get_messages())


def asked(call: Call, tool: Tool, arguments: dict[str, Any]) -> Asked:
    """A tool call as Pipecat hands it to a handler, asked for by an agent that has the tool."""
    if call.state.agent not in tool.callers:
        call.state.agent = tool.callers[0]
    results: list[tuple[Any, FunctionCallResultProperties | None]] = []

    async def answer(result: Any, *, properties: FunctionCallResultProperties | None = None) -> None:
        results.append((result, properties))

    params = FunctionCallParams(
        function_name=tool.name,
        tool_call_id="call_1",
        arguments=arguments,
        llm=cast(Any, None),
        pipeline_worker=cast(Any, None),
        context=LLMContext(),
        result_callback=answer,
        app_resources=call,
    )
    return Asked(params, results)


async def run(call: Call, tool: Tool, **arguments: Any) -> Result:
    """A tool's facts, by the way its own code is called."""
    outcome = await tool(call, **arguments)
    if isinstance(outcome, Say):
        assert call.line
        for sentence in outcome.sentences:
            await call.line.say(sentence.text, mark=sentence.mark)
        return outcome.result
    return outcome


async def listened(talk: Talk, tool: Tool, **arguments: Any) -> Result:
    """The same on a line whose other end listens to the end; what the system said is the result's `say`."""
    before = len(talk.line.said)
    result = await run(talk.call, tool, **arguments)
    said = talk.line.said[before:]
    for mark in [mark for _, mark in said if mark]:
        talk.call.heard(mark)
    await talk.settle()
    return {**result, "say": " ".join(text for text, _ in said)} if said else result
