"""A rider at a door that nobody opens: the customer is called, the rider waits, then it is left or brought back.

It is left only where its customer has said so of this order, and only when it is paid. Each step is an order event.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, Order, OrderEvent
from domain.address import Place
from domain.delivery import HELD
from domain.ids import Prefix, show
from domain.leaving import may_be_left
from domain.order import OrderStatus, PaymentStatus
from domain.watching import DoorRules
from operations import ledger
from operations.dispatching import Who, note, of_order

NOBODY_HOME, LEAVE_AGREED = "door.nobody_home", "door.leave_agreed"
AT_DOOR = "customer.at_door"
"""The job: their customer is called, then texted."""
LEAVE_IT = "Leave it at the door if nobody opens"
"""The note that whoever brings it hears."""
TELL_DRIVER = "driver.changed"
"""The job: whoever has the order is called, and hears its notes."""
NO_SHOW = "no_show"
"""Why, in the event of an order that failed: nobody opened."""
FAILED = "order.failed"


@dataclass(frozen=True)
class Waiting:
    """A rider who stands at a door."""

    since: datetime
    until: datetime
    """So long they wait."""
    may_leave: bool

    def over(self, now: datetime) -> bool:
        """They have waited long enough."""
        return now >= self.until


async def begin(session: AsyncSession, order: Order, mine: Assignment, who: Who, rules: DoorRules) -> Waiting:
    """The rider is there and nobody opens: noted once, and their customer is called.

    The caller holds the order's row lock.
    """
    waiting = await waits(session, order, mine)
    if waiting is not None:
        return waiting
    until = who.now + timedelta(minutes=rules.wait_minutes)
    await note(session, order, mine, NOBODY_HOME, who.now, until=until.isoformat())
    payload = {"order_id": str(order.id), "assignment_id": str(mine.id)}
    await ledger.job(session, AT_DOOR, str(mine.id), payload, who.now, who.now)
    return Waiting(who.now, until, await may_leave(session, order))


async def waits(session: AsyncSession, order: Order, mine: Assignment) -> Waiting | None:
    """Since when and until when the rider waits; None when they have not said that nobody opens."""
    query = select(OrderEvent).where(
        col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == NOBODY_HOME
    )
    events = await session.scalars(query)
    event = next((event for event in events if event.data["assignment"] == str(mine.id)), None)
    if event is None:
        return None
    return Waiting(event.at, datetime.fromisoformat(event.data["until"]), await may_leave(session, order))


async def may_leave(session: AsyncSession, order: Order) -> bool:
    """Whether it is paid, and its customer wants it left: by their notes of it, or by their word."""
    if order.payment_kind == ledger.CASH or order.payment_status != PaymentStatus.CAPTURED:
        return False
    return await agreed(session, order) or may_be_left(order.note, Place.model_validate(order.place).note)


async def agree(session: AsyncSession, order: Order, call_id: UUID, now: datetime) -> None:
    """Its customer wants it left: noted once, and whoever rides with it is told. The caller holds the row lock."""
    if await agreed(session, order):
        return
    await ledger.event(session, order, LEAVE_AGREED, now, call=show(Prefix.CALL, call_id))
    if not may_be_left(order.note):
        order.note = f"{order.note}; {LEAVE_IT}" if order.note else LEAVE_IT
    for row in await of_order(session, order.id):
        if row.status in HELD and await waits(session, order, row) is not None:
            payload = {"order_id": str(order.id), "assignment_id": str(row.id)}
            await ledger.job(session, TELL_DRIVER, f"{row.id}:leave", payload, now, now)


async def agreed(session: AsyncSession, order: Order) -> bool:
    """Whether its customer has told us to leave it."""
    query = select(OrderEvent.seq).where(
        col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == LEAVE_AGREED
    )
    return await session.scalar(query.limit(1)) is not None


async def is_no_show(session: AsyncSession, order: Order) -> bool:
    """Whether an order failed because nobody opened."""
    if order.status != OrderStatus.FAILED:
        return False
    query = select(OrderEvent).where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == FAILED)
    return any(event.data.get("reason") == NO_SHOW for event in await session.scalars(query))
