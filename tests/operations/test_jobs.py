"""Jobs are leased to one, begun by one, and ended by whoever holds the lease: over a real PostgreSQL."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from sqlmodel import select

from db.engine import Sessions
from db.models import Outbox
from errors import NotFound, StoreDown, VendorError
from operations import jobs, ledger
from tests.fakes.outbox import KIND, OTHER, RULES, UNHANDLED, Box

pytestmark = pytest.mark.db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def box(sessions: Sessions) -> Box:
    """An empty outbox."""
    return Box(sessions)


class TestLeasing:
    """Who gets what, and when."""

    async def test_what_is_due_is_leased_once(self, box: Box) -> None:
        job_id = await box.write("a")
        await box.write("b", due_in=SECOND)
        assert [leased.id for leased in await box.lease()] == [job_id]
        assert await box.lease() == []
        box.clock.advance(SECOND)
        assert len(await box.lease()) == 1

    async def test_people_who_wait_go_first_and_then_who_has_waited_longest(self, box: Box) -> None:
        for key in "ab":
            await box.write(key)
            box.clock.advance(SECOND)
        await box.write("c", OTHER)
        (first,), (second,) = await box.lease(limit=1), await box.lease(limit=1)
        assert first.kind == OTHER
        assert second.id == (await box.row("a")).id

    async def test_a_kind_that_nobody_carries_out_waits(self, box: Box) -> None:
        await box.write("a", UNHANDLED)
        assert await box.lease() == []
        assert (await box.row("a", UNHANDLED)).leased_by is None

    async def test_several_relays_at_once_get_different_rows_and_none_waits(self, box: Box) -> None:
        wanted = {await box.write(f"{number}") for number in range(20)}
        async with box.transaction() as session:  # one relay is in the middle of it
            mine = await jobs.lease(session, "one", box.now, box.real.now(), 5, kinds=[KIND], rules=box.rules)
            async with asyncio.timeout(20):
                others = await asyncio.gather(*(box.lease(f"r{number}", 10) for number in range(3)))
        found = [leased.id for leased in [*mine, *(each for batch in others for each in batch)]]
        assert len(found) == len(set(found)) == 20
        assert set(found) == wanted

    async def test_every_lease_is_its_own(self, box: Box) -> None:
        for number in range(5):
            await box.write(f"{number}")
        leases = [leased.lease for leased in await box.lease()]
        assert len(set(leases)) == 5
        assert all(len(lease) <= 60 for lease in leases)

    async def test_business_time_that_runs_or_jumps_ends_no_lease(self, box: Box) -> None:
        await box.write("a")
        await box.lease()
        box.clock.advance(timedelta(days=400))
        assert await box.lease() == []
        box.real.advance(60 * SECOND)
        assert len(await box.lease()) == 1

    async def test_business_time_set_back_makes_a_job_wait_and_loses_nothing(self, box: Box) -> None:
        await box.write("a")
        box.clock.advance(-HOUR)
        assert await box.lease() == []
        box.clock.advance(HOUR)
        assert len(await box.lease()) == 1

    async def test_what_waits_with_the_broker_is_counted_until_it_is_begun(self, box: Box) -> None:
        for number in range(3):
            await box.write(f"{number}")

        async def waiting() -> int:
            async with box.sessions() as session:
                return await jobs.published(session, "relay", box.now, box.real.now())

        leased, *_ = await box.lease()
        assert await waiting() == 3
        await box.begin(leased)
        assert await waiting() == 2
        box.real.advance(60 * SECOND)
        assert await waiting() == 0

    async def test_what_was_not_handed_over_is_free_again_without_an_attempt(self, box: Box) -> None:
        await box.write("a")
        (leased,) = await box.lease()
        async with box.transaction() as session:
            await jobs.release(session, [leased.lease])
        assert await box.begin(leased) is None
        assert (await box.row("a")).attempts == 0
        assert len(await box.lease()) == 1

    async def test_a_relay_that_stops_frees_what_is_its_own_and_not_begun(self, box: Box) -> None:
        for number in range(3):
            await box.write(f"{number}")
        begun, *_ = await box.lease("mine", 2)
        await box.lease("other", 1)
        assert await box.begin(begun, "worker")
        async with box.transaction() as session:
            await jobs.give_back(session, "mine")
        assert len(await box.lease()) == 1


class TestHolding:
    """Only the holder of the lease ends a job."""

    async def test_a_message_that_comes_twice_is_begun_once(self, box: Box) -> None:
        await box.write("a")
        (leased,) = await box.lease()
        found = await asyncio.gather(*(box.begin(leased, f"w{number}") for number in range(5)))
        assert sum(job is not None for job in found) == 1
        assert (await box.row("a")).attempts == 1

    async def test_a_lease_that_ran_out_before_it_was_begun_is_no_attempt(self, box: Box) -> None:
        await box.write("a")
        for _ in range(10):
            (leased,) = await box.lease()
            box.real.advance(60 * SECOND)
            assert await box.begin(leased) is None
        row = await box.row("a")
        assert (row.attempts, row.dead_at) == (0, None)

    async def test_a_worker_that_dies_costs_an_attempt_and_the_last_one_the_job(self, box: Box) -> None:
        await box.write("a")
        for attempt in range(1, 4):
            assert (await box.begun()).attempts == attempt
            box.real.advance(60 * SECOND)
        assert await box.lease() == []
        row = await box.row("a")
        assert (row.outcome, row.leased_by) == (jobs.WORKER_DIED, None)
        assert row.dead_at == box.now

    async def test_renewed_in_time_it_is_held(self, box: Box) -> None:
        await box.write("a")
        job = await box.begun()
        for _ in range(10):
            box.real.advance(20 * SECOND)
            assert await box.renew(job)
            assert await box.lease() == []
        assert await box.finish(job)
        row = await box.row("a")
        assert (row.outcome, row.done_at, row.leased_by) == ("done", box.now, None)

    @pytest.mark.parametrize("taken", [False, True], ids=["nobody took it", "another has it"])
    async def test_who_lost_the_lease_changes_nothing_and_is_told(self, box: Box, taken: bool) -> None:
        await box.write("a")
        job = await box.begun("slow")
        box.real.advance(60 * SECOND)
        other = await box.begun("quick") if taken else None
        before = (await box.row("a")).model_dump()
        assert not await box.renew(job)
        assert not await box.finish(job)
        assert not await box.drop(job, "no longer")
        assert not await box.later(job, HOUR)
        assert not (await box.fail(job, StoreDown("gone")))[0]
        assert (await box.row("a")).model_dump() == before
        if other:
            assert await box.finish(other)

    async def test_what_has_ended_is_ended_once(self, box: Box) -> None:
        await box.write("a")
        job = await box.begun()
        assert await box.finish(job)
        assert not await box.finish(job)
        assert not (await box.fail(job, VendorError("stripe", "status 400")))[0]
        assert (await box.row("a")).outcome == "done"


class TestEnding:
    """Dropped, waiting, failed, dead."""

    async def test_what_is_no_longer_true_is_dropped_with_its_reason(self, box: Box) -> None:
        await box.write("a")
        assert await box.drop(await box.begun(), "the order was cancelled")
        row = await box.row("a")
        assert (row.outcome, row.dead_at) == ("dropped: the order was cancelled", None)
        assert row.done_at == box.now

    async def test_waiting_is_no_attempt_however_often(self, box: Box) -> None:
        await box.write("a")
        for _ in range(10):
            assert await box.later(await box.begun(), MINUTE)
            assert await box.lease() == []
            box.clock.advance(MINUTE)
        row = await box.row("a")
        assert (row.attempts, row.outcome) == (0, "it rings")

    async def test_a_failure_is_tried_again_when_the_rules_say_and_then_dead(self, box: Box) -> None:
        await box.write("a")
        for _ in range(2):
            held, at = await box.fail(await box.begun(), StoreDown("Redis cannot be used"))
            assert held
            assert at is not None
            assert (await box.row("a")).due_at == at > box.now
            assert await box.lease() == []
            box.clock.advance(at - box.now)
        assert await box.fail(await box.begun(), StoreDown("Redis cannot be used")) == (True, None)
        row = await box.row("a")
        assert (row.dead_at, row.outcome) == (box.now, "StoreDown: Redis cannot be used")
        box.clock.advance(timedelta(days=9))
        assert await box.lease() == []

    async def test_a_number_in_an_error_is_not_kept(self, box: Box) -> None:
        await box.write("a")
        await box.fail(await box.begun(), NotFound("nobody at +15125550110"))
        outcome = (await box.row("a")).outcome
        assert outcome is not None
        assert "5550110" not in outcome

    async def test_a_kind_has_limits_of_its_own(self, box: Box) -> None:
        await box.write("a", "payments.refund")
        assert await box.fail(await box.begun(), StoreDown("gone")) == (True, None)


class TestWaking:
    """A webhook brings what a job waits for."""

    async def test_what_waits_is_due_now(self, box: Box) -> None:
        await box.write("a", due_in=HOUR)
        assert await box.wake("a")
        assert len(await box.lease()) == 1

    async def test_what_was_due_before_keeps_its_place(self, box: Box) -> None:
        await box.write("a")
        due = (await box.row("a")).due_at
        box.clock.advance(HOUR)
        assert await box.wake("a")
        assert (await box.row("a")).due_at == due

    async def test_what_comes_while_it_is_carried_out_is_not_lost(self, box: Box) -> None:
        """The handler looked, the webhook came, and only then does the handler say that it waits."""
        await box.write("a")
        job = await box.begun()
        assert await box.wake("a")
        assert await box.later(job, HOUR)
        assert (await box.row("a")).due_at == box.now
        assert await box.later(await box.begun(), HOUR), "woken once, it waits the next time"
        assert await box.lease() == []

    async def test_what_comes_before_it_is_begun_is_seen_by_the_handler(self, box: Box) -> None:
        await box.write("a")
        (leased,) = await box.lease()
        await box.wake("a")
        job = await box.begin(leased)
        assert job is not None
        assert await box.later(job, HOUR)
        assert await box.lease() == []

    async def test_what_has_ended_and_what_never_was_is_not_woken(self, box: Box) -> None:
        await box.write("a")
        await box.finish(await box.begun())
        assert not await box.wake("a")
        assert not await box.wake("b")
        assert await box.lease() == []

    async def test_relays_hear_of_a_job_when_it_is_committed_and_not_before(
        self, box: Box, database_url: str
    ) -> None:
        heard: asyncio.Queue[str] = asyncio.Queue()
        listener = await asyncpg.connect(database_url.replace("+asyncpg", ""))
        await listener.add_listener(jobs.CHANNEL, lambda *told: heard.put_nowait(str(told[2])))
        async with box.transaction() as session:
            await ledger.job(session, KIND, "a", {"order_id": "a"}, box.now + HOUR, box.now)
            await listener.execute("SELECT 1")
            assert heard.empty()
        async with asyncio.timeout(20):
            assert await heard.get() == jobs.CHANNEL
            await box.wake("a")
            assert await heard.get() == jobs.CHANNEL
        await listener.close()


async def next_due(box: Box) -> tuple[object, bool]:
    async with box.sessions() as session:
        return await jobs.next_due(session, box.real.now(), [KIND])


async def test_the_next_due_time_and_whether_somebody_holds_one(box: Box) -> None:
    assert await next_due(box) == (None, False)
    await box.write("a", due_in=HOUR)
    await box.write("b", due_in=MINUTE)
    await box.write("c", UNHANDLED)
    assert await next_due(box) == (box.now + MINUTE, False)
    await box.wake("b")
    await box.begun()
    assert await next_due(box) == (box.now + HOUR, True)


async def test_the_same_fact_writes_one_job_with_the_place_of_its_kind(box: Box) -> None:
    first = await box.write("a", OTHER)
    assert await box.write("a", OTHER, due_in=HOUR) == first
    await box.write("a", UNHANDLED)
    async with box.sessions() as session:
        rows = {row.kind: row.priority for row in await session.scalars(select(Outbox))}
    assert rows == {OTHER: 1, UNHANDLED: 9}
    assert RULES.of(OTHER).attempts == 3
