"""Handoffs in Redis: who gave whom the caller, for a day, and nothing that anybody said."""

import pytest
from redis.asyncio import Redis

from db import transitions
from db.transitions import STREAM, TransitionStream
from domain.ids import new_id
from tests.db.redis_client import redis

__all__ = ["redis"]


async def test_the_newest_come_first_and_say_who_had_the_caller(redis: Redis) -> None:
    stream, call = TransitionStream(redis), str(new_id())
    await stream.add(call, "customer_order", "customer_support", 812.34)
    await stream.add(call, "customer_support", "customer_order", None)
    assert await stream.newest(5) == [
        {"call": call, "from": "customer_support", "to": "customer_order"},
        {"call": call, "from": "customer_order", "to": "customer_support", "latency_ms": "812.3"},
    ]
    assert len(await stream.newest(1)) == 1


async def test_they_are_gone_a_day_after_the_last_one(redis: Redis) -> None:
    await TransitionStream(redis).add(str(new_id()), "customer_order", "customer_support", None)
    assert 86_000 < await redis.ttl(STREAM) <= transitions.KEEP_SECONDS


async def test_no_more_are_kept_than_a_day_has(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "KEPT", 200)
    stream = TransitionStream(redis)
    for _ in range(600):
        await stream.add("call", "customer_order", "customer_support", None)
    assert await redis.xlen(STREAM) <= 400  # Redis drops whole nodes of a hundred
