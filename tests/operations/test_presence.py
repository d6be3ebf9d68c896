"""A process tells of itself for as long as it lives, whatever Redis does meanwhile."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from db.instances import Instances
from db.redis import open_redis
from operations.presence import Load, Presence
from tests.db.redis_client import own_redis, replica

__all__ = ["own_redis"]

pytestmark = pytest.mark.services


@pytest.fixture
async def redis(own_redis: str) -> AsyncIterator[Redis]:
    client = await open_redis(own_redis)
    yield client
    await client.aclose()


async def test_it_outlives_a_redis_that_takes_no_writes(own_redis: str, redis: Redis) -> None:
    live = 0
    presence = Presence(Instances(redis), "wss://one", lambda: Load(live, 10, False))
    telling = asyncio.create_task(presence.run())
    async with asyncio.timeout(20):
        while not await redis.exists("{instances}:all"):
            presence.changed()
            await asyncio.sleep(0.01)
        async with replica(own_redis):
            presence.changed()
            await asyncio.sleep(0.2)
            assert not telling.done()
        live = 3
        while await redis.hget(f"{{instances}}:{presence.id}", "live") != b"3":
            presence.changed()
            await asyncio.sleep(0.01)
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
