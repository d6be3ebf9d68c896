"""Payment links as rows: which are live, what the ledger notes of them, and the job that follows each one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, Payment, PaymentLink
from domain.money import Money
from operations import jobs, ledger
from operations.ledger import Attempt

JOB = "payments.link"
BEGUN, OPEN, PAID, OVER, FAILED, LATE, RETURNED = (
    "begun", "open", "paid", "over", "failed", "late", "returned",
)  # fmt: skip
LIVE = (BEGUN, OPEN)
"""It may still be paid, as far as we know."""
MADE, ENDED, CAME_LATE, GAVE_BACK = "link_made", "link_over", "late", "late_refunded"
"""Kinds in the payment ledger, beside `captured`. Money that came late never belonged to the order: its refunds and its
limits do not count it."""
KIND = "link"
"""The order's `payment_kind`, and what the model calls this means of payment."""


async def live(session: AsyncSession, order_id: UUID) -> PaymentLink | None:
    """The link of an order that may still be paid."""
    found: PaymentLink | None = await session.scalar(
        select(PaymentLink).where(col(PaymentLink.order_id) == order_id, col(PaymentLink.status).in_(LIVE))
    )
    return found


def held_by_link() -> ColumnElement[bool]:
    """A condition on orders: a link of theirs may still be paid, so stock and price are held for it."""
    return (
        select(PaymentLink.id)
        .where(col(PaymentLink.order_id) == col(Order.id), col(PaymentLink.status).in_(LIVE))
        .exists()
    )


async def look_now(session: AsyncSession, order_id: UUID, now: datetime) -> None:
    """An order is over, or paid otherwise: the job of its link, if there is one, withdraws it at once."""
    row = await live(session, order_id)
    if row is not None:
        await jobs.wake(session, f"{JOB}:{row.id.hex}", now)


async def follow(
    session: AsyncSession, row: PaymentLink, due: datetime, now: datetime, why: str = ""
) -> None:
    """The job that looks at a link when it is due; `why` names one beside the first."""
    key = f"{row.id.hex}:{why}" if why else row.id.hex
    payload = {"order_id": str(row.order_id), "link_id": str(row.id)}
    await ledger.job(session, JOB, key, payload, due, now)


def attempt_of(row: PaymentLink) -> Attempt:
    """A link as the payment ledger sees it."""
    money = Money(row.amount, row.currency)
    return Attempt(row.order_id, row.provider, row.key, row.number, None, money)


async def note(
    session: AsyncSession, row: PaymentLink, kind: str, reference: str | None, now: datetime
) -> bool:
    """Append a fact about a link, once; whether it is new. The caller holds the order's row lock."""
    query = select(Payment.id).where(col(Payment.key) == row.key, col(Payment.kind) == kind)
    if await session.scalar(query.limit(1)) is not None:
        return False
    session.add(ledger.fact_of(attempt_of(row), kind, reference, None, now))
    await session.flush()
    return True
