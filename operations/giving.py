"""The provider's half of a refund: asked outside any transaction, with every asking and its end written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Order, Payment, Refund
from domain.money import Money
from domain.order import MOVES, OrderStatus, PaymentStatus, pay
from domain.policy import Reason
from errors import AlreadyTaken, Conflict, VendorError
from operations import ledger, under_way
from operations.ledger import RECOVER_AFTER, Attempt
from operations.refund_facts import Source, source_of
from operations.settling import Transaction, release
from operations.taking import note_taken
from vendors.payments import Books, CardPayments, at_hand

BEGUN, REFUNDED, UNKNOWN, FAILED, OWED = "begun", "refunded", "unknown", "failed", "owed"
FACTS = {status: f"refund_{status}" for status in (BEGUN, UNKNOWN, FAILED, OWED)} | {REFUNDED: REFUNDED}
"""Kinds in the payment ledger."""
UNSETTLED = (BEGUN, UNKNOWN)
JOB = "payments.refund"
NEVER_CAME = "order.failed"
NOT_SET_UP = "The provider that has the money is not set up here."


@dataclass(frozen=True)
class Step:
    """One asking of the provider, written down."""

    key: str
    number: int
    order_id: UUID
    amount: Money
    source: Source


async def recover(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    key: str,
    links: Books | None = None,
) -> str | None:
    """Ask the provider again about a refund that is not settled. The job of the first asking stays until it is.

    Whoever has the money is asked, whatever the market pays by today.

    Returns its status now; None when there is no such refund.
    """
    async with transaction() as session:
        row = await of_key(session, key)
        if row is None:
            return None
        order = await session.get_one(Order, row.order_id, with_for_update=True)
        await session.refresh(row)
        again = row.status in UNSETTLED
        step = (
            await ask(session, cards, order, row, clock.now(), new_job=False, links=links) if again else None
        )
    return await give(transaction, cards, clock, step, links) if step else row.status


async def usable_source(
    session: AsyncSession, cards: CardPayments | None, order: Order, row: Refund, links: Books | None = None
) -> Source | None:
    """The payment to give back from; None when no provider at hand has it."""
    found = await source_of(session, order, row.reference if row.means == "hold" else None)
    return found if found and at_hand(found.provider, cards, links) else None


async def ask(
    session: AsyncSession,
    cards: CardPayments | None,
    order: Order,
    row: Refund,
    now: datetime,
    *,
    new_job: bool = True,
    links: Books | None = None,
) -> Step | None:
    """Write down that the provider is about to be asked, and the job that asks again should we die meanwhile.

    The caller holds the order's row lock.
    """
    source = await usable_source(session, cards, order, row, links)
    if source is None:
        return None
    number = await next_number(session, row.key)
    session.add(fact(row, number, FACTS[BEGUN], source.provider, None, now))
    if new_job:
        payload = {"order_id": str(order.id), "key": row.key}
        await ledger.job(session, JOB, f"{row.key}:{number}", payload, now + RECOVER_AFTER, now)
    return Step(row.key, number, order.id, Money(row.amount, row.currency), source)


async def give(
    transaction: Transaction, cards: CardPayments | None, clock: Clock, step: Step, links: Books | None = None
) -> str:
    """Ask the provider, outside any transaction, and note what it said; the refund's status after that."""
    given: str | None = None
    try:
        provider = at_hand(step.source.provider, cards, links)
        if provider is None:
            raise Conflict(NOT_SET_UP)
        if step.source.hold and cards is not None:
            try:
                await release(transaction, cards, clock, step.source.hold, step.source.reference)
            except AlreadyTaken as taken:
                amount = Money(taken.amount, taken.currency)
                return await _note_taken(transaction, clock, step, step.source.hold, amount)
            given = step.source.reference
        else:
            given = await provider.refund(step.source.reference, step.amount, key=step.key)
        status = REFUNDED
    except Conflict:  # the hold may have been let go of or not
        status = UNKNOWN
    except VendorError as failure:
        status = UNKNOWN if failure.retryable else FAILED
    return await _note(transaction, clock, step, status, given)


async def _note_taken(transaction: Transaction, clock: Clock, step: Step, hold: Attempt, taken: Money) -> str:
    """What was to be let go of turns out to be taken: no asking so far gave anything, the next one gives all of it
    back, but for what has a refund of its own by now.
    """
    now = clock.now()
    async with transaction() as session:
        await note_taken(session, hold, step.source.reference, taken, now)
        row = (await session.scalars(select(Refund).where(col(Refund.key) == step.key))).one()
        if row.means == "hold":  # else another asking has found it out, and may have given it back
            facts = await session.scalars(select(Payment).where(col(Payment.key) == step.key))
            for number in sorted(_open(facts.all())):
                session.add(fact(row, number, FACTS[FAILED], step.source.provider, None, now))
            others = select(func.sum(col(Refund.amount))).where(
                col(Refund.order_id) == row.order_id, col(Refund.id) != row.id, col(Refund.status) != FAILED
            )
            row.means, row.reference = "card", None
            row.amount = taken.amount - (await session.scalar(others) or 0)
            row.status, row.updated_at = UNKNOWN, now
        return row.status


async def _note(
    transaction: Transaction, clock: Clock, step: Step, status: str, reference: str | None
) -> str:
    """Note the end of an asking. A refusal settles nothing while another asking of the refund is open."""
    now = clock.now()
    async with transaction() as session:
        order = await session.get_one(Order, step.order_id, with_for_update=True)
        row = (await session.scalars(select(Refund).where(col(Refund.key) == step.key))).one()
        if row.status == REFUNDED:
            return REFUNDED
        if not (status == REFUNDED and step.source.hold):  # that is in the ledger as released
            session.add(fact(row, step.number, FACTS[status], step.source.provider, reference, now))
        facts = (await session.scalars(select(Payment).where(col(Payment.key) == step.key))).all()
        if status == FAILED and _open(facts):
            status = UNKNOWN
        row.status, row.reference, row.updated_at = status, reference or row.reference, now
        if status == REFUNDED:
            await _given(session, order, row, now)
    return status


def _open(facts: Sequence[Payment]) -> set[int]:
    """Askings whose outcome nobody knows."""
    begun = {fact.attempt for fact in facts if fact.kind == FACTS[BEGUN]}
    return begun - {fact.attempt for fact in facts if fact.kind == FACTS[FAILED]}


async def _given(session: AsyncSession, order: Order, row: Refund, now: datetime) -> None:
    """The money is on its way back: the order says so, and one that never came is over, for driver and kitchen too."""
    given = select(func.sum(col(Refund.amount))).where(
        col(Refund.order_id) == order.id, col(Refund.status).in_((REFUNDED, OWED))
    )
    taken = select(func.sum(col(Payment.amount))).where(
        col(Payment.order_id) == order.id, col(Payment.kind) == PaymentStatus.CAPTURED
    )  # may be more than the order costs by now, or less
    await session.flush()
    if row.means == "hold":
        order.payment_status = pay(PaymentStatus(order.payment_status), PaymentStatus.RELEASED)
    elif (await session.scalar(given) or 0) >= (await session.scalar(taken) or order.total):
        order.payment_status = pay(PaymentStatus(order.payment_status), PaymentStatus.REFUNDED)
    order.updated_at = now
    kind = "payment.released" if row.means == "hold" else "payment.refunded"
    await ledger.event(session, order, kind, now, amount=row.amount, reason=row.reason)
    status = OrderStatus(order.status)
    if row.reason == Reason.NOT_DELIVERED and OrderStatus.FAILED in MOVES[status]:
        order.status = OrderStatus.FAILED
        await ledger.event(session, order, NEVER_CAME, now)
        await under_way.call_off(session, order, now)
        if status is not OrderStatus.PICKED_UP:  # the kitchen cooks it, or waits with it for a driver
            payload = {"order_id": str(order.id)}
            await ledger.job(session, "restaurant.cancel", str(order.id), payload, now, now)


async def of_key(session: AsyncSession, key: str) -> Refund | None:
    """The refund with that key."""
    found: Refund | None = await session.scalar(select(Refund).where(col(Refund.key) == key))
    return found


async def asked(session: AsyncSession, key: str) -> str:
    """The provider that was asked for a refund last."""
    query = select(Payment.provider).where(col(Payment.key) == key).order_by(col(Payment.id).desc())
    return await session.scalar(query.limit(1)) or "nobody"


async def next_number(session: AsyncSession, key: str) -> int:
    """The number of the next asking under a key, from 1."""
    last = await session.scalar(select(func.max(col(Payment.attempt))).where(col(Payment.key) == key))
    return (last or 0) + 1


def fact(row: Refund, number: int, kind: str, provider: str, reference: str | None, now: datetime) -> Payment:
    """One fact of the payment ledger about a refund."""
    return Payment(
        order_id=row.order_id,
        provider=provider,
        kind=kind,
        key=row.key,
        attempt=number,
        amount=row.amount,
        currency=row.currency,
        reference=reference,
        at=now,
    )
