"""Orders as their customer may ask after them: which are theirs, how each stands, and that one has arrived."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, OrderEvent, OrderLine
from domain.eta import Progress, say_past, say_progress
from domain.kitchen import Kitchen
from domain.order import OrderStatus, PaymentStatus
from operations import ledger, menus

ARRIVED = "receipt.confirmed"
OVER = (OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.FAILED)
OUT = (OrderStatus.PICKED_UP, OrderStatus.DELIVERED, OrderStatus.CLOSED)


@dataclass(frozen=True)
class Seen:
    """One order with what has to be known to speak of it."""

    order: Order
    kitchen: Kitchen
    lines: Sequence[OrderLine]

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return progress(self.order)

    def ordered(self, now: datetime) -> str:
        """When it was ordered, as said."""
        return say_past(self.progress.ordered_at, now, self.kitchen.zone)

    def arrives(self, now: datetime) -> str | None:
        """When it comes, as said; None when that is not known."""
        return self.progress.arrives(now, self.kitchen.zone)

    def say(self, now: datetime) -> str:
        """Where it is, in one to three sentences."""
        told = say_progress(self.progress, self.kitchen.brand, now, self.kitchen.zone)
        money = say_money(self.order)
        return f"{told} {money}" if money else told


def progress(order: Order) -> Progress:
    """What an order's row tells of its way."""
    return Progress(
        status=OrderStatus(order.status),
        ordered_at=order.placed_at or order.created_at,
        promise_minutes=order.promise_minutes,
        wanted_at=order.wanted_at,
        delivered_at=order.delivered_at,
    )


def say_line(line: OrderLine) -> str:
    """A dish of an order, as it is listed: "2 Dal Tadka (full)"."""
    return f"{line.quantity} {line.name}{f' ({line.size})' if line.size else ''}"


def say_money(order: Order) -> str:
    """What became of the money of an order that came to nothing; empty for any other."""
    if order.status not in OVER:
        return ""
    if order.payment_kind == "cash":
        return "Nothing is due."
    if order.payment_status in (PaymentStatus.RELEASED, PaymentStatus.DECLINED, PaymentStatus.PENDING):
        return "Nothing was charged."
    if order.payment_status == PaymentStatus.REFUNDED:
        return "The money was given back."
    if order.payment_status == PaymentStatus.AUTHORISED:
        return "The money held for it has not been let go of yet."
    return "What became of the payment is not settled yet."


async def newest(session: AsyncSession, customer_id: UUID, limit: int) -> set[UUID]:
    """A customer's latest orders."""
    query = select(Order.id).where(col(Order.customer_id) == customer_id)
    return set(await session.scalars(query.order_by(col(Order.created_at).desc()).limit(limit)))


async def look(session: AsyncSession, ids: Collection[UUID], limit: int) -> list[Seen]:
    """These orders, newest first."""
    rows = await session.scalars(
        select(Order).where(col(Order.id).in_(ids)).order_by(col(Order.created_at).desc()).limit(limit)
    )
    found = []
    for row in rows.all():
        kitchen = await menus.kitchen(session, row.restaurant_id)
        found.append(Seen(row, kitchen, await lines(session, row.id)))
    return found


async def lines(session: AsyncSession, order_id: UUID) -> Sequence[OrderLine]:
    """An order's dishes by position."""
    query = select(OrderLine).where(col(OrderLine.order_id) == order_id)
    return (await session.scalars(query.order_by(col(OrderLine.position)))).all()


async def arrived(session: AsyncSession, order_id: UUID, now: datetime) -> bool:
    """Note once that the customer has it. False, and nothing is noted, for an order that cannot be there yet.

    A late order can be: our records may be behind.
    """
    order = await session.get_one(Order, order_id, with_for_update=True)
    if order.status not in OUT and not progress(order).late(now):
        return False
    known = select(OrderEvent.seq).where(
        col(OrderEvent.order_id) == order_id, col(OrderEvent.type) == ARRIVED
    )
    if await session.scalar(known.limit(1)) is None:
        await ledger.event(session, order, ARRIVED, now)
    return True
