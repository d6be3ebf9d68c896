"""A call's state is kept in each store whatever the other does, and its lease outlasts lively talk."""

import asyncio
from uuid import UUID

import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from sqlmodel import col

from db.live_calls import LiveCalls
from db.models import CallSnapshot
from db.redis import open_redis
from errors import Conflict, TakenOver
from operations.keeping import Keeper, Lease
from operations.opening import Stores, open_conversation
from tests.db.redis_client import own_redis, replica
from tests.fakes.shop import Shop

__all__ = ["own_redis"]

pytestmark = pytest.mark.db


@pytest.fixture
def server() -> FakeServer:
    """A Redis that can be cut off."""
    return FakeServer()


@pytest.fixture
def live_calls(server: FakeServer) -> LiveCalls:
    return LiveCalls(FakeAsyncRedis(server=server))


async def kept(live_calls: LiveCalls, call_id: UUID) -> None:
    """Wait until Redis has the call's state."""
    async with asyncio.timeout(20):
        while True:
            if await live_calls.load(call_id) is not None:
                return
            await asyncio.sleep(0.01)


async def test_postgres_is_written_while_redis_is_gone(
    shop: Shop, server: FakeServer, live_calls: LiveCalls
) -> None:
    state = await shop.caller()
    keeper = Keeper(shop.sessions, await Lease.take(live_calls, state.call_id), shop.clock, list)
    server.connected = False
    keeper.changed(state)
    assert not await keeper.save()
    assert len(await shop.rows(CallSnapshot, col(CallSnapshot.call_id) == state.call_id)) == 1


async def test_a_lease_that_ran_out_in_lively_talk_is_taken_again(shop: Shop, live_calls: LiveCalls) -> None:
    state = await shop.caller()
    lease = await Lease.take(live_calls, state.call_id)
    keeper = Keeper(shop.sessions, lease, shop.clock, list, renew_seconds=0.05)
    await lease.release()
    keeping = asyncio.create_task(keeper.run())
    async with asyncio.timeout(20):
        while not await live_calls.held(state.call_id):
            keeper.changed(state)
            await asyncio.sleep(0.01)
    await keeper.finish(keeping)
    assert not await live_calls.held(state.call_id)


async def test_a_call_that_began_without_redis_is_taken_and_kept_when_it_is_back(
    shop: Shop, server: FakeServer, live_calls: LiveCalls
) -> None:
    state = await shop.caller()
    server.connected = False
    start = await open_conversation(
        Stores(shop.sessions, live_calls, shop.clock), state.call_id, state.channel
    )
    keeper = Keeper(shop.sessions, start.lease, shop.clock, list, renew_seconds=0.05)
    keeping = asyncio.create_task(keeper.run())
    keeper.changed(start.state)
    await asyncio.sleep(0.2)
    assert not keeping.done()
    server.connected = True
    await kept(live_calls, state.call_id)  # though nothing has changed since
    assert await live_calls.held(state.call_id)
    with pytest.raises(Conflict):
        await live_calls.acquire(state.call_id, "another", 12)
    await keeper.finish(keeping)
    assert not await live_calls.held(state.call_id)


async def test_what_was_kept_by_an_earlier_process_does_not_stop_a_call_that_began_without_redis(
    shop: Shop, server: FakeServer, live_calls: LiveCalls
) -> None:
    """That one died with the call: its lease may still run, and its number is in Redis."""
    state = await shop.caller()
    theirs = await Lease.take(live_calls, state.call_id)
    keeper = Keeper(
        shop.sessions, Lease(live_calls, state.call_id, None), shop.clock, list, renew_seconds=0.05
    )
    keeping = asyncio.create_task(keeper.run())
    keeper.changed(state)
    await kept(live_calls, state.call_id)
    assert not keeper.lost
    with pytest.raises(TakenOver):
        await theirs.save(state)
    await keeper.finish(keeping)


@pytest.mark.services
async def test_a_redis_that_takes_no_writes_stops_nothing(shop: Shop, own_redis: str) -> None:
    state, client = await shop.caller(), await open_redis(own_redis)
    calls = LiveCalls(client)
    keeper = Keeper(
        shop.sessions, await Lease.take(calls, state.call_id), shop.clock, list, renew_seconds=0.05
    )
    keeping = asyncio.create_task(keeper.run())
    async with replica(own_redis):
        keeper.changed(state)
        await asyncio.sleep(0.3)
        assert not keeping.done()
    await kept(calls, state.call_id)
    await keeper.finish(keeping)
    await client.aclose()


async def test_who_lost_the_call_writes_nothing_and_is_told_once(shop: Shop, live_calls: LiveCalls) -> None:
    state = await shop.caller()
    lost: list[str] = []
    ours = await Lease.take(live_calls, state.call_id)
    keeper = Keeper(shop.sessions, ours, shop.clock, list, on_lost=lambda: lost.append("lost"))
    theirs = await Lease.take(live_calls, state.call_id)
    for _ in range(2):
        state.cart.version += 1
        keeper.spoken(state)
        assert await keeper.save()
    await keeper.finish(asyncio.create_task(keeper.run()))
    assert (lost, keeper.lost) == (["lost"], True)
    assert await shop.rows(CallSnapshot, col(CallSnapshot.call_id) == state.call_id) == []
    assert await theirs.renew()


async def test_a_call_that_another_process_held_and_finished_is_not_taken_back(
    shop: Shop, live_calls: LiveCalls
) -> None:
    state = await shop.caller()
    ours = await Lease.take(live_calls, state.call_id)
    keeper = Keeper(shop.sessions, ours, shop.clock, list, renew_seconds=0.02)
    theirs = await Lease.take(live_calls, state.call_id)
    await theirs.release()
    async with asyncio.timeout(20):
        await keeper.run()
    assert keeper.lost
    assert not await live_calls.held(state.call_id)


async def test_a_redis_that_lost_its_data_takes_no_call_away(
    shop: Shop, server: FakeServer, live_calls: LiveCalls
) -> None:
    state = await shop.caller()
    keeper = Keeper(shop.sessions, await Lease.take(live_calls, state.call_id), shop.clock, list)
    await FakeAsyncRedis(server=server).flushall()
    keeper.changed(state)
    assert not await keeper.save()
    assert await keeper.save()
    assert not keeper.lost
    kept = await live_calls.load(state.call_id)
    assert kept is not None
