"""An order changes while a driver has it: they are free again or go to the new door, and are told either way."""

import pytest

from db.models import Assignment, Order
from domain.address import Place, Point
from domain.changes import Action
from domain.incentive import Difficulty, pay
from errors import ToolError
from operations import delivering, dispatching, drivers, kitchen_desk, kitchen_queue, menus
from tests.fakes.aftermath import asked, claim, ordered
from tests.fakes.desk import Desk, elsewhere
from tests.fakes.payments import FakePayments
from tests.fakes.riding import (
    DISPATCH,
    KEISHA,
    LUIS,
    MEI,
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
from tests.fakes.standing import as_it_is, last_event, set_order
from tests.fakes.stove import desk_of

pytestmark = pytest.mark.db
RULES = DISPATCH["US"]


async def held(shop: Shop, order: Order) -> Assignment:
    """What its driver has to do with an order."""
    async with shop.transaction() as session:
        return (await dispatching.of_order(session, order.id))[-1]


async def away(shop: Shop, order: Order, km: float) -> Place:
    """A door so far north of the kitchen."""
    async with shop.transaction() as session:
        here = (await menus.kitchen(session, order.restaurant_id)).point
    return elsewhere(order).model_copy(update={"point": Point(lat=here.lat + km / 111.2, lng=here.lng)})


async def moves(shop: Shop, order: Order, to: Place) -> None:
    """The customer sends it elsewhere."""
    await Desk(shop, None, await as_it_is(shop, order.id)).change(Action.ADDRESS, place=to)


class TestCalledOff:
    """The money goes back because it never came: nobody brings it, and nobody cooks it."""

    async def never_came(self, shop: Shop, cards: FakePayments, status: str) -> Order:
        """A card order that stands there, late; a driver has it."""
        order = await ordered(shop, cards, await shop.hungry())
        await set_order(shop, order.id, status="preparing")
        if status == "picked_up":
            await riding(shop, order)
        else:
            await accepted(shop, order)
            await set_order(shop, order.id, status=status)
        return order

    @pytest.mark.parametrize("status", ["preparing", "ready", "picked_up"])
    async def test_the_driver_is_free_again_and_is_told(
        self, shop: Shop, cards: FakePayments, status: str
    ) -> None:
        order = await self.never_came(shop, cards, status)
        await asked(shop, cards, await shop.caller(), claim(order, "not_delivered"))
        assert (await as_it_is(shop, order.id)).status == "failed"
        assert await assignments(shop, order.id) == [("withdrawn", "the order was called off")]
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == "driver.called_off"]
        assert job.payload == {"order_id": str(order.id), "assignment_id": str((await held(shop, order)).id)}
        assert (await shop.events(order.id))[-2:] == ["order.failed", "delivery.called_off"]
        async with shop.transaction() as session:
            assert await delivering.current(session, await driver(shop, LUIS)) == []
            place = Place.model_validate(order.place).point
            near = await drivers.find_available(session, RULES, place, 50)
        assert await driver(shop, LUIS) in [one.driver.id for one in near]
        await offered(shop, await cooking(shop))  # who counted as riding could not be asked

    @pytest.mark.parametrize(("status", "told"), [("preparing", True), ("ready", True), ("picked_up", False)])
    async def test_its_kitchen_is_told_unless_it_has_left(
        self, shop: Shop, cards: FakePayments, status: str, told: bool
    ) -> None:
        order = await self.never_came(shop, cards, status)
        desk = await desk_of(shop)
        async with shop.transaction() as session:
            slip = await kitchen_desk.read_out(session, desk, order.id)
            await kitchen_desk.heard(session, desk, order.id, slip.seq)
        await asked(shop, cards, await shop.caller(), claim(order, "not_delivered"))
        assert await jobs_of(shop, order.id, "restaurant.cancel") == told
        async with shop.transaction() as session:
            changed = await kitchen_queue.changed(session, desk)
        assert ([row.id for row in changed] == [order.id]) is told

    async def test_what_was_only_offered_is_off_as_well(self, shop: Shop, cards: FakePayments) -> None:
        order = await ordered(shop, cards, await shop.hungry())
        await set_order(shop, order.id, status="preparing")
        await offered(shop, order)
        await asked(shop, cards, await shop.caller(), claim(order, "not_delivered"))
        assert await jobs_of(shop, order.id, "driver.called_off") == 0
        acting = await who(shop)
        with pytest.raises(ToolError, match="not to be delivered any more"):
            async with shop.transaction() as session:
                await dispatching.accept(session, acting, order.id)
        async with shop.transaction() as session:
            assert await delivering.called_off(session, acting) == []

    async def test_money_back_for_something_else_leaves_the_driver_on_the_way(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        order = await self.never_came(shop, cards, "picked_up")
        await asked(shop, cards, await shop.caller(), claim(order, "late"))
        assert await assignments(shop, order.id) == [("picked_up", None)]


class TestAnotherDoor:
    """The address changes while a driver has the order."""

    async def test_the_way_and_the_pay_grow_and_the_driver_is_told(self, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        before = await held(shop, order)
        async with shop.transaction() as session:  # two widened searches made it worth more
            row = await session.get_one(Assignment, before.id)
            row.pay, row.incentive = row.pay + 100, row.incentive + 100
        await moves(shop, order, elsewhere(order, lat=-0.03))
        after = await held(shop, order)
        km = after.distance_m / 1000
        assert km > before.distance_m / 1000
        due = pay(RULES, Difficulty(km))
        assert (after.pay, after.incentive) == (due.whole.amount + 100, before.incentive + 100)
        event = await last_event(shop, order.id)
        assert (event.type, event.data["pay"], event.data["distance_m"]) == (
            "delivery.changed",
            after.pay,
            after.distance_m,
        )
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == "driver.changed"]
        assert job.payload["assignment_id"] == str(after.id)

    async def test_a_nearer_door_pays_what_was_promised(self, shop: Shop) -> None:
        order = await cooking(shop)
        await moves(shop, order, elsewhere(order, lat=-0.03))
        order = await as_it_is(shop, order.id)
        await accepted(shop, order)
        before = await held(shop, order)
        await moves(shop, order, elsewhere(order, lat=0.03, line="14 Mill Street"))
        after = await held(shop, order)
        assert after.distance_m < before.distance_m
        assert (after.pay, after.incentive) == (before.pay, before.incentive)

    async def test_the_new_door_is_what_the_driver_hears(self, shop: Shop) -> None:
        order = await cooking(shop)
        acting = await accepted(shop, order)
        async with shop.transaction() as session:
            (one,) = await delivering.current(session, acting.driver_id)
        assert not one.moved
        there = elsewhere(order, lat=-0.01)
        await moves(shop, order, there)
        async with shop.transaction() as session:
            (one,) = await delivering.current(session, acting.driver_id)
        assert (one.moved, one.place.line) == (True, there.line)

    async def test_an_offer_of_the_old_way_ends_and_another_driver_is_looked_for(self, shop: Shop) -> None:
        order = await cooking(shop)
        await offered(shop, order, LUIS)
        await moves(shop, order, elsewhere(order, lat=-0.01))
        assert await assignments(shop, order.id) == [("withdrawn", "the customer's door has changed")]
        assert await jobs_of(shop, order.id, dispatching.SEARCH) == 1
        acting = await who(shop)
        with pytest.raises(ToolError, match="run out"):
            async with shop.transaction() as session:
                await dispatching.accept(session, acting, order.id)

    async def test_a_note_is_passed_on_to_who_has_it(self, shop: Shop) -> None:
        order = await cooking(shop)
        await Desk(shop, None, order).change(Action.NOTE, note="ring twice")
        assert await jobs_of(shop, order.id, "driver.changed") == 0
        await accepted(shop, order)
        await Desk(shop, None, await as_it_is(shop, order.id)).change(Action.NOTE, note="blue door")
        assert await jobs_of(shop, order.id, "driver.changed") == 1

    @pytest.mark.parametrize(("phone", "reaches"), [(KEISHA, False), (MEI, True)])
    async def test_a_door_too_far_for_their_vehicle_is_refused_before_it_is_proposed(
        self, shop: Shop, phone: str, reaches: bool
    ) -> None:
        order = await cooking(shop)
        await accepted(shop, order, phone)
        before = await as_it_is(shop, order.id)
        there = await away(shop, order, 5)  # no bicycle is sent farther than four kilometres
        if reaches:
            await moves(shop, order, there)
            return
        with pytest.raises(ToolError, match="not sent that far"):
            await moves(shop, order, there)
        assert (await as_it_is(shop, order.id)).place == before.place
