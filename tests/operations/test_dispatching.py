"""Offers and their answers: one driver at most has an order, and everybody touches only what is theirs."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from db.models import Assignment, Driver, Order
from domain.address import Point
from domain.delivery import Declined
from domain.ids import new_id
from domain.kitchen import Kitchen
from errors import Conflict, ToolError
from operations import delivering, dispatching, drivers, menus
from operations.drivers import Near
from tests.fakes.riding import (
    ANDY,
    DISPATCH,
    KEISHA,
    LUIS,
    MEI,
    OMAR,
    accepted,
    assignments,
    cooking,
    driver,
    jobs_of,
    offered,
    riding,
    who,
)
from tests.fakes.shop import Shop
from tests.fakes.standing import set_order

pytestmark = pytest.mark.db


async def take(shop: Shop, order: Order, phone: str) -> Assignment:
    acting = await who(shop, phone)
    async with shop.transaction() as session:
        return await dispatching.accept(session, acting, order.id)


async def skip(shop: Shop, order: Order, phone: str, reason: Declined = Declined.NOT_SAID) -> Assignment:
    acting = await who(shop, phone)
    async with shop.transaction() as session:
        return await dispatching.decline(session, acting, order.id, reason)


async def waiting(shop: Shop, phone: str) -> dispatching.Offered | None:
    driver_id = await driver(shop, phone)
    async with shop.transaction() as session:
        return await dispatching.open_offer(session, driver_id, shop.clock.now())


class TestOffers:
    """What is put to a driver, and for how long."""

    async def test_it_says_how_far_and_what_it_pays(self, shop: Shop) -> None:
        order = await cooking(shop)
        row = await offered(shop, order)
        found = await waiting(shop, LUIS)
        assert found is not None
        assert (found.assignment.id, found.kitchen.name) == (row.id, "Spice Route, Old Mill")
        us = DISPATCH["US"]
        assert row.incentive == 0
        assert us.base < row.pay <= us.base + us.per_km * (row.distance_m + 1) / 1000 + 1
        assert row.expires_at - row.offered_at == timedelta(seconds=us.offer_seconds)
        assert await waiting(shop, MEI) is None
        assert (await shop.events(order.id))[-1] == "delivery.offered"

    async def test_offered_again_while_it_holds_it_is_the_same(self, shop: Shop) -> None:
        order = await cooking(shop)
        first = await offered(shop, order)
        assert (await offered(shop, order)).id == first.id
        assert len(await assignments(shop, order.id)) == 1

    async def test_every_try_in_vain_makes_it_pay_more(self, shop: Shop) -> None:
        order = await cooking(shop)
        first = await offered(shop, order, LUIS)
        await skip(shop, order, LUIS)
        second = await offered(shop, order, MEI)
        assert (second.incentive, second.pay - first.pay) == (50, 50)

    async def test_it_is_over_when_its_time_is(self, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        shop.clock.advance(timedelta(seconds=60))
        assert await waiting(shop, LUIS) is None
        with pytest.raises(ToolError, match="has run out"):
            await take(shop, order, LUIS)
        async with shop.transaction() as session:
            assert await dispatching.expire(session, shop.clock.now()) == [order.id]
        assert await assignments(shop, order.id) == [("expired", "no answer")]
        assert await jobs_of(shop, order.id, dispatching.SEARCH) == 1
        async with shop.transaction() as session:
            assert await dispatching.expire(session, shop.clock.now()) == []

    @pytest.mark.parametrize("status", ["placed", "picked_up", "cancelled", "delivered"])
    async def test_an_order_that_needs_no_driver_is_not_offered(self, shop: Shop, status: str) -> None:
        order = await cooking(shop, status=status)
        with pytest.raises(Conflict, match="needs no driver"):
            await offered(shop, order)

    async def test_who_is_off_shift_or_rides_to_a_door_is_not_asked(self, shop: Shop) -> None:
        await riding(shop, await cooking(shop), LUIS)
        order = await cooking(shop)
        for phone in (OMAR, LUIS):
            with pytest.raises(Conflict, match="cannot be asked"):
                await offered(shop, order, phone)

    async def test_an_order_called_off_is_heard_of_no_more(self, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        await set_order(shop, order.id, status="cancelled")
        assert await waiting(shop, LUIS) is None
        with pytest.raises(ToolError, match="not to be delivered any more"):
            await take(shop, order, LUIS)


class TestAnswers:
    """Yes and skip."""

    async def test_of_two_who_accept_at_once_one_has_it_and_the_other_hears_so(self, shop: Shop) -> None:
        order = await cooking(shop)
        for phone in (LUIS, MEI):
            await offered(shop, order, phone)
        answers = await asyncio.gather(
            take(shop, order, LUIS), take(shop, order, MEI), return_exceptions=True
        )
        won = [one for one in answers if isinstance(one, Assignment)]
        lost = [one for one in answers if isinstance(one, ToolError)]
        assert (len(won), [error.message for error in lost]) == (1, [dispatching.GONE])
        assert sorted(await assignments(shop, order.id)) == [
            ("accepted", None),
            ("withdrawn", dispatching.TAKEN),
        ]
        assert (await shop.events(order.id)).count("delivery.accepted") == 1

    async def test_two_holders_are_impossible_in_the_database_too(self, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        row = await offered_row(shop, order)
        row.id, row.driver_id = new_id(), await driver(shop, MEI)
        with pytest.raises(IntegrityError, match="uq_assignments_held"):
            async with shop.transaction() as session:
                session.add(Assignment(**row.model_dump()))

    async def test_accepted_twice_it_is_accepted_once(self, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        assert (await take(shop, order, LUIS)).status == "accepted"
        assert (await shop.events(order.id)).count("delivery.accepted") == 1

    async def test_what_was_not_offered_cannot_be_taken_or_skipped(self, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order, MEI)
        with pytest.raises(ToolError, match="not offered to this driver"):
            await take(shop, order, LUIS)
        with pytest.raises(ToolError, match="not offered to this driver"):
            await skip(shop, order, LUIS)
        assert await assignments(shop, order.id) == [("offered", None)]

    async def test_skipped_with_a_reason_the_next_is_looked_for_once(self, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order)
        for _ in range(2):
            await skip(shop, order, LUIS, Declined.TOO_FAR)
        assert await assignments(shop, order.id) == [("declined", "too_far")]
        assert await jobs_of(shop, order.id, dispatching.SEARCH) == 1
        with pytest.raises(ToolError, match="has run out"):
            await take(shop, order, LUIS)

    async def test_what_was_accepted_is_not_skipped_but_given_back(self, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        with pytest.raises(ToolError, match="report_problem"):
            await skip(shop, order, LUIS)


class TestARider:
    """Whoever rides to a door brings that first."""

    async def test_an_offer_from_before_the_ride_is_neither_told_nor_taken(self, shop: Shop) -> None:
        first, second = await cooking(shop), await cooking(shop)
        acting = await accepted(shop, first)
        await offered(shop, second)
        assert await waiting(shop, LUIS) is not None
        await set_order(shop, first.id, status="ready")
        async with shop.transaction() as session:
            await delivering.picked_up(session, acting, first.id)
        assert await waiting(shop, LUIS) is None
        with pytest.raises(ToolError, match="bring that first"):
            await take(shop, second, LUIS)
        assert await assignments(shop, second.id) == [("offered", None)]


async def offered_row(shop: Shop, order: Order) -> Assignment:
    (row,) = await shop.rows(Assignment)
    assert isinstance(row, Assignment)
    return row


class TestSearching:
    """Who could be asked, best first."""

    async def near(self, shop: Shop, radius_km: float, trip_km: float | None = None) -> list[Near]:
        async with shop.sessions() as session:
            at = (await self.kitchen(shop)).point
            return await drivers.find_available(session, DISPATCH["US"], at, radius_km, trip_km)

    async def kitchen(self, shop: Shop) -> Kitchen:
        async with shop.sessions() as session:
            return await menus.kitchen(session, await shop.kitchen("Spice Route, Old Mill"))

    async def names(self, shop: Shop, radius_km: float, trip_km: float | None = None) -> list[str]:
        phones = {await driver(shop, phone): phone for phone in (LUIS, KEISHA, ANDY, MEI, OMAR)}
        return [phones[near.driver.id] for near in await self.near(shop, radius_km, trip_km)]

    async def test_those_on_shift_within_the_radius_and_nobody_else(self, shop: Shop) -> None:
        everybody = await self.near(shop, 50)
        assert {near.driver.id for near in everybody} == {
            await driver(shop, phone) for phone in (LUIS, KEISHA, ANDY, MEI)
        }
        farthest = max(near.km for near in everybody)
        within = await self.near(shop, farthest - 0.01)
        assert len(within) == len(everybody) - 1
        assert all(near.km < farthest for near in within)

    async def test_the_same_question_gets_the_same_order_nearest_first(self, shop: Shop) -> None:
        found = await self.names(shop, 50)
        assert found == await self.names(shop, 50)
        assert found[0] == LUIS

    async def test_a_bicycle_is_not_sent_far(self, shop: Shop) -> None:
        assert KEISHA in await self.names(shop, 50, trip_km=4)
        assert KEISHA not in await self.names(shop, 50, trip_km=4.1)

    async def test_who_has_something_already_stands_back_and_who_rides_is_left_alone(
        self, shop: Shop
    ) -> None:
        alone = await self.near(shop, 50)
        order = await cooking(shop)
        await accepted(shop, order, LUIS)
        busy = await self.near(shop, 50)
        assert next(near.load for near in busy if near.driver.id == alone[0].driver.id) == 1
        assert len(busy) == len(alone)
        other = await cooking(shop)
        await riding(shop, other, LUIS)
        assert LUIS not in await self.names(shop, 50)

    async def test_between_equals_the_better_rated_goes_first(self, shop: Shop) -> None:
        async with shop.transaction() as session:
            luis = await session.get_one(Driver, await driver(shop, LUIS))
            andy = await session.get_one(Driver, await driver(shop, ANDY))
            andy.lat, andy.lng, andy.rating = luis.lat, luis.lng, luis.rating + 0.1
        found = await self.names(shop, 50)
        assert found.index(ANDY) < found.index(LUIS)


class TestWhereDriversAre:
    """A position is believed if they can have got there."""

    async def test_it_is_noted_with_the_time(self, shop: Shop) -> None:
        acting = await who(shop)
        async with shop.transaction() as session:
            before = await session.get_one(Driver, acting.driver_id)
            here = Point(lat=before.lat + 0.5, lng=before.lng)
        shop.clock.advance(timedelta(minutes=5))
        acting = await who(shop)
        async with shop.transaction() as session:
            await drivers.move_to(session, acting, here)
        async with shop.sessions() as session:
            row = await session.get_one(Driver, acting.driver_id)
        assert (row.lat, row.lng, row.seen_at) == (here.lat, here.lng, shop.clock.now())

    async def test_a_jump_of_more_than_a_hundred_kilometres_is_not(self, shop: Shop) -> None:
        acting = await who(shop)
        async with shop.sessions() as session:
            before = await session.get_one(Driver, acting.driver_id)
        with pytest.raises(ToolError, match="too far from where they were last"):
            async with shop.transaction() as session:
                await drivers.move_to(session, acting, Point(lat=before.lat + 0.91, lng=before.lng))
        async with shop.sessions() as session:
            assert (await session.get_one(Driver, acting.driver_id)).lat == before.lat
