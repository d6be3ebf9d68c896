"""Callers who wait for a person: their way there, second by second, and what the person and the carrier do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sqlmodel import col

from agents.people import LOOK_SECONDS, PutThrough
from db.models import Transfer
from domain.hours import DAYS, Hours
from operations import transfers
from tests.fakes.call import Talk
from tests.fakes.shop import Shop

PERSON, PUBLIC = "+15125550190", "https://phone.tiffin.example"
ALWAYS = Hours({day: ["00:00-23:59"] for day in DAYS}, "America/Chicago")


@dataclass
class Steps:
    """Time that passes when the test says so: as many looks as it grants."""

    granted: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    waits: asyncio.Event = field(default_factory=asyncio.Event)

    async def pause(self, seconds: float) -> None:
        if self.granted.empty():
            self.waits.set()
        await self.granted.get()

    async def pass_(self, seconds: float) -> None:
        """Let the waiting go on for so long, and come to its next pause or its end."""
        self.waits.clear()
        for _ in range(round(seconds / LOOK_SECONDS)):
            self.granted.put_nowait(None)


@dataclass
class Waiting:
    """A caller and their way to a person."""

    talk: Talk
    through: PutThrough
    steps: Steps
    gone: list[bool]

    async def asks(self, reason: str = "a cold naan") -> int | None:
        self.steps.waits.clear()
        place = await self.through.put_through(reason)
        if place is not None:
            await self.paused()
        return place

    async def paused(self) -> None:
        """The next look has been taken, or there is none any more."""
        task = self.through._task
        assert task is not None
        pausing = asyncio.ensure_future(self.steps.waits.wait())
        await asyncio.wait([task, pausing], return_when=asyncio.FIRST_COMPLETED)
        pausing.cancel()

    async def pass_(self, seconds: float) -> None:
        await self.steps.pass_(seconds)
        await self.paused()

    @property
    def said(self) -> list[str]:
        return [text for text, _ in self.talk.line.said]


Wanting = Callable[..., Awaitable["Waiting"]]


async def transfer(shop: Shop, one: Waiting) -> Transfer:
    (row,) = await shop.rows(Transfer, col(Transfer.call_id) == one.talk.state.call_id)
    assert isinstance(row, Transfer)
    return row


async def takes(shop: Shop, one: Waiting) -> None:
    """The person presses 1."""
    row = await transfer(shop, one)
    async with shop.transaction() as session:
        assert await transfers.accept(session, await session.get_one(Transfer, row.id), shop.clock.now())


async def reports(shop: Shop, one: Waiting, status: str) -> None:
    """The carrier tells how the call to the person ended."""
    row = await transfer(shop, one)
    async with shop.transaction() as session:
        found = await session.get_one(Transfer, row.id)
        await transfers.person_left(session, found, status, shop.clock.now())
