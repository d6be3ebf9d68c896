"""A payment nobody heard of again: left to a call that goes on, found out when it is over, never asked too late."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import col

from db.models import CallRow, Order, Outbox
from domain.call_state import CallState
from domain.ids import made_at, new_id
from domain.jobs import Done, Dropped, Ending, Later
from errors import Conflict, NotFound, PaymentDeclined, VendorTimeout
from operations import recovering
from operations.jobs import real_now
from operations.placing import place
from operations.recovering import recover
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.fakes.standing import order_of

pytestmark = pytest.mark.db


@pytest.fixture
def cards(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> FakePayments:
    """A card provider whose answers are late or lost; what was asked is not waited for in real time."""
    monkeypatch.setattr(recovering, "IN_FLIGHT", timedelta(0))
    return FakePayments(lambda: shop.open_transactions)


async def lost(shop: Shop, cards: FakePayments) -> CallState:
    """A call whose card was charged, and whose answer never came."""
    state = await shop.hungry()
    cards.script = ["lost"]
    with pytest.raises(VendorTimeout):
        await place(shop.transaction, cards, shop.clock, await shop.wanted(state, 1))
    return state


async def ended(shop: Shop, call_id: UUID, at: datetime, outcome: str | None = None) -> None:
    async with shop.transaction() as session:
        row = await session.get_one(CallRow, call_id)
        row.ended_at, row.outcome = at, outcome


async def order(shop: Shop, state: CallState) -> Order:
    (row,) = await shop.rows(Order, col(Order.call_id) == state.cart_call_id)
    assert isinstance(row, Order)
    return row


async def recovered(shop: Shop, cards: FakePayments | None, state: CallState) -> Ending:
    """What the job of the first attempt does."""
    row = await order(shop, state)
    jobs: list[Outbox] = await shop.jobs(row.id)
    job = next(job for job in jobs if job.kind == "payments.recover")
    return await recover(shop.transaction, cards, shop.clock, row.id, job.payload["key"])


async def test_while_the_call_goes_on_it_is_left_alone(shop: Shop, cards: FakePayments) -> None:
    state = await lost(shop, cards)
    ending = await recovered(shop, cards, state)
    assert isinstance(ending, Later)
    assert ending.at > shop.clock.now()
    assert len(cards.keys) == 1


async def test_a_call_that_broke_off_may_still_be_resumed(shop: Shop, cards: FakePayments) -> None:
    state = await lost(shop, cards)
    await ended(shop, state.call_id, shop.clock.now())
    ending = await recovered(shop, cards, state)
    assert ending == Later(shop.clock.now() + timedelta(minutes=15), "the call may be resumed")
    shop.clock.advance(timedelta(minutes=15))
    assert isinstance(await recovered(shop, cards, state), Done)


async def test_the_call_that_took_it_up_again_counts(shop: Shop, cards: FakePayments) -> None:
    state = await lost(shop, cards)
    await ended(shop, state.call_id, shop.clock.now())
    shop.clock.advance(timedelta(minutes=20))
    again = await shop.caller()
    async with shop.transaction() as session:
        row = await session.get_one(CallRow, again.call_id)
        row.resumed_from = state.call_id
    assert await recovered(shop, cards, state) == Later(
        shop.clock.now() + timedelta(minutes=1), "the call goes on"
    )
    await ended(shop, again.call_id, shop.clock.now(), "goodbye")
    assert isinstance(await recovered(shop, cards, state), Done)


async def test_what_is_held_in_vain_is_let_go_and_the_order_is_over(shop: Shop, cards: FakePayments) -> None:
    state = await lost(shop, cards)
    await ended(shop, state.call_id, shop.clock.now(), "goodbye")
    assert await recovered(shop, cards, state) == Done("the order is cancelled, its money released")
    row = await order(shop, state)
    assert (row.status, row.payment_status, cards.held) == ("cancelled", "released", {})
    assert await shop.ledger(row.id) == ["attempted", "unknown", "authorised", "released"]
    assert set(cards.open_while_asked) == {0}
    assert await recovered(shop, cards, state) == Dropped("nothing is open")


async def test_a_declined_order_of_a_call_that_broke_off_goes_back_on_the_shelf(
    shop: Shop, cards: FakePayments
) -> None:
    dal = await shop.dish("Dal Tadka")
    await shop.set_item(dal, stock=5)
    state = await shop.hungry()
    with pytest.raises(PaymentDeclined):
        await place(shop.transaction, cards, shop.clock, await shop.wanted(state, 2))
    await ended(shop, state.call_id, shop.clock.now())
    shop.clock.advance(timedelta(minutes=16))
    assert await recovered(shop, cards, state) == Done("the order is cancelled, its money declined")
    assert await shop.stock(dal) == 5


async def test_what_stays_unknown_is_asked_again(shop: Shop, cards: FakePayments) -> None:
    state = await lost(shop, cards)
    await ended(shop, state.call_id, shop.clock.now(), "goodbye")
    cards.script = ["lost", "lost"]
    for _ in range(2):
        with pytest.raises(Conflict):
            await recovered(shop, cards, state)
    assert (await order(shop, state)).status == "awaiting_payment"
    assert isinstance(await recovered(shop, cards, state), Done)
    assert len(set(cards.keys)) == 1, "always with the same key"


async def test_an_order_that_stands_is_left_alone(shop: Shop, cards: FakePayments) -> None:
    placed = await order_of(shop, cards=cards)
    (job,) = [job for job in await shop.jobs(placed.id) if job.kind == "payments.recover"]
    ending = await recover(shop.transaction, cards, shop.clock, placed.id, job.payload["key"])
    assert ending == Dropped("the order stands")
    assert (len(cards.keys), len(cards.held)) == (1, 1)


async def test_an_asking_of_a_moment_ago_is_not_disturbed(
    shop: Shop, cards: FakePayments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Business time may run sixty times as fast as the answer of a bank."""
    monkeypatch.setattr(recovering, "IN_FLIGHT", timedelta(seconds=20))
    state = await lost(shop, cards)
    await ended(shop, state.call_id, shop.clock.now(), "goodbye")
    shop.clock.advance(timedelta(hours=2))
    ending = await recovered(shop, cards, state)
    assert isinstance(ending, Later)
    assert len(cards.keys) == 1


async def test_after_a_day_nobody_asks_for_the_key_may_be_forgotten(shop: Shop, cards: FakePayments) -> None:
    state = await lost(shop, cards)
    await ended(shop, state.call_id, shop.clock.now(), "goodbye")
    shop.clock.advance(timedelta(hours=23, seconds=1))
    with pytest.raises(NotFound, match="too late"):
        await recovered(shop, cards, state)
    assert len(cards.keys) == 1


async def test_money_known_to_be_held_is_let_go_however_late(shop: Shop, cards: FakePayments) -> None:
    state = await lost(shop, cards)
    await ended(shop, state.call_id, shop.clock.now(), "goodbye")
    cards.letting_go = ["unreachable"]
    with pytest.raises(Conflict):
        await recovered(shop, cards, state)
    shop.clock.advance(timedelta(days=2))
    assert isinstance(await recovered(shop, cards, state), Done)
    assert cards.held == {}


async def test_without_the_provider_it_stays_open(shop: Shop, cards: FakePayments) -> None:
    state = await lost(shop, cards)
    await ended(shop, state.call_id, shop.clock.now(), "goodbye")
    with pytest.raises(Conflict):
        await recovered(shop, None, state)


async def test_an_order_there_never_was(shop: Shop, cards: FakePayments) -> None:
    ending = await recover(shop.transaction, cards, shop.clock, new_id(), "key")
    assert ending == Dropped("there is no such order of a call")


def test_an_id_tells_when_it_was_made() -> None:
    before = real_now() - timedelta(milliseconds=1)
    assert before <= made_at(new_id()) <= real_now()
    assert made_at(UUID("01987654-3210-7000-8000-000000000000")).year == 2025
