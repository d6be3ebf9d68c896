"""The outbox against a model of it: whatever happens in whatever order, a job has one holder, and none is lost."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete
from sqlmodel import col, select

from db.engine import open_engine, open_sessions
from db.models import Outbox
from domain.ids import new_id
from domain.jobs import priority
from errors import NotFound, StoreDown
from operations import job_desk
from operations.jobs import Job, Leased
from tests.db.databases import database, sql
from tests.fakes.given import KEYRING
from tests.fakes.outbox import KIND, OTHER, Box

pytestmark = pytest.mark.db
Result = TypeVar("Result")
LATER = timedelta(minutes=10)
business = st.sampled_from([1, 60, 900, 4000, 9000, -600]).map(lambda seconds: timedelta(seconds=seconds))
real = st.sampled_from([1, 1, 5, 20, 30, 61]).map(lambda seconds: timedelta(seconds=seconds))


@dataclass
class Known:
    """What the model knows of a job."""

    kind: str
    due: datetime
    attempts: int = 0
    lease: str | None = None
    until: datetime | None = None
    end: str | None = None
    """done, dropped or dead"""


class Outboxes(RuleBasedStateMachine):
    """Relays, workers, webhooks and an operator at one table."""

    address: ClassVar[str]
    runner: ClassVar["asyncio.Runner"]
    messages: Bundle[Leased] = Bundle("messages")
    holds: Bundle[Job] = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.engine = open_engine(self.address, KEYRING, size=2)
        self.box = Box(open_sessions(self.engine))
        self.known: dict[object, Known] = {}
        self.keys: dict[str, object] = {}

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for it."""
        return self.runner.run(work)

    @initialize()
    def empty(self) -> None:
        async def clear() -> None:
            async with self.box.transaction() as session:
                await session.execute(delete(Outbox))

        self.run(clear())

    def teardown(self) -> None:
        self.run(self.engine.dispose())

    def holds_it(self, known: Known) -> bool:
        return known.until is not None and known.until > self.box.real.now()

    @rule(kind=st.sampled_from([KIND, OTHER]), wait=st.sampled_from([0, 0, 10, 3000]))
    def write(self, kind: str, wait: int) -> None:
        key = f"k{len(self.keys)}"
        due = timedelta(seconds=wait)
        job_id = self.run(self.box.write(key, kind, due))
        self.keys[f"{kind}:{key}"] = job_id
        self.known[job_id] = Known(kind, self.box.now + due)

    @rule(step=business)
    def business_time_moves(self, step: timedelta) -> None:
        self.box.clock.advance(step)

    @rule(step=real)
    def real_time_passes(self, step: timedelta) -> None:
        self.box.real.advance(step)

    @rule(target=messages, limit=st.integers(1, 3))
    def a_relay_looks(self, limit: int) -> Any:
        return multiple(*self.leased(limit))

    def leased(self, limit: int) -> list[Leased]:
        """What a relay gets: what the model says, in its order."""
        free = [
            (priority(known.kind), known.due, job_id)
            for job_id, known in self.known.items()
            if known.end is None and known.due <= self.box.now and not self.holds_it(known)
        ]
        expected = [job_id for _, _, job_id in sorted(free, key=lambda each: (*each[:2], str(each[2])))][
            :limit
        ]
        died = [
            job_id
            for job_id in expected
            if self.known[job_id].lease and self.known[job_id].attempts >= self.box.rules.default.attempts
        ]
        found = self.run(self.box.lease(limit=limit))
        assert [leased.id for leased in found] == [job_id for job_id in expected if job_id not in died]
        for job_id in died:
            self.known[job_id] = replace(self.known[job_id], end="dead", lease=None, until=None)
        for leased in found:
            known = self.known[leased.id]
            known.lease, known.until = leased.lease, self.box.real.now() + self.box.rules.lease
        return found

    @rule(target=holds, kind=st.sampled_from([KIND, OTHER]), limit=st.integers(1, 3))
    def a_job_is_written_and_begun(self, kind: str, limit: int) -> Any:
        """What happens most, or hardly any attempt would get far."""
        self.write(kind, 0)
        return self.begun(self.leased(limit))

    @rule(target=holds, message=messages)
    def a_worker_is_handed_a_message(self, message: Leased) -> Any:
        """Now, late, or once more: the broker delivers at least once."""
        return self.begun([message])

    @rule(limit=st.integers(1, 3))
    def messages_come_too_late(self, limit: int) -> None:
        """They lay in the queue until their leases ran out, and nobody has published them again yet."""
        found = self.leased(limit)
        self.box.real.advance(self.box.rules.lease)
        assert [self.handed(message) for message in found] == [None] * len(found)

    def begun(self, messages: list[Leased]) -> Any:
        """What workers get that are handed these."""
        return multiple(*(job for message in messages if (job := self.handed(message)) is not None))

    def handed(self, message: Leased) -> Job | None:
        """What a worker gets: what the model says."""
        known = self.known[message.id]
        good = known.end is None and known.lease == message.lease and self.holds_it(known)
        job = self.run(self.box.begin(message))
        assert (job is not None) is good
        if job is None:
            return None
        known.attempts += 1
        known.lease, known.until = job.lease, self.box.real.now() + self.box.rules.lease
        assert (job.attempts, job.due_at) == (known.attempts, known.due)
        return job

    def rightly_held(self, job: Job) -> bool:
        known = self.known[job.id]
        return known.end is None and known.lease == job.lease and self.holds_it(known)

    @rule(job=holds)
    def renew(self, job: Job) -> None:
        good = self.rightly_held(job)
        assert self.run(self.box.renew(job)) is good
        if good:
            self.known[job.id].until = self.box.real.now() + self.box.rules.lease

    def ended(self, job: Job, held: bool) -> Known | None:
        """The job, free of its holder; None when they had lost it, and changed nothing."""
        good = self.rightly_held(job)
        assert held is good
        known = self.known[job.id]
        if good:
            known.lease = known.until = None
        return known if good else None

    @rule(job=holds)
    def it_is_done(self, job: Job) -> None:
        if known := self.ended(job, self.run(self.box.finish(job))):
            known.end = "done"

    @rule(job=holds)
    def it_is_no_longer_true(self, job: Job) -> None:
        if known := self.ended(job, self.run(self.box.drop(job, "not true"))):
            known.end = "dropped"

    @rule(job=holds)
    def it_waits(self, job: Job) -> None:
        if known := self.ended(job, self.run(self.box.later(job, LATER))):
            woken = known.due != job.due_at
            known.attempts -= 1
            known.due = self.box.now if woken else self.box.now + LATER

    @rule(job=holds, hopeless=st.sampled_from([False, False, True]))
    def it_fails(self, job: Job, hopeless: bool) -> None:
        held, at = self.run(self.box.fail(job, NotFound("nothing") if hopeless else StoreDown("gone")))
        if known := self.ended(job, held):
            dead = hopeless or known.attempts >= self.box.rules.default.attempts
            assert (at is None) is dead
            known.end, known.due = ("dead", known.due) if at is None else (None, at)

    @rule(target=holds, job=holds)
    def a_worker_dies_in_the_middle(self, job: Job) -> Any:
        """A minute passes, and somebody else is handed what is due."""
        self.box.real.advance(self.box.rules.lease)
        return self.begun(self.leased(3))

    @rule(target=holds, job=holds)
    def it_waits_is_woken_and_looked_at_again(self, job: Job) -> Any:
        """The webhook comes while the handler is looking, or after it has said that it waits."""
        self.webhook(job.key)
        self.it_waits(job)
        return self.begun(self.leased(3))

    @rule(data=st.data())
    def a_webhook_comes(self, data: st.DataObject) -> None:
        if self.keys:
            self.webhook(data.draw(st.sampled_from(sorted(self.keys))))

    def webhook(self, key: str) -> None:
        """What a job waits for has come."""
        known = self.known[self.keys[key]]
        kind, _, name = key.partition(":")
        assert self.run(self.box.wake(name, kind)) is (known.end is None)
        if known.end is None:
            tick = timedelta(microseconds=1)
            known.due = max(self.box.now, known.due + tick) if known.lease else min(self.box.now, known.due)

    @rule()
    def an_operator_retries_what_is_dead(self) -> None:
        async def again(job_id: Any) -> None:
            async with self.box.transaction() as session:
                await job_desk.retry(session, job_id, actor="a", source="b", clock=self.box.clock)

        for job_id, known in self.known.items():
            if known.end == "dead":
                self.run(again(job_id))
                self.known[job_id] = Known(known.kind, self.box.now)

    @invariant()
    def the_rows_are_what_the_model_says(self) -> None:
        async def rows() -> dict[object, Outbox]:
            async with self.box.sessions() as session:
                found = await session.scalars(select(Outbox).order_by(col(Outbox.id)))
                return {row.id: row for row in found}

        found = self.run(rows())
        assert found.keys() == self.known.keys(), "no job is lost, and none is made up"
        for job_id, known in self.known.items():
            row = found[job_id]
            assert (row.leased_by, row.lease_until) == (known.lease, known.until)
            assert (row.attempts, row.due_at) == (known.attempts, known.due)
            assert (row.done_at is not None) is (known.end in ("done", "dropped"))
            assert (row.dead_at is not None) is (known.end == "dead")
            assert row.done_at is None or row.dead_at is None


@pytest.fixture
def table(postgres: str, migrated: str) -> Iterator[None]:
    """A database of its own, and a loop that outlives the examples."""
    name = f"t_{new_id().hex}"
    with asyncio.Runner() as runner:
        runner.run(sql(postgres, f"CREATE DATABASE {name} TEMPLATE {migrated} STRATEGY FILE_COPY"))
        Outboxes.address, Outboxes.runner = database(postgres, name), runner
        yield
        runner.run(sql(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.mark.usefixtures("table")
def test_a_job_has_one_holder_and_none_is_lost() -> None:
    examples = settings(max_examples=40, stateful_step_count=40)
    run_state_machine_as_test(Outboxes, settings=examples)
