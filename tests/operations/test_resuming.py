"""A call goes on from the newest state that either store has."""

import pytest
from fakeredis import FakeAsyncRedis, FakeServer

from db.live_calls import LiveCalls
from domain import handover
from domain.call_state import CallState, Handover
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
    assert lease.fence is not None
    await live_calls.save(state.call_id, lease.fence, 99, {"shape": "unknown"})
    found = await resumed(shop, live_calls, state)
    assert found is not None
    assert found.version == state.version
    assert await resumed(shop, live_calls, await shop.caller()) is None


async def on_again(shop: Shop, state: CallState) -> CallState:
    """The same call, taken up by another process."""
    return resuming.carried_over(state, call_id=state.call_id, channel="twilio", now=shop.clock.now())


async def test_the_next_turn_answers_the_greeting_and_is_numbered_on(shop: Shop) -> None:
    state = await shop.hungry()
    state.turns, state.agent = 3, "customer_support"
    state.handovers = [
        Handover(source="customer_order", target="customer_support", reason="x", turn=0, at=shop.clock.now()),
        Handover(source="customer_support", target="customer_order", reason="x", turn=0, at=shop.clock.now()),
    ]
    again = await on_again(shop, state)
    assert again.greeted
    assert handover.refusal(again, "customer_support", "customer_order") is None
    again.turns += 1
    assert not again.greeted


async def test_an_offer_has_to_be_heard_again(shop: Shop) -> None:
    """No question is open on the new line, so a yes on it would be an answer to nothing."""
    state = await shop.hungry()
    state.offered, state.open_question = {"order-1": False}, "offer"
    again = await on_again(shop, state)
    assert (again.offered, again.open_question) == ({}, None)


@pytest.mark.parametrize(("question", "asked"), [("contact", False), (None, True)])
async def test_consent_that_nobody_answered_is_asked_for_again(
    shop: Shop, question: str | None, asked: bool
) -> None:
    state = await shop.hungry()
    state.contact_asked, state.open_question = True, question
    assert (await on_again(shop, state)).contact_asked is asked
