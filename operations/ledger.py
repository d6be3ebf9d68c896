"""The payment ledger: numbered attempts, the facts that end them, and what of a call's money is still open."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Order, OrderEvent, Outbox, Payment
from domain.ids import new_id
from domain.jobs import priority
from domain.money import Money
from domain.order import PaymentStatus, pay
from operations import jobs

CASH = "cash"
ATTEMPTED = "attempted"
FAILED = "failed"  # the provider failed before anything was held
HAVE = (PaymentStatus.AUTHORISED, PaymentStatus.CASH_DUE)  # nothing that comes later makes these untrue
RECOVER_AFTER = timedelta(
    minutes=2
)  # longer than every retry of one attempt, shorter than a caller's patience


@dataclass(frozen=True)
class Attempt:
    """One asking for money. A repeat has the provider's key of the first and a number of its own, from 1."""

    order_id: UUID
    provider: str
    key: str
    number: int
    method_id: UUID | None
    amount: Money


@dataclass(frozen=True)
class LooseEnd:
    """Money that may be held, or is held for an order that never stood; then `reference` says where."""

    attempt: Attempt
    reference: str | None


async def begin(
    session: AsyncSession, order: Order, provider: str, key: str, method_id: UUID | None, now: datetime
) -> Attempt:
    """Note that money is about to be asked for, and the job that settles it should we die meanwhile.

    The caller holds the order's row lock.
    """
    facts = await session.scalars(select(Payment).where(col(Payment.key) == key))
    number = max((fact.attempt for fact in facts), default=0) + 1
    attempt = Attempt(order.id, provider, key, number, method_id, Money(order.total, order.currency))
    session.add(fact_of(attempt, ATTEMPTED, None, None, now))
    payload = {"order_id": str(order.id), "key": key}
    await job(session, "payments.recover", f"{key}:{number}", payload, now + RECOVER_AFTER, now)
    return attempt


async def note(
    session: AsyncSession, attempt: Attempt, kind: str, reference: str | None, code: str | None, now: datetime
) -> tuple[Order, str | None]:
    """Append a fact about an attempt; an order that does not stand yet follows it.

    A failure settles nothing while another attempt of the key is open: it is noted as unknown then.

    Returns:
        The order, locked, and the kind that was noted; None when the ledger knew better already.
    """
    order = await session.get_one(Order, attempt.order_id, with_for_update=True)
    facts = (await session.scalars(select(Payment).where(col(Payment.key) == attempt.key))).all()
    if kind == FAILED and open_numbers(facts) - {attempt.number}:
        kind = PaymentStatus.UNKNOWN
    if kind != PaymentStatus.RELEASED and any(fact.kind in HAVE for fact in facts):
        return order, None
    if any(fact.kind == kind and fact.attempt == attempt.number for fact in facts):
        return order, None
    session.add(fact_of(attempt, kind, reference, code, now))
    if order.placed_at is None:
        status = PaymentStatus.DECLINED if kind == FAILED else PaymentStatus(kind)
        order.payment_status = pay(PaymentStatus(order.payment_status), status)
        order.updated_at = now
        await event(session, order, f"payment.{status}", now)
    return order, kind


def open_numbers(facts: Sequence[Payment]) -> set[int]:
    """The attempts of one key whose outcome nobody knows.

    Only the provider's verdict settles: held, every attempt of the key; declined, those up to the one it
    answers. A failure settles the attempt that failed, and no other.
    """
    if any(fact.kind in HAVE for fact in facts):
        return set()
    begun = {fact.attempt for fact in facts if fact.kind == ATTEMPTED}
    failed = {fact.attempt for fact in facts if fact.kind == FAILED}
    declined = max((fact.attempt for fact in facts if fact.kind == PaymentStatus.DECLINED), default=0)
    return {number for number in begun - failed if number > declined}


async def loose_ends(session: AsyncSession, call_id: UUID, spare: str | None = None) -> list[LooseEnd]:
    """What is still open of all orders of a call, oldest first; `spare` is a key about to be asked anyway."""
    orders = await session.scalars(select(Order).where(col(Order.call_id) == call_id))
    never_stood = {order.id for order in orders if order.placed_at is None}
    facts = await session.scalars(
        select(Payment)
        .where(col(Payment.order_id).in_(never_stood), col(Payment.provider) != CASH)
        .order_by(col(Payment.id))
    )
    by_key: dict[str, list[Payment]] = defaultdict(list)
    for fact in facts:
        by_key[fact.key].append(fact)
    ends = []
    for key, rows in by_key.items():
        kinds = {row.kind: row for row in rows}
        held = kinds.get(PaymentStatus.AUTHORISED)
        if held and PaymentStatus.RELEASED not in kinds:
            ends.append(LooseEnd(_attempt(held), held.reference))
        elif key != spare and (numbers := open_numbers(rows)):
            newest = next(row for row in rows if row.attempt == max(numbers))
            ends.append(LooseEnd(_attempt(newest), None))
    return ends


async def resting(session: AsyncSession, order_id: UUID) -> LooseEnd | None:
    """What an order stands on: money that is held for it, or cash that is due; None when there is neither."""
    facts = await session.scalars(select(Payment).where(col(Payment.order_id) == order_id))
    rows = facts.all()
    let_go = {row.key for row in rows if row.kind == PaymentStatus.RELEASED}
    fact = next((row for row in rows if row.kind in HAVE and row.key not in let_go), None)
    return LooseEnd(_attempt(fact), fact.reference) if fact else None


def _attempt(fact: Payment) -> Attempt:
    amount = Money(fact.amount, fact.currency)
    return Attempt(fact.order_id, fact.provider, fact.key, fact.attempt, fact.method_id, amount)


def fact_of(attempt: Attempt, kind: str, reference: str | None, code: str | None, now: datetime) -> Payment:
    """A row of the payment ledger about an attempt."""
    return Payment(
        order_id=attempt.order_id,
        provider=attempt.provider,
        kind=kind,
        key=attempt.key,
        attempt=attempt.number,
        method_id=attempt.method_id,
        amount=attempt.amount.amount,
        currency=attempt.amount.currency,
        reference=reference,
        code=code,
        at=now,
    )


async def job(
    session: AsyncSession, kind: str, key: str, payload: dict[str, str], due: datetime, now: datetime
) -> None:
    """Write a job beside the fact that causes it; the same fact causes it once."""
    row = {
        "id": new_id(),
        "kind": kind,
        "key": f"{kind}:{key}",
        "payload": payload,
        "priority": priority(kind),
        "attempts": 0,
        "due_at": due,
        "created_at": now,
    }
    await session.execute(insert(Outbox).values(**row).on_conflict_do_nothing())
    await jobs.notify(session)


async def event(session: AsyncSession, order: Order, kind: str, now: datetime, **more: Any) -> None:
    """Append to the order's events where it stands now, and what else. The caller holds the order's row lock."""
    last = await session.scalar(
        select(OrderEvent.seq)
        .where(col(OrderEvent.order_id) == order.id)
        .order_by(col(OrderEvent.seq).desc())
        .limit(1)
    )
    data = {"status": order.status, "payment_status": order.payment_status, **more}
    session.add(OrderEvent(order_id=order.id, seq=(last or 0) + 1, at=now, type=kind, data=data))
    await session.flush()
