"""Somebody who picks up a call of ours, on a line that writes down what it is told to do."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from agents.door import TOLD, Patience
from agents.outgoing import Callee
from compliance.outgoing_words import Opening
from domain.call_state import CallState
from domain.dialling import Topic
from domain.ids import new_id
from operations.outgoing import Begun
from tests.fakes.call import Talk, talk
from tests.fakes.clock import FixedClock
from tests.fakes.given import SEEDED_AT

QUICK = Patience(silent=0.12, hold=0.6, settle=0.02, prelude=0.12, menu=0.05, announcement=0.05, every=0.01)
OPENING = Opening("Tiffin's AI.", "New order, two items.", question="Press 1 to hear it.", name="Asha")


@dataclass
class FakeDoor:
    """A line that writes down what it is told to do."""

    did: list[str] = field(default_factory=list)
    is_shut: bool = True
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def _note(self, what: str) -> None:
        self.did.append(what)
        self.changed.set()

    async def until(self, count: int) -> list[str]:
        """What was done, once it is so much."""
        async with asyncio.timeout(5):
            while len(self.did) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.did

    def shut(self, shut: bool) -> None:
        """See agents.door.Door."""
        self.is_shut = shut

    async def begin(self) -> None:
        """See agents.door.Door."""
        self._note("opening")

    async def say(self, text: str) -> None:
        """See agents.door.Door."""
        self._note(f"say {text}")

    async def press(self, key: str) -> None:
        """See agents.door.Door."""
        self._note(f"press {key}")

    async def hush(self) -> None:
        """See agents.door.Door."""
        self._note("hush")

    async def take_turn(self, text: str) -> None:
        """See agents.door.Door."""
        self._note(f"turn {text}")

    async def last_words(self, text: str, *, protected: bool = False) -> None:
        """See agents.door.Door."""
        self._note(f"last {text}")

    async def leave(self) -> None:
        """See agents.door.Door."""
        self._note("leave")


@dataclass
class Telephone:
    """A call of ours that was picked up."""

    callee: Callee
    door: FakeDoor
    talk: Talk

    async def hears(self, text: str, seconds: float = 1.0) -> None:
        """One utterance, with the door shut."""
        await self.callee.voice(True)
        await self.callee.voice(False)
        await self.callee.words(text, seconds)

    async def opened(self, heard: bool = True) -> None:
        """Somebody says hello, and hears the opening."""
        await self.hears("Hello?")
        await self.door.until(1)
        if heard:
            self.callee.heard(TOLD)

    async def turn(self, text: str) -> bool:
        """One turn of the conversation: whether it is none of the conversation's."""
        mine = self.callee.own_words(text)
        assert self.callee.takes(text, "turn") is (mine is not None)
        await self.talk.settle()
        return mine is not None


def called(caller: str = "restaurant", topic: Topic = Topic.ORDERS, market: str = "US") -> CallState:
    call_id = new_id()
    return CallState(
        call_id=call_id,
        cart_call_id=call_id,
        channel="twilio",
        line="+15125550100",
        market=market,
        city="Larkfield",
        started_at=SEEDED_AT,
        caller=cast(Any, caller),
        topic=topic,
        purpose="order_service",
        customer_id=new_id() if caller == "customer" else None,
    )


@dataclass
class Exchange:
    """Makes calls, and ends them."""

    made: list[Callee] = field(default_factory=list)

    def __call__(self, of: CallState | None = None, begun: Begun | None = None) -> Telephone:
        """Somebody picks up."""
        made = talk(of or called(), cast(Any, None), cast(Any, None), FixedClock(SEEDED_AT))
        door = FakeDoor()
        callee = Callee(made.call, door, begun or Begun(OPENING), QUICK)
        self.made.append(callee)
        callee.start()
        return Telephone(callee, door, made)
