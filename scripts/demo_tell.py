"""The narration of a demonstration: who calls whom, what is said, what changes in the order, and what time it is."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from rich.console import Console
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import CallRow, Customer, DialRow, Driver, OrderEvent, Restaurant
from domain.dialling import Dialled, Outcome
from domain.ids import Prefix, show
from scripts.call_live import Transcript, follow, shortened
from scripts.demo_world import Seen, World

BOOKKEEPING = ("delivery.travel", "delivery.watched")
"""Order events that are not told: there is one of them a minute."""


class Narrator:
    """Prints what is new in each look, and every call's words as they are spoken."""

    def __init__(self, console: Console, world: World) -> None:
        self._console, self._world = console, world
        self._events, self._dials, self._calls = 0, set[UUID](), set[UUID]()
        self._listening: set[asyncio.Task[None]] = set()
        self._waited: datetime | None = None

    async def tell(self, seen: Seen) -> None:
        """Tell what is new."""
        for dial in seen.dials:
            if dial.id not in self._dials and dial.status != Dialled.ASKED:
                self._dials.add(dial.id)
                what = "texts" if dial.channel == "sms" else "calls"
                about = f"{await self._party(dial)}: {dial.topic.replace('_', ' ')}"
                if dial.outcome == Outcome.REFUSED:
                    self._line(
                        seen, dial.asked_at, f"the gate refuses ({dial.rule}): Tiffin {what} {about}", "red"
                    )
                else:
                    self._line(seen, dial.asked_at, f"Tiffin {what} {about}", "bold")
        for call in seen.calls:
            if call.id not in self._calls:
                self._calls.add(call.id)
                self._listen(call, seen, await self._speaker(call, seen))
        self._order(seen, seen.events[self._events :])
        self._events = max(self._events, len(seen.events))

    def wait(self, seen: Seen, why: str) -> None:
        """Tell the time while nothing happens, every few minutes of it."""
        if self._waited is None or (seen.now - self._waited).total_seconds() >= 300:
            self._waited = seen.now
            self._line(seen, seen.now, f"... {why}".rstrip(), "dim")

    def note(self, seen: Seen, what: str) -> None:
        """Tell what happens outside."""
        self._line(seen, seen.now, what, "magenta")

    async def close(self) -> None:
        """Stop listening."""
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)

    def _order(self, seen: Seen, events: Sequence[OrderEvent]) -> None:
        for event in events:
            if event.type not in BOOKKEEPING:
                facts = {
                    k: v for k, v in event.data.items() if not k.endswith(("call", "assignment", "driver"))
                }
                what = f"{event.type.replace('.', ' ').replace('_', ' ')}  {shortened(facts)}".rstrip()
                self._line(seen, event.at, f"  order: {what}", "yellow")

    def _line(self, seen: Seen, at: datetime, text: str, style: str) -> None:
        stamp = at.astimezone(seen.zone).strftime("%H:%M:%S  ")
        self._console.print(Text.assemble((stamp, "dim"), (text, style)), soft_wrap=True)

    def _listen(self, call: CallRow, seen: Seen, who: str) -> None:
        if call.direction == "inbound":
            self._line(seen, call.started_at, f"{who} calls Tiffin", "bold")
        task = asyncio.create_task(self._hear(call, who), name=f"call {call.id}")
        self._listening.add(task)
        task.add_done_callback(self._listening.discard)

    async def _hear(self, call: CallRow, who: str) -> None:
        transcript = Transcript(self._console, caller=who)
        began = asyncio.get_running_loop().time()
        async for event in follow(self._world.api, show(Prefix.CALL, call.id)):
            transcript.tell(event, asyncio.get_running_loop().time() - began)

    async def _speaker(self, call: CallRow, seen: Seen) -> str:
        dial = seen.dial_of(call.id)
        if dial is not None:
            return await self._party(dial)
        async with self._world.rows.sessions() as session:
            if call.customer_id is not None and (found := await session.get(Customer, call.customer_id)):
                return _first(found.name)
        if seen.driver is not None and call.phone_hash == seen.driver.phone_hash:
            return _first(seen.driver.name)
        return "somebody"

    async def _party(self, dial: DialRow) -> str:
        async with self._world.rows.sessions() as session:
            return await party(session, dial)


async def party(session: AsyncSession, dial: DialRow) -> str:
    """Whom a call of ours reaches, in a word or two."""
    if dial.party_kind == "restaurant":
        kitchen = await session.get(Restaurant, dial.party_id)
        return f"kitchen {kitchen.branch}" if kitchen else "a kitchen"
    kind: type[Driver] | type[Customer] = Driver if dial.party_kind == "driver" else Customer
    found: Driver | Customer | None = await session.get(kind, dial.party_id)
    return _first(found.name) if found else dial.party_kind


def _first(name: str | None) -> str:
    return name.split()[0] if name else "somebody"
