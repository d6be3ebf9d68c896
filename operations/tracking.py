"""Orders as their customer may ask after them: which are theirs, how each stands, and that one has arrived."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, OrderEvent, OrderLine
from domain.eta import Progress, say_progress
from domain.kitchen import Kitchen
from domain.order import OrderStatus, PaymentStatus
from domain.saying import Saying
from domain.speech import say_past
from operations import ledger, menus, no_show

ARRIVED = "receipt.confirmed"
OVER = (OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.FAILED)
OUT = (OrderStatus.PICKED_UP, OrderStatus.DELIVERED, OrderStatus.CLOSED)


@dataclass(frozen=True)
class Seen:
    """One order with what has to be known to speak of it."""

    order: Order
    kitchen: Kitchen
    lines: Sequence[OrderLine]
    came: bool = False
    """Its customer has told us that they have it; the driver's own word may still be missing."""
    missed: bool = False
    """It failed because nobody opened."""

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return progress(self.order, came=self.came)

    def ordered(self, now: datetime, language: str = "en") -> str:
        """When it was ordered, as said."""
        return say_past(self.progress.ordered_at, now, self.kitchen.zone, language)

    def arrives(self, now: datetime, language: str = "en") -> str | None:
        """When it comes, as said; None when that is not known."""
        return self.progress.arrives(now, self.kitchen.zone, language)

    def say(self, now: datetime, language: str = "en") -> str:
        """Where it is, in one to three sentences."""
        told = say_progress(self.progress, self.kitchen.brand, now, self.kitchen.zone, language)
        money = (MISSED if self.missed else say_money(self.order)).to(language)
        return f"{told} {money}" if money else told


def progress(order: Order, *, came: bool = False) -> Progress:
    """What an order's row tells of its way; one that `came` by its customer's word is delivered, nobody says when."""
    under_way = order.status not in (*OVER, OrderStatus.DELIVERED, OrderStatus.CLOSED)
    return Progress(
        status=OrderStatus.DELIVERED if came and under_way else OrderStatus(order.status),
        ordered_at=order.placed_at or order.created_at,
        promise_minutes=order.promise_minutes,
        wanted_at=order.wanted_at,
        delivered_at=order.delivered_at,
        expected_at=order.expected_at,
        spread=timedelta(seconds=order.spread_seconds or 0),
    )


def say_line(line: OrderLine) -> str:
    """A dish of an order, as it is listed: "2 Dal Tadka (full)"."""
    return f"{line.quantity} {line.name}{f' ({line.size})' if line.size else ''}"


NOTHING = Saying("", "")
NOTHING_DUE = Saying("Nothing is due.", "कुछ देना नहीं है।")
NOT_CHARGED = Saying("Nothing was charged.", "कोई पैसा नहीं लिया गया।")
GIVEN_BACK = Saying("The money was given back.", "पैसे वापस कर दिए गए हैं।")
STILL_HELD = Saying(
    "The money held for it has not been let go of yet.", "उसके लिए रोके गए पैसे अभी छोड़े नहीं गए हैं।"
)
MISSED = Saying(
    "The rider was at the door, and nobody opened or answered.",
    "राइडर दरवाज़े पर था, पर किसी ने न दरवाज़ा खोला, न फ़ोन उठाया।",
)
NOT_SETTLED = Saying("What became of the payment is not settled yet.", "पेमेंट का क्या हुआ, यह अभी साफ़ नहीं है।")


def say_money(order: Order) -> Saying:
    """What became of the money of an order that came to nothing; empty for any other."""
    if order.status not in OVER:
        return NOTHING
    if order.payment_kind == "cash":
        return NOTHING_DUE
    if order.payment_status in (PaymentStatus.RELEASED, PaymentStatus.DECLINED, PaymentStatus.PENDING):
        return NOT_CHARGED
    if order.payment_status == PaymentStatus.REFUNDED:
        return GIVEN_BACK
    if order.payment_status == PaymentStatus.AUTHORISED:
        return STILL_HELD
    return NOT_SETTLED


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
        came, missed = await has_come(session, row.id), await no_show.is_no_show(session, row)
        found.append(Seen(row, kitchen, await lines(session, row.id), came, missed))
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
    if not await has_come(session, order_id):
        await ledger.event(session, order, ARRIVED, now)
    return True


async def has_come(session: AsyncSession, order_id: UUID) -> bool:
    """Whether its customer has told us that they have it."""
    return await came_at(session, order_id) is not None


async def came_at(session: AsyncSession, order_id: UUID) -> datetime | None:
    """When its customer told us that they have it; None while they have not."""
    known = select(OrderEvent.at).where(col(OrderEvent.order_id) == order_id, col(OrderEvent.type) == ARRIVED)
    at: datetime | None = await session.scalar(known.limit(1))
    return at
