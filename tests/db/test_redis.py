"""However Redis fails to serve, that is one error; and a failover heals without a restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    DataError,
    InvalidResponse,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
)

from db.rate_limit import RateLimit
from db.redis import open_redis, reaching_redis
from errors import StoreDown
from tests.db.redis_client import own_redis, replica

__all__ = ["own_redis"]

NOT_SAVED = "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionError("closed"),
        TimeoutError("silent"),
        OSError("no route"),
        BusyLoadingError("loading"),
        AuthenticationError("wrong password"),
        ReadOnlyError("a replica now"),
        OutOfMemoryError("full"),
        ResponseError(NOT_SAVED),
        ClusterDownError("the cluster is down"),
        MasterDownError("the master is down"),
        InvalidResponse("not Redis"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_redis_that_does_not_serve_is_a_store_that_is_down(fault: Exception) -> None:
    with pytest.raises(StoreDown, match=type(fault).__name__), reaching_redis():
        raise fault


def test_a_value_that_no_redis_takes_is_a_fault_of_ours() -> None:
    with pytest.raises(DataError), reaching_redis():
        raise DataError("a list")


@asynccontextmanager
async def forwarding(*servers: str) -> AsyncIterator[tuple[str, list[str]]]:
    """An address that leads to the first of some servers, for as long as it is the first; connections stay."""
    targets = list(servers)
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        finally:
            writer.close()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", int(targets[0].rpartition(":")[2]))
        tasks.update(asyncio.create_task(pump(*pair)) for pair in ((reader, back), (there, writer)))

    server = await asyncio.start_server(joined, "127.0.0.1", 0)
    async with server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", targets
    await asyncio.gather(*tasks)


@pytest.mark.services
class TestServer:
    """A real one."""

    async def test_a_primary_that_became_a_replica_is_down(self, own_redis: str) -> None:
        client = await open_redis(own_redis)
        async with replica(own_redis):
            with pytest.raises(StoreDown, match="ReadOnlyError"), reaching_redis():
                await client.set("key", "value")
            with pytest.raises(StoreDown):
                await RateLimit(client).spend("key", 1, 60)
        await RateLimit(client).spend("key", 1, 60)
        await client.aclose()

    async def test_a_full_one_is_down_for_whoever_writes(self, own_redis: str) -> None:
        client = await open_redis(own_redis)
        await client.config_set("maxmemory", "1")
        with pytest.raises(StoreDown, match="OutOfMemoryError"), reaching_redis():
            await client.set("key", "value")
        await client.aclose()

    async def test_after_a_failover_the_address_is_looked_up_anew(
        self, own_redis: str, redis_server: str
    ) -> None:
        """The old primary goes on as a replica and closes nothing."""
        fresh = Redis.from_url(redis_server)
        async with forwarding(own_redis, redis_server) as (address, targets):
            client = await open_redis(address)
            await client.set("key", "old")
            targets.pop(0)
            async with replica(own_redis):
                with reaching_redis():
                    await client.set("key", "new")
            assert await fresh.get("key") == b"new"
            await client.aclose()
        await fresh.flushdb()
        await fresh.aclose()
