"""Money back: a claim is judged under the order's lock, and given once, whatever is repeated."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from clock import Clock
from db.models import Audit, Complaint, Order, Refund
from domain.call_state import CallState, Purpose
from domain.claims import portions
from domain.hours import Hours
from domain.ids import Prefix, show
from domain.market import Market
from domain.money import Money
from domain.policy import BY_DISH, Policy, Reason
from domain.refunds import Outcome, Verdict, decide
from errors import ToolError
from operations import callbacks, complaints, giving, ledger
from operations.complaints import Grievance
from operations.giving import Step
from operations.ledger import CASH
from operations.refund_facts import held_reference, read_facts
from operations.settling import Transaction
from vendors.payments import Books, CardPayments

REVIEW = "review"
ANOTHER_COUNTRY = (
    "That order is from another country: nothing can be given back for it on this line. Say so, and offer that a "
    "person calls back about it (ask_for_person)."
)


@dataclass(frozen=True)
class Desk:
    """Whose claim is judged, and by which rules."""

    state: CallState
    phone: str | None
    market: Market
    policy: Policy
    staff: Hours | None = None
    """When our people of that line call back; None where nobody promises to."""


@dataclass(frozen=True)
class Claim:
    """What the caller wants money back for; `dishes` and `wanted` in their own words."""

    order_id: UUID
    reason: Reason
    dishes: tuple[str, ...] = ()
    wanted: str | None = None


@dataclass(frozen=True)
class Answer:
    """What became of a claim: refunded, owed (in cash, by a person), review (a person decides) or unknown."""

    status: str
    amount: Money
    rule: str
    why: str
    held: bool = False
    """The money was never taken: what was held is let go of."""
    complaint: Complaint | None = None
    promised: datetime | None = None
    """When a person calls about cash; None where that cannot be promised."""
    code_helps: bool = False
    """Passed on only because the caller has not read a code back: with one it is given at once."""


async def refund(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    desk: Desk,
    claim: Claim,
    links: Books | None = None,
) -> Answer:
    """Judge a claim and give back what the policy says, once per order, reason and dishes.

    Raises:
        ToolError: nothing is given back, or it is not this caller's order; the message says what to do.
        Invalid: the dishes cannot be told apart; the message says what to ask.
        StoreDown: nothing was given back, or the refund is finished later.
    """
    answer, step = await _begin(transaction, cards, clock, desk, claim, links)
    if step is None:
        return answer
    status = await giving.give(transaction, cards, clock, step, links)
    if status == giving.FAILED:
        async with transaction() as session:
            return await _to_person(session, desk, claim, answer, clock.now())
    return replace(answer, status=status)


async def _begin(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    desk: Desk,
    claim: Claim,
    links: Books | None,
) -> tuple[Answer, Step | None]:
    """Judge under the order's lock: what is answered, and what has to be asked of the provider first."""
    now = clock.now()
    async with transaction() as session:
        await _one_at_a_time(session, desk.state)
        order = await complaints.own_order(session, desk.state, claim.order_id, lock=True)
        if order.currency != desk.market.currency:
            raise ToolError(ANOTHER_COUNTRY)
        facts = await read_facts(session, order, desk.market, desk.policy, now)
        dishes = portions(claim.dishes, facts.dishes) if claim.reason in BY_DISH else {}
        key = key_of(claim, dishes)
        row = await giving.of_key(session, key)
        if row is None:
            proved = desk.state.has_proved(Purpose.REFUND)
            verdict = decide(facts, claim.reason, dishes, desk.policy, now, proved=proved)
            row = _row(desk, claim, key, verdict, await held_reference(session, order), now)
            complaints.check_owner(desk.state, order)  # "that is not me" may have been said meanwhile
            if verdict.outcome is Outcome.REFUSED:
                raise ToolError(verdict.why)
            in_reach = verdict.outcome is Outcome.OWED or await giving.usable_source(
                session, cards, order, row, links
            )
            if verdict.outcome is Outcome.REVIEW or not in_reach:
                passed_on = await _to_person(session, desk, claim, _answer(desk, row, now), now)
                return replace(passed_on, code_helps=verdict.code_helps and bool(in_reach)), None
            await _write(session, desk, row, now)
        answer = _answer(desk, row, now)
        if row.status == giving.OWED:
            return await _owe(session, desk, order, row, answer, clock), None
        if row.status == giving.FAILED:
            return await _to_person(session, desk, claim, answer, now), None
        if row.status not in giving.UNSETTLED:
            return answer, None
        return answer, await giving.ask(session, cards, order, row, now, links=links)


async def _one_at_a_time(session: AsyncSession, state: CallState) -> None:
    """The limit counts all refunds of a customer: their claims are judged one after the other."""
    name = f"refund {state.customer_id}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def key_of(claim: Claim, dishes: Mapping[str, int]) -> str:
    """One refund per order, reason and dishes; the provider's idempotency key."""
    named = hashlib.sha256(repr(sorted(dishes.items())).encode()).hexdigest()[:16] if dishes else "all"
    return f"refund:{claim.order_id}:{claim.reason}:{named}"


def _row(desk: Desk, claim: Claim, key: str, verdict: Verdict, held: str | None, now: datetime) -> Refund:
    """What a verdict is worth, as it is written down."""
    means = {Outcome.OWED: "person", Outcome.RELEASE: "hold"}.get(verdict.outcome, "card")
    return Refund(
        key=key,
        order_id=claim.order_id,
        call_id=desk.state.call_id,
        reason=claim.reason,
        lines=[name for name, count in verdict.dishes.items() for _ in range(count)],
        amount=verdict.amount.amount,
        currency=verdict.amount.currency,
        rule=verdict.rule,
        means=means,
        status=giving.OWED if means == "person" else giving.BEGUN,
        reference=held if means == "hold" else None,
        created_at=now,
        updated_at=now,
    )


async def _write(session: AsyncSession, desk: Desk, row: Refund, now: datetime) -> None:
    """The refund is promised from here on; who asked for it is kept."""
    key = complaints.key_of(desk.state, row.order_id, row.reason)
    complaint = await complaints.of_key(session, key)
    row.complaint_id = complaint.id if complaint else None
    session.add(row)
    session.add(
        Audit(
            actor="caller",
            action="refund",
            subject=show(Prefix.ORDER, row.order_id),
            source=desk.state.channel,
            call_id=desk.state.call_id,
            at=now,
            data={"reason": row.reason, "rule": row.rule, "amount": row.amount, "means": row.means},
        )
    )
    await session.flush()


def _answer(desk: Desk, row: Refund, now: datetime) -> Answer:
    """A refund as the caller is told of it."""
    status = giving.UNKNOWN if row.status == giving.BEGUN else row.status
    why = desk.policy.why(Reason(row.reason), Counter(row.lines), now.date())
    return Answer(status, Money(row.amount, row.currency), row.rule, why, held=row.means == "hold")


async def _owe(
    session: AsyncSession, desk: Desk, order: Order, row: Refund, answer: Answer, clock: Clock
) -> Answer:
    """Cash is brought by a person, who calls to arrange it; where no call can be promised there is a complaint."""
    now = clock.now()
    number = await giving.next_number(session, row.key)
    if number == 1:
        session.add(giving.fact(row, number, giving.FACTS[giving.OWED], CASH, None, now))
        await ledger.event(session, order, "payment.refund_owed", now, amount=row.amount, reason=row.reason)
    if desk.phone is not None:
        about = f"Refund of {answer.amount} for an order paid in cash"
        promise = await callbacks.book(session, desk.state, desk.phone, about, clock, desk.staff)
        if promise.at is not None:
            return replace(answer, promised=promise.at)
    said = Grievance(row.reason, f"Paid in cash; {answer.amount} is to be given back.", order.id)
    return replace(answer, complaint=await complaints.file(session, desk.state, said, desk.policy, now))


async def _to_person(
    session: AsyncSession, desk: Desk, claim: Claim, answer: Answer, now: datetime
) -> Answer:
    """A complaint is filed, and a person decides."""
    said = f"Asked for money back: {claim.wanted or claim.reason.replace('_', ' ')}"
    about = f" ({', '.join(claim.dishes)})" if claim.dishes else ""
    grievance = Grievance(claim.reason, f"{said}{about}", claim.order_id)
    filed = await complaints.file(session, desk.state, grievance, desk.policy, now)
    return replace(answer, status=REVIEW, complaint=filed, held=False)
