"""Jobs that phone people, run by hand in the seeded city: a telephone company that writes down, and calls that end."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlmodel import col, select

from compliance.may_text import Outgoing
from db.models import Callback, CallRow, DialRow, Driver, Order, OrderEvent, Outbox
from db.seeding.jobs import read_jobs
from db.types import held
from domain.calling_rules import Purpose
from domain.dialling import Dialled, Outcome, Topic
from domain.ids import new_id
from domain.jobs import Ending, Later
from operations import dialling, ledger
from tasks.handlers import HANDLERS
from tasks.work import Tools, Work
from tests.fakes.gate import PLAYED, answered, gate
from tests.fakes.hands import tools_for
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ASHA, LINES, MARKETS, Shop
from tests.fakes.telephony import FakeTelephony

LINE = LINES["US"][0]
GATE = cache(gate)


@dataclass
class Phones:
    """A worker whose calls are answered, or not, as a test says."""

    shop: Shop
    cards: FakePayments | None = None
    telephony: FakeTelephony = field(default_factory=FakeTelephony)

    @property
    def tools(self) -> Tools:
        """What handlers are given: the rules of calling as they are shipped."""
        outgoing = Outgoing(self.telephony, PLAYED, GATE())
        made = tools_for(self.shop.sessions, self.shop.clock, read_jobs(), self.cards, outgoing)
        object.__setattr__(made, "markets", MARKETS)
        return made

    async def row(self, kind: str, key: object) -> Outbox:
        """A job as it is now."""
        async with self.shop.sessions() as session:
            return (await session.scalars(select(Outbox).where(col(Outbox.key) == f"{kind}:{key}"))).one()

    async def look(self, kind: str, key: object) -> Ending:
        """What a handler makes of its job at this moment."""
        row = await self.row(kind, key)
        return await HANDLERS[kind](Work(kind, row.key, row.payload, 1, row.created_at, self.tools))

    async def write(self, kind: str, key: object, **payload: object) -> None:
        """A job, due now."""
        now = self.shop.clock.now()
        async with self.shop.transaction() as session:
            told = {name: str(value) for name, value in payload.items()}
            await ledger.job(session, kind, str(key), told, now, now)

    async def dials(self) -> list[DialRow]:
        """Calls and texts so far, oldest first."""
        return [row for row in await self.shop.rows(DialRow) if isinstance(row, DialRow)]

    async def topics(self) -> list[tuple[str, Topic]]:
        """What was tried so far: by call or by text, and about what."""
        return [(row.channel, Topic(row.topic)) for row in await self.dials()]

    async def ends(self, outcome: Outcome = Outcome.NO_ANSWER) -> None:
        """The call that runs is over."""
        (live,) = [row for row in await self.dials() if row.status != Dialled.OVER]
        async with self.shop.transaction() as session:
            await dialling.over(session, live.id, outcome, self.shop.clock)

    async def picked_up(self) -> None:
        """Somebody answers the call that rings."""
        async with self.shop.transaction() as session:
            row = await session.scalar(select(DialRow).where(col(DialRow.status) != Dialled.OVER))
            assert row is not None
            row.status = Dialled.ANSWERED.value

    async def runs_out(self, kind: str, key: object, *, minutes: float = 30) -> Ending:
        """The job is looked at whenever it wants to be, and nobody ever answers, until it is over."""
        until = self.shop.clock.now() + timedelta(minutes=minutes)
        while self.shop.clock.now() < until:
            ending = await self.look(kind, key)
            if not isinstance(ending, Later):
                return ending
            rings = [row for row in await self.dials() if row.status != Dialled.OVER]
            if rings:
                self.shop.clock.advance(timedelta(seconds=25))
                await self.ends()
            else:
                assert ending.at > self.shop.clock.now(), f"it would be looked at for ever: {ending.why}"
                self.shop.clock.moment = ending.at
        raise AssertionError(f"it is not over within {minutes} minutes")

    async def told(self, order_id: UUID, kind: str, topic: Topic, **more: object) -> None:
        """They have heard it: the event that their conversation writes."""
        async with self.shop.transaction() as session:
            row = await session.get_one(Order, order_id, with_for_update=True)
            await ledger.event(session, row, kind, self.shop.clock.now(), topic=topic.value, **more)

    async def happened(self, order_id: UUID, kind: str, at: datetime | None = None, **data: object) -> None:
        """One more event of an order."""
        async with self.shop.transaction() as session:
            row = await session.get_one(Order, order_id, with_for_update=True)
            await ledger.event(session, row, kind, at or self.shop.clock.now(), **data)

    async def events(self, order_id: UUID, kind: str) -> list[OrderEvent]:
        """An order's events of a kind, oldest first."""
        rows = await self.shop.rows(
            OrderEvent, col(OrderEvent.order_id) == order_id, col(OrderEvent.type) == kind
        )
        return sorted((row for row in rows if isinstance(row, OrderEvent)), key=lambda row: row.seq)

    async def persons(self) -> list[str]:
        """What our people were asked to do."""
        return [row.reason for row in await self.shop.rows(Callback) if isinstance(row, Callback)]

    async def calls_us(self, phone: str) -> UUID:
        """A call that comes in, and goes on."""
        call_id = new_id()
        async with self.shop.transaction() as session:
            session.add(
                CallRow(
                    id=call_id,
                    sid=f"CA{call_id.hex}",
                    channel="eval",
                    market="US",
                    line=LINE,
                    phone=phone,
                    phone_hash=held().phone_hash(phone),
                    started_at=self.shop.clock.now(),
                )
            )
        return call_id

    async def may_be_called(self, phone: str = ASHA) -> None:
        """A customer has said that it is all right to call about orders, and to ask how it was."""
        for purpose in (Purpose.ORDER_SERVICE, Purpose.FEEDBACK):
            await answered(self.shop, phone, purpose, True)

    async def number(self, driver_id: UUID) -> str:
        """A driver's."""
        async with self.shop.sessions() as session:
            return (await session.get_one(Driver, driver_id)).phone
