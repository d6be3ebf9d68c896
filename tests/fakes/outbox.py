"""An outbox whose times are moved by hand: business time decides what is due, real time whose lease runs."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.engine import Sessions
from db.models import Outbox
from domain.jobs import Dropped, JobRules, Later, Limits, Own
from errors import AppError
from operations import jobs, ledger
from operations.jobs import Job, Leased
from tests.fakes.clock import FixedClock

REAL = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
START = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
KIND, OTHER, UNHANDLED = "payments.capture", "restaurant.announce", "customer.feedback"
RULES = JobRules(
    lease_seconds=60,
    renew_seconds=20,
    default=Limits(attempts=3, timeout_seconds=60),
    kinds={"payments.refund": Own(attempts=1)},
)


class Box:
    """The table, and both clocks."""

    def __init__(self, sessions: Sessions, rules: JobRules = RULES, real: Clock | None = None) -> None:
        """`real`: the machine's own clock, where real workers hold leases."""
        self.sessions = sessions
        self.rules = rules
        self.clock, self.real = FixedClock(START), FixedClock(REAL)
        self._leases: Clock = real or self.real

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.clock.now()

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One transaction."""
        return self.sessions.begin()

    async def write(self, key: str, kind: str = KIND, due_in: timedelta = timedelta()) -> UUID:
        """A job, written as operations do."""
        async with self.transaction() as session:
            await ledger.job(session, kind, key, {"order_id": key}, self.now + due_in, self.now)
        return (await self.row(key, kind)).id

    async def row(self, key: str, kind: str = KIND) -> Outbox:
        """Its row as it is now."""
        async with self.sessions() as session:
            return (await session.scalars(select(Outbox).where(col(Outbox.key) == f"{kind}:{key}"))).one()

    async def lease(self, worker: str = "relay", limit: int = 10) -> list[Leased]:
        """What a relay gets."""
        async with self.transaction() as session:
            return await jobs.lease(
                session, worker, self.now, self._leases.now(), limit, kinds=[KIND, OTHER, "payments.refund"],
                rules=self.rules,
            )  # fmt: skip

    async def begin(self, leased: Leased, worker: str = "worker") -> Job | None:
        """What a worker gets that is handed a message."""
        async with self.transaction() as session:
            return await jobs.begin(session, leased.id, leased.lease, worker, self._leases.now(), self.rules)

    async def begun(self, worker: str = "worker") -> Job:
        """The one job that is due, begun."""
        (leased,) = await self.lease()
        job = await self.begin(leased, worker)
        assert job is not None
        return job

    async def finish(self, job: Job) -> bool:
        """It is done."""
        async with self.transaction() as session:
            return await jobs.finish(session, job, "done", self.now, self._leases.now())

    async def drop(self, job: Job, reason: str) -> bool:
        """It is not true any more."""
        async with self.transaction() as session:
            return await jobs.drop(session, job, Dropped(reason), self.now, self._leases.now())

    async def later(self, job: Job, wait: timedelta, why: str = "it rings") -> bool:
        """It waits."""
        async with self.transaction() as session:
            return await jobs.later(session, job, Later(self.now + wait, why), self.now, self._leases.now())

    async def fail(self, job: Job, error: AppError) -> tuple[bool, datetime | None]:
        """The attempt failed."""
        async with self.transaction() as session:
            return await jobs.fail(session, job, error, self.now, self._leases.now(), self.rules)

    async def renew(self, job: Job) -> bool:
        """Hold it longer."""
        async with self.transaction() as session:
            return await jobs.renew(session, job, self._leases.now(), self.rules)

    async def wake(self, key: str, kind: str = KIND) -> bool:
        """What it waits for has come."""
        async with self.transaction() as session:
            return await jobs.wake(session, f"{kind}:{key}", self.now)
