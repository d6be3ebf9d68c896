"""What has to be true of a town when everything is over, from its rows and from the vendors' own books."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from db.engine import Sessions
from db.models import Customer, DialRow, Driver, Order, OrderEvent, Outbox, Payment, Restaurant
from domain.dialling import Outcome
from domain.order import MOVES, PAID, OrderStatus, PaymentStatus
from operations import reconciling
from operations.jobs import real_now
from operations.reconciling import KINDS, WEIGHT
from vendors.payments import Books, Moved, Movement

S = OrderStatus
ENDS = (S.CLOSED, S.REJECTED, S.CANCELLED, S.FAILED)
REASONED = {S.REJECTED: "order.rejected", S.CANCELLED: "order.cancelled", S.FAILED: "order.failed"}
BACK = timedelta(hours=2)
"""Real time that a run may have taken."""


@dataclass
class Found:
    """Everything there is when it is over."""

    orders: Sequence[Order] = ()
    events: dict[UUID, list[OrderEvent]] = field(default_factory=dict)
    payments: Sequence[Payment] = ()
    dials: Sequence[DialRow] = ()
    jobs: Sequence[Outbox] = ()
    numbers: dict[UUID, str] = field(default_factory=dict)
    """Whose telephone it is: parties' numbers."""
    movements: Sequence[Movement] = ()
    calls: Sequence[dict[str, Any]] = ()
    """The telephone company's own, both directions."""
    texts: Sequence[dict[str, Any]] = ()
    talks: Sequence[dict[str, Any]] = ()
    """Conversations that were begun."""


async def found(
    sessions: Sessions, books: Sequence[Books], calls: Any, texts: Any, talks: Sequence[dict[str, Any]] = ()
) -> Found:
    """Read it. Raises VendorError where a provider's books cannot be read."""
    now = datetime.now(UTC)
    seen = Found(calls=calls, texts=[one for one in texts if one["direction"].startswith("outbound")])
    async with sessions() as session:
        seen.orders = (await session.scalars(select(Order).order_by(col(Order.created_at)))).all()
        by_order: defaultdict[UUID, list[OrderEvent]] = defaultdict(list)
        events = select(OrderEvent).order_by(col(OrderEvent.order_id), col(OrderEvent.seq))
        for event in await session.scalars(events):
            by_order[event.order_id].append(event)
        seen.events = dict(by_order)
        seen.payments = (await session.scalars(select(Payment).order_by(col(Payment.id)))).all()
        seen.dials = (await session.scalars(select(DialRow).order_by(col(DialRow.id)))).all()
        seen.jobs = (await session.scalars(select(Outbox))).all()
        for customer in await session.scalars(select(Customer)):
            seen.numbers[customer.id] = str(customer.phone)
        for driver in await session.scalars(select(Driver)):
            seen.numbers[driver.id] = driver.phone
        for kitchen in await session.scalars(select(Restaurant)):
            seen.numbers[kitchen.id] = kitchen.phone
    every = [await one.movements(now - BACK, now + timedelta(minutes=5)) for one in books]
    seen.movements = [one for each in every for one in each]
    seen.talks = talks
    return seen


def broken(seen: Found) -> dict[str, list[str]]:
    """Each rule with what breaks it; nothing where all is well."""
    orders = {order.id for order in seen.orders}
    return {
        "every order has come to a legal end": [*_ended(seen)],
        "no event is missing, and every move was allowed": [*_moved(seen)],
        "nothing is charged or given back twice": [*_once(seen, orders)],
        "the bank's books are the ledger": [*_books(seen, orders)],
        "one conversation a call, one at a time with anybody": [*_talked(seen)],
        "no telephone rang without a row of ours": [*_rang(seen)],
        "no job is lost": [*_jobs(seen)],
        "nothing is texted twice": [*_texted(seen)],
    }


def _ended(seen: Found) -> Iterator[str]:
    for order in seen.orders:
        if order.status not in ENDS:
            yield f"order {order.code} is {order.status}, its money {order.payment_status}"
        elif (kind := REASONED.get(S(order.status))) is not None:
            last = [event for event in seen.events.get(order.id, []) if event.type == kind]
            if not last or not last[-1].data.get("reason"):
                yield f"order {order.code} is {order.status}, and nobody knows why"


def _moved(seen: Found) -> Iterator[str]:
    for order in seen.orders:
        events = seen.events.get(order.id, [])
        if [event.seq for event in events] != list(range(1, len(events) + 1)):
            yield f"order {order.code}: its events have a gap"
        told = [event.data for event in events if "status" in event.data]
        for before, after in pairwise(told):
            was, now = S(before["status"]), S(after["status"])
            if was != now and now not in MOVES[was]:
                yield f"order {order.code}: {was} became {now}"
            had, has = PaymentStatus(before["payment_status"]), PaymentStatus(after["payment_status"])
            if had != has and has not in PAID[had]:
                yield f"order {order.code}: money that was {had} became {has}"
        if told and (told[-1]["status"], told[-1]["payment_status"]) != (order.status, order.payment_status):
            yield f"order {order.code}: its row is not what its events tell"
        for once in ("order.placed", "order.confirmed", "order.picked_up", "order.delivered", "order.closed"):
            if sum(event.type == once for event in events) > 1:
                yield f"order {order.code}: {once} twice"


def _once(seen: Found, orders: set[UUID]) -> Iterator[str]:
    """Per order: what the bank has taken, less what it gave back, is what the order costs, or nothing."""
    whose = {row.reference: row.order_id for row in seen.payments if row.reference}
    taken: Counter[UUID] = Counter()
    held: Counter[UUID] = Counter()
    for one in seen.movements:
        order_id = whose.get(one.reference)
        if order_id is None:
            continue  # told by `_books`
        sign = -1 if one.status is Moved.GIVEN else 1
        if one.status in (Moved.TAKEN, Moved.GIVEN):
            taken[order_id] += sign * one.amount.amount
        held[order_id] += one.status is Moved.HELD
    for order in seen.orders:
        came = order.delivered_at is not None
        wanted = order.total if came and order.payment_kind != "cash" else 0
        if taken[order.id] != wanted:
            yield f"order {order.code} ({order.status}): {wanted} wanted, the bank has {taken[order.id]}"
        if held[order.id] and order.status in ENDS:
            yield f"order {order.code} ({order.status}): money is still held"
        mine = [row for row in seen.payments if row.order_id == order.id]
        kinds = Counter(row.kind for row in mine)
        for once in ("captured", "cash_due", "refunded"):
            if kinds[once] > 1:
                yield f"order {order.code}: {once} stands {kinds[once]} times in the ledger"


def _books(seen: Found, orders: set[UUID]) -> Iterator[str]:
    ours: dict[str, Payment] = {}
    moved = [row for row in seen.payments if row.reference and row.kind in KINDS and row.order_id in orders]
    for row in sorted(moved, key=lambda row: WEIGHT.index(KINDS[row.kind])):
        ours[str(row.reference)] = row
    for one in seen.movements:
        mine = ours.pop(one.reference, None)
        if mine is None:
            yield f"{one.reference}: {one.status} {one.amount} at the bank, and nothing in the ledger"
        elif (KINDS[mine.kind], mine.amount) != (one.status, one.amount.amount):
            yield f"{one.reference}: {one.status} {one.amount} at the bank, {mine.kind} {mine.amount} in the ledger"
    yield from (
        f"{reference}: {row.kind} {row.amount} in the ledger, and nothing at the bank"
        for reference, row in ours.items()
    )


def _talked(seen: Found) -> Iterator[str]:
    by_dial: defaultdict[str, set[str]] = defaultdict(set)
    for talk in seen.talks:
        by_dial[talk["dial"]].add(talk["sid"])
    yield from (f"dial {dial}: {len(sids)} conversations" for dial, sids in by_dial.items() if len(sids) > 1)
    spoken = {talk["sid"] for talk in seen.talks}
    by_number: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for call in seen.calls:
        if call["sid"] in spoken and call["answered_at"]:
            by_number[call["to"]].append(call)
    for number, calls in by_number.items():
        calls.sort(key=lambda call: str(call["answered_at"]))
        for one, other in pairwise(calls):
            if one["ended_at"] is None or one["ended_at"] > other["answered_at"]:
                yield f"{number[-4:]}: two conversations at once, {one['sid']} and {other['sid']}"


def _rang(seen: Found) -> Iterator[str]:
    """Every call of ours at the telephone company is a row's, but for a second leg that it dialled by itself."""
    rows: defaultdict[str, list[DialRow]] = defaultdict(list)
    for row in seen.dials:
        if row.channel == "call":
            rows[seen.numbers.get(row.party_id, "")].append(row)
    rang: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for call in seen.calls:
        if call["direction"].startswith("outbound") and not call["doubled"]:
            rang[call["to"]].append(call)
    for number, calls in rang.items():
        if len(calls) > len(rows[number]):
            known = {row.sid for row in rows[number]}
            strange = [
                f"{call['sid'][:8]} {call['started_at']} {call['state']}"
                for call in calls
                if call["sid"] not in known
            ]
            yield f"{number[-4:]} rang {len(calls)} times for {len(rows[number])} rows: {', '.join(strange)}"


def _jobs(seen: Found) -> Iterator[str]:
    real = real_now()
    for job in seen.jobs:
        over = job.done_at is not None or job.dead_at is not None
        if not over and job.kind != reconciling.JOB:
            yield f"{job.kind} {job.key[-12:]} is open, tried {job.attempts} times: {job.outcome}"
        if over and not job.outcome:
            yield f"{job.kind} {job.key[-12:]} is over, and nobody knows how"
        if job.leased_by and (job.lease_until is None or job.lease_until < real) and over:
            yield f"{job.kind} {job.key[-12:]} is leased for ever"


def _texted(seen: Found) -> Iterator[str]:
    sent = [row for row in seen.dials if row.channel == "sms" and row.outcome in (None, Outcome.SENT)]
    for key, count in Counter(row.job_key for row in sent).items():
        if count > 1:
            yield f"{key}: {count} texts"
    rows = Counter(seen.numbers.get(row.party_id, "") for row in sent)
    for number, count in Counter(text["to"] for text in seen.texts).items():
        if count > rows[number]:
            yield f"{number[-4:]} got {count} texts for {rows[number]} rows"


def flat(rules: dict[str, list[str]]) -> Iterable[str]:
    """All that is broken, a line each."""
    return [f"{rule}: {what}" for rule, each in rules.items() for what in each]
