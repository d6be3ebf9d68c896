"""What is kept in Redis is dropped in the end, and a Redis that is silent holds nobody up twice."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis

from db import cache
from db.cache import Cache
from tests.db.redis_client import own_redis, replica

__all__ = ["own_redis"]

REST = 0.05


@pytest.fixture(autouse=True)
def _short_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "REST_SECONDS", REST)


@pytest.fixture
def server() -> FakeServer:
    """A Redis that can be cut off."""
    return FakeServer()


@pytest.fixture
def kept(server: FakeServer) -> Cache:
    return Cache(FakeAsyncRedis(server=server))


@pytest.fixture
async def silent() -> AsyncIterator[Redis]:
    """A client of a server that takes everything and says nothing."""
    writers: list[asyncio.StreamWriter] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        client = Redis.from_url(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", socket_timeout=0.3)
        yield client
        await client.aclose()
        for writer in writers:
            writer.close()


async def test_what_could_not_be_dropped_is_dropped_before_anything_is_read(
    kept: Cache, server: FakeServer
) -> None:
    await kept.keep("cache:profile:1", b"old", 300)
    server.connected = False
    await kept.drop(["cache:profile:1"])
    server.connected = True
    assert await kept.marks(["cache:profile:1"]) is None, "it rests"
    await asyncio.sleep(REST)
    assert await kept.marks(["cache:other"]) == [("", None)], "whatever is read"
    found = await FakeAsyncRedis(server=server).mget(["cache:profile:1", "cache:profile:1:mark"])
    assert found[0] is None
    assert found[1], "who read it before cannot keep it any more"


async def test_what_was_dropped_in_the_end_is_not_dropped_again(kept: Cache, server: FakeServer) -> None:
    server.connected = False
    await kept.drop(["cache:profile:1"])
    server.connected = True
    await asyncio.sleep(REST)
    (found,) = await kept.marks(["cache:profile:1"]) or []
    await kept.keep("cache:profile:1", b"new", 300)
    assert await kept.marks(["cache:profile:1"]) == [(found[0], b"new")]


async def test_as_long_as_it_cannot_be_dropped_nothing_is_read(kept: Cache, server: FakeServer) -> None:
    await kept.keep("cache:profile:1", b"old", 300)
    server.connected = False
    for _ in range(3):
        await kept.drop(["cache:profile:1"])
        await asyncio.sleep(REST)
        assert await kept.marks(["cache:profile:1"]) is None
        await asyncio.sleep(REST)
    server.connected = True
    ((_, data),) = await kept.marks(["cache:profile:1"]) or [("", b"")]
    assert data is None


@pytest.mark.services
async def test_a_replica_that_can_only_be_read_is_not_read_while_something_is_owed(own_redis: str) -> None:
    client = Redis.from_url(own_redis)
    kept = Cache(client)
    await kept.keep("cache:profile:1", b"old", 300)
    async with replica(own_redis):
        await kept.drop(["cache:profile:1"])
        await asyncio.sleep(REST)
        assert await kept.marks(["cache:profile:1"]) is None
    await asyncio.sleep(REST)
    ((_, data),) = await kept.marks(["cache:profile:1"]) or [("", b"")]
    assert data is None
    await client.aclose()


async def test_only_the_first_commit_waits_for_a_silent_redis(
    silent: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "REST_SECONDS", 60.0)
    kept = Cache(silent)
    await kept.drop(["cache:dish:1"])
    began = time.monotonic()
    for number in range(20):
        await kept.drop([f"cache:dish:{number}"])
        await kept.keep(f"cache:dish:{number}", b"new", 300)
    assert time.monotonic() - began < 0.2


async def test_what_nothing_can_be_kept_of_any_more_is_not_owed(
    kept: Cache, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long Redis is gone, only the last hour's keys wait for it."""
    monkeypatch.setattr(cache, "MARK_SECONDS", 1)
    server.connected = False
    await kept.drop(["cache:dish:1"])
    await asyncio.sleep(1.1)
    await kept.drop(["cache:dish:2"])
    server.connected = True
    monkeypatch.setattr(cache, "MARK_SECONDS", 3600)
    await asyncio.sleep(REST)
    await kept.marks(["cache:dish:2"])
    assert await FakeAsyncRedis(server=server).keys("*") == [b"cache:dish:2:mark"]
