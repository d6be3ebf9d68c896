"""What dispatch does when it goes wrong: nobody can be asked, or who took an order does not come."""

from datetime import timedelta

import pytest

from db.models import Callback, Order
from domain.dialling import Topic
from domain.ids import Prefix, show
from domain.jobs import Done, Later
from operations import delivering
from operations.dispatching import STILL, WATCH, Who
from operations.left_over import GIVEN_UP
from operations.reassigning import WHERE
from operations.searching import NONE
from tests.fakes.fleet import Fleet
from tests.fakes.riding import ANDY, DISPATCH, KEISHA, LUIS, MEI, OMAR, cooking, riding
from tests.fakes.shop import Shop
from tests.fakes.standing import set_order

pytestmark = pytest.mark.db
US = DISPATCH["US"]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def fleet(shop: Shop) -> Fleet:
    return Fleet(shop)


class TestInVain:
    """Nobody can be asked: why, who is told, and when it is left."""

    async def why(self, fleet: Fleet, order: Order) -> list[tuple[str, dict[str, int]]]:
        events = await fleet.events(order.id, NONE)
        return [(event.data["why"], event.data["looked_at"]) for event in events]

    async def test_the_reason_is_kept_once_and_it_is_tried_again(self, fleet: Fleet, shop: Shop) -> None:
        await fleet.only()
        order = await fleet.waiting()
        for _ in range(2):
            ending = await fleet.search(order)
            again = shop.clock.now() + US.search.again_minutes * MINUTE
            assert ending == Later(again, "all_off_shift")
            shop.clock.moment = again
        ((why, looked_at),) = await self.why(fleet, order)
        assert why == "all_off_shift"
        assert sum(looked_at.values()) == 5
        await fleet.only(MEI)
        assert await fleet.search(order) == Done("it is offered")
        assert (await fleet.newest(order)).incentive == US.incentive.most

    async def test_all_ride(self, fleet: Fleet, shop: Shop) -> None:
        await fleet.only(LUIS)
        await riding(shop, await cooking(shop), LUIS)
        order = await fleet.waiting()
        await fleet.only(LUIS)
        for phone in (KEISHA, ANDY, MEI, OMAR):
            await fleet.set_driver(phone, lat=31.5)
        await fleet.search(order)
        assert await self.why(fleet, order) == [("all_riding", {"riding": 1})]

    async def test_one_driver_and_two_orders(self, fleet: Fleet) -> None:
        await fleet.only(LUIS)
        fresh, old = await fleet.waiting(ready_in=3), await fleet.waiting(ready_in=-9)
        ending = await fleet.search(fresh)
        assert isinstance(ending, Later)
        assert await fleet.offers(old) == [("Luis", "offered")]
        assert [why for why, _ in await self.why(fleet, fresh)] == ["others_first"]

    async def test_who_was_busy_is_asked_once_more_when_nobody_else_is_left(
        self, fleet: Fleet, shop: Shop
    ) -> None:
        await fleet.only(LUIS)
        order = await fleet.waiting()
        await fleet.search(order)
        await fleet.says(order, yes=False)
        ending = await fleet.search(order)
        assert isinstance(ending, Later)
        assert ending.why == "all_declined"
        shop.clock.advance(US.search.forgive_minutes * MINUTE)
        assert await fleet.search(order) == Done("it is offered")
        assert await fleet.offers(order) == [("Luis", "declined"), ("Luis", "offered")]

    async def test_a_person_of_ours_is_told_once_and_in_the_end_it_is_left(
        self, fleet: Fleet, shop: Shop
    ) -> None:
        await fleet.only()
        order = await fleet.waiting()
        ending = await fleet.search(order)
        told_after = None
        began = shop.clock.now()
        while isinstance(ending, Later):
            shop.clock.moment = ending.at
            ending = await fleet.search(order)
            if told_after is None and await fleet.persons():
                told_after = shop.clock.now() - began
        assert ending == Done("given up: all_off_shift")
        assert shop.clock.now() - began == US.search.give_up_minutes * MINUTE
        assert told_after == US.search.person_minutes * MINUTE
        (reason,) = await fleet.persons()
        assert show(Prefix.ORDER, order.id) in reason
        assert (await shop.events(order.id)).count(GIVEN_UP) == 1
        (row,) = await shop.rows(Callback)
        assert isinstance(row, Callback)
        assert row.phone is None


class TestWhoDoesNotCome:
    """They took it, and stand still."""

    async def taken(self, fleet: Fleet, ready_in: float = 5.0) -> Order:
        await fleet.is_at(LUIS, 3.0)
        await fleet.set_driver(KEISHA, status="offline")
        order = await fleet.waiting(ready_in=ready_in)
        await fleet.search(order)
        assert await fleet.offers(order) == [("Luis", "offered")]
        await fleet.says(order, yes=True)
        return order

    async def test_they_are_called_and_then_it_goes_to_somebody_else(self, fleet: Fleet, shop: Shop) -> None:
        order = await self.taken(fleet)
        row = await fleet.newest(order)
        seen = []
        for _ in range(10):
            ending = await fleet.look(WATCH, row.id)
            seen.append(await fleet.kinds(order))
            if isinstance(ending, Done):
                break
            assert isinstance(ending, Later)
            assert ending.at > shop.clock.now()
            shop.clock.moment = ending.at
        assert ending == Done(STILL)
        assert WHERE in seen[-2]
        assert [(one.status, one.reason) for one in await fleet.rows(order)] == [("withdrawn", STILL)]
        assert "driver.called_off" in await fleet.kinds(order)
        assert await fleet.search(order) == Done("it is offered")
        offers = await fleet.offers(order)
        assert offers[1][0] != "Luis"
        waited = shop.clock.now() - row.offered_at
        assert waited >= (US.moving.still_minutes + US.moving.answer_minutes) * MINUTE

    async def test_they_hear_the_question(self, fleet: Fleet, shop: Shop) -> None:
        order = await self.taken(fleet)
        row = await fleet.newest(order)
        while WHERE not in await fleet.kinds(order):
            ending = await fleet.look(WATCH, row.id)
            assert isinstance(ending, Later)
            if WHERE not in await fleet.kinds(order):
                shop.clock.moment = ending.at
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == WHERE]
        key = job.key.removeprefix(f"{WHERE}:")
        assert isinstance(await fleet.look(WHERE, key), Later)
        assert await fleet.topics() == [("call", Topic.WHERE)]
        shop.clock.advance(timedelta(seconds=30))
        await fleet.is_at(LUIS, 2.5)
        assert await fleet.look(WHERE, key) == Done("they come")
        ending = await fleet.look(WATCH, row.id)
        assert isinstance(ending, Later)
        assert ending.why == "they come"

    async def test_who_comes_is_left_alone(self, fleet: Fleet, shop: Shop) -> None:
        order = await self.taken(fleet)
        row = await fleet.newest(order)
        for km in (2.5, 2.0, 1.5, 1.0, 0.5, 0.1):
            shop.clock.advance(2 * MINUTE)
            await fleet.is_at(LUIS, km)
            assert isinstance(await fleet.look(WATCH, row.id), Later)
        shop.clock.advance(timedelta(hours=1))
        assert await fleet.look(WATCH, row.id) == Later(
            shop.clock.now() + US.moving.still_minutes * MINUTE, "they are at the kitchen"
        )
        assert WHERE not in await fleet.kinds(order)

    async def at_counter(self, fleet: Fleet, shop: Shop, *, says: bool) -> Order:
        """The food is ready, and its driver stands there: by their word, or by their last position."""
        order = await self.taken(fleet)
        if says:
            await self.says_there(fleet, shop, order)
        else:
            await fleet.is_at(LUIS, 0.1)
        await set_order(shop, order.id, status="ready", ready_by=shop.clock.now())
        return order

    async def says_there(self, fleet: Fleet, shop: Shop, order: Order) -> None:
        row = await fleet.newest(order)
        async with shop.transaction() as session:
            await delivering.at_restaurant(session, Who(row.driver_id, shop.clock.now()), order.id)

    @pytest.mark.parametrize("says", [True, False])
    async def test_who_left_the_counter_without_the_food_is_asked_and_then_it_goes_on(
        self, fleet: Fleet, shop: Shop, says: bool
    ) -> None:
        order = await self.at_counter(fleet, shop, says=says)
        row, began = await fleet.newest(order), shop.clock.now()
        ending = await fleet.look(WATCH, row.id)
        while isinstance(ending, Later):
            shop.clock.moment = max(ending.at, shop.clock.now() + MINUTE)
            ending = await fleet.look(WATCH, row.id)
        assert ending == Done(STILL)
        assert WHERE in await fleet.kinds(order)
        assert shop.clock.now() - began == (US.moving.counter_minutes + US.moving.answer_minutes) * MINUTE

    async def test_who_is_asked_at_the_counter_and_says_they_wait_keeps_it(
        self, fleet: Fleet, shop: Shop
    ) -> None:
        order = await self.at_counter(fleet, shop, says=True)
        row = await fleet.newest(order)
        shop.clock.advance(US.moving.counter_minutes * MINUTE)
        await fleet.look(WATCH, row.id)
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == WHERE]
        shop.clock.advance(MINUTE)
        await self.says_there(fleet, shop, order)
        assert await fleet.look(WHERE, job.key.removeprefix(f"{WHERE}:")) == Done("they come")
        shop.clock.advance(US.moving.answer_minutes * MINUTE)
        assert isinstance(await fleet.look(WATCH, row.id), Later)

    async def test_a_fresh_position_at_the_counter_is_believed(self, fleet: Fleet, shop: Shop) -> None:
        order = await self.at_counter(fleet, shop, says=False)
        row = await fleet.newest(order)
        for _ in range(20):
            shop.clock.advance(MINUTE)
            await fleet.is_at(LUIS, 0.1)
            assert isinstance(await fleet.look(WATCH, row.id), Later)
        assert WHERE not in await fleet.kinds(order)

    async def test_at_the_counter_of_a_kitchen_that_still_cooks_nobody_is_asked(
        self, fleet: Fleet, shop: Shop
    ) -> None:
        order = await self.taken(fleet)
        await self.says_there(fleet, shop, order)
        shop.clock.advance(40 * MINUTE)
        row = await fleet.newest(order)
        assert isinstance(await fleet.look(WATCH, row.id), Later)
        assert WHERE not in await fleet.kinds(order)

    async def test_to_and_fro_is_not_nearer(self, fleet: Fleet, shop: Shop) -> None:
        order = await self.taken(fleet)
        row = await fleet.newest(order)
        await fleet.is_at(LUIS, 3.0)
        for km in (3.5, 3.0, 3.4, 2.97):
            shop.clock.advance(3 * MINUTE)
            await fleet.is_at(LUIS, km)
            await fleet.look(WATCH, row.id)
        assert WHERE in await fleet.kinds(order)

    async def test_nobody_is_hurried_before_they_have_to_leave(self, fleet: Fleet, shop: Shop) -> None:
        order = await self.taken(fleet)
        await set_order(shop, order.id, ready_by=shop.clock.now() + timedelta(minutes=40))
        row = await fleet.newest(order)
        shop.clock.advance(15 * MINUTE)
        ending = await fleet.look(WATCH, row.id)
        assert isinstance(ending, Later)
        assert (ending.why, WHERE in await fleet.kinds(order)) == ("they come", False)

    async def test_with_the_food_in_hand_nothing_is_taken_back(self, fleet: Fleet, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order, LUIS)
        row = await fleet.newest(order)
        shop.clock.advance(timedelta(hours=1))
        assert await fleet.look(WATCH, row.id) == Done("the delivery is picked_up")
        assert [one.status for one in await fleet.rows(order)] == ["picked_up"]
