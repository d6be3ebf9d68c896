"""A call's state is kept in each store whatever the other does, and its lease outlasts lively talk."""

import asyncio
from contextlib import suppress

import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from sqlmodel import col

from db.live_calls import LiveCalls
from db.models import CallSnapshot
from operations.keeping import Keeper, Lease
from tests.fakes.shop import Shop

pytestmark = pytest.mark.db


@pytest.fixture
def server() -> FakeServer:
    """A Redis that can be cut off."""
    return FakeServer()


@pytest.fixture
def live_calls(server: FakeServer) -> LiveCalls:
    return LiveCalls(FakeAsyncRedis(server=server))


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
    for _ in range(20):
        keeper.changed(state)
        await asyncio.sleep(0.01)
    assert await live_calls.held(state.call_id)
    await keeper.finish(keeping)
    assert not await live_calls.held(state.call_id)


async def test_a_call_that_another_process_holds_is_not_taken_back(shop: Shop, live_calls: LiveCalls) -> None:
    state = await shop.caller()
    keeper = Keeper(
        shop.sessions, await Lease.take(live_calls, state.call_id), shop.clock, list, renew_seconds=0.02
    )
    theirs = await Lease.take(live_calls, state.call_id)
    keeping = asyncio.create_task(keeper.run())
    await asyncio.sleep(0.1)
    assert await theirs.renew()
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
