"""Jobs over a real RabbitMQ: carried out once, whatever it loses, and nothing is lost when it loses everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from pamqp.common import FieldTable
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from structlog.testing import capture_logs

from broker import DELIVERIES, TOGETHER, close, connect, open_broker, publish, where
from db.models import Outbox
from domain.ids import new_id
from errors import StoreDown
from tasks.carry_out import Carrier
from tasks.relay import Relay
from tasks.serving import relaying
from tasks.worker import Worker
from tests.fakes.hands import Cuttable, Hand, tools_for
from tests.fakes.outbox import KIND, Box
from tests.fakes.until import until
from tests.tasks.conftest import Rabbit

pytestmark = [pytest.mark.db, pytest.mark.services]


@dataclass
class House:
    """Relays and workers over one queue."""

    box: Box
    engine: AsyncEngine
    rabbit: Rabbit
    hand: Hand = field(default_factory=Hand)

    @property
    def tools(self) -> Cuttable:
        return tools_for(self.box.sessions, self.box.clock, self.box.rules)

    @asynccontextmanager
    async def relay(self) -> AsyncIterator[Relay]:
        """One that publishes meanwhile."""
        broker = open_broker(self.rabbit.url, self.rabbit.name)
        async with relaying(self.tools, self.engine, broker, {KIND: self.hand}) as relay:
            yield relay

    @asynccontextmanager
    async def worker(self, hand: Hand | None = None) -> AsyncIterator[Worker]:
        """One that carries out meanwhile."""
        broker = open_broker(self.rabbit.url, self.rabbit.name)
        worker = Worker(broker, Carrier(self.tools, {KIND: hand or self.hand}))
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            async with asyncio.timeout(30):
                await running

    async def all_done(self) -> bool:
        async with self.box.sessions() as session:
            query = select(func.count()).select_from(Outbox).where(col(Outbox.done_at).is_(None))
            return await session.scalar(query) == 0

    async def attempts(self) -> set[int]:
        async with self.box.sessions() as session:
            return set(await session.scalars(select(Outbox.attempts)))


@pytest.fixture
def house(box: Box, engine: AsyncEngine, rabbit: Rabbit) -> House:
    return House(box, engine, rabbit)


async def up(relay: Relay) -> None:
    async def ok() -> bool:
        return relay.broker_state == "ok" and relay.listening

    await until(ok)


async def test_the_queue_is_a_quorum_queue_with_a_limit_and_a_place_for_what_kills(rabbit: Rabbit) -> None:
    broker = open_broker(rabbit.url, rabbit.name)
    await connect(broker)
    await close(broker)
    expected: FieldTable = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERIES,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": f"{rabbit.name}.dead",
    }
    async with rabbit.channel() as channel:  # refused unless every argument is the same
        await channel.declare_queue(rabbit.name, durable=True, arguments=expected)
        await channel.declare_queue(f"{rabbit.name}.dead", durable=True, arguments={"x-queue-type": "quorum"})
    assert (TOGETHER, DELIVERIES) == (8, 5)


async def test_each_job_is_carried_out_once_by_one_of_several_workers(house: House) -> None:
    other = Hand()
    async with house.relay(), house.worker(), house.worker(other):
        for number in range(60):
            await house.box.write(f"{number}")
        await until(house.all_done)
    assert sorted(house.hand.finished + other.finished) == sorted(f"{KIND}:{n}" for n in range(60))
    assert house.hand.finished
    assert other.finished
    assert await house.attempts() == {1}
    assert await house.rabbit.messages() == 0


async def test_a_message_is_acknowledged_when_its_job_has_ended_and_not_before(house: House) -> None:
    house.hand.gate.clear()
    async with house.relay() as relay, house.worker():
        await up(relay)
        await house.box.write("a")
        await house.hand.started.wait()
        await house.rabbit.wire.cut()  # not acknowledged yet: RabbitMQ delivers it to somebody else

        async def back() -> bool:
            return await house.rabbit.messages() == 1

        await until(back)
        await house.rabbit.wire.mend()
        await asyncio.sleep(2.5)
        assert house.hand.most == 1, "delivered once more, it is begun by nobody while its lease is held"
        house.hand.gate.set()
        await until(house.all_done)
    assert house.hand.finished == [f"{KIND}:a"]
    assert await house.attempts() == {1}


async def test_messages_that_are_purged_are_published_again(house: House) -> None:
    async with house.relay() as relay:
        await up(relay)
        for number in range(5):
            await house.box.write(f"{number}")

        async def published() -> bool:
            return await house.rabbit.messages() == 5

        await until(published)
        await house.rabbit.purge()
        async with house.worker():
            await until(house.all_done)
    assert len(house.hand.finished) == 5
    assert await house.attempts() == {1}


async def test_a_restart_that_loses_everything_loses_no_job(house: House) -> None:
    async with house.relay() as relay, house.worker():
        await up(relay)
        await house.box.write("a")
        await until(house.all_done)
        with capture_logs() as logs:
            await house.rabbit.wire.cut()
            await house.rabbit.wipe()
            for key in "bcd":
                await house.box.write(key)
            await asyncio.sleep(3)
            assert relay.broker_state == "down"
            assert len(house.hand.finished) == 1
            await house.rabbit.wire.mend()
            await until(house.all_done)
        assert [line["event"] for line in logs].count("relay.no_broker") == 1
        await up(relay)
    assert sorted(house.hand.finished) == [f"{KIND}:{key}" for key in "abcd"]


async def test_a_queue_deleted_under_a_live_connection_is_declared_again(house: House) -> None:
    async with house.relay() as relay:
        await up(relay)
        async with house.rabbit.channel() as channel:
            await channel.queue_delete(house.rabbit.name)
        await house.box.write("a")

        async def published() -> bool:
            return await house.rabbit.messages() == 1

        async def declared() -> bool:
            async with house.box.sessions() as session:
                return bool(await session.scalar(select(Outbox.leased_by)))

        await until(declared)
        await until(published)
        async with house.worker():
            await until(house.all_done)
    assert await house.attempts() == {1}


async def test_a_relay_that_starts_before_rabbitmq_waits_for_it(house: House) -> None:
    await house.rabbit.wire.cut()
    await house.box.write("a")
    async with house.relay() as relay, house.worker():
        await asyncio.sleep(1.5)
        assert relay.broker_state == "down"
        assert (await house.box.row("a")).leased_by is None
        await house.rabbit.wire.mend()
        await until(house.all_done)
    assert await house.attempts() == {1}


async def test_a_worker_that_stops_finishes_what_it_has_begun_and_leaves_the_rest(house: House) -> None:
    house.hand.gate.clear()
    async with house.relay() as relay:
        await up(relay)
        async with house.worker() as worker:
            for number in range(TOGETHER + 4):
                await house.box.write(f"{number}")

            async def busy() -> bool:
                return house.hand.at_once == TOGETHER

            await until(busy)
            worker.stop()
            await asyncio.sleep(0.3)
            house.hand.gate.set()
        assert len(house.hand.finished) == TOGETHER
        async with house.worker():
            await until(house.all_done)
    assert len(house.hand.finished) == TOGETHER + 4
    assert await house.attempts() == {1}


async def test_what_nobody_takes_is_told(rabbit: Rabbit) -> None:
    broker = open_broker(rabbit.url, rabbit.name)
    with pytest.raises(StoreDown, match="took no message"):
        await publish(broker, new_id(), "lease")
    await rabbit.wire.cut()
    with pytest.raises(StoreDown, match="cannot be used") as refused:
        await connect(broker)
    assert "guest" not in refused.value.message
    assert where(broker) == f"127.0.0.1:{rabbit.wire.port}"
    await rabbit.wire.mend()
    await connect(broker)
    await publish(broker, new_id(), "lease")
    assert await rabbit.messages() == 1
    await close(broker)
