"""A call goes on from the newest state that either store has."""

import pytest
from fakeredis import FakeAsyncRedis, FakeServer

from db.live_calls import LiveCalls
from domain.call_state import CallState
from operations import resuming
from operations.keeping import Lease
from tests.fakes.shop import Shop

pytestmark = pytest.mark.db


@pytest.fixture
def server() -> FakeServer:
    """A Redis that can be cut off."""
    return FakeServer()


@pytest.fixture
def live_calls(server: FakeServer) -> LiveCalls:
    return LiveCalls(FakeAsyncRedis(server=server))


async def in_postgres(shop: Shop, state: CallState) -> None:
    async with shop.transaction() as session:
        await resuming.keep(session, state, shop.clock.now())


async def in_redis(live_calls: LiveCalls, state: CallState) -> None:
    await (await Lease.take(live_calls, state.call_id)).save(state)


async def resumed(shop: Shop, live_calls: LiveCalls, state: CallState) -> CallState | None:
    async with shop.transaction() as session:
        return await resuming.newest(session, live_calls, state.call_id)


def later(state: CallState, first_name: str) -> CallState:
    return state.model_copy(update={"version": state.version + 1, "first_name": first_name})


async def test_what_only_redis_had_when_the_process_died_is_not_lost(
    shop: Shop, live_calls: LiveCalls
) -> None:
    state = await shop.hungry()
    await in_postgres(shop, state)
    await in_redis(live_calls, later(state, "Asha"))
    found = await resumed(shop, live_calls, state)
    assert found is not None
    assert (found.version, found.first_name, len(found.cart.lines)) == (state.version + 1, "Asha", 1)


async def test_what_only_postgres_had_because_redis_was_gone_is_not_lost(
    shop: Shop, live_calls: LiveCalls
) -> None:
    state = await shop.hungry()
    await in_redis(live_calls, state)
    await in_postgres(shop, later(state, "Asha"))
    found = await resumed(shop, live_calls, state)
    assert found is not None
    assert found.first_name == "Asha"


async def test_of_one_version_the_longer_conversation_counts(shop: Shop, live_calls: LiveCalls) -> None:
    state = await shop.hungry()
    said = state.model_copy(update={"history": [{"role": "user", "content": "two dosas"}]})
    await in_postgres(shop, said)
    await in_redis(live_calls, state)
    found = await resumed(shop, live_calls, state)
    assert found is not None
    assert found.history == said.history


async def test_without_redis_postgres_alone_counts(
    shop: Shop, server: FakeServer, live_calls: LiveCalls
) -> None:
    state = await shop.hungry()
    await in_postgres(shop, state)
    await in_redis(live_calls, later(state, "Asha"))
    server.connected = False
    found = await resumed(shop, live_calls, state)
    assert found is not None
    assert (found.version, found.first_name) == (state.version, None)


async def test_a_state_of_another_release_is_left_alone(shop: Shop, live_calls: LiveCalls) -> None:
    state = await shop.hungry()
    await in_postgres(shop, state)
    lease = await Lease.take(live_calls, state.call_id)
    await live_calls.save(state.call_id, lease.fence, 99, {"shape": "unknown"})
    found = await resumed(shop, live_calls, state)
    assert found is not None
    assert found.version == state.version
    assert await resumed(shop, live_calls, await shop.caller()) is None
