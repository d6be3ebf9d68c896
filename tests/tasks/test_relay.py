"""Due rows are published at once, whatever is lost on the way: a notification, a connection, a clock's steps."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from structlog.testing import capture_logs
from taskiq import AsyncBroker

from broker import open_broker, work_with
from clock import Clock, ScaledClock
from db.models import Outbox
from domain.ids import new_id
from domain.jobs import Later
from operations import jobs
from tasks.carry_out import Carrier
from tasks.relay import IDLE_SECONDS, WINDOW, Relay
from tasks.serving import relaying
from tasks.work import Handler
from tests.fakes.hands import Cuttable, Hand, tools_for
from tests.fakes.outbox import KIND, OTHER, START, UNHANDLED, Box
from tests.fakes.until import until

pytestmark = pytest.mark.db


class House:
    """A process that relays and carries out."""

    def __init__(self, box: Box, engine: AsyncEngine, clock: Clock | None = None) -> None:
        self.box, self.engine = box, engine
        self.hand = Hand()
        self.handlers: Mapping[str, Handler] = {KIND: self.hand, OTHER: self.hand}
        self.tools: Cuttable = tools_for(box.sessions, clock or box.clock, box.rules)

    @asynccontextmanager
    async def open(self, broker: AsyncBroker | None = None, together: int = 8) -> AsyncIterator[Relay]:
        """Until the block ends."""
        carrier = Carrier(self.tools, self.handlers, together)
        if broker is None:
            broker = open_broker(None)
            work_with(broker, carrier.run)
        async with relaying(self.tools, self.engine, broker, self.handlers, carrier) as relay:
            yield relay

    async def done(self, key: str = "a", kind: str = KIND) -> Outbox | None:
        """The row once it is done."""
        row = await self.box.row(key, kind)
        return row if row.done_at else None


@pytest.fixture
def house(box: Box, engine: AsyncEngine) -> House:
    return House(box, engine)


async def connected(relay: Relay) -> None:
    """It listens, and has looked."""

    async def listening() -> bool:
        return relay.listening

    await until(listening)


async def write_silently(box: Box, key: str) -> None:
    """A job whose notification is lost."""
    row = {
        "id": new_id(), "kind": KIND, "key": f"{KIND}:{key}", "payload": {}, "priority": 5, "attempts": 0,
        "due_at": box.now, "created_at": box.now,
    }  # fmt: skip
    async with box.transaction() as session:
        await session.execute(insert(Outbox).values(**row))


async def test_a_job_that_is_due_is_carried_out_at_once(house: House, box: Box) -> None:
    async with house.open() as relay:
        await connected(relay)
        await asyncio.sleep(0.2)  # it sleeps, and only a notification wakes it
        began = asyncio.get_running_loop().time()
        await box.write("a")
        await until(house.done)
        assert asyncio.get_running_loop().time() - began < 2
        assert relay.broker_state == "ok"


async def test_what_was_due_before_the_start_is_carried_out(house: House, box: Box) -> None:
    await box.write("a")
    async with house.open():
        await until(house.done)


async def test_a_lost_notification_costs_seconds_and_not_the_job(house: House, box: Box) -> None:
    async with house.open() as relay:
        await connected(relay)
        await asyncio.sleep(0.2)
        await write_silently(box, "a")
        await until(house.done, IDLE_SECONDS + 5)


async def test_a_due_time_comes_as_fast_as_business_time_runs(box: Box, engine: AsyncEngine) -> None:
    """A fifth of a second is slept, and not the whole one that a relay sleeps at most; best of three."""
    clock = ScaledClock(START, 600)
    house, late = House(box, engine, clock), []
    async with house.open() as relay:
        await connected(relay)
        for key in "abc":
            box.clock.moment = clock.now()
            await box.write(key, due_in=timedelta(minutes=2))
            row = await until(partial(house.done, key))
            assert row is not None
            assert row.done_at is not None
            late.append(row.done_at - row.due_at)
    assert timedelta() <= min(late) < timedelta(minutes=7)


@pytest.mark.parametrize("back", [False, True])
async def test_business_time_that_jumps_is_noticed_within_a_second(
    house: House, box: Box, back: bool
) -> None:
    if back:
        box.clock.advance(timedelta(hours=2))
    await box.write("a", due_in=timedelta(hours=1))
    async with house.open() as relay:
        await connected(relay)
        if back:
            box.clock.advance(-timedelta(hours=2))
            await asyncio.sleep(1.2)
            assert house.hand.seen == []
            box.clock.advance(timedelta(hours=3))
        else:
            box.clock.advance(timedelta(hours=1))
        await until(house.done, 2.5)  # less than a relay sleeps while nothing waits


async def test_several_relays_publish_each_job_once(house: House, box: Box, engine: AsyncEngine) -> None:
    other = House(box, engine)
    other.hand = house.hand
    other.handlers = house.handlers
    async with house.open(), other.open():
        for number in range(40):
            await box.write(f"{number}")

        async def all_done() -> bool:
            async with box.sessions() as session:
                query = select(func.count()).where(col(Outbox.done_at).is_not(None))
                return await session.scalar(query) == 40

        await until(all_done)
    assert sorted(house.hand.finished) == sorted(f"{KIND}:{number}" for number in range(40))
    async with box.sessions() as session:
        assert set(await session.scalars(select(Outbox.attempts))) == {1}


async def test_a_killed_connection_is_said_once_and_taken_again(
    house: House, box: Box, engine: AsyncEngine
) -> None:
    async with house.open() as relay:
        await connected(relay)
        with capture_logs() as logs:
            async with engine.connect() as connection:
                others = text(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                assert (await connection.scalar(others) or 0) >= 1

            async def noticed() -> bool:
                return not relay.listening

            await until(noticed)
            await box.write("a")
            await until(house.done)
            await connected(relay)
        told = [line["event"] for line in logs if line["log_level"] == "warning"]
        assert told.count("jobs.not_listening") == 1
        await box.write("b")
        await until(lambda: house.done("b"))


async def test_without_postgresql_it_says_so_once_and_goes_on_when_it_is_back(house: House, box: Box) -> None:
    async with house.open() as relay:
        await connected(relay)
        with capture_logs() as logs:
            house.tools.cut.set()
            await box.write("a")
            await asyncio.sleep(2.5)
            assert house.hand.seen == []
            house.tools.cut.clear()
            await until(house.done)
    assert [line["event"] for line in logs].count("relay.no_database") == 1


async def test_a_librarys_own_cancellation_does_not_end_it(house: House, box: Box) -> None:
    async with house.open() as relay:
        await connected(relay)
        with capture_logs() as logs:

            async def interrupted() -> bool:
                return "relay.interrupted" in [line["event"] for line in logs]

            house.tools.interrupt.append(asyncio.CancelledError())
            async with box.transaction() as session:
                await jobs.notify(session)  # with no job yet, nobody but the relay looks
            await until(interrupted)
            await box.write("a")
            await until(house.done)


async def test_what_the_broker_does_not_take_is_free_again_and_no_attempt(house: House, box: Box) -> None:
    broker = open_broker(None)  # nobody works with it yet
    await box.write("a")
    with capture_logs() as logs:
        async with house.open(broker):

            async def refused() -> bool:
                return any(line["event"] == "relay.no_broker" for line in logs)

            await until(refused)
            row = await box.row("a")
            assert (row.leased_by, row.attempts) == (None, 0)
            work_with(broker, Carrier(house.tools, house.handlers).run)
            await until(house.done)
    assert [line["event"] for line in logs].count("relay.no_broker") == 1
    assert (await box.row("a")).attempts == 1


async def test_a_job_whose_message_is_lost_is_published_again(house: House, box: Box) -> None:
    broker, lost = open_broker(None), asyncio.Event()

    async def lose(id: str, lease: str) -> None:
        if lost.is_set():
            await carrier.run(id, lease)
        lost.set()

    carrier = Carrier(house.tools, house.handlers)
    work_with(broker, lose)
    await box.write("a")
    async with house.open(broker):
        row = await until(house.done)
    assert row is not None
    assert (row.attempts, len(house.hand.seen)) == (1, 1)


async def test_a_bug_in_a_handler_is_logged_and_stops_nobody(
    house: House, box: Box, caplog: pytest.LogCaptureFixture
) -> None:
    house.hand.endings = [ZeroDivisionError("planted")]
    async with house.open():
        with caplog.at_level(logging.ERROR):
            await box.write("a")
            await house.hand.started.wait()
            await box.write("b")
            await until(lambda: house.done("b"))
        assert "planted" in caplog.text
        row = await until(house.done)
        assert row is not None
        assert row.attempts == 2, "its lease ran out, and the attempt counts"


async def test_a_kind_without_a_handler_is_left_alone(house: House, box: Box) -> None:
    await box.write("a", UNHANDLED)
    await box.write("b")
    async with house.open():
        await until(lambda: house.done("b"))
        row = await box.row("a", UNHANDLED)
    assert (row.leased_by, row.attempts, row.outcome) == (None, 0, None)


async def test_what_waits_for_a_webhook_is_woken_at_once(house: House, box: Box) -> None:
    house.hand.endings = [Later(box.now + timedelta(hours=1), "it rings")]
    async with house.open():
        await box.write("a")

        async def waits() -> bool:
            return (await box.row("a")).outcome == "it rings"

        await until(waits)
        assert await box.wake("a")
        row = await until(house.done, 3)
    assert row is not None
    assert (row.attempts, len(house.hand.seen)) == (1, 2)


async def test_most_rows_stay_where_urgent_ones_overtake_them(house: House, box: Box) -> None:
    house.hand.gate.clear()
    for number in range(WINDOW["here"] + 20):
        await box.write(f"{number}")
    async with house.open(together=1) as relay:
        await connected(relay)

        async def leased() -> int:
            async with box.sessions() as session:
                query = select(func.count()).where(col(Outbox.leased_by).is_not(None))
                return await session.scalar(query) or 0

        async def full() -> bool:
            return await leased() == WINDOW["here"] + 1

        await until(full)
        await box.write("urgent", OTHER)
        await asyncio.sleep(0.3)
        assert await leased() == WINDOW["here"] + 1
        house.hand.gate.set()
        await until(lambda: house.done("urgent", OTHER))
        place = house.hand.finished.index(f"{OTHER}:urgent")
        assert place <= WINDOW["here"] + 2, "before the twenty that were written before it"


async def test_a_process_that_stops_frees_what_it_has_not_begun(house: House, box: Box) -> None:
    house.hand.gate.clear()
    for number in range(5):
        await box.write(f"{number}")
    async with house.open(together=1):
        await house.hand.started.wait()

        async def published() -> bool:
            async with box.sessions() as session:
                query = select(func.count()).where(col(Outbox.leased_by).is_not(None))
                return await session.scalar(query) == 5

        await until(published)
        house.hand.gate.set()
    async with box.sessions() as session:
        held = await session.scalar(select(func.count()).where(col(Outbox.leased_by).is_not(None)))
        left = await session.scalar(select(func.count()).where(col(Outbox.done_at).is_(None)))
    assert held == 0
    assert left


async def test_a_relay_that_a_bug_ends_is_told_of(house: House) -> None:
    with capture_logs() as logs:
        async with house.open() as relay:
            await connected(relay)
            house.tools.interrupt.append(ZeroDivisionError())
            async with house.box.transaction() as session:
                await jobs.notify(session)

            async def down() -> bool:
                return relay.broker_state == "down"

            await until(down)
    assert "relay.died" in [line["event"] for line in logs]
