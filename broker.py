"""Carries ids of jobs to workers: RabbitMQ where there is one, else this process itself.

It knows nothing of due times, repeats or death: those are the row's (`operations.jobs`). It redelivers a message only
when a worker died with it, and a message that is lost is published again once its row's lease has run out.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit
from uuid import UUID

from aio_pika import DeliveryMode, ExchangeType, Message
from aiormq.exceptions import AMQPError
from pamqp.commands import Basic
from pamqp.common import FieldTable
from taskiq import AsyncBroker, BrokerMessage, InMemoryBroker
from taskiq.exceptions import SendTaskError
from taskiq.kicker import AsyncKicker
from taskiq.result_backends.dummy import DummyResultBackend
from taskiq_aio_pika import AioPikaBroker
from taskiq_aio_pika.exchange import Exchange
from taskiq_aio_pika.queue import Queue, QueueType

from deadline import deadline
from errors import StoreDown

QUEUE, TASK = "tiffin.jobs", "run_job"
TOGETHER = 8
"""Jobs one worker carries out at once, and messages it takes off the queue before it has acknowledged any."""
DELIVERIES = 5
"""A message that killed so many workers goes to the dead-letter queue; its row counts for itself."""
ANSWER_SECONDS, CONNECT_SECONDS, RECONNECT_SECONDS = 5.0, 5.0, 1.0
GONE = (AMQPError, OSError, RuntimeError, TimeoutError)
"""What a connection that is lost, or cannot be had, is told by."""
RunJob = Callable[[str, str], Awaitable[None]]


class Rabbit(AioPikaBroker):
    """RabbitMQ with one quorum queue; tells when a message was not taken by it, which its parent does not."""

    def __init__(self, url: str, name: str) -> None:
        arguments: FieldTable = {"x-delivery-limit": DELIVERIES}
        super().__init__(
            url,
            qos=TOGETHER,
            exchange=Exchange(name=name, type=ExchangeType.DIRECT),
            task_queues=[Queue(name=name, type=QueueType.QUORUM, arguments=arguments)],
            dead_letter_queue=Queue(name=f"{name}.dead", type=QueueType.QUORUM),
            timeout=CONNECT_SECONDS,
            reconnect_interval=RECONNECT_SECONDS,
        )
        self._name = name

    async def kick(self, message: BrokerMessage) -> None:
        """Publish, and wait until the queue has it on disk. Raises RuntimeError when no queue took it."""
        if self.write_channel is None:
            raise RuntimeError("not connected")
        exchange = await self.write_channel.get_exchange(self._name, ensure=False)
        sent = Message(message.message, delivery_mode=DeliveryMode.PERSISTENT)
        if not isinstance(await exchange.publish(sent, routing_key=self._name), Basic.Ack):
            await self._declare_queues(self.write_channel)  # somebody deleted it under a live connection
            raise RuntimeError("there was no queue; it has been declared again")


def open_broker(amqp_url: str | None, name: str = QUEUE) -> AsyncBroker:
    """RabbitMQ at an address, with a queue and an exchange of that name; without one this process's own loop."""
    if amqp_url is None:
        # Nobody asks for results, and the backend it comes with would keep the last hundred.
        return InMemoryBroker(await_inplace=False).with_result_backend(DummyResultBackend())
    return Rabbit(amqp_url, name)


def work_with(broker: AsyncBroker, run_job: RunJob) -> None:
    """The one task there is: `run_job(id, lease)`, both as text."""

    async def task(id: str, lease: str) -> None:
        await run_job(id, lease)

    broker.register_task(task, task_name=TASK)


async def connect(broker: AsyncBroker) -> None:
    """Declare and connect. Raises StoreDown when RabbitMQ cannot be reached."""
    try:
        async with deadline(CONNECT_SECONDS * 2):
            await broker.startup()
    except GONE as error:
        await close(broker)
        raise StoreDown(f"RabbitMQ at {where(broker)} cannot be used ({type(error).__name__})") from error


def reachable(broker: AsyncBroker) -> bool:
    """Whether there is a connection right now; a lost one is restored in the background."""
    if not isinstance(broker, Rabbit):
        return True
    return broker.write_conn is not None and broker.write_conn.connected.is_set()


async def publish(broker: AsyncBroker, job_id: UUID, lease: str) -> None:
    """Hand a leased job to a worker. Raises StoreDown: it is not known whether one gets it."""
    try:
        async with deadline(ANSWER_SECONDS):
            await AsyncKicker[[str, str], None](TASK, broker, {}).kiq(str(job_id), lease)
    except (SendTaskError, TimeoutError) as error:
        raise StoreDown(f"RabbitMQ at {where(broker)} took no message") from error


async def close(broker: AsyncBroker) -> None:
    """Let go of the connections, reachable or not."""
    try:
        async with deadline(ANSWER_SECONDS):
            await broker.shutdown()
    except GONE:
        return


def where(broker: AsyncBroker) -> str:
    """The broker's address without a password."""
    url = urlsplit(broker.url or "") if isinstance(broker, Rabbit) else urlsplit("")
    return f"{url.hostname}:{url.port or 5672}" if url.hostname else "this process"
