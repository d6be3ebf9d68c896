"""The outbox as the operator sees it: jobs by state, how late they are, and a dead one that is tried again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Audit, Outbox
from domain.ids import Prefix, show
from errors import Conflict, NotFound
from operations.jobs import DROPPED, OPEN, free, notify
from operations.reading import Page

State = Literal["waiting", "running", "done", "dropped", "dead"]


async def oldest_due(session: AsyncSession, now: datetime, kinds: Collection[str]) -> float:
    """For how many business seconds the oldest open job has been due; 0 when none is."""
    query = select(func.min(col(Outbox.due_at))).where(OPEN, col(Outbox.kind).in_(kinds))
    due = await session.scalar(query)
    return max(0.0, (now - due).total_seconds()) if due else 0.0


async def listed(
    session: AsyncSession,
    real_now: datetime,
    *,
    state: State | None = None,
    kind: str | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> Page[Outbox]:
    """Jobs, newest first; `after` is the last id of the page before."""
    query = select(Outbox).order_by(col(Outbox.id).desc()).limit(limit + 1)
    if state is not None:
        query = query.where(_is(state, real_now))
    if kind is not None:
        query = query.where(col(Outbox.kind) == kind)
    if after is not None:
        query = query.where(col(Outbox.id) < after)
    found = list(await session.scalars(query))
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


def _is(state: State, real_now: datetime) -> Any:
    dropped = func.coalesce(col(Outbox.outcome), "").startswith(DROPPED)
    conditions = {
        "waiting": and_(OPEN, free(real_now)),
        "running": and_(OPEN, col(Outbox.lease_until) > real_now),
        "done": and_(col(Outbox.done_at).is_not(None), ~dropped),
        "dropped": and_(col(Outbox.done_at).is_not(None), dropped),
        "dead": col(Outbox.dead_at).is_not(None),
    }
    return conditions[state]


def state_of(row: Outbox, real_now: datetime) -> State:
    """Where a job is."""
    if row.dead_at is not None:
        return "dead"
    if row.done_at is not None:
        return "dropped" if (row.outcome or "").startswith(DROPPED) else "done"
    return "running" if row.lease_until is not None and row.lease_until > real_now else "waiting"


async def read(session: AsyncSession, id: UUID) -> Outbox:
    """One job. Raises NotFound."""
    row = await session.get(Outbox, id)
    if row is None:
        raise NotFound("There is no job with that id.")
    return row


async def retry(session: AsyncSession, id: UUID, *, actor: str, source: str, clock: Clock) -> Outbox:
    """A dead job is tried again from the beginning, now; who wanted it, and from where, is kept.

    Raises:
        NotFound: no such job.
        Conflict: it is not dead.
    """
    row = await session.get(Outbox, id, with_for_update=True)
    if row is None:
        raise NotFound("There is no job with that id.")
    if row.dead_at is None:
        raise Conflict("Only a dead job can be retried, and this one is not.")
    now = clock.now()
    row.dead_at, row.attempts, row.due_at = None, 0, now
    subject = show(Prefix.JOB, row.id)
    data = {"kind": row.kind, "outcome": row.outcome}
    session.add(Audit(actor=actor, action="job.retry", subject=subject, source=source, at=now, data=data))
    await session.flush()
    await notify(session)
    return row
