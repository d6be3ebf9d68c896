"""A driver's call: what is offered and taken, and what is true from the counter to the door."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col

from db.models import Callback, Driver, Order
from domain.address import Place, Point
from domain.delivery import counter_number
from domain.speech import say_code
from errors import Refused, ToolError
from operations import under_way
from tests.fakes.call import Talk, asked, run
from tests.fakes.riding import (
    DISPATCH,
    LUIS,
    MEI,
    accepted,
    assignments,
    cooking,
    driver,
    drives,
    offered,
    other_code,
    riding,
)
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, set_order
from tests.tools.conftest import Phoned
from tools.delivery import (
    confirm_delivery,
    confirm_pickup,
    get_pickup_details,
    report_at_restaurant,
    report_problem,
)
from tools.driving import (
    assign_driver,
    find_available_drivers,
    hear_offer,
    update_driver_location,
)
from tools.system import run_as_system
from tools.tool import handle

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned, shop: Shop) -> Talk:
    """Luis is on the line."""
    made = await phoned(LUIS)
    await drives(shop, made.state, LUIS)
    made.call.dispatch = DISPATCH
    return made


async def theirs(talk: Talk) -> str:
    """The handle of the delivery they have."""
    found = await run(talk.call, get_pickup_details)
    handle = found["deliveries"][0]["order"]
    assert isinstance(handle, str)
    return handle


class TestTheCounter:
    """What a driver may know of what they have, and what they say of it."""

    async def test_the_door_is_told_once_it_is_theirs(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        found = (await run(talk.call, get_pickup_details))["deliveries"][0]
        place = Place.model_validate(order.place)
        assert found["goes_to"] == place.spoken()
        assert found["number"] == say_code(counter_number(order.id))
        assert f"It goes to {place.spoken()}," in found["say"]
        assert "in cash." in found["say"]
        assert found["dishes"] == 2

    async def test_neither_code_nor_telephone_number_is_ever_told(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await set_order(shop, order.id, note="call +1 512 555 0110 at the gate")
        await accepted(shop, order)
        found = str(await run(talk.call, get_pickup_details))
        assert order.code not in found
        assert say_code(order.code) not in found
        assert "0110" not in found
        assert "at the gate" in found

    async def test_what_another_driver_has_is_not_told(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order, MEI)
        assert (await run(talk.call, get_pickup_details))["deliveries"] == []
        talk.state.orders["order-9"] = order.id
        for tool in (get_pickup_details, report_at_restaurant, confirm_pickup):
            with pytest.raises(ToolError, match="not this driver's"):
                await run(talk.call, tool, order="order-9")
        with pytest.raises(ToolError, match="not this driver's"):
            await run(talk.call, confirm_delivery, order="order-9", code=order.code)
        with pytest.raises(ToolError, match="not this driver's"):
            await run(talk.call, report_problem, order="order-9", what="not mine")

    async def test_a_handle_there_is_not_is_refused(self, talk: Talk) -> None:
        with pytest.raises(ToolError, match="There is no order-77 in this call"):
            await run(talk.call, confirm_pickup, order="order-77")

    async def test_at_the_counter_the_number_is_said_digit_by_digit(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        await set_order(shop, order.id, status="ready")
        done = await run(talk.call, report_at_restaurant, order=await theirs(talk))
        number = say_code(counter_number(order.id))
        assert done["say"] == f"Thanks. The number for the counter is {number}. The food is ready."

    async def test_picked_up_the_door_is_said(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        handle = await theirs(talk)
        with pytest.raises(ToolError, match="has not said yet"):
            await run(talk.call, confirm_pickup, order=handle)
        await set_order(shop, order.id, status="ready")
        done = await run(talk.call, confirm_pickup, order=handle)
        assert done["say"].startswith("Picked up. It goes to ")
        assert done["say"].endswith("Ask for the six digits at the door.")
        assert (await as_it_is(shop, order.id)).status == "picked_up"


class TestTheDoor:
    """Proved by the customer's digits, however they were said to us."""

    async def carried(self, talk: Talk, shop: Shop) -> tuple[Order, str]:
        order = await cooking(shop)
        await riding(shop, order)
        return order, await theirs(talk)

    async def test_the_right_digits_deliver(self, talk: Talk, shop: Shop) -> None:
        order, handle = await self.carried(talk, shop)
        spaced = " ".join(order.code)
        done = await run(talk.call, confirm_delivery, order=handle, code=spaced)
        assert done == {"status": "delivered", "say": "That's right, it's delivered. Thank you!"}
        assert (await as_it_is(shop, order.id)).status == "delivered"

    @pytest.mark.parametrize("code", ["12345", "", "the code", "1234567"])
    async def test_what_is_no_code_is_no_try(self, talk: Talk, shop: Shop, code: str) -> None:
        order, handle = await self.carried(talk, shop)
        with pytest.raises(ToolError, match="not six digits"):
            await run(talk.call, confirm_delivery, order=handle, code=code)
        assert "delivery.wrong_code" not in await shop.events(order.id)

    async def test_three_wrong_ones_bring_a_person(self, talk: Talk, shop: Shop) -> None:
        order, handle = await self.carried(talk, shop)
        said = [
            await run(talk.call, confirm_delivery, order=handle, code=other_code(order.code, step))
            for step in (1, 2, 3)
        ]
        assert [one["say"] for one in said] == [
            "That code isn't right. Ask the customer once more; two tries left.",
            "That code isn't right. Ask the customer once more; one try left.",
            "That was the third wrong code. Please keep the food with you. "
            "A person will call you back within half an hour.",
        ]
        assert len(await shop.rows(Callback, col(Callback.call_id) == talk.state.call_id)) == 1
        done = await run(talk.call, confirm_delivery, order=handle, code=order.code)
        assert done["status"] == "person"
        assert (await as_it_is(shop, order.id)).status == "picked_up"

    async def test_the_digits_are_not_kept_in_the_record(self, talk: Talk, shop: Shop) -> None:
        order, handle_ = await self.carried(talk, shop)
        one = asked(talk.call, confirm_delivery, {"order": handle_, "code": order.code})
        await handle(confirm_delivery, one.params)
        assert one.result["status"] == "delivered"
        assert order.code not in str(talk.events)

    async def test_the_same_wrong_digits_said_twice_are_one_try(self, talk: Talk, shop: Shop) -> None:
        order, handle = await self.carried(talk, shop)
        wrong = other_code(order.code)
        for code in (wrong, " ".join(wrong)):
            assert (await run(talk.call, confirm_delivery, order=handle, code=code))["left"] == 2
        assert (await shop.events(order.id)).count("delivery.wrong_code") == 1


class TestTrouble:
    """Given back before pick-up; with the food in hand a person decides."""

    async def test_it_is_given_back(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        done = await run(
            talk.call, report_problem, order=await theirs(talk), what="flat tyre, call 5125550110"
        )
        assert done["status"] == "given_back"
        ((status, reason),) = await assignments(shop, order.id)
        assert status == "withdrawn"
        assert reason is not None
        assert reason.startswith("flat tyre")
        assert "5125550110" not in reason

    async def test_with_the_food_a_person_calls(self, talk: Talk, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        done = await run(talk.call, report_problem, order=await theirs(talk), what="an accident")
        assert done["status"] == "person"
        assert done["say"].endswith("A person will call you back within half an hour.")
        assert len(await shop.rows(Callback, col(Callback.call_id) == talk.state.call_id)) == 1

    async def test_what_was_called_off_is_said_to_be(self, talk: Talk, shop: Shop, phoned: Phoned) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        handle = await theirs(talk)
        async with shop.transaction() as session:
            row = await session.get_one(Order, order.id, with_for_update=True)
            row.status = "failed"
            await under_way.call_off(session, row, shop.clock.now())
        for tool, more in (
            (get_pickup_details, {}),
            (report_at_restaurant, {}),
            (confirm_pickup, {}),
            (confirm_delivery, {"code": order.code}),
            (report_problem, {"what": "nobody opens"}),
        ):
            with pytest.raises(ToolError, match="was called off"):
                await run(talk.call, tool, order=handle, **more)
        again = await phoned(LUIS)
        await drives(shop, again.state, LUIS)
        assert (await run(again.call, get_pickup_details))["say"] == (
            f"Called off is number {say_code(counter_number(order.id))} from Spice Route, Old Mill: "
            "nothing is to be done for it. You have no delivery just now."
        )
        await accepted(shop, await cooking(shop))
        found = await run(again.call, get_pickup_details)
        assert (len(found["deliveries"]), "Called off is number" in found["called_off"]) == (1, True)
        shop.clock.advance(timedelta(hours=3))
        assert "called_off" not in await run(again.call, get_pickup_details)


class TestWhere:
    """A place in words or as a point."""

    async def test_words_are_looked_up(self, talk: Talk, shop: Shop) -> None:
        async with shop.sessions() as session:
            row = await session.get_one(Driver, await driver(shop, LUIS))
        here = Point(lat=row.lat + 0.01, lng=row.lng)
        talk.maps.knows(
            "dock street 44",
            Place(line="44 Dock Street", area="Harbor", city="Larkfield", postcode="75990", point=here),
        )
        done = await run(talk.call, update_driver_location, place="dock street 44")
        assert done["say"] == "Thanks, I have you at 44 Dock Street, Harbor."
        async with shop.sessions() as session:
            row = await session.get_one(Driver, await driver(shop, LUIS))
        assert (row.lat, row.lng) == (here.lat, here.lng)

    async def test_there_and_back_again_they_are_back(self, talk: Talk, shop: Shop) -> None:
        async with shop.sessions() as session:
            row = await session.get_one(Driver, await driver(shop, LUIS))
        for lat in (row.lat, row.lat + 0.01, row.lat):
            await run(talk.call, update_driver_location, lat=lat, lng=row.lng)
        async with shop.sessions() as session:
            assert (await session.get_one(Driver, row.id)).lat == row.lat

    async def test_where_they_are_is_noted_though_they_spoke_on(self, talk: Talk, shop: Shop) -> None:
        async with shop.sessions() as session:
            row = await session.get_one(Driver, await driver(shop, LUIS))
        one = asked(talk.call, update_driver_location, {"lat": row.lat + 0.01, "lng": row.lng})
        handler = asyncio.create_task(handle(update_driver_location, one.params))
        await asyncio.sleep(0.001)
        handler.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handler
        await asyncio.wait(talk.call.effects.values())
        async with shop.sessions() as session:
            assert (await session.get_one(Driver, row.id)).lat == row.lat + 0.01

    async def test_an_unknown_place_or_none_is_asked_for(self, talk: Talk) -> None:
        with pytest.raises(ToolError, match="Ask for the street and number"):
            await run(talk.call, update_driver_location, place="nowhere at all")
        with pytest.raises(ToolError, match="Ask where they are"):
            await run(talk.call, update_driver_location, lat=30.0)

    async def test_too_far_a_jump_is_refused(self, talk: Talk) -> None:
        with pytest.raises(ToolError, match="too far from where they were last"):
            await run(talk.call, update_driver_location, lat=12.9, lng=77.6)


class TestWhoMay:
    """Drivers only, and the search for the system only."""

    async def test_nobody_else_hears_of_deliveries(self, phoned: Phoned, shop: Shop) -> None:
        customer = await phoned()
        await offered(shop, await cooking(shop))
        for tool in (hear_offer, get_pickup_details):
            with pytest.raises(ToolError, match="not a driver's"):
                await run(customer.call, tool)

    async def test_the_system_finds_drivers_best_first(self, talk: Talk, shop: Shop) -> None:
        async with shop.sessions() as session:
            row = await session.get_one(Driver, await driver(shop, LUIS))
        found = await run_as_system(
            find_available_drivers, talk.call, lat=row.lat, lng=row.lng, radius_km=50, trip_km=10
        )
        first = found["drivers"][0]
        assert (first["driver"], first["km"], first["vehicle"], first["load"]) == (
            f"drv_{row.id.hex}",
            0.0,
            "car",
            0,
        )
        assert "bicycle" not in [one["vehicle"] for one in found["drivers"]]

    async def test_a_model_does_not(self, talk: Talk) -> None:
        one = asked(talk.call, find_available_drivers, {"lat": 30.0, "lng": -97.0, "radius_km": 5})
        talk.state.agent = "driver_assignment"
        await handle(find_available_drivers, one.params)
        assert "not one of your tools" in one.result["error"]

    async def test_the_system_does_not_answer_for_a_driver(self, talk: Talk) -> None:
        with pytest.raises(Refused):
            await run_as_system(assign_driver, talk.call, order="order-1")
