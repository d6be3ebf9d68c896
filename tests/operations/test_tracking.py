"""Orders as their customer may ask after them: the newest ones, with their dishes, told from their rows alone."""

from datetime import timedelta

import pytest

from domain.order import OrderStatus as S
from operations import tracking
from tests.fakes.shop import ASHA, BEN, Shop
from tests.fakes.standing import order_of, set_order

pytestmark = pytest.mark.db


async def test_only_a_customers_own_newest_orders_are_found(shop: Shop) -> None:
    older = await order_of(shop)
    shop.clock.advance(timedelta(minutes=1))
    newer = await order_of(shop, ASHA)
    await order_of(shop, BEN)
    async with shop.transaction() as session:
        assert await tracking.newest(session, older.customer_id, 1) == {newer.id}
        found = await tracking.look(session, [older.id, newer.id], 3)
    assert [seen.order.id for seen in found] == [newer.id, older.id]


async def test_an_order_is_seen_with_its_kitchen_and_its_dishes_in_order(shop: Shop) -> None:
    order = await order_of(shop, naan=3)
    async with shop.transaction() as session:
        (seen,) = await tracking.look(session, [order.id], 1)
    assert seen.kitchen.name == "Spice Route, Old Mill"
    assert [tracking.say_line(line) for line in seen.lines] == ["2 Dal Tadka (full)", "3 Garlic Naan"]
    assert seen.ordered(shop.clock.now()) == "today at 12:30 pm"


async def test_an_order_for_later_is_due_when_it_is_wanted(shop: Shop) -> None:
    order = await order_of(shop)
    wanted = shop.clock.now() + timedelta(hours=7, minutes=30)
    await set_order(shop, order.id, status=S.SCHEDULED, wanted_at=wanted)
    async with shop.transaction() as session:
        (seen,) = await tracking.look(session, [order.id], 1)
    assert seen.say(shop.clock.now()) == "Your Spice Route order is planned for today at 8 pm."
    assert seen.arrives(shop.clock.now()) == "today at 8 pm"


@pytest.mark.parametrize("status", [S.PLACED, S.READY, S.CANCELLED, S.REJECTED])
async def test_what_is_not_out_has_not_arrived(shop: Shop, status: S) -> None:
    order = await order_of(shop)
    await set_order(shop, order.id, status=status)
    async with shop.transaction() as session:
        assert not await tracking.arrived(session, order.id, shop.clock.now())
    assert tracking.ARRIVED not in await shop.events(order.id)


async def test_a_cancelled_order_is_never_late_enough_to_have_come(shop: Shop) -> None:
    order = await order_of(shop)
    await set_order(shop, order.id, status=S.CANCELLED)
    shop.clock.advance(timedelta(hours=3))
    async with shop.transaction() as session:
        assert not await tracking.arrived(session, order.id, shop.clock.now())


async def test_what_its_customer_has_got_is_delivered_though_the_driver_has_not_said_so(shop: Shop) -> None:
    order = await order_of(shop)
    await set_order(shop, order.id, status=S.PICKED_UP)
    async with shop.transaction() as session:
        (before,) = await tracking.look(session, [order.id], 1)
        assert await tracking.arrived(session, order.id, shop.clock.now())
        (after,) = await tracking.look(session, [order.id], 1)
    shop.clock.advance(timedelta(hours=1))
    now = shop.clock.now()
    assert "on its way" in before.say(now)
    assert (after.say(now), after.progress.late(now)) == ("Your Spice Route order was delivered.", False)
    assert after.arrives(now) is None


async def test_what_came_to_nothing_is_not_delivered_by_a_word(shop: Shop) -> None:
    order = await order_of(shop)
    await set_order(shop, order.id, status=S.PICKED_UP)
    async with shop.transaction() as session:
        await tracking.arrived(session, order.id, shop.clock.now())
    await set_order(shop, order.id, status=S.FAILED)
    async with shop.transaction() as session:
        (seen,) = await tracking.look(session, [order.id], 1)
    assert "could not be delivered" in seen.say(shop.clock.now())
