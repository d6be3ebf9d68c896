"""One job, carried out: begun once, held while it lasts, ended once, and never by who lost it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col
from structlog.testing import capture_logs

from clock import SystemClock
from db.engine import Sessions
from db.models import Outbox
from domain.jobs import Done, Dropped, JobRules, Later, Limits
from errors import NotFound, StoreDown
from operations.jobs import WORKER_DIED, Leased
from tasks.carry_out import Carrier
from tests.fakes.hands import Cuttable, Hand, tools_for
from tests.fakes.outbox import KIND, Box
from tests.fakes.until import until

pytestmark = pytest.mark.db


@pytest.fixture
def tools(box: Box) -> Cuttable:
    return tools_for(box.sessions, box.clock, box.rules)


def carrier(tools: Cuttable, hand: Hand, **more: int) -> Carrier:
    return Carrier(tools, {KIND: hand}, **more)


async def given(carrier: Carrier, leased: Leased) -> None:
    """What the broker does with a message."""
    await carrier.run(str(leased.id), leased.lease)


async def one(box: Box, key: str = "a") -> Leased:
    await box.write(key)
    (leased,) = await box.lease()
    return leased


async def lose(box: Box, leased: Leased) -> None:
    """The lease of a job runs out, as if its worker had slept."""
    async with box.transaction() as session:
        past = SystemClock().now() - timedelta(seconds=1)
        await session.execute(update(Outbox).where(col(Outbox.id) == leased.id).values(lease_until=past))


async def test_a_handler_is_told_the_rows_own_words(box: Box, tools: Cuttable) -> None:
    hand = Hand()
    await given(carrier(tools, hand), await one(box))
    (work,) = hand.seen
    assert (work.kind, work.key, work.payload) == (KIND, f"{KIND}:a", {"order_id": "a"})
    assert (work.attempts, work.since, work.now) == (1, box.now, box.now)
    row = await box.row("a")
    assert (row.done_at, row.outcome, row.attempts, row.leased_by) == (box.now, "done", 1, None)


async def test_each_ending_is_written_down(box: Box, tools: Cuttable) -> None:
    at = box.now + timedelta(minutes=4)
    hand = Hand(
        Done("captured"), Dropped("cancelled"), Later(at, "it rings"), StoreDown("gone"), NotFound("nothing")
    )
    hands = carrier(tools, hand)
    for key in "abcde":
        await given(hands, await one(box, key))
    rows = [await box.row(key) for key in "abcde"]
    assert [row.outcome for row in rows] == [
        "captured",
        "dropped: cancelled",
        "it rings",
        "StoreDown: gone",
        "NotFound: nothing",
    ]
    assert [row.done_at is not None for row in rows] == [True, True, False, False, False]
    assert [row.dead_at is not None for row in rows] == [False, False, False, False, True]
    assert (rows[2].due_at, rows[2].attempts) == (at, 0)
    assert box.now + timedelta(seconds=5) <= rows[3].due_at < box.now + timedelta(seconds=6)


async def test_a_message_that_comes_twice_is_carried_out_once(box: Box, tools: Cuttable) -> None:
    leased, hand = await one(box), Hand()
    hand.gate.clear()
    workers = [asyncio.create_task(given(carrier(tools, hand), leased)) for _ in range(4)]
    await hand.started.wait()
    hand.gate.set()
    await asyncio.gather(*workers)
    await given(carrier(tools, hand), leased)
    assert hand.finished == [f"{KIND}:a"]
    assert (await box.row("a")).attempts == 1


async def test_a_handler_that_takes_longer_than_a_lease_keeps_its_job(box: Box, tools: Cuttable) -> None:
    hand = Hand()
    hand.gate.clear()
    working = asyncio.create_task(given(carrier(tools, hand), await one(box)))
    await hand.started.wait()
    for _ in range(10):
        await asyncio.sleep(0.25)  # two and a half leases
        assert await box.lease() == []
    hand.gate.set()
    await working
    row = await box.row("a")
    assert (row.outcome, row.attempts, len(hand.seen)) == ("done", 1, 1)


async def test_who_lost_the_lease_is_broken_off_and_writes_nothing(box: Box, tools: Cuttable) -> None:
    leased, slow, quick = await one(box), Hand(), Hand(Done("by the other"))
    slow.gate.clear()
    working = asyncio.create_task(given(carrier(tools, slow), leased))
    await slow.started.wait()
    await lose(box, leased)
    (again,) = await box.lease()
    await given(carrier(tools, quick), again)
    async with asyncio.timeout(20):
        with capture_logs() as logs:
            await working
    assert (slow.finished, slow.broken_off) == ([], [f"{KIND}:a"])
    assert [line["event"] for line in logs] == ["job.lease_lost"]
    assert (await box.row("a")).outcome == "by the other"


async def test_without_postgresql_a_handler_is_broken_off_before_another_may_begin(
    box: Box, tools: Cuttable
) -> None:
    hand, loop = Hand(), asyncio.get_running_loop()
    hand.gate.clear()
    working = asyncio.create_task(given(carrier(tools, hand), await one(box)))
    await hand.started.wait()
    tools.cut.set()
    began = loop.time()
    async with asyncio.timeout(20):
        await working
    assert hand.broken_off == [f"{KIND}:a"]
    assert loop.time() - began <= 1.5
    tools.cut.clear()
    again = await until(box.lease)
    hand.gate.set()
    await given(carrier(tools, hand), again[0])
    assert ((await box.row("a")).outcome, hand.finished) == ("done", [f"{KIND}:a"])


async def test_an_end_that_cannot_be_written_down_is_carried_out_again(box: Box, tools: Cuttable) -> None:
    hand = Hand()
    hand.gate.clear()
    working = asyncio.create_task(given(carrier(tools, hand), await one(box)))
    await hand.started.wait()
    tools.cut.set()
    hand.gate.set()
    await working
    row = await box.row("a")
    assert (row.done_at, row.attempts) == (None, 1)
    assert row.leased_by is not None


async def test_what_takes_too_long_is_broken_off_and_tried_again(sessions: Sessions) -> None:
    rules = JobRules(lease_seconds=60, renew_seconds=20, default=Limits(attempts=3, timeout_seconds=0.1))
    box, hand = Box(sessions, rules, SystemClock()), Hand()
    hand.gate.clear()
    async with asyncio.timeout(20):
        await given(carrier(tools_for(sessions, box.clock, rules), hand), await one(box))
    row = await box.row("a")
    assert (row.outcome, hand.broken_off) == ("Conflict: not done within 0.1 seconds", [f"{KIND}:a"])
    assert row.due_at > box.now


async def test_a_bug_is_not_swallowed_and_costs_an_attempt_each_time(box: Box, tools: Cuttable) -> None:
    hand = Hand(*(ZeroDivisionError() for _ in range(3)))
    leased = await one(box)
    for attempt in range(1, 4):
        with pytest.raises(ZeroDivisionError):
            await given(carrier(tools, hand), leased)
        row = await box.row("a")
        assert (row.attempts, row.outcome, row.leased_by is not None) == (attempt, None, True)
        await lose(box, leased)
        leased = next(iter(await box.lease()), leased)
    row = await box.row("a")
    assert (row.outcome, row.dead_at) == (WORKER_DIED, box.now)


async def test_a_kind_of_a_newer_release_waits_for_a_newer_worker(box: Box, tools: Cuttable) -> None:
    await given(Carrier(tools, {}), await one(box))
    row = await box.row("a")
    assert (row.due_at, row.attempts, row.dead_at) == (box.now + timedelta(minutes=1), 0, None)


async def test_so_many_at_once_and_no_more(box: Box, tools: Cuttable) -> None:
    for number in range(6):
        await box.write(f"{number}")
    hand = Hand()
    hand.gate.clear()
    hands = carrier(tools, hand, together=2)
    working = [asyncio.create_task(given(hands, leased)) for leased in await box.lease()]

    async def two() -> bool:
        return len(hand.seen) == 2

    await until(two)
    hand.gate.set()
    await asyncio.gather(*working)
    assert (hand.most, len(hand.finished)) == (2, 6)


async def test_closing_waits_for_what_runs_and_begins_nothing_more(box: Box, tools: Cuttable) -> None:
    for key in "ab":
        await box.write(key)
    hand = Hand()
    hand.gate.clear()
    hands = carrier(tools, hand, together=1)
    working = [asyncio.create_task(given(hands, leased)) for leased in await box.lease()]
    await hand.started.wait()
    closing = asyncio.create_task(hands.close(20))
    await asyncio.sleep(0)
    hand.gate.set()
    await asyncio.gather(closing, *working)
    assert ((await box.row("a")).outcome, (await box.row("b")).attempts) == ("done", 0)


async def test_closing_breaks_off_what_takes_too_long(box: Box, tools: Cuttable) -> None:
    hand = Hand()
    hand.gate.clear()
    hands = carrier(tools, hand)
    working = asyncio.create_task(given(hands, await one(box)))
    await hand.started.wait()
    async with asyncio.timeout(20):
        await hands.close(0.05)
        await asyncio.gather(working, return_exceptions=True)
    assert hand.broken_off == [f"{KIND}:a"]
    row = await box.row("a")
    assert (row.done_at, row.attempts) == (None, 1)
