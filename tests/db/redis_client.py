"""Redis for a test: the one in the process, and a real server of the tests' own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from db.redis import open_redis
from tests.db import redis_server as redis_servers
from tests.services import lacking


@pytest.fixture(params=["embedded", pytest.param("server", marks=pytest.mark.services)])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """A client on an empty database."""
    client = await open_redis(request.getfixturevalue("redis_server") if request.param == "server" else None)
    if await client.dbsize():
        pytest.fail("the Redis for tests is in use; it has to be empty, for it is emptied after each test")
    yield client
    await client.flushdb()
    await client.aclose()


@pytest.fixture
def own_redis() -> Iterator[str]:
    """The address of a Redis that a test may break."""
    if not redis_servers.installed():
        lacking("redis-server is not installed")
    with redis_servers.private() as url:
        yield url


@asynccontextmanager
async def replica(url: str) -> AsyncIterator[None]:
    """While this lasts, the server takes no writes, as after a failover to another one."""
    client = Redis.from_url(url)
    await client.replicaof("127.0.0.1", "1")
    try:
        yield
    finally:
        await client.replicaof("NO", "ONE")
        await client.aclose()
