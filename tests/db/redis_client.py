"""Redis for a test: always the one in the process, and a real server where there is one."""

import os
import re
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from db.redis import open_redis
from errors import StoreDown

# Each test process has a database of its own on the server, counted from the last of Redis's usual sixteen.
DATABASE = 15 - int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 15
SERVER = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379").rstrip("/")


@pytest.fixture(params=["embedded", pytest.param("server", marks=pytest.mark.services)])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    """A client on an empty database."""
    try:
        server = re.sub(r"(?<=[^/:])/\d*$", "", SERVER) + f"/{DATABASE}"
        client = await open_redis(server if request.param == "server" else None)
    except StoreDown:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip("no Redis server answers")
    if await client.dbsize():
        pytest.fail(f"database {DATABASE} of the Redis for tests is in use; it is emptied after each test")
    yield client
    await client.flushdb()
    await client.aclose()
