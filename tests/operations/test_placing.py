"""Placing is exactly once per call and cart version, whatever the card provider does."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col

from db.models import Order, OrderLine, Payment, PriceLine
from domain.call_state import CallState
from errors import Conflict, PaymentDeclined, VendorError, VendorTimeout
from operations.ledger import RECOVER_AFTER
from operations.placing import Placed, attempt_key, place
from tests.fakes.payments import FakePayments, KilledError
from tests.fakes.shop import Shop

pytestmark = pytest.mark.db


async def placed(shop: Shop, cards: FakePayments | None, state: CallState, card: int | None = None) -> Placed:
    return await place(shop.transaction, cards, shop.clock, await shop.wanted(state, card))


async def orders(shop: Shop, state: CallState) -> list[Order]:
    rows = await shop.rows(Order, col(Order.call_id) == state.cart_call_id)
    return [row for row in rows if isinstance(row, Order)]


async def test_a_cash_order_is_placed_with_its_lines_bill_events_and_jobs(shop: Shop) -> None:
    state = await shop.hungry()
    wanted = await shop.wanted(state)
    done = await place(shop.transaction, None, shop.clock, wanted)
    (order,) = await orders(shop, state)
    assert (order.status, order.payment_status, order.payment_kind) == ("placed", "cash_due", "cash")
    assert (order.id, order.code, order.total) == (done.id, done.code, wanted.bill.total.amount)
    assert (order.placed_at, order.customer_id) == (shop.clock.now(), state.customer_id)
    lines = await shop.rows(OrderLine, col(OrderLine.order_id) == order.id)
    assert [(line.name, line.quantity) for line in lines if isinstance(line, OrderLine)] == [("Dal Tadka", 2)]
    bill = await shop.rows(PriceLine, col(PriceLine.order_id) == order.id)
    assert sum(line.amount for line in bill if isinstance(line, PriceLine)) == order.total
    assert await shop.events(order.id) == ["order.drafted", "payment.cash_due", "order.placed"]
    assert await shop.ledger(order.id) == ["attempted", "cash_due"]
    due = {job.kind: job.due_at - shop.clock.now() for job in await shop.jobs(order.id)}
    assert due == {"payments.recover": RECOVER_AFTER, "restaurant.announce": timedelta(0)}


async def test_a_card_is_charged_what_was_read_back_and_outside_any_transaction(
    shop: Shop, cards: FakePayments
) -> None:
    state = await shop.hungry()
    done = await placed(shop, cards, state, 1)
    (order,) = await orders(shop, state)
    assert (order.status, order.payment_status) == ("placed", "authorised")
    assert list(cards.held.values()) == [done.total]
    assert cards.open_while_asked == [0]
    assert await shop.ledger(order.id) == ["attempted", "authorised"]
    rows = await shop.rows(Payment, col(Payment.order_id) == order.id)
    assert [row.reference for row in rows if isinstance(row, Payment)] == [None, *cards.held]


async def test_placing_again_changes_nothing(shop: Shop, cards: FakePayments) -> None:
    state = await shop.hungry()
    first = await placed(shop, cards, state, 1)
    assert await placed(shop, cards, state, 1) == first
    assert await placed(shop, cards, state) == first  # not even by other means
    assert (len(cards.keys), await shop.ledger(first.id)) == (1, ["attempted", "authorised"])
    assert len(await shop.jobs(first.id)) == 2


async def test_a_declined_card_leaves_the_order_waiting_for_another_one(
    shop: Shop, cards: FakePayments
) -> None:
    state = await shop.hungry()
    with pytest.raises(PaymentDeclined, match="generic_decline"):
        await placed(shop, cards, state, 2)
    (order,) = await orders(shop, state)
    assert (order.status, order.payment_status) == ("awaiting_payment", "declined")
    done = await placed(shop, cards, state, 1)
    (order,) = await orders(shop, state)
    assert (order.id, order.status, order.payment_status) == (done.id, "placed", "authorised")
    assert await shop.ledger(done.id) == ["attempted", "declined", "attempted", "authorised"]
    events = await shop.events(done.id)
    assert events == ["order.drafted", "payment.declined", "payment.authorised", "order.placed"]


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(shop: Shop, cards: FakePayments) -> None:
    state = await shop.hungry()
    cards.script = ["lost"]
    with pytest.raises(VendorTimeout):
        await placed(shop, cards, state, 1)
    (order,) = await orders(shop, state)
    assert (order.status, order.payment_status) == ("awaiting_payment", "unknown")
    done = await placed(shop, cards, state, 1)
    assert len(set(cards.keys)) == 1
    assert len(cards.held) == 1
    assert await shop.ledger(done.id) == ["attempted", "unknown", "attempted", "authorised"]
    assert [order.status for order in await orders(shop, state)] == ["placed"]


async def test_an_attempt_that_failed_before_anything_was_held_does_not_stand_in_the_way(
    shop: Shop, cards: FakePayments
) -> None:
    state = await shop.hungry()
    cards.script = ["refused"]
    with pytest.raises(VendorError):
        await placed(shop, cards, state, 1)
    done = await placed(shop, cards, state)
    (order,) = await orders(shop, state)
    assert (order.status, order.payment_status, cards.held) == ("placed", "cash_due", {})
    assert await shop.ledger(done.id) == ["attempted", "failed", "attempted", "cash_due"]


async def test_a_card_without_a_provider_is_refused_and_cash_still_works(shop: Shop) -> None:
    state = await shop.hungry()
    with pytest.raises(Conflict, match="offer cash"):
        await placed(shop, None, state, 1)
    await placed(shop, None, state)
    assert [order.payment_status for order in await orders(shop, state)] == ["cash_due"]


async def test_somebody_elses_card_is_refused(shop: Shop, cards: FakePayments) -> None:
    ashas = await shop.wanted(await shop.hungry(), 1)
    state = await shop.hungry("+15125550111")
    stolen = replace(await shop.wanted(state), payment="card-1", method_id=ashas.method_id)
    with pytest.raises(Conflict):
        await place(shop.transaction, cards, shop.clock, stolen)
    assert cards.keys == []


async def test_two_at_once_make_one_order_and_one_charge(shop: Shop, cards: FakePayments) -> None:
    state = await shop.hungry()
    wanted = await shop.wanted(state, 1)
    cards.gate.clear()
    cards.expected = 2
    both = asyncio.gather(*(place(shop.transaction, cards, shop.clock, wanted) for _ in range(2)))
    async with asyncio.timeout(30):
        await cards.full.wait()  # both have written their attempt, and neither knows of the other's money
    cards.gate.set()
    first, second = await both
    assert first == second
    assert len(await orders(shop, state)) == len(set(cards.keys)) == len(cards.held) == 1
    ledger = await shop.ledger(first.id)
    assert (ledger.count("authorised"), ledger.count("attempted"), len(ledger)) == (1, 2, 3)


async def test_a_death_between_the_two_transactions_is_mended_by_asking_again(
    shop: Shop, cards: FakePayments
) -> None:
    state = await shop.hungry()
    cards.script = ["killed"]
    with pytest.raises(KilledError):
        await placed(shop, cards, state, 1)
    (order,) = await orders(shop, state)
    assert (order.status, await shop.ledger(order.id)) == ("awaiting_payment", ["attempted"])
    (recovery,) = await shop.jobs(order.id)
    wanted = await shop.wanted(state, 1)
    assert (recovery.kind, recovery.payload["key"]) == ("payments.recover", attempt_key(wanted))
    done = await placed(shop, cards, state, 1)
    assert (done.id, len(cards.held), len(await orders(shop, state))) == (order.id, 1, 1)


async def test_the_ledger_names_the_provider_it_was(shop: Shop) -> None:
    class Elsewhere(FakePayments):
        name = "elsewhere"

    done = await placed(shop, Elsewhere(), await shop.hungry(), 1)
    rows = await shop.rows(Payment, col(Payment.order_id) == done.id)
    assert {row.provider for row in rows if isinstance(row, Payment)} == {"elsewhere"}
