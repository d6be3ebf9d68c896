"""Handlers that do as they are told, and what a process gives them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from compliance.may_text import Outgoing
from db.engine import Sessions
from db.seeding.dialling import read_dialling
from domain.jobs import Done, Ending, JobRules
from errors import StoreDown
from operations.travelling import Estimates
from settings import Settings
from tasks.work import Tools, Work
from vendors.maps import Found
from vendors.payments import CardPayments, LinkPayments


class NoMaps:
    """Knows no place."""

    async def find(self, text: str, *, city: str, country: str) -> list[Found]:
        """See Geocoder."""
        return []


@dataclass(frozen=True)
class Cuttable(Tools):
    """A process that can be cut off from PostgreSQL."""

    cut: asyncio.Event = field(default_factory=asyncio.Event)
    interrupt: list[BaseException] = field(default_factory=list)
    """What the next transactions end in."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """See Tools."""
        if self.cut.is_set():
            raise StoreDown("the database failed: cut off")
        if self.interrupt:
            raise self.interrupt.pop()
        async with super().transaction() as session:
            yield session


def tools_for(
    sessions: Sessions,
    clock: Clock,
    rules: JobRules,
    cards: CardPayments | None = None,
    outgoing: Outgoing | None = None,
    links: LinkPayments | None = None,
) -> Cuttable:
    """What handlers are given in tests: stores, a card provider, and nobody to ring unless `outgoing` is given."""
    return Cuttable(
        settings=Settings(),
        clock=clock,
        sessions=sessions,
        rules=rules,
        cards=cards,
        links=links,
        outgoing=outgoing,
        maps=NoMaps(),
        travel=Estimates(),
        markets={},
        policies={},
        dispatch={},
        dialling=read_dialling(),
        staffed={},
    )


class Hand:
    """A handler: `endings` says how the next attempts end; then all is done."""

    def __init__(self, *endings: Ending | Exception) -> None:
        self.endings = list(endings)
        self.seen: list[Work] = []
        self.finished: list[str] = []
        """Keys of the attempts that came to their end."""
        self.broken_off: list[str] = []
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.at_once = self.most = 0

    async def __call__(self, work: Work) -> Ending:
        """See Handler."""
        self.seen.append(work)
        self.started.set()
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.broken_off.append(work.key)
            raise
        finally:
            self.at_once -= 1
        self.finished.append(work.key)
        ending = self.endings.pop(0) if self.endings else Done()
        if isinstance(ending, Exception):
            raise ending
        return ending
