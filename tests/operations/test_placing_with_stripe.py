"""The same saga over the real Stripe SDK: what the bank holds is what the order says."""

import asyncio

import pytest
from sqlmodel import col

from db.models import Order, Payment
from errors import Conflict, PaymentDeclined, VendorTimeout
from operations.placing import Placed, place
from tests.fakes.sandbox import Sandbox
from tests.fakes.shop import Shop
from vendors.stripe import Stripe

pytestmark = [
    pytest.mark.db,
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),  # the SDK hands httpx its form so
]


async def references(shop: Shop, done: Placed) -> list[str]:
    rows = await shop.rows(Payment, col(Payment.order_id) == done.id)
    return [row.reference for row in rows if isinstance(row, Payment) and row.reference]


def held(sandbox: Sandbox, reference: str) -> list[int]:
    """What charges of an intent are good for, in cents."""
    return [
        charge["amount"]
        for charge in sandbox.charges()
        if charge["payment_intent"] == reference and charge["status"] == "succeeded"
    ]


async def test_the_bank_holds_the_orders_total(shop: Shop, stripe: Stripe, outside: Sandbox) -> None:
    state = await shop.hungry()
    done = await place(shop.transaction, stripe, shop.clock, await shop.wanted(state, 1))
    (reference,) = await references(shop, done)
    assert held(outside, reference) == [done.total.amount]


async def test_a_declined_card_and_then_a_good_one_are_one_order(
    shop: Shop, stripe: Stripe, outside: Sandbox
) -> None:
    state = await shop.hungry()
    with pytest.raises(PaymentDeclined):
        await place(shop.transaction, stripe, shop.clock, await shop.wanted(state, 2))
    done = await place(shop.transaction, stripe, shop.clock, await shop.wanted(state, 1))
    refused, good = await references(shop, done)
    assert (held(outside, refused), held(outside, good)) == ([], [done.total.amount])
    assert await shop.ledger(done.id) == ["attempted", "declined", "attempted", "authorised"]
    assert len(await shop.rows(Order, col(Order.call_id) == state.cart_call_id)) == 1


async def test_a_lost_answer_is_found_out_by_the_same_key(
    shop: Shop, stripe: Stripe, outside: Sandbox
) -> None:
    state = await shop.hungry()
    wanted = await shop.wanted(state, 1)
    outside.fault("stripe", "act_and_drop", times=None)
    with pytest.raises(VendorTimeout):
        await place(shop.transaction, stripe, shop.clock, wanted)
    outside.clear()
    done = await place(shop.transaction, stripe, shop.clock, wanted)
    (reference,) = await references(shop, done)
    assert held(outside, reference) == [done.total.amount]
    assert await shop.ledger(done.id) == ["attempted", "unknown", "attempted", "authorised"]


@pytest.mark.parametrize("status", [409, 429, 401])
async def test_a_refused_repeat_says_nothing_about_the_lost_answer(
    shop: Shop, stripe: Stripe, outside: Sandbox, status: int
) -> None:
    state = await shop.hungry()
    wanted = await shop.wanted(state, 1)
    outside.fault("stripe", "act_and_drop", times=None)
    with pytest.raises(VendorTimeout):
        await place(shop.transaction, stripe, shop.clock, wanted)
    outside.clear()
    outside.fault("stripe", "status", status=status, times=None)
    with pytest.raises(VendorTimeout):
        await place(shop.transaction, stripe, shop.clock, wanted)
    with pytest.raises(Conflict, match="not known yet"):
        await place(shop.transaction, stripe, shop.clock, await shop.wanted(state))
    (order,) = await shop.rows(Order, col(Order.call_id) == state.cart_call_id)
    assert isinstance(order, Order)
    assert (order.status, order.payment_status) == ("awaiting_payment", "unknown")
    outside.clear()
    done = await place(shop.transaction, stripe, shop.clock, wanted)
    (reference,) = await references(shop, done)
    assert held(outside, reference) == [done.total.amount]


async def test_a_changed_order_lets_go_of_what_the_bank_held_for_the_old_one(
    shop: Shop, stripe: Stripe, outside: Sandbox
) -> None:
    state = await shop.hungry()
    outside.fault("stripe", "act_and_drop", times=None)
    with pytest.raises(VendorTimeout):
        await place(shop.transaction, stripe, shop.clock, await shop.wanted(state, 1))
    outside.clear()
    state.cart.change("line-1", 3, None, [], None)
    done = await place(shop.transaction, stripe, shop.clock, await shop.wanted(state))
    rows = await shop.rows(Order, col(Order.call_id) == state.cart_call_id)
    old, new = [row for row in rows if isinstance(row, Order)]
    assert (old.payment_status, new.id, new.payment_status) == ("released", done.id, "cash_due")
    (payment,) = {
        row.reference
        for row in await shop.rows(Payment, col(Payment.order_id) == old.id)
        if isinstance(row, Payment) and row.reference
    }
    refunded = [c["amount_refunded"] for c in outside.charges() if c["payment_intent"] == payment]
    assert refunded == [old.total]


async def test_two_at_once_hold_the_money_once(shop: Shop, stripe: Stripe, outside: Sandbox) -> None:
    wanted = await shop.wanted(await shop.hungry(), 1)
    first, second = await asyncio.gather(
        *(place(shop.transaction, stripe, shop.clock, wanted) for _ in range(2))
    )
    assert first == second
    (reference,) = await references(shop, first)
    assert held(outside, reference) == [first.total.amount]
