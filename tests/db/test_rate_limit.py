"""The sliding window."""

import asyncio

import pytest
from redis.asyncio import Redis

from db.rate_limit import RateLimit
from errors import TooMany
from tests.db.redis_client import redis

__all__ = ["redis"]


async def test_the_fourth_of_three_has_to_wait_for_the_first_to_leave(redis: Redis) -> None:
    limit = RateLimit(redis)
    assert [await limit.allow("caller", 3, 60) for _ in range(3)] == [None] * 3
    wait = await limit.allow("caller", 3, 60)
    assert wait is not None
    assert 50 < wait <= 60
    assert await limit.allow("another", 3, 60) is None


async def test_the_window_slides(redis: Redis) -> None:
    limit = RateLimit(redis)
    assert await limit.allow("caller", 1, 1.0) is None
    wait = await limit.allow("caller", 1, 1.0)
    assert wait is not None
    await asyncio.sleep(wait)  # exactly as long as it said
    assert await limit.allow("caller", 1, 1.0) is None


async def test_a_refusal_does_not_lengthen_the_wait(redis: Redis) -> None:
    limit = RateLimit(redis)
    await limit.allow("caller", 1, 60)
    first = await limit.allow("caller", 1, 60)
    later = await limit.allow("caller", 1, 60)
    assert first is not None
    assert later is not None
    assert later < first


async def test_many_at_once_are_counted_one_by_one(redis: Redis) -> None:
    limit = RateLimit(redis)
    waits = await asyncio.gather(*(limit.allow("caller", 5, 60) for _ in range(20)))
    assert waits.count(None) == 5


async def test_spending_too_much_says_when_to_come_back(redis: Redis) -> None:
    limit = RateLimit(redis)
    await limit.spend("key", 1, 60)
    with pytest.raises(TooMany) as refusal:
        await limit.spend("key", 1, 60)
    assert 50 < refusal.value.retry_after <= 60


async def test_nothing_is_kept_of_who_stays_away(redis: Redis) -> None:
    await RateLimit(redis).allow("caller", 3, 60)
    assert 50_000 < await redis.pttl("rate:caller") <= 60_000


async def test_a_limit_of_none_lets_nobody_in(redis: Redis) -> None:
    assert await RateLimit(redis).allow("caller", 0, 60) == 60
