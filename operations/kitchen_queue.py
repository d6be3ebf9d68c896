"""What waits for a kitchen, what it has not heard yet, and how an order reads to a cook."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, OrderEvent, Outbox
from domain.announcement import Portion, Ticket
from domain.order import OrderStatus
from operations import menus, tracking

S = OrderStatus
ANNOUNCE = "restaurant.announce"
"""The job that tells a kitchen of an order; due when the kitchen is to know."""
CONFIRMED, TOLD = "order.confirmed", "kitchen.told"
UP_TO = "up_to"
"""In what a kitchen was told: the last event it heard of. The event itself is written once they have heard it."""
UNAVAILABLE, ASKED = "kitchen.unavailable", "ask_customer"
"""The event of a dish that has run out, and its outcome while the customer decides."""
CHANGES = ("order.changed", "order.cancelled", "order.failed", "order.rejected")
BY_KITCHEN, BY_CUSTOMER, BY_SYSTEM = "kitchen", "customer", "system"
"""In an event's `by`: who made the change. What the kitchen made itself it need not be told."""
STILL_OF_USE = timedelta(hours=12)
"""A change older than this is not told any more."""
COOKING = (S.CONFIRMED, S.PREPARING)


@dataclass(frozen=True)
class Who:
    """The kitchen that acts, when, and in which call; or who else does something to an order of its."""

    kitchen_id: UUID
    now: datetime
    call_id: UUID | None = None
    by: str = BY_KITCHEN


@dataclass(frozen=True)
class Slip:
    """An order of a kitchen with what it is told of it."""

    order: Order
    ticket: Ticket
    told: bool
    """Whether the kitchen was told of it before."""
    changes: tuple[OrderEvent, ...] = ()
    """What the customer did to it since, oldest first."""
    seq: int = 0
    """The order's last event that is in it: what happens later, whoever hears this does not know."""


async def waiting(session: AsyncSession, who: Who) -> list[Order]:
    """Orders that the kitchen has not answered, oldest first; one for later once its kitchen is to know of it.

    Not those whose customer is being asked about a dish that has run out.
    """
    query = (
        select(Order)
        .where(col(Order.restaurant_id) == who.kitchen_id, col(Order.status).in_((S.PLACED, S.SCHEDULED)))
        .order_by(col(Order.placed_at), col(Order.id))
    )
    rows = (await session.scalars(query)).all()
    keys = [f"{ANNOUNCE}:{row.id}" for row in rows if row.status == S.SCHEDULED]
    due = select(Outbox.key).where(col(Outbox.key).in_(keys), col(Outbox.due_at) <= who.now)
    announced = set(await session.scalars(due)) if keys else set()
    here = [row for row in rows if row.status == S.PLACED or f"{ANNOUNCE}:{row.id}" in announced]
    return [row for row in here if not await asked_about(session, row)]


async def cooking(session: AsyncSession, who: Who) -> list[Order]:
    """Orders the kitchen has taken and not finished, those first that should be cooked first."""
    rows = await session.scalars(
        select(Order)
        .where(col(Order.restaurant_id) == who.kitchen_id, col(Order.status).in_(COOKING))
        .order_by(col(Order.ready_by), col(Order.id))
    )
    return list(rows)


async def changed(session: AsyncSession, who: Who) -> list[Order]:
    """Orders the kitchen was told of and that were changed, called off or given up since, oldest first.

    Not those that have left the kitchen: nothing is to be done about them there.
    """
    rows = await session.scalars(
        select(Order)
        .where(
            col(Order.restaurant_id) == who.kitchen_id,
            col(Order.status).in_((*COOKING, S.READY, S.CANCELLED, S.FAILED, S.REJECTED)),
            col(Order.picked_up_at).is_(None),
            col(Order.updated_at) > who.now - STILL_OF_USE,
        )
        .order_by(col(Order.placed_at), col(Order.id))
    )
    return [row for row in rows if (await untold(session, row))[1]]


async def asked_about(session: AsyncSession, order: Order) -> list[str]:
    """Dishes of an order that have run out, while their customer is asked what to do."""
    events = await session.scalars(
        select(OrderEvent).where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == UNAVAILABLE)
    )
    asked = {event.data["line"] for event in events if event.data["outcome"] == ASKED}
    if not asked:
        return []
    return [line.name for line in await tracking.lines(session, order.id) if line.position in asked]


async def slip(session: AsyncSession, order: Order) -> Slip:
    """An order as its kitchen is told of it."""
    kitchen = await menus.kitchen(session, order.restaurant_id)
    portions = [
        Portion(line.position, line.quantity, line.name, line.size, tuple(line.choices), line.note)
        for line in await tracking.lines(session, order.id)
    ]
    ticket = Ticket(portions, tuple(order.allergies), order.note, order.wanted_at, zone=kitchen.zone)
    told, changes = await untold(session, order)
    last = await session.scalar(
        select(func.max(col(OrderEvent.seq))).where(col(OrderEvent.order_id) == order.id)
    )
    return Slip(order, ticket, told, tuple(changes), last or 0)


async def untold(session: AsyncSession, order: Order) -> tuple[bool, list[OrderEvent]]:
    """Whether the kitchen has been told of an order at all, and what the customer changed since it was told last."""
    found = await session.scalars(
        select(OrderEvent).where(col(OrderEvent.order_id) == order.id).order_by(col(OrderEvent.seq))
    )
    events = list(found)
    knows = max(
        (int(event.data.get(UP_TO, event.seq)) for event in events if event.type in (CONFIRMED, TOLD)),
        default=None,
    )
    if knows is None:
        return False, []
    since = [event for event in events if event.seq > knows and event.type in CHANGES]
    return True, [event for event in since if event.data.get("by") != BY_KITCHEN]
