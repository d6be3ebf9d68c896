"""What an operator sees of jobs, and the one thing they may do: try a dead one again."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from db.engine import Sessions
from db.models import Audit
from domain.ids import Prefix, new_id, show
from errors import Conflict, NotFound
from operations import job_desk
from operations.job_desk import State
from tests.fakes.outbox import KIND, OTHER, UNHANDLED, Box

pytestmark = pytest.mark.db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def box(sessions: Sessions) -> Box:
    """An empty outbox."""
    return Box(sessions)


class TestTheDesk:
    """What an operator sees and may do."""

    async def every(self, box: Box) -> dict[State, str]:
        """A job in each state, by its key."""
        for key in ("dead", "dropped", "done", "running", "waiting"):
            await box.write(key)
            if key != "waiting":
                job = await box.begun()
            if key == "dead":
                await box.fail(job, NotFound("no such order"))
            elif key == "dropped":
                await box.drop(job, "cancelled")
            elif key == "done":
                await box.finish(job)
        return {
            "dead": "dead",
            "dropped": "dropped",
            "done": "done",
            "running": "running",
            "waiting": "waiting",
        }

    async def test_each_state_lists_its_own(self, box: Box) -> None:
        for state, key in (await self.every(box)).items():
            async with box.sessions() as session:
                page = await job_desk.listed(session, box.real.now(), state=state)
            assert [row.key for row in page.rows] == [f"{KIND}:{key}"]
            assert job_desk.state_of(page.rows[0], box.real.now()) == state

    async def test_pages_are_newest_first_and_by_kind(self, box: Box) -> None:
        made = [await box.write(f"{number}") for number in range(5)]
        await box.write("x", OTHER)
        async with box.sessions() as session:
            first = await job_desk.listed(session, box.real.now(), kind=KIND, limit=3)
            rest = await job_desk.listed(session, box.real.now(), kind=KIND, limit=3, after=first.next)
        assert [row.id for row in [*first.rows, *rest.rows]] == made[::-1]
        assert rest.next is None

    async def test_a_dead_job_is_tried_again_from_the_beginning_and_who_wanted_it_is_kept(
        self, box: Box
    ) -> None:
        job_id = await box.write("a")
        await box.fail(await box.begun(), NotFound("no such order"))
        box.clock.advance(HOUR)
        async with box.transaction() as session:
            await job_desk.retry(session, job_id, actor="key:desk", source="192.0.2.7", clock=box.clock)
        row = await box.row("a")
        assert (row.dead_at, row.attempts, row.due_at) == (None, 0, box.now)
        async with box.sessions() as session:
            (noted,) = await session.scalars(select(Audit).where(col(Audit.action) == "job.retry"))
        assert (noted.actor, noted.subject) == ("key:desk", show(Prefix.JOB, job_id))
        assert noted.data == {"kind": KIND, "outcome": "NotFound: no such order"}
        assert (await box.begun()).attempts == 1

    async def test_what_is_not_dead_is_not_retried(self, box: Box) -> None:
        job_id = await box.write("a")
        for unknown, refusal in ((job_id, Conflict), (new_id(), NotFound)):
            with pytest.raises(refusal):
                async with box.transaction() as session:
                    await job_desk.retry(session, unknown, actor="a", source="b", clock=box.clock)
        async with box.sessions() as session:
            assert await session.scalar(select(Audit.id).where(col(Audit.action) == "job.retry")) is None

    async def test_how_late_the_oldest_is_in_business_time(self, box: Box) -> None:
        async def late() -> float:
            async with box.sessions() as session:
                return await job_desk.oldest_due(session, box.now, [KIND])

        assert await late() == 0
        await box.write("a", due_in=MINUTE)
        await box.write("b", UNHANDLED)
        assert await late() == 0
        box.clock.advance(HOUR)
        assert await late() == 59 * 60
        await box.finish(await box.begun())
        assert await late() == 0
