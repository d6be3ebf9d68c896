"""Calls that we begin, to people of the seeded city, through a telephone company that does as it is told."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import col

from compliance.may_text import Outgoing
from compliance.reach import Reach
from db.models import Callback, DialRow, Outbox
from db.seeding.dialling import read_dialling
from db.types import held
from domain.calling import Person
from domain.dialling import Topic, Wanted, purpose_of
from domain.jobs import Ending
from operations import dial_legs, ledger
from operations.dialling import Dialler
from tasks.calling import reach
from tasks.work import Work
from tests.fakes.gate import PLAYED, eater, gate, kitchen_of
from tests.fakes.hands import tools_for
from tests.fakes.outbox import RULES
from tests.fakes.shop import ASHA, Shop
from tests.fakes.telephony import FakeTelephony

PUBLIC, LINE = "https://phone.tiffin.example", "+15125550100"
KEY = "restaurant.announce:1"
FIRST = "CAperson1"
"""The SID of the first call that is placed."""


class Switchboard:
    """The shop, a telephone company, and the jobs between them."""

    def __init__(self, shop: Shop, reach: Reach = PLAYED) -> None:
        self.shop = shop
        self.telephony = FakeTelephony()
        self.outgoing = Outgoing(self.telephony, reach, gate(reach))
        self.dialler = Dialler(shop.sessions, self.outgoing, shop.clock, read_dialling(), PUBLIC)

    async def kitchen(self, topic: Topic = Topic.ORDERS, key: str = KEY, text: str | None = None) -> Wanted:
        """A call to a kitchen."""
        person, _ = await kitchen_of(self.shop)
        return self.to(person, topic, key, text)

    async def customer(
        self, topic: Topic = Topic.SUBSTITUTE, key: str = KEY, text: str | None = None
    ) -> Wanted:
        """A call to Asha, who has an order on its way and said that she may be called about it."""
        return self.to(await eater(self.shop, ASHA), topic, key, text)

    def to(self, person: Person, topic: Topic, key: str = KEY, text: str | None = None) -> Wanted:
        """A call to somebody."""
        note = "nobody answers about the order"
        return Wanted(key, person, purpose_of(topic), topic, self.shop.clock.now(), LINE, text, note)

    async def job(self, key: str = KEY) -> None:
        """A job of that key waits in the outbox."""
        kind, _, what = key.partition(":")
        now = self.shop.clock.now()
        async with self.shop.transaction() as session:
            await ledger.job(session, kind, what, {}, now + timedelta(hours=1), now)

    async def due_in(self, key: str = KEY) -> timedelta:
        """How long that job still waits."""
        (row,) = await self.shop.rows(Outbox, col(Outbox.key) == key)
        assert isinstance(row, Outbox)
        return row.due_at - self.shop.clock.now()

    async def reach(self, wanted: Wanted) -> Ending:
        """What a handler does, once it knows that the job is still true."""
        tools = tools_for(self.shop.sessions, self.shop.clock, RULES, outgoing=self.outgoing)
        kind = wanted.key.partition(":")[0]
        return await reach(Work(kind, wanted.key, {}, 1, self.shop.clock.now(), tools), wanted)

    async def tells(
        self, status: str, *, sequence: int | None = None, sid: str = FIRST, dial: UUID | None = None
    ) -> None:
        """A report of the telephone company about the last call, or another one."""
        dial = dial or (await self.dials())[-1].id
        async with self.shop.transaction() as session:
            await dial_legs.reported(session, dial, sid, status, sequence, self.shop.clock)

    async def picks_up(self, sid: str = FIRST, dial: UUID | None = None) -> UUID | None:
        """Somebody picks up: the conversation's id, None where the leg is hung up."""
        dial = dial or (await self.dials())[-1].id
        async with self.shop.transaction() as session:
            call = await dial_legs.picked_up(session, dial, sid, ASHA, self.shop.clock, held())
        return call.id if call else None

    async def age(self, seconds: float) -> None:
        """So much real time has passed since the last call was asked for."""
        async with self.shop.transaction() as session:
            row = await session.get_one(DialRow, (await self.dials())[-1].id)
            row.asked_real -= timedelta(seconds=seconds)

    async def dials(self) -> list[DialRow]:
        """Calls and texts so far, oldest first."""
        rows = await self.shop.rows(DialRow)
        return sorted((row for row in rows if isinstance(row, DialRow)), key=lambda row: row.asked_real)

    async def outcomes(self) -> list[str | None]:
        """What became of each."""
        return [row.outcome for row in await self.dials()]

    async def callbacks(self) -> list[Callback]:
        """What people of ours were asked to do."""
        return [row for row in await self.shop.rows(Callback) if isinstance(row, Callback)]
