"""The outbox at work: rows are leased, begun and ended by whoever holds the lease, and by nobody else.

`now` is business time: it decides what is due. `real_now` is the machine's aware UTC time: it decides whose lease runs,
so that no lease runs out sooner where business time runs faster. The broker carries ids of rows and leases only.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Interval, and_, case, func, literal, or_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Outbox
from db.types import UtcDateTime
from domain.jobs import Dropped, JobRules, Later, retry_at
from domain.masking import mask_text
from errors import AppError

CHANNEL = "outbox"
"""What PostgreSQL notifies of, when a job is written or woken."""
WORKER_DIED = "its worker died"
DROPPED = "dropped: "
OUTCOME = 200
TICK = literal(timedelta(microseconds=1), Interval())
OPEN = and_(col(Outbox.done_at).is_(None), col(Outbox.dead_at).is_(None))


@dataclass(frozen=True)
class Leased:
    """A due row that was given to a relay; `lease` proves it."""

    id: UUID
    kind: str
    lease: str


@dataclass(frozen=True)
class Job:
    """A row that a worker has begun."""

    id: UUID
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int
    """This one included."""
    since: datetime
    """When the fact that caused it was written, business time."""
    due_at: datetime
    lease: str


def real_now() -> datetime:
    """The machine's time, aware, UTC: what leases are measured by."""
    return datetime.now(UTC)


def free(real_now: datetime) -> Any:
    """Nobody holds it, or whoever did has let its lease run out."""
    return or_(col(Outbox.lease_until).is_(None), col(Outbox.lease_until) <= real_now)


async def lease(
    session: AsyncSession,
    worker: str,
    now: datetime,
    real_now: datetime,
    limit: int,
    *,
    kinds: Collection[str],
    rules: JobRules,
) -> list[Leased]:
    """Take the most urgent rows that are due and free; no two callers get the same one.

    A row whose lease ran out before anybody began it is taken again as it is. One that was begun has had an
    attempt; when that was the last it may have, it is dead.
    """
    query = (
        select(Outbox)
        .where(OPEN, col(Outbox.kind).in_(kinds), col(Outbox.due_at) <= now, free(real_now))
        .order_by(col(Outbox.priority), col(Outbox.due_at), col(Outbox.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = []
    for row in await session.scalars(query):
        if row.leased_by and row.attempts >= rules.of(row.kind).attempts:
            row.dead_at, row.outcome = now, WORKER_DIED
            row.leased_by = row.lease_until = None
            continue
        row.leased_by, row.lease_until = token(worker), real_now + rules.lease
        taken.append(Leased(row.id, row.kind, row.leased_by))
    await session.flush()
    return taken


def token(worker: str) -> str:
    """A lease of its own: nobody else ever has the same."""
    return f"{worker}:{secrets.token_hex(8)}"


async def published(session: AsyncSession, worker: str, now: datetime, real_now: datetime) -> int:
    """Rows that a relay has leased and no worker has begun."""
    query = (
        select(func.count())
        .select_from(Outbox)
        .where(OPEN, col(Outbox.due_at) <= now, col(Outbox.lease_until) > real_now)
        .where(col(Outbox.leased_by).startswith(f"{worker}:", autoescape=True))
    )
    return int(await session.scalar(query) or 0)


async def begin(
    session: AsyncSession, job_id: UUID, lease: str, worker: str, real_now: datetime, rules: JobRules
) -> Job | None:
    """An attempt begins under a lease of the worker's own; None when the published one does not hold any more.

    A message that the broker delivers twice is therefore begun once.
    """
    row = await session.scalar(
        update(Outbox)
        .where(col(Outbox.id) == job_id, OPEN)
        .where(col(Outbox.leased_by) == lease, col(Outbox.lease_until) > real_now)
        .values(
            leased_by=token(worker), lease_until=real_now + rules.lease, attempts=col(Outbox.attempts) + 1
        )
        .returning(Outbox)
    )
    if row is None:
        return None
    held = str(row.leased_by)
    return Job(row.id, row.kind, row.key, row.payload, row.attempts, row.created_at, row.due_at, held)


async def renew(session: AsyncSession, job: Job, real_now: datetime, rules: JobRules) -> bool:
    """Hold a job longer; False when its lease has run out."""
    return await _held(session, job, real_now, lease_until=real_now + rules.lease)


async def finish(session: AsyncSession, job: Job, outcome: str, now: datetime, real_now: datetime) -> bool:
    """It is carried out. False, and nothing changed, when the lease has run out."""
    return await _end(session, job, real_now, done_at=now, outcome=outcome[:OUTCOME])


async def drop(session: AsyncSession, job: Job, dropped: Dropped, now: datetime, real_now: datetime) -> bool:
    """It was no longer true. False, and nothing changed, when the lease has run out."""
    return await _end(session, job, real_now, done_at=now, outcome=f"{DROPPED}{dropped.reason}"[:OUTCOME])


async def later(session: AsyncSession, job: Job, wait: Later, now: datetime, real_now: datetime) -> bool:
    """It waits, and this was no attempt. False, and nothing changed, when the lease has run out.

    What it waits for may have come while it was looked at: then it has been woken, and is due at once.
    """
    due = case((col(Outbox.due_at) == job.due_at, _moment(wait.at)), else_=_moment(now))
    values = {"due_at": due, "attempts": col(Outbox.attempts) - 1, "outcome": wait.why[:OUTCOME]}
    return await _end(session, job, real_now, **values)


async def fail(
    session: AsyncSession, job: Job, error: AppError, now: datetime, real_now: datetime, rules: JobRules
) -> tuple[bool, datetime | None]:
    """The attempt failed.

    Returns:
        Whether the lease held (else nothing was changed), and when it is tried again; None: it is dead.
    """
    limits = rules.of(job.kind)
    at = retry_at(error, job.attempts, now, job_id=job.id, since=job.since, limits=limits)
    values = {"due_at": at} if at else {"dead_at": now}
    outcome = mask_text(f"{type(error).__name__}: {error.message}")[:OUTCOME]
    return await _end(session, job, real_now, outcome=outcome, **values), at


async def release(session: AsyncSession, leases: Iterable[str]) -> None:
    """Rows that could not be handed to the broker are free again; that was no attempt."""
    await session.execute(
        update(Outbox).where(col(Outbox.leased_by).in_(list(leases))).values(leased_by=None, lease_until=None)
    )


async def give_back(session: AsyncSession, worker: str) -> None:
    """A relay that stops, and whose broker stops with it, frees what nobody has begun."""
    mine = col(Outbox.leased_by).startswith(f"{worker}:", autoescape=True)
    await session.execute(update(Outbox).where(OPEN, mine).values(leased_by=None, lease_until=None))


async def wake(session: AsyncSession, key: str, now: datetime) -> bool:
    """What a job waits for has come: it is due now. False when no such job waits.

    One that is being carried out right now may have looked too early: should it want to wait, it is due again.
    """
    at = _moment(now)
    soon = case(
        (col(Outbox.leased_by).is_(None), func.least(at, col(Outbox.due_at))),
        else_=func.greatest(at, col(Outbox.due_at) + TICK),  # in any case another time than it was due at
    )
    woken = await session.execute(update(Outbox).where(col(Outbox.key) == key, OPEN).values(due_at=soon))
    await notify(session)
    return _count(woken) == 1


async def notify(session: AsyncSession) -> None:
    """Tell the relays when this transaction is committed, and not before."""
    await session.execute(select(func.pg_notify(CHANNEL, "")))


async def next_due(
    session: AsyncSession, real_now: datetime, kinds: Collection[str]
) -> tuple[datetime | None, bool]:
    """When the next free row is due, and whether anybody holds one whose lease may run out."""
    query = (
        select(col(Outbox.due_at))
        .where(OPEN, col(Outbox.kind).in_(kinds), free(real_now))
        .order_by(col(Outbox.due_at))
        .limit(1)
    )
    held = select(select(Outbox.id).where(OPEN, col(Outbox.lease_until) > real_now).exists())
    return await session.scalar(query), bool(await session.scalar(held))


async def _held(session: AsyncSession, job: Job, real_now: datetime, **values: Any) -> bool:
    """Change a row as long as the lease on it holds."""
    changed = await session.execute(
        update(Outbox)
        .where(col(Outbox.id) == job.id, OPEN)
        .where(col(Outbox.leased_by) == job.lease, col(Outbox.lease_until) > real_now)
        .values(**values)
    )
    return _count(changed) == 1


async def _end(session: AsyncSession, job: Job, real_now: datetime, **values: Any) -> bool:
    return await _held(session, job, real_now, leased_by=None, lease_until=None, **values)


def _count(changed: Any) -> int:
    assert isinstance(changed, CursorResult)
    return changed.rowcount


def _moment(at: datetime) -> Any:
    return literal(at, UtcDateTime())
