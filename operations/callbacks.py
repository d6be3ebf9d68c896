"""Promises that a person calls back: only for when somebody of ours is there and may call."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from compliance import wording
from db.models import Callback, CallRow
from domain.call_state import CallState
from domain.hours import Hours
from domain.ids import new_id
from domain.saying import Saying, both
from domain.speech import say_when

WITHIN = timedelta(minutes=30)
"""So long it takes at most, of the time in which our people are there and may call."""
EARLIEST, LATEST = time(8), time(21)
"""Local time in which a person of ours calls somebody back who asked for it: 47 CFR 64.1200(c)(1), the strictest
we found for people; the rows of states in `data/calling.yaml` are about calls that a machine makes."""
DAYS_AHEAD = 6
"""Further away a weekday's name would mean another day."""
LONGEST_REASON, BETWEEN, MORE = 200, "; ", "…"


@dataclass(frozen=True)
class Promise:
    """When a person calls back at the latest; `new` is False when the call had been promised one before.

    `at` is None where our people have no hours at that line: then the message is passed on to whoever runs it, and
    neither a time nor a call is promised, because nobody here knows of one.
    """

    at: datetime | None
    new: bool
    zone: str = "UTC"

    def when(self, now: datetime) -> Saying | None:
        """The time as it is said: "within half an hour", "tomorrow at 8:30 am at the latest"; None without one."""
        if self.at is None:
            return None
        if self.at - now <= WITHIN:
            return wording.SOON
        at, zone = self.at, self.zone
        return wording.AT_THE_LATEST.format(when=both(lambda language: say_when(at, now, zone, language)))


async def book(
    session: AsyncSession,
    state: CallState,
    phone: str | None,
    reason: str,
    clock: Clock,
    staff: Hours | None,
) -> Promise:
    """One call-back a call; another reason is added to it, and the first promise is kept until it is past.

    `staff` is when our people of that line are there; None where it has none.
    """
    return await _book(session, state.call_id, phone, state.phone_hash, reason, clock.now(), staff)


async def book_at_the_door(
    session: AsyncSession, call: CallRow, reason: str, clock: Clock, staff: Hours | None
) -> Promise | None:
    """The same for a call that nobody holds; None where the number is withheld."""
    if call.phone is None:
        return None
    return await _book(session, call.id, call.phone, call.phone_hash, reason, clock.now(), staff)


async def _book(
    session: AsyncSession,
    call_id: UUID,
    phone: str | None,
    phone_hash: str | None,
    reason: str,
    now: datetime,
    staff: Hours | None,
) -> Promise:
    at = due(now, staff) if staff else None
    row = {
        "id": new_id(),
        "call_id": call_id,
        "phone": phone,
        "phone_hash": phone_hash,
        "reason": reason[:LONGEST_REASON],
        "promised_at": at
        or now,  # without a promise it is due at once: from now on somebody should know of it
        "created_at": now,
    }
    written = await session.scalar(
        insert(Callback).values(**row).on_conflict_do_nothing().returning(col(Callback.id))
    )
    zone = staff.zone if staff else "UTC"
    if written is not None:
        return Promise(at, True, zone)
    query = select(Callback).where(col(Callback.call_id) == call_id).with_for_update()
    kept = (await session.scalars(query, execution_options={"populate_existing": True})).one()
    kept.reason = added(kept.reason, reason)
    if kept.promised_at <= now or kept.done_at is not None:
        kept.promised_at, kept.done_at = at or now, None
    await session.flush()
    return Promise(kept.promised_at if at else None, False, zone)


def due(now: datetime, staff: Hours) -> datetime | None:
    """The end of the next half hour in which our people are there and the law lets them call; None within a week.

    Half an hour that closing time cuts goes on when they are back: at a quarter to nine in the evening it is a quarter
    past eight the next morning.
    """
    left = WITHIN
    for start, end in _callable(now, staff):
        if end - start >= left:
            return start + left
        left -= end - start
    return None


def _callable(now: datetime, staff: Hours) -> Iterator[tuple[datetime, datetime]]:
    """The times from now on in which somebody is there and may call, aware and in UTC, in their order."""
    zone = ZoneInfo(staff.zone)
    today = now.astimezone(zone).date()
    for ahead in range(DAYS_AHEAD + 1):
        day = today + timedelta(days=ahead)
        opens, closes = (datetime.combine(day, at, zone).astimezone(UTC) for at in (EARLIEST, LATEST))
        for start, end in sorted(staff.spans(day - timedelta(days=1)) + staff.spans(day)):
            first, last = max(start, opens, now), min(end, closes)
            if first < last:
                yield first, last


def added(known: str, reason: str) -> str:
    """Every reason there is, each once; where they are too long for the row, the longest ones are shortened."""
    reasons = known.split(BETWEEN)
    if not any(_same(one, reason) for one in reasons):
        reasons.append(reason[:LONGEST_REASON])
    while len(BETWEEN.join(reasons)) > LONGEST_REASON:
        longest = max(reasons, key=len)
        reasons[reasons.index(longest)] = longest[:-2].rstrip() + MORE
    return BETWEEN.join(reasons)


def _same(known: str, reason: str) -> bool:
    return known == reason or (known.endswith(MORE) and reason.startswith(known.removesuffix(MORE)))
