"""Kitchens are called about changes of orders they know, and reminded of drivers who come; once, while it is true."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.models import Order
from domain.changes import Action
from domain.dialling import Topic
from domain.jobs import Done, Dropped, Later
from domain.order import OrderStatus as S
from operations import kitchen_desk
from operations.kitchen_queue import Who
from tests.fakes.desk import Desk, cash
from tests.fakes.errands import LINE, Phones
from tests.fakes.hearing import confirmed, heard
from tests.fakes.payments import FakePayments
from tests.fakes.riding import accepted, cooking
from tests.fakes.shop import Shop
from tests.fakes.standing import set_order

pytestmark = pytest.mark.db
ANNOUNCE = "restaurant.announce"
MINUTE = timedelta(minutes=1)
IN_TIME = timedelta(minutes=8)


@pytest.fixture
def phones(shop: Shop, cards: FakePayments) -> Phones:
    return Phones(shop, cards)


class TestChanges:
    async def taken(self, shop: Shop) -> Desk:
        """An order that its kitchen cooks."""
        desk = await cash(shop, naan=2)
        await confirmed(shop, desk.order)
        shop.clock.advance(MINUTE)
        return desk

    async def test_a_kitchen_that_cooks_it_is_told_of_a_note(self, shop: Shop, phones: Phones) -> None:
        desk = await self.taken(shop)
        await desk.change(Action.NOTE, note="no onions")
        key = f"{desk.order.id}:1"
        await phones.look("restaurant.modify", key)
        await phones.look("restaurant.modify", key)
        assert await phones.topics() == [("call", Topic.CHANGES)]

    async def test_what_it_has_heard_is_not_told_again(self, shop: Shop, phones: Phones) -> None:
        desk = await self.taken(shop)
        await desk.change(Action.NOTE, note="no onions")
        await heard(shop, desk.order)
        assert await phones.look("restaurant.modify", f"{desk.order.id}:1") == Done(
            "the kitchen has been told"
        )
        assert phones.telephony.calls == []

    async def test_an_order_it_has_not_answered_is_told_as_it_is(self, shop: Shop, phones: Phones) -> None:
        desk = await cash(shop, naan=2)
        await desk.change(Action.REMOVE, line=2)
        assert isinstance(await phones.look("restaurant.modify", f"{desk.order.id}:1"), Dropped)

    async def test_a_cancelled_order_it_knew_of_is_called_off(self, shop: Shop, phones: Phones) -> None:
        desk = await cash(shop)
        await heard(shop, desk.order)
        shop.clock.advance(MINUTE)
        await desk.change(Action.CANCEL)
        await phones.look("restaurant.cancel", desk.order.id)
        assert await phones.topics() == [("call", Topic.CHANGES)]

    async def test_one_it_never_heard_of_is_nothing_to_it(self, shop: Shop, phones: Phones) -> None:
        desk = await cash(shop)
        await desk.change(Action.CANCEL)
        assert await phones.look("restaurant.cancel", desk.order.id) == Done(
            "the kitchen never heard of the order"
        )
        assert phones.telephony.calls == []

    async def test_whom_nobody_reaches_is_texted_and_then_given_to_a_person(
        self, shop: Shop, phones: Phones
    ) -> None:
        desk = await self.taken(shop)
        await desk.change(Action.NOTE, note="no onions")
        assert isinstance(await phones.runs_out("restaurant.modify", f"{desk.order.id}:1"), Done)
        ((_, text, _),) = phones.telephony.texts
        assert "onions" not in text
        assert "Spice Route" in text
        assert LINE in text
        assert len(await phones.persons()) == 1

    async def test_what_has_left_the_kitchen_is_no_longer_its_business(
        self, shop: Shop, phones: Phones
    ) -> None:
        desk = await self.taken(shop)
        await desk.change(Action.NOTE, note="no onions")
        await set_order(shop, desk.order.id, status=S.PICKED_UP, picked_up_at=shop.clock.now())
        assert isinstance(await phones.look("restaurant.modify", f"{desk.order.id}:1"), Dropped)


class TestAReminder:
    async def due(self, shop: Shop, phones: Phones, *, driver: bool = True) -> Order:
        """An order that is cooked soon, with a driver who comes for it."""
        order = await cooking(shop)
        await phones.write("restaurant.remind", order.id, order_id=order.id)
        if driver:
            await accepted(shop, order)
        shop.clock.advance(5 * MINUTE)
        return order

    async def test_the_kitchen_is_called_once_a_driver_comes(self, shop: Shop, phones: Phones) -> None:
        order = await self.due(shop, phones)
        await phones.look("restaurant.remind", order.id)
        assert await phones.topics() == [("call", Topic.REMINDER)]

    async def test_without_a_driver_it_waits_and_is_dropped_in_the_end(
        self, shop: Shop, phones: Phones
    ) -> None:
        order = await self.due(shop, phones, driver=False)
        assert isinstance(await phones.look("restaurant.remind", order.id), Later)
        assert isinstance(await phones.runs_out("restaurant.remind", order.id), Dropped)
        assert phones.telephony.calls == []

    async def test_a_kitchen_that_wants_longer_is_reminded_later(self, shop: Shop, phones: Phones) -> None:
        order = await self.due(shop, phones)
        ready_by = shop.clock.now() + 20 * MINUTE
        await set_order(shop, order.id, ready_by=ready_by)
        assert await phones.look("restaurant.remind", order.id) == Later(
            ready_by - 5 * MINUTE, "the kitchen wants longer"
        )

    async def test_what_is_ready_or_was_said_is_not_said_again(self, shop: Shop, phones: Phones) -> None:
        order = await self.due(shop, phones)
        await phones.happened(order.id, "kitchen.reminded")
        assert isinstance(await phones.look("restaurant.remind", order.id), Dropped)
        other = await self.due(shop, phones)
        await set_order(shop, other.id, status=S.READY)
        assert isinstance(await phones.look("restaurant.remind", other.id), Dropped)

    async def test_past_its_own_time_it_is_reminded_once_more(self, shop: Shop, phones: Phones) -> None:
        order = await self.due(shop, phones)
        kitchen = Who(order.restaurant_id, shop.clock.now())
        async with shop.transaction() as session:
            await kitchen_desk.reminded(session, kitchen, order.id)
        shop.clock.advance(9 * MINUTE)
        await phones.write("restaurant.remind", f"{order.id}:late", order_id=order.id)
        await phones.look("restaurant.remind", f"{order.id}:late")
        assert await phones.topics() == [("call", Topic.REMINDER)]
        for _ in range(2):
            async with shop.transaction() as session:
                await kitchen_desk.reminded(session, replace(kitchen, now=shop.clock.now()), order.id)
        assert (await shop.events(order.id)).count("kitchen.reminded") == 2
        assert isinstance(await phones.look("restaurant.remind", f"{order.id}:late"), Dropped)
