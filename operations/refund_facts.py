"""What a refund is judged by: an order's bill, its money and its way, read from the rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, OrderEvent, Payment, PriceLine, Refund
from domain.market import Market
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus
from domain.policy import Policy
from domain.refunds import OVERTAKEN, Facts, Priced, Sold
from operations import no_show, tracking
from operations.ledger import CASH, Attempt

FAILED = "failed"
STOPPED = (OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.FAILED)
HERE = (OrderStatus.DELIVERED, OrderStatus.CLOSED)


@dataclass(frozen=True)
class Source:
    """The payment that money is given back from."""

    reference: str
    provider: str
    hold: Attempt | None
    """The attempt that holds it, when nothing was taken yet."""


async def read_facts(
    session: AsyncSession, order: Order, market: Market, policy: Policy, now: datetime
) -> Facts:
    """Everything about an order and its money. The caller holds the order's row lock."""
    ledger = await _facts_of(session, order)
    query = select(Refund).where(col(Refund.order_id) == order.id, col(Refund.status) != FAILED)
    refunds = list(await session.scalars(query))
    here = await _delivered_at(session, order)
    taken = [fact for fact in ledger if fact.kind == PaymentStatus.CAPTURED]
    paid = sum(fact.amount for fact in taken)
    means: Literal["card", "cash"] = "cash" if order.payment_kind == CASH else "card"
    if means == "cash" and here and not taken:
        paid = order.total
    mine = {refund.key for refund in refunds}
    others = sum(
        fact.amount for fact in ledger if fact.kind == PaymentStatus.REFUNDED and fact.key not in mine
    )
    return Facts(
        bill=await _bill(session, order, market),
        dishes=await _dishes(session, order, refunds),
        means=means,
        paid=paid,
        held=sum(fact.amount for fact in _held(ledger)),
        given_back=sum(refund.amount for refund in refunds) + others,
        lately=await _lately(session, order, now - timedelta(hours=policy.limit.hours)),
        due_at=tracking.progress(order).due,
        delivered_at=here,
        stopped=order.status in STOPPED,
        no_show=await no_show.is_no_show(session, order),
    )


async def source_of(session: AsyncSession, order: Order, held: str | None = None) -> Source | None:
    """Where the money of an order is: taken, or the hold of that reference; None unless it is one card payment."""
    ledger = await _facts_of(session, order)
    kind = PaymentStatus.AUTHORISED if held else PaymentStatus.CAPTURED
    found = [fact for fact in ledger if fact.kind == kind and fact.provider != CASH and fact.reference]
    found = [fact for fact in found if held in (None, fact.reference)]
    if len(found) != 1 or found[0].reference is None:
        return None
    return Source(found[0].reference, found[0].provider, _attempt(found[0]) if held else None)


async def held_reference(session: AsyncSession, order: Order) -> str | None:
    """The reference of what is held for an order; None when nothing is, or more than one payment."""
    held = _held(await _facts_of(session, order))
    return held[0].reference if len(held) == 1 else None


def _held(ledger: Sequence[Payment]) -> list[Payment]:
    """Payments that are held: neither taken nor let go of."""
    over = {fact.key for fact in ledger if fact.kind in (PaymentStatus.CAPTURED, PaymentStatus.RELEASED)}
    return [fact for fact in ledger if fact.kind == PaymentStatus.AUTHORISED and fact.key not in over]


async def _facts_of(session: AsyncSession, order: Order) -> Sequence[Payment]:
    """The order's ledger, oldest first."""
    query = select(Payment).where(col(Payment.order_id) == order.id).order_by(col(Payment.id))
    return (await session.scalars(query)).all()


async def _delivered_at(session: AsyncSession, order: Order) -> datetime | None:
    """When it came: by the rider's word, by the customer's, or at the latest when it was due."""
    if order.delivered_at:
        return order.delivered_at
    query = select(OrderEvent.at).where(
        col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == tracking.ARRIVED
    )
    told: datetime | None = await session.scalar(query.limit(1))
    if told is None and order.status in HERE:
        return tracking.progress(order).due
    return told


async def _bill(session: AsyncSession, order: Order, market: Market) -> tuple[Priced, ...]:
    """The bill's lines; what a tax is charged on is the market's to say."""
    query = select(PriceLine).where(col(PriceLine.order_id) == order.id).order_by(col(PriceLine.position))
    charged = {tax.label: tax.on for tax in market.taxes}
    return tuple(
        Priced(line.kind, line.amount, line.rate_bp or 0, charged.get(line.label, ()))
        for line in await session.scalars(query)
    )


async def _dishes(session: AsyncSession, order: Order, refunds: Sequence[Refund]) -> tuple[Sold, ...]:
    """Dishes by name and size; lines of the same dish are one, and what was refunded of it is counted."""
    quantities: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    for line in await tracking.lines(session, order.id):
        name = f"{line.name} ({line.size})" if line.size else line.name
        quantities[name] += line.quantity
        amounts[name] += line.amount
    before = Counter(name for refund in refunds for name in refund.lines)
    return tuple(Sold(name, count, amounts[name], before[name]) for name, count in quantities.items())


async def _lately(session: AsyncSession, order: Order, since: datetime) -> int:
    """What a customer was promised back since then, over all orders in this order's currency, minor units."""
    query = (
        select(func.coalesce(func.sum(col(Refund.amount)), 0))
        .join(Order, col(Order.id) == col(Refund.order_id))
        .where(
            col(Order.customer_id) == order.customer_id,
            col(Refund.currency) == order.currency,
            col(Refund.created_at) > since,
            col(Refund.status) != FAILED,
            col(Refund.rule) != OVERTAKEN,
        )
    )
    return int(await session.scalar(query) or 0)


def _attempt(fact: Payment) -> Attempt:
    """The attempt a fact of the ledger belongs to."""
    amount = Money(fact.amount, fact.currency)
    return Attempt(fact.order_id, fact.provider, fact.key, fact.attempt, fact.method_id, amount)
