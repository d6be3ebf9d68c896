"""A driver at a shut door, and a customer who wants it left there: what they are told, and what may be done."""

from datetime import timedelta

import pytest

from db.models import Order, PriceLine
from domain.delivery import AssignmentStatus
from errors import ToolError
from operations.capturing import capture
from tests.fakes.call import Talk, run
from tests.fakes.payments import FakePayments
from tests.fakes.riding import DISPATCH, LUIS, cooking, drives, riding
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of, set_order
from tests.tools.conftest import Phoned
from tools.delivery import confirm_delivery, get_pickup_details
from tools.doorstep import leave_order, report_nobody_home, return_order
from tools.orders import get_order_status, leave_at_door

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned, shop: Shop) -> Talk:
    """Luis is on the line."""
    made = await phoned(LUIS)
    await drives(shop, made.state, LUIS)
    made.call.dispatch = DISPATCH
    return made


async def theirs(talk: Talk) -> str:
    found = await run(talk.call, get_pickup_details)
    return str(found["deliveries"][0]["order"])


async def test_they_are_told_until_when_to_wait_and_then_to_take_it_back(talk: Talk, shop: Shop) -> None:
    order = await cooking(shop)
    await riding(shop, order)
    handle = await theirs(talk)
    found = await run(talk.call, report_nobody_home, order=handle)
    assert found["status"] == "wait"
    assert "until 12:38 pm; that is eight minutes" in found["say"]
    with pytest.raises(ToolError, match="wait a little longer"):
        await run(talk.call, return_order, order=handle)
    shop.clock.advance(timedelta(minutes=8))
    found = await run(talk.call, report_nobody_home, order=handle)
    assert (found["status"], "Spice Route, Old Mill" in found["say"]) == ("may_return", True)
    assert (await run(talk.call, return_order, order=handle))["status"] == "returned"
    assert (await as_it_is(shop, order.id)).status == "failed"


async def test_a_paid_order_whose_customer_says_so_is_left(
    talk: Talk, shop: Shop, cards: FakePayments, phoned: Phoned
) -> None:
    order = await cooking(shop, cards)
    await capture(shop.transaction, cards, shop.clock, order.id)
    await riding(shop, order)
    handle = await theirs(talk)
    await run(talk.call, report_nobody_home, order=handle)
    with pytest.raises(ToolError, match="has not said that it may be left"):
        await run(talk.call, leave_order, order=handle)

    asha = await phoned()
    first = (await run(asha.call, get_order_status))["orders"][0]["order"]
    assert (await run(asha.call, leave_at_door, order=first))["status"] == "noted"
    found = await run(talk.call, report_nobody_home, order=handle)
    assert found["status"] == "may_leave"
    assert "Leave it at the door" in (await run(talk.call, get_pickup_details))["deliveries"][0]["say"]
    assert (await run(talk.call, leave_order, order=handle))["status"] == "delivered"
    assert (await as_it_is(shop, order.id)).status == "delivered"


async def test_an_order_paid_at_the_door_or_not_on_its_way_is_not_left(phoned: Phoned, shop: Shop) -> None:
    order = await order_of(shop)
    asha = await phoned()
    first = (await run(asha.call, get_order_status))["orders"][0]["order"]
    with pytest.raises(ToolError, match="takes the money at the door"):
        await run(asha.call, leave_at_door, order=first)
    await set_order(shop, order.id, status="delivered")
    with pytest.raises(ToolError, match="not on its way"):
        await run(asha.call, leave_at_door, order=first)


async def test_the_drivers_tip_is_told_when_it_is_delivered(talk: Talk, shop: Shop) -> None:
    order = await cooking(shop)
    async with shop.transaction() as session:
        session.add(
            PriceLine(order_id=order.id, position=90, kind="tip", label="tip", amount=300, currency="USD")
        )
    await riding(shop, order)
    found = await run(talk.call, confirm_delivery, order=await theirs(talk), code=order.code)
    assert found["say"] == "That's right, it's delivered. The tip is yours: three dollars. Thank you!"


class TestALateOrder:
    """Whoever asks is told, and not called about the same."""

    async def late(self, shop: Shop, minutes: int) -> Order:
        order = await cooking(shop)
        await riding(shop, order)
        row = await as_it_is(shop, order.id)
        assert row.placed_at is not None
        due = row.placed_at + timedelta(minutes=row.promise_minutes)
        shop.clock.moment = due - timedelta(minutes=10)
        await set_order(shop, order.id, expected_at=due + timedelta(minutes=minutes), spread_seconds=150)
        return order

    async def test_it_is_told_as_a_range_and_noted(self, phoned: Phoned, shop: Shop) -> None:
        order = await self.late(shop, 12)
        asha = await phoned()
        told = (await run(asha.call, get_order_status))["orders"][0]
        assert told["late"] is True
        assert told["arrives"] == "in about 15 to 25 minutes"
        assert told["say"] == (
            "Your Spice Route order is on its way. It will be about ten minutes late. "
            "It should be with you in about 15 to 25 minutes."
        )
        assert (await as_it_is(shop, order.id)).told_late_at == shop.clock.now()
        await run(asha.call, get_order_status)
        assert (await shop.events(order.id)).count("customer.told") == 1

    async def test_one_in_time_is_not(self, phoned: Phoned, shop: Shop) -> None:
        order = await self.late(shop, -5)
        asha = await phoned()
        told = (await run(asha.call, get_order_status))["orders"][0]
        assert told["late"] is False
        assert (await as_it_is(shop, order.id)).told_late_at is None
        assert AssignmentStatus.PICKED_UP.replace("_", " ") == told["status"]
