"""Calls in Redis: one owner at a time, no step back, and a token that works once."""

import asyncio

import pytest
from redis.asyncio import Redis

from db import live_calls
from db.live_calls import LiveCalls
from db.redis import as_bytes, open_redis
from db.types import Keyring, hold
from domain.ids import new_id
from errors import Conflict, StoreDown, TakenOver
from tests.db.redis_client import redis

__all__ = ["redis"]


@pytest.fixture
def calls(redis: Redis, keyring: Keyring) -> LiveCalls:
    hold(keyring)
    return LiveCalls(redis)


async def test_a_call_is_found_as_it_was_saved(calls: LiveCalls) -> None:
    call = new_id()
    fence = await calls.acquire(call, "one", 30)
    await calls.save(call, fence, 1, {"cart": ["लस्सी"]})
    found = await calls.load(call)
    assert found is not None
    assert (found.call_id, found.version, found.data) == (call, 1, {"cart": ["लस्सी"]})
    assert await calls.load(new_id()) is None


async def test_a_call_has_one_owner(calls: LiveCalls) -> None:
    call = new_id()
    fence = await calls.acquire(call, "one", 30)
    with pytest.raises(Conflict, match="another process"):
        await calls.acquire(call, "two", 30)
    assert await calls.acquire(call, "one", 30) == fence
    await calls.release(call, fence)
    assert await calls.acquire(call, "two", 30) > fence


async def test_who_lost_the_lease_can_no_longer_save(calls: LiveCalls, redis: Redis) -> None:
    call = new_id()
    old = await calls.acquire(call, "one", 30)
    await calls.save(call, old, 1, {"at": "one"})
    await redis.delete(f"call:{{{call}}}:lease")  # as when it runs out
    new = await calls.acquire(call, "two", 30)
    with pytest.raises(TakenOver):
        await calls.renew(call, old, 30)
    with pytest.raises(TakenOver):
        await calls.save(call, old, 2, {"at": "one"})
    await calls.release(call, old)
    assert await calls.renew(call, new, 30)
    await calls.save(call, new, 2, {"at": "two"})
    found = await calls.load(call)
    assert found is not None
    assert found.data == {"at": "two"}


async def test_a_redis_that_lost_its_data_was_taken_over_by_nobody(calls: LiveCalls, redis: Redis) -> None:
    call = new_id()
    fence = await calls.acquire(call, "one", 30)
    await redis.flushdb()
    assert not await calls.renew(call, fence, 30)
    with pytest.raises(Conflict, match="run out") as refusal:
        await calls.save(call, fence, 1, {})
    assert not isinstance(refusal.value, TakenOver)


async def test_a_lease_runs_out_by_itself(calls: LiveCalls, redis: Redis) -> None:
    call = new_id()
    fence = await calls.acquire(call, "one", 30)
    assert 20_000 < await redis.pttl(f"call:{{{call}}}:lease") <= 30_000
    await calls.renew(call, fence, 60)
    assert 50_000 < await redis.pttl(f"call:{{{call}}}:lease") <= 60_000


async def test_an_older_version_never_replaces_a_newer_one(calls: LiveCalls) -> None:
    call = new_id()
    fence = await calls.acquire(call, "one", 30)
    await calls.save(call, fence, 10, {"n": 10})
    with pytest.raises(Conflict, match="later version"):
        await calls.save(call, fence, 9, {"n": 9})
    found = await calls.load(call)
    assert found is not None
    assert found.version == 10


async def test_saving_without_ever_owning_the_call_is_refused(calls: LiveCalls) -> None:
    with pytest.raises(Conflict):
        await calls.save(new_id(), 1, 1, {})


async def test_a_snapshot_goes_after_fifteen_minutes_and_is_sealed_until_then(
    calls: LiveCalls, redis: Redis
) -> None:
    call = new_id()
    fence = await calls.acquire(call, "one", 30)
    await calls.save(call, fence, 1, {"name": "Asha"})
    assert 880 <= await redis.ttl(f"call:{{{call}}}:state") <= 900
    kept = await redis.hget(f"call:{{{call}}}:state", "data")
    assert kept is not None
    assert b"Asha" not in as_bytes(kept)


async def test_a_snapshot_under_a_lost_key_is_none(calls: LiveCalls) -> None:
    call = new_id()
    fence = await calls.acquire(call, "one", 30)
    await calls.save(call, fence, 1, {"name": "Asha"})
    hold(Keyring({"next": b"z" * 32}, primary="next", hash_key=b"h"))
    assert await calls.load(call) is None


async def test_a_token_works_once_whoever_comes_first(calls: LiveCalls) -> None:
    token = await calls.mint("CA1")
    shown = await asyncio.gather(*(calls.redeem(token) for _ in range(10)))
    assert sorted(shown, key=str) == ["CA1"] + [None] * 9
    assert await calls.redeem("guess") is None


async def test_a_token_lasts_a_minute_and_does_not_rest_readable(calls: LiveCalls, redis: Redis) -> None:
    token = await calls.mint("CA1")
    (key,) = await redis.keys("token:*")
    assert 50 <= await redis.ttl(key) <= live_calls.TOKEN_SECONDS
    assert token not in as_bytes(key).decode()


async def test_a_server_that_is_not_there_is_a_store_that_is_down() -> None:
    with pytest.raises(StoreDown):
        await open_redis("redis://127.0.0.1:1/0")
