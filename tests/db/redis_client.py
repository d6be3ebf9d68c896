"""Redis for a test: the one in the process, and a real server of the tests' own."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from db.redis import open_redis


@pytest.fixture(params=["embedded", pytest.param("server", marks=pytest.mark.services)])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """A client on an empty database."""
    client = await open_redis(request.getfixturevalue("redis_server") if request.param == "server" else None)
    if await client.dbsize():
        pytest.fail("the Redis for tests is in use; it has to be empty, for it is emptied after each test")
    yield client
    await client.flushdb()
    await client.aclose()
