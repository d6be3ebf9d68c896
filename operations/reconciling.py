"""A provider's books beside the payment ledger: every difference is written down, and none of them moves money."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, String, any_, literal
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Difference, Payment, Reconciliation
from domain.ids import earliest_at, made_at
from domain.money import Money
from domain.order import PaymentStatus
from operations import giving, ledger, link_rows
from operations.jobs import real_now
from operations.settling import Transaction
from vendors.payments import Books, Moved, Movement

JOB = "payments.reconcile"
DAILY = timedelta(days=1)
BACK = timedelta(days=8)
"""A card holds money for seven days at most: after that nothing of a payment changes any more."""
SETTLES_IN = timedelta(minutes=5)
"""Real time. What is younger may be half told: it is looked at by the next comparison."""
SEEN_BY = timedelta(hours=1)
"""How far apart the two may have written down the beginning of one payment."""

PAYMENTS: Mapping[str, Moved] = {
    PaymentStatus.AUTHORISED: Moved.HELD,
    PaymentStatus.RELEASED: Moved.RELEASED,
    PaymentStatus.CAPTURED: Moved.TAKEN,
    link_rows.CAME_LATE: Moved.TAKEN,
}
REFUNDS: Mapping[str, Moved] = {
    giving.REFUNDED: Moved.GIVEN,
    link_rows.GAVE_BACK: Moved.GIVEN,
    giving.FACTS[giving.FAILED]: Moved.FAILED,
}
KINDS = {**PAYMENTS, **REFUNDS}
WEIGHT = (Moved.HELD, Moved.RELEASED, Moved.TAKEN, Moved.GIVEN, Moved.FAILED)
"""Of several facts about one reference the later in this list is how it stands."""


@dataclass(frozen=True)
class Booked:
    """One payment or refund as the ledger has it."""

    reference: str
    order_id: UUID
    status: Moved
    amount: Money
    begun: datetime
    changed: datetime
    """Real time, both."""


async def plan(session: AsyncSession, due: datetime, now: datetime) -> None:
    """The comparison of a day, once; each one plans that of the next day before it begins."""
    await ledger.job(session, JOB, due.date().isoformat(), {}, due, now)


async def ask_now(session: AsyncSession, now: datetime) -> None:
    """A comparison at once, beside the daily ones: one at a time is enough."""
    await ledger.job(session, JOB, f"asked:{now.isoformat(timespec='minutes')}", {}, now, now)


async def compare(transaction: Transaction, books: Books, clock: Clock) -> Reconciliation:
    """Compare what a provider and the ledger have of the last days, and keep what does not agree.

    Raises:
        VendorError: the provider's books cannot be read now.
        StoreDown: nothing was kept.
    """
    until = real_now() - SETTLES_IN
    since = until - BACK
    theirs = await books.movements(since - SEEN_BY, until + SETTLES_IN + SEEN_BY)
    async with transaction() as session:
        facts = await _facts(session, books.name, since - SEEN_BY, [one.reference for one in theirs])
        ours = {one.reference: one for one in _booked(facts)}
        found = list(_differences(theirs, ours, since, until))
        report = Reconciliation(
            provider=books.name,
            since=since,
            until=until,
            theirs=sum(since <= one.at < until for one in theirs),
            ours=sum(since <= one.begun < until for one in ours.values()),
            differences=len(found),
            at=clock.now(),
        )
        session.add(report)
        await session.flush()
        for difference in found:
            difference.reconciliation_id = report.id
            session.add(difference)
    return report


async def last(session: AsyncSession, provider: str) -> tuple[Reconciliation, list[Difference]] | None:
    """The newest report about a provider, with its differences; None where nothing was compared yet."""
    report = await session.scalar(
        select(Reconciliation)
        .where(col(Reconciliation.provider) == provider)
        .order_by(col(Reconciliation.id).desc())
        .limit(1)
    )
    if report is None:
        return None
    rows = select(Difference).where(col(Difference.reconciliation_id) == report.id)
    return report, list(await session.scalars(rows.order_by(col(Difference.id))))


async def _facts(
    session: AsyncSession, provider: str, since: datetime, references: Sequence[str]
) -> Sequence[Payment]:
    """Everything the ledger has of payments that were begun lately, or that the provider has named."""
    lately = select(Payment.reference).where(
        col(Payment.provider) == provider,
        col(Payment.kind).in_(KINDS),
        col(Payment.reference).is_not(None),
        col(Payment.id) >= earliest_at(since),
    )
    named = {*(await session.scalars(lately)), *references}
    # One argument, as an array: asyncpg takes 32,767, and eight busy days have more references than that.
    one_of_them = any_(literal(list(named), ARRAY(String)))
    query = select(Payment).where(
        col(Payment.provider) == provider,
        col(Payment.kind).in_(KINDS),
        col(Payment.reference) == one_of_them,
    )
    return (await session.scalars(query.order_by(col(Payment.id)))).all()


def _booked(facts: Iterable[Payment]) -> Iterable[Booked]:
    """How each payment and refund stands by all that the ledger has of it."""
    by_reference: dict[str, list[Payment]] = defaultdict(list)
    for fact in facts:
        if fact.reference:
            by_reference[fact.reference].append(fact)
    for reference, rows in by_reference.items():
        row = max(rows, key=lambda one: WEIGHT.index(KINDS[one.kind]))
        times = [made_at(one.id) for one in rows]
        money = Money(row.amount, row.currency)
        yield Booked(reference, row.order_id, KINDS[row.kind], money, min(times), max(times))


def _differences(
    theirs: Iterable[Movement], ours: Mapping[str, Booked], since: datetime, until: datetime
) -> Iterable[Difference]:
    """What does not agree, of all that was begun in the window and has not changed since its end."""
    seen = set()
    for their in theirs:
        seen.add(their.reference)
        mine = ours.get(their.reference)
        if not since <= their.at < until or (mine and mine.changed >= until):
            continue
        if mine is None:
            if (
                their.status is not Moved.RELEASED
            ):  # held and let go of without our knowing: nobody lost anything
                yield _difference("missing_here", their, None)
        elif mine.status is not their.status:
            yield _difference("status", their, mine)
        elif mine.amount != their.amount:
            yield _difference("amount", their, mine)
    for mine in ours.values():
        if mine.reference not in seen and since <= mine.begun and mine.changed < until:
            yield _difference("missing_there", None, mine)


def _difference(kind: str, their: Movement | None, mine: Booked | None) -> Difference:
    either = their or mine
    assert either is not None
    refund = either.status in (Moved.GIVEN, Moved.FAILED)
    return Difference(
        reconciliation_id=UUID(int=0),  # the report's, once it is written
        kind=kind,
        about="refund" if refund else "payment",
        reference=either.reference,
        order_id=mine.order_id if mine else None,
        our_amount=mine.amount.amount if mine else None,
        their_amount=their.amount.amount if their else None,
        currency=either.amount.currency,
        our_status=mine.status if mine else None,
        their_status=their.status if their else None,
        seen_at=their.at if their else None,
    )
