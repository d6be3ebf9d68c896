"""A driver is called about a delivery while it is theirs, until they have heard it, and about nothing else."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col

from db.models import Assignment, Order
from domain.dialling import Outcome, Topic
from domain.ids import Prefix, show
from domain.jobs import Done, Dropped, Later
from domain.order import OrderStatus as S
from operations import delivering, under_way
from operations.dispatching import Who
from operations.kitchen_desk import mark_ready
from tests.fakes.errands import LINE, Phones
from tests.fakes.riding import LUIS, MEI, accepted, cooking, driver
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, set_order
from tests.fakes.stove import desk_of

pytestmark = pytest.mark.db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def phones(shop: Shop) -> Phones:
    return Phones(shop)


async def assignment(shop: Shop, order: Order, who: Who) -> UUID:
    rows = await shop.rows(
        Assignment, col(Assignment.order_id) == order.id, col(Assignment.driver_id) == who.driver_id
    )
    return next(row.id for row in rows if isinstance(row, Assignment))


class TestReady:
    async def ready(self, shop: Shop, *, taken: bool = True) -> tuple[Order, Who | None]:
        """The kitchen has said that it is ready."""
        order = await cooking(shop)
        who = await accepted(shop, order) if taken else None
        async with shop.transaction() as session:
            await mark_ready(session, await desk_of(shop), order.id)
        return order, who

    async def test_whoever_has_it_is_called_once(self, shop: Shop, phones: Phones) -> None:
        order, who = await self.ready(shop)
        assert who is not None
        for _ in range(2):
            assert isinstance(await phones.look("driver.ready", order.id), Later)
        (call,) = phones.telephony.calls
        assert (call["to"], call["sender"]) == (LUIS, LINE)
        assert await phones.topics() == [("call", Topic.PICKUP)]

    async def test_what_they_have_heard_is_done_and_what_another_driver_heard_is_not(
        self, shop: Shop, phones: Phones
    ) -> None:
        order, who = await self.ready(shop)
        assert who is not None
        other = show(Prefix.DRIVER, await driver(shop, MEI))
        await phones.told(order.id, "driver.told", Topic.PICKUP, driver=other)
        assert isinstance(await phones.look("driver.ready", order.id), Later)
        await phones.ends(Outcome.TALKED)
        await phones.told(order.id, "driver.told", Topic.PICKUP, driver=show(Prefix.DRIVER, who.driver_id))
        assert await phones.look("driver.ready", order.id) == Done("they have heard it")

    async def test_what_was_heard_about_something_else_does_not_count(
        self, shop: Shop, phones: Phones
    ) -> None:
        order, _ = await self.ready(shop)
        await phones.told(order.id, "driver.told", Topic.MOVED)
        assert isinstance(await phones.look("driver.ready", order.id), Later)

    async def test_nobody_is_called_where_nobody_has_it(self, shop: Shop, phones: Phones) -> None:
        order, _ = await self.ready(shop, taken=False)
        assert isinstance(await phones.look("driver.ready", order.id), Dropped)

    async def test_who_has_picked_it_up_knows(self, shop: Shop, phones: Phones) -> None:
        order, who = await self.ready(shop)
        assert who is not None
        async with shop.transaction() as session:
            await delivering.picked_up(session, who, order.id)
        assert isinstance(await phones.look("driver.ready", order.id), Dropped)

    async def test_who_gives_it_back_is_not_called_any_more(self, shop: Shop, phones: Phones) -> None:
        order, who = await self.ready(shop)
        assert who is not None
        async with shop.transaction() as session:
            await delivering.problem(session, who, order.id, "a flat tyre")
        assert isinstance(await phones.look("driver.ready", order.id), Dropped)

    async def test_whom_nobody_reaches_gets_a_text_that_says_where(self, shop: Shop, phones: Phones) -> None:
        order, _ = await self.ready(shop)
        assert isinstance(await phones.runs_out("driver.ready", order.id), Done)
        ((number, text, _),) = phones.telephony.texts
        assert number == LUIS
        assert "Spice Route, Old Mill" in text
        assert order.code not in text


class TestCalledOff:
    async def off(self, shop: Shop) -> tuple[Order, UUID]:
        """An order that came to nothing while a driver had it."""
        order = await cooking(shop)
        who = await accepted(shop, order)
        async with shop.transaction() as session:
            row = await session.get_one(Order, order.id, with_for_update=True)
            await under_way.call_off(session, row, shop.clock.now())
        return order, await assignment(shop, order, who)

    async def test_who_had_it_is_called(self, shop: Shop, phones: Phones) -> None:
        _, held = await self.off(shop)
        for _ in range(2):
            await phones.look("driver.called_off", held)
        assert await phones.topics() == [("call", Topic.OFF)]

    async def test_who_has_heard_it_is_not(self, shop: Shop, phones: Phones) -> None:
        order, held = await self.off(shop)
        await phones.told(order.id, "driver.told", Topic.OFF)
        assert isinstance(await phones.look("driver.called_off", held), Done)

    async def test_two_hours_later_nobody_is(self, shop: Shop, phones: Phones) -> None:
        _, held = await self.off(shop)
        shop.clock.advance(121 * MINUTE)
        assert isinstance(await phones.look("driver.called_off", held), Dropped)
        assert phones.telephony.calls == []

    async def test_in_the_end_a_person_of_ours_is_asked(self, shop: Shop, phones: Phones) -> None:
        _, held = await self.off(shop)
        await phones.runs_out("driver.called_off", held)
        assert len(await phones.persons()) == 1
        assert len(phones.telephony.texts) == 1


class TestChanged:
    async def noted(self, shop: Shop) -> tuple[Order, Who, str]:
        """A note for whoever has the order."""
        order = await cooking(shop)
        who = await accepted(shop, order)
        async with shop.transaction() as session:
            row = await session.get_one(Order, order.id, with_for_update=True)
            await under_way.noted(session, row, 1, shop.clock.now())
        return order, who, f"{await assignment(shop, order, who)}:1"

    async def test_who_has_it_is_called(self, shop: Shop, phones: Phones) -> None:
        _, _, key = await self.noted(shop)
        for _ in range(2):
            await phones.look("driver.changed", key)
        assert await phones.topics() == [("call", Topic.MOVED)]

    async def test_a_change_after_what_they_heard_is_told_as_well(self, shop: Shop, phones: Phones) -> None:
        order, who, first = await self.noted(shop)
        await phones.told(order.id, "driver.told", Topic.MOVED)
        assert isinstance(await phones.look("driver.changed", first), Done)
        shop.clock.advance(MINUTE)
        async with shop.transaction() as session:
            row = await session.get_one(Order, order.id, with_for_update=True)
            await under_way.noted(session, row, 2, shop.clock.now())
        second = f"{await assignment(shop, order, who)}:2"
        assert isinstance(await phones.look("driver.changed", second), Later)

    async def test_who_has_brought_it_is_not(self, shop: Shop, phones: Phones) -> None:
        order, who, key = await self.noted(shop)
        await set_order(shop, order.id, status=S.READY)
        async with shop.transaction() as session:
            await delivering.picked_up(session, who, order.id)
        code = (await as_it_is(shop, order.id)).code
        async with shop.transaction() as session:
            await delivering.delivered(session, who, order.id, code)
        assert isinstance(await phones.look("driver.changed", key), Dropped)
