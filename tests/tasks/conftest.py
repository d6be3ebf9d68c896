"""An outbox with the machine's own clock for leases, which are short here; a RabbitMQ where there is one."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import pytest

from broker import GONE
from clock import SystemClock
from db.engine import Sessions
from domain.ids import new_id
from domain.jobs import JobRules, Limits
from tests.fakes.outbox import Box
from tests.fakes.wire import Wire, wire_to
from tests.services import lacking

SHORT = JobRules(lease_seconds=1.0, renew_seconds=0.2, default=Limits(attempts=3, timeout_seconds=60))


@pytest.fixture
def box(sessions: Sessions) -> Box:
    """An empty outbox."""
    return Box(sessions, SHORT, SystemClock())


@pytest.fixture(scope="session")
def rabbit_url() -> str:
    """A RabbitMQ that answers: the one at AMQP_URL, or this machine's."""
    url = os.environ.get("AMQP_URL") or "amqp://guest:guest@127.0.0.1:5672/"

    async def reach() -> None:
        connection = await aio_pika.connect(url, timeout=10)
        await connection.close()

    try:
        asyncio.run(reach())
    except GONE as error:
        lacking(f"no RabbitMQ at AMQP_URL or on this machine ({type(error).__name__})")
    return url


@dataclass(frozen=True)
class Rabbit:
    """A RabbitMQ with a queue of the test's own, reached over a wire that can be cut."""

    name: str
    url: str
    straight: str
    """Past the wire."""
    wire: Wire

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
        """Somebody else at the same server."""
        connection = await aio_pika.connect(self.straight)
        async with connection:
            yield await connection.channel()

    async def messages(self, name: str | None = None) -> int:
        """How many are ready in the queue."""
        async with self.channel() as channel:
            queue = await channel.declare_queue(name or self.name, passive=True)
            return queue.declaration_result.message_count or 0

    async def purge(self) -> None:
        """All messages are lost."""
        async with self.channel() as channel:
            await (await channel.get_queue(self.name)).purge()

    async def wipe(self) -> None:
        """The server has lost everything of ours: queues, exchange, messages."""
        async with self.channel() as channel:
            await channel.queue_delete(self.name)
            await channel.queue_delete(f"{self.name}.dead")
            await channel.exchange_delete(self.name)


@pytest.fixture
async def rabbit(rabbit_url: str) -> AsyncIterator[Rabbit]:
    """Nothing is declared yet; what a test declares is gone after it."""
    parts = urlsplit(rabbit_url)
    async with wire_to(parts.hostname or "127.0.0.1", parts.port or 5672) as wire:
        at = f"{parts.username}:{parts.password}@127.0.0.1:{wire.port}"
        url = urlunsplit(parts._replace(netloc=at))
        made = Rabbit(f"tiffin.test.{new_id().hex}", url, rabbit_url, wire)
        yield made
        await made.wipe()
