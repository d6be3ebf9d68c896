"""Jobs as the operator sees them: what waits, what died and why; a dead one can be tried again."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from api.keys import Key, needs
from api.request import runtime_of, source_of
from api.schemas import MORE, Database, Limit, Shown
from db.models import Outbox
from domain.ids import Prefix, read, show
from operations import job_desk
from operations.job_desk import State
from operations.jobs import real_now

router = APIRouter(prefix="/jobs", tags=["jobs"])
Operator = Annotated[Key, Depends(needs("operate"))]


class ShownJob(Shown):
    """One job. Times are business time, but for the lease's."""

    id: str = Field(examples=["job_0198f2a0c0de7000800000000000abcd"])
    kind: str = Field(examples=["payments.capture"])
    key: str = Field(description="The fact that caused it; the same fact causes it once.")
    state: State
    payload: dict[str, str] = Field(description="Ids, nothing else.")
    priority: int = Field(description="Smaller goes first.")
    due_at: datetime
    attempts: int
    outcome: str | None = Field(description="How the last attempt ended, or what it waits for.")
    lease_until: datetime | None = Field(description="Real time: until then a worker holds it.")
    done_at: datetime | None
    dead_at: datetime | None
    created_at: datetime


class JobPage(Shown):
    """Jobs, newest first."""

    jobs: list[ShownJob]
    next: str | None = Field(description=MORE)


@router.get("", dependencies=[Depends(needs("read"))])
async def list_jobs(
    session: Database,
    state: Annotated[State | None, Query(description="Only those.")] = None,
    kind: Annotated[str | None, Query(max_length=60, examples=["payments.capture"])] = None,
    after: Annotated[str | None, Query(description="The last id of the page before.")] = None,
    limit: Limit = 50,
) -> JobPage:
    """Jobs, newest first."""
    after_id = read(Prefix.JOB, after) if after else None
    page = await job_desk.listed(session, real_now(), state=state, kind=kind, after=after_id, limit=limit)
    return JobPage(
        jobs=[shown(row) for row in page.rows],
        next=show(Prefix.JOB, page.next) if page.next else None,
    )


@router.get("/{id}", dependencies=[Depends(needs("read"))])
async def show_job(session: Database, id: str) -> ShownJob:
    """One job."""
    return shown(await job_desk.read(session, read(Prefix.JOB, id)))


@router.post("/{id}/retry")
async def retry_job(request: Request, key: Operator, id: str) -> ShownJob:
    """Try a dead job again from the beginning, now; who wanted it, and from where, is kept. 409 unless it is dead."""
    runtime = runtime_of(request)
    async with runtime.sessions() as session, session.begin():
        row = await job_desk.retry(
            session,
            read(Prefix.JOB, id),
            actor=f"key:{key.name}",
            source=source_of(request)[:80],
            clock=runtime.clock,
        )
        return shown(row)


def shown(row: Outbox) -> ShownJob:
    """A job as the API shows it."""
    return ShownJob(
        id=show(Prefix.JOB, row.id),
        kind=row.kind,
        key=row.key,
        state=job_desk.state_of(row, real_now()),
        payload={name: str(value) for name, value in row.payload.items()},
        priority=row.priority,
        due_at=row.due_at,
        attempts=row.attempts,
        outcome=row.outcome,
        lease_until=row.lease_until,
        done_at=row.done_at,
        dead_at=row.dead_at,
        created_at=row.created_at,
    )
