"""What an order takes: stock under concurrency, codes, schedules."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col

from db.models import MenuItem, Order
from domain.call_state import CallState
from errors import Conflict
from operations.placing import KITCHEN_LEAD, Placed, place
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ASHA, BEN, MARIA, Shop

pytestmark = pytest.mark.db


async def cash(shop: Shop, state: CallState) -> Placed:
    return await place(shop.transaction, None, shop.clock, await shop.wanted(state))


async def test_portions_are_counted_down(shop: Shop) -> None:
    dal = await shop.dish("Dal Tadka")
    await shop.set_item(dal, stock=5)
    await cash(shop, await shop.hungry())
    assert await shop.stock(dal) == 3


async def test_the_last_portions_are_sold_once(shop: Shop) -> None:
    dal = await shop.dish("Dal Tadka")
    await shop.set_item(dal, stock=3)
    states = [await shop.hungry(phone) for phone in (BEN, MARIA)]
    ends = await asyncio.gather(*(cash(shop, state) for state in states), return_exceptions=True)
    assert [type(end) for end in ends if isinstance(end, Exception)] == [Conflict]
    assert "only 1 left" in str(next(end for end in ends if isinstance(end, Exception)))
    assert await shop.stock(dal) == 1


async def test_a_dish_that_has_sold_out_since_leaves_no_order_behind(shop: Shop) -> None:
    state = await shop.hungry()
    await shop.set_item(await shop.dish("Dal Tadka"), available=False)
    with pytest.raises(Conflict, match="Dal Tadka has just sold out: none left"):
        await cash(shop, state)
    assert await shop.rows(Order, col(Order.call_id) == state.cart_call_id) == []


async def test_a_bill_of_another_cart_is_never_written(shop: Shop) -> None:
    state = await shop.hungry()
    wanted = await shop.wanted(state)
    state.cart.change("line-1", 3, None, [], None)
    for cart, bill in ((wanted, await shop.wanted(state)), (await shop.wanted(state), wanted)):
        with pytest.raises(Conflict, match="not of this cart"):
            await place(shop.transaction, None, shop.clock, replace(cart, bill=bill.bill))
    assert await shop.rows(Order, col(Order.call_id) == state.cart_call_id) == []


async def test_a_bill_with_modifiers_and_a_promotion_is_of_its_cart(shop: Shop) -> None:
    state = await shop.hungry(BEN)
    butter = await shop.dish("Butter Chicken")
    state.cart.add(butter, 1, butter.sizes[-1].name if butter.sizes else None, ["hot", "extra gravy"], None)
    state.promotion = "FIRST50"
    wanted = await shop.wanted(state)
    assert wanted.bill.sum("modifiers") > 0 > wanted.bill.sum("promotion")
    assert (await place(shop.transaction, None, shop.clock, wanted)).total == wanted.bill.total


async def test_an_unpaid_order_gives_its_portions_back_when_the_cart_changes(
    shop: Shop, cards: FakePayments
) -> None:
    dal = await shop.dish("Dal Tadka")
    await shop.set_item(dal, stock=5)
    state = await shop.hungry()
    with pytest.raises(Exception, match="declined"):
        await place(shop.transaction, cards, shop.clock, await shop.wanted(state, 2))
    assert await shop.stock(dal) == 3
    state.cart.change("line-1", 4, None, [], None)
    done = await cash(shop, state)
    assert await shop.stock(dal) == 1
    rows = await shop.rows(Order, col(Order.call_id) == state.cart_call_id)
    assert {(row.id == done.id, row.status) for row in rows if isinstance(row, Order)} == {
        (False, "cancelled"),
        (True, "placed"),
    }
    (old,) = [row.id for row in rows if isinstance(row, Order) and row.id != done.id]
    assert (await shop.events(old))[-1] == "order.cancelled"


async def test_two_who_swap_their_dishes_at_the_same_moment_do_not_wait_for_each_other(
    shop: Shop, cards: FakePayments
) -> None:
    dishes = [await shop.dish("Dal Tadka"), await shop.dish("Palak Paneer")]
    for dish in dishes:
        await shop.set_item(dish, stock=50)
    for _ in range(8):
        carts = []
        for mine, other in (dishes, dishes[::-1]):
            state = await shop.hungry(ASHA, mine.name)
            with pytest.raises(Exception, match="declined"):
                await place(shop.transaction, cards, shop.clock, await shop.wanted(state, 2))
            state.cart.remove("line-1")
            state.cart.add(other, 2, other.sizes[-1].name if other.sizes else None, [], None)
            carts.append(await shop.wanted(state))
        done = await asyncio.gather(*(place(shop.transaction, None, shop.clock, one) for one in carts))
        assert len({one.id for one in done}) == 2
    assert [await shop.stock(dish) for dish in dishes] == [50 - 8 * 2] * 2


async def test_orders_of_dishes_nobody_counts_do_not_wait_for_each_other(shop: Shop) -> None:
    dal = await shop.dish("Dal Tadka")
    await shop.set_item(dal, stock=None)
    async with shop.transaction() as session:
        await session.get_one(MenuItem, dal.id, with_for_update={"key_share": True})
        await asyncio.wait_for(cash(shop, await shop.hungry()), 5)
    assert await shop.stock(dal) is None


async def test_a_scheduled_order_wakes_its_kitchen_in_time(shop: Shop) -> None:
    state = await shop.hungry()
    state.wanted_at = shop.clock.now() + timedelta(hours=5)
    start = state.wanted_at - timedelta(minutes=40)
    done = await place(shop.transaction, None, shop.clock, replace(await shop.wanted(state), start_at=start))
    (order,) = [row for row in await shop.rows(Order, col(Order.id) == done.id) if isinstance(row, Order)]
    assert (order.status, order.wanted_at) == ("scheduled", state.wanted_at)
    assert (await shop.events(done.id))[-1] == "order.scheduled"
    (call,) = [job for job in await shop.jobs(done.id) if job.kind == "restaurant.announce"]
    assert call.due_at == start - KITCHEN_LEAD


async def test_codes_are_six_digits_and_one_per_open_order(shop: Shop) -> None:
    codes = [(await cash(shop, await shop.hungry(phone))).code for phone in (BEN, MARIA, BEN, MARIA)]
    assert len(set(codes)) == 4
    assert all(len(code) == 6 and code.isdecimal() for code in codes)


async def test_what_identifies_a_door_does_not_rest_readable(shop: Shop) -> None:
    state = await shop.hungry()
    assert state.place is not None
    done = await cash(shop, state)
    async with shop.sessions() as session:
        stored = await session.scalar(text("SELECT place FROM orders WHERE id = :id"), {"id": done.id})
    assert isinstance(stored, bytes)
    assert state.place.line.encode() not in stored
