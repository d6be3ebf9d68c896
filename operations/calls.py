"""The record of a call: opened once per SID, moved forward only, closed once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, func, select

from clock import Clock
from db.live_calls import LiveCalls
from db.models import CallEvent, CallRow, Customer, Number
from db.types import Keyring
from domain.ids import new_id
from errors import NotFound

WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE on a keypad: what Twilio sends for a hidden number."""

ORDER = {
    "queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3,
    "completed": 4, "busy": 4, "failed": 4, "no-answer": 4, "canceled": 4,
}  # fmt: skip
OUTBOUND = "outbound"
"""The direction of a call that we began."""
DROPPED = "dropped"
"""Outcome of a call that nobody ended as one should."""
ENDED = {status for status, place in ORDER.items() if place == ORDER["completed"]}


def over(status: str) -> bool:
    """Whether the carrier calls a call with this status ended."""
    return status in ENDED


def caller(number: str | None) -> str | None:
    """A caller's number in E.164 form; None when it is withheld or no telephone number."""
    if not number or number in WITHHELD or not number.startswith("+"):
        return None
    return number if number[1:].isascii() and number[1:].isdigit() else None


async def find_number(session: AsyncSession, line: str) -> Number:
    """Our number that was dialled. Raises NotFound."""
    number = await session.scalar(select(Number).where(col(Number.e164) == line))
    if number is None:
        raise NotFound("this number is not one of ours")
    return number


async def first_line(session: AsyncSession) -> str:
    """The number dialled when none is named. Raises NotFound without any."""
    line: str | None = await session.scalar(select(Number.e164).order_by(col(Number.e164)).limit(1))
    if line is None:
        raise NotFound("there is no line to call")
    return line


async def open_call(
    session: AsyncSession,
    *,
    sid: str,
    channel: str,
    line: str,
    from_number: str | None,
    clock: Clock,
    keyring: Keyring,
) -> CallRow:
    """The row of a call, made if this is the first time its SID is seen.

    The dialled line decides the market, the caller's number (as a keyed hash) the customer.

    Raises:
        NotFound: the line is not one of ours.
    """
    number = await find_number(session, line)
    e164 = caller(from_number)
    phone_hash = keyring.phone_hash(e164) if e164 else None
    customer = None
    if phone_hash:
        customer = await session.scalar(select(Customer.id).where(col(Customer.phone_hash) == phone_hash))
    values = {
        "id": new_id(),
        "sid": sid,
        "channel": channel,
        "direction": "inbound",
        "market": number.market,
        "line": line,
        "phone": e164,
        "phone_hash": phone_hash,
        "customer_id": customer,
        "purpose": "inbound",
        "agent": "customer_order",
        "status": "ringing",
        "started_at": clock.now(),
    }
    await session.execute(insert(CallRow).values(values).on_conflict_do_nothing(index_elements=["sid"]))
    row: CallRow = (await session.scalars(select(CallRow).where(col(CallRow.sid) == sid))).one()
    return row


async def open_outgoing(
    session: AsyncSession,
    *,
    sid: str,
    line: str,
    phone: str | None,
    customer_id: UUID | None,
    purpose: str,
    agent: str,
    clock: Clock,
    keyring: Keyring,
) -> CallRow:
    """The row of a call that we began and somebody has picked up, made if this is the first time its SID is seen.

    `line` is ours, `phone` theirs; purpose and agent were fixed before it was dialled. Raises NotFound as `open_call`.
    """
    number = await find_number(session, line)
    values = {
        "id": new_id(),
        "sid": sid,
        "channel": "twilio",
        "direction": OUTBOUND,
        "market": number.market,
        "line": line,
        "phone": phone,
        "phone_hash": keyring.phone_hash(phone) if phone else None,
        "customer_id": customer_id,
        "purpose": purpose,
        "agent": agent,
        "status": "ringing",
        "started_at": clock.now(),
    }
    await session.execute(insert(CallRow).values(values).on_conflict_do_nothing(index_elements=["sid"]))
    row: CallRow = (await session.scalars(select(CallRow).where(col(CallRow.sid) == sid))).one()
    return row


async def by_sid(session: AsyncSession, sid: str) -> CallRow | None:
    """The row of a SID."""
    row: CallRow | None = await session.scalar(select(CallRow).where(col(CallRow.sid) == sid))
    return row


async def answer_call(session: AsyncSession, sid: str, clock: Clock) -> CallRow | None:
    """Audio flows: the call is in progress. None when there is no such call or it has already ended."""
    row = await session.scalar(select(CallRow).where(col(CallRow.sid) == sid).with_for_update())
    if row is None or over(row.status):
        return None
    # One that was given up for lost may come back.
    row.status, row.ended_at, row.outcome = "in-progress", None, None
    row.answered_at = row.answered_at or clock.now()
    return row


async def broke_off(session: AsyncSession, call_id: UUID) -> bool:
    """The audio is lost: the call stays open for the carrier to bring it back, and else was dropped.

    False when the carrier has told of its end.
    """
    row = await session.scalar(select(CallRow).where(col(CallRow.id) == call_id).with_for_update())
    if row is None or over(row.status):
        return False
    row.outcome = DROPPED
    return True


async def note_status(session: AsyncSession, *, sid: str, status: str, clock: Clock) -> CallRow | None:
    """What the carrier says of a call; None when it tells nothing new.

    Reports arrive in any order and more than once. A call only moves forward, so a repeated or late one changes
    nothing, whatever its sequence number.
    """
    row = await session.scalar(select(CallRow).where(col(CallRow.sid) == sid).with_for_update())
    if row is None or ORDER.get(status, -1) <= ORDER.get(row.status, -1):
        return None
    row.status = status
    if status in ENDED:
        row.ended_at = row.ended_at or clock.now()
    return row


async def close_abandoned(
    session: AsyncSession, live_calls: LiveCalls, *, before: datetime | None = None
) -> int:
    """Close the calls that no process runs any more; how many there were.

    They end with their last event and without an outcome, as calls that broke off do: the same number goes on
    where they stood. Only a carrier knows whether the line itself is dead, so a telephone call keeps its status
    and is taken up again if its audio comes back. `before`: only calls that started earlier.

    Raises StoreDown without Redis.
    """
    last = select(func.max(CallEvent.at)).where(col(CallEvent.call_id) == col(CallRow.id)).scalar_subquery()
    query = select(CallRow, last).where(col(CallRow.ended_at).is_(None))
    if before is not None:
        query = query.where(col(CallRow.started_at) < before)
    closed = 0
    for row, at in (await session.execute(query.with_for_update(of=CallRow, skip_locked=True))).all():
        if await live_calls.held(row.id):
            continue
        row.ended_at = at or row.answered_at or row.started_at
        if row.channel != "twilio":
            row.status = "completed"
        closed += 1
    return closed


async def close_call(session: AsyncSession, call_id: UUID, *, outcome: str | None, clock: Clock) -> None:
    """The line is dead. The first outcome and the first end stay; safe to repeat."""
    row = await session.scalar(select(CallRow).where(col(CallRow.id) == call_id).with_for_update())
    if row is None:
        return
    row.ended_at = row.ended_at or clock.now()
    row.outcome = row.outcome or outcome
    if not over(row.status):
        row.status = "completed"
