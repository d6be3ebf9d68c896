"""What was taken of a hold, written down once: by whoever took it, or by whoever finds out that it was taken."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, Payment
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus, pay
from operations import ledger
from operations.ledger import Attempt

OVER = frozenset({OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.FAILED})
CAPTURED, SHORT = "payment.captured", "payment.short"
"""Events: taken; taken, but the order costs more than was held."""


async def note_taken(
    session: AsyncSession, attempt: Attempt, reference: str, taken: Money, now: datetime
) -> Order | None:
    """The ledger's fact, the order and its event; the order, locked, and None when it was noted before.

    What was taken too much is the caller's to give back.
    """
    order = await session.get_one(Order, attempt.order_id, with_for_update=True, populate_existing=True)
    facts = await session.scalars(select(Payment).where(col(Payment.key) == attempt.key))
    if any(fact.kind == PaymentStatus.CAPTURED for fact in facts):
        return None
    of_it = replace(attempt, amount=taken)
    session.add(ledger.fact_of(of_it, PaymentStatus.CAPTURED, reference, None, now))
    order.payment_status = pay(PaymentStatus(order.payment_status), PaymentStatus.CAPTURED)
    order.updated_at = now
    await ledger.event(session, order, CAPTURED, now, amount=taken.amount, currency=taken.currency)
    if order.status not in OVER and taken.amount < order.total:
        missing = order.total - taken.amount
        await ledger.event(session, order, SHORT, now, missing=missing, currency=taken.currency)
    return order
