"""The jobs of an order on its way: watched until it is over, told late once, called at the door, closed at last."""

from datetime import timedelta

import pytest

from db.models import Assignment, Complaint, Order
from db.seeding.dispatch import read_dispatch
from db.seeding.policies import read_policies
from db.seeding.tracking import read_tracking
from domain.dialling import Outcome, Topic
from domain.ids import new_id
from domain.jobs import Done, Dropped, Later
from operations import arriving, doorstep, kitchen_desk
from operations.kitchen_queue import Who
from tasks.work import Tools
from tests.fakes.errands import Phones
from tests.fakes.riding import accepted, cooking, riding
from tests.fakes.shop import ASHA, Shop
from tests.fakes.standing import as_it_is, order_of, set_order
from tests.fakes.stove import desk_of

pytestmark = pytest.mark.db
MINUTE = timedelta(minutes=1)


class Ahead(Phones):
    """With the figures of deliveries and complaints."""

    @property
    def tools(self) -> Tools:
        made = super().tools
        object.__setattr__(made, "dispatch", read_dispatch())
        object.__setattr__(made, "policies", read_policies())
        return made


@pytest.fixture
async def phones(shop: Shop) -> Ahead:
    made = Ahead(shop)
    await made.may_be_called()
    return made


async def late(shop: Shop, phones: Ahead, minutes: int = 15) -> Order:
    """An order on its way that comes so much later than promised; the job is due."""
    order = await cooking(shop)
    await riding(shop, order)
    row = await as_it_is(shop, order.id)
    assert row.placed_at is not None
    due = row.placed_at + row.promise_minutes * MINUTE
    shop.clock.moment = due - 10 * MINUTE
    await set_order(shop, order.id, expected_at=due + minutes * MINUTE, spread_seconds=120)
    await phones.write("customer.late", f"{order.id}:1", order_id=order.id)
    return order


class TestWatching:
    """From the kitchen's yes until it is over."""

    async def test_it_begins_with_the_kitchens_yes_and_ends_with_the_order(
        self, shop: Shop, phones: Ahead
    ) -> None:
        order = await order_of(shop)
        who = await desk_of(shop)
        async with shop.transaction() as session:
            slip = await kitchen_desk.read_out(session, who, order.id)
            await kitchen_desk.heard(session, who, order.id, slip.seq)
            await kitchen_desk.confirm(session, Who(who.kitchen_id, shop.clock.now()), order.id, 15)
        found = await phones.look("tracking.watch", order.id)
        assert isinstance(found, Later)
        assert found.at == shop.clock.now() + timedelta(seconds=read_tracking().look_seconds)
        (road,) = await phones.events(order.id, arriving.TRAVEL)
        assert road.data["to"] == "door"
        assert (await as_it_is(shop, order.id)).expected_at is not None
        await set_order(shop, order.id, status="delivered")
        assert await phones.look("tracking.watch", order.id) == Done("it is over")

    async def test_a_crash_between_two_looks_changes_nothing(self, shop: Shop, phones: Ahead) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        await phones.write("tracking.watch", order.id, order_id=order.id)
        for _ in range(2):
            await phones.look("tracking.watch", order.id)
        first = await as_it_is(shop, order.id)
        await phones.look("tracking.watch", order.id)
        again = await as_it_is(shop, order.id)
        assert (first.expected_at, first.spread_seconds) == (again.expected_at, again.spread_seconds)
        assert len(await phones.events(order.id, arriving.TRAVEL)) == 2, (
            "to the kitchen and to the door, once each"
        )


class TestLate:
    """Its customer hears of it before they ask."""

    async def test_they_are_called_then_texted_with_the_time_it_comes(
        self, shop: Shop, phones: Ahead
    ) -> None:
        order = await late(shop, phones)
        ending = await phones.runs_out("customer.late", f"{order.id}:1")
        assert isinstance(ending, Done)
        assert await phones.topics() == [("call", Topic.LATE), ("sms", Topic.LATE)]
        ((number, text, _),) = phones.telephony.texts
        assert number == ASHA
        assert text == (
            "Tiffin: your Spice Route order is about fifteen minutes late, now around 1:20 pm. Reply STOP to opt out."
        )
        assert len(text) <= 160
        row = await as_it_is(shop, order.id)
        assert row.told_late_at == shop.clock.now()
        (told,) = await phones.events(order.id, "customer.told")
        assert (told.data["topic"], told.data["minutes"]) == ("late", 15)

    async def test_who_heard_it_or_asked_meanwhile_is_let_be(self, shop: Shop, phones: Ahead) -> None:
        order = await late(shop, phones)
        await set_order(shop, order.id, told_late_at=shop.clock.now())
        assert isinstance(await phones.look("customer.late", f"{order.id}:1"), Done)
        assert phones.telephony.calls == []

    async def test_one_that_is_in_time_again_waits_and_one_that_came_is_dropped(
        self, shop: Shop, phones: Ahead
    ) -> None:
        order = await late(shop, phones)
        await set_order(shop, order.id, expected_at=shop.clock.now() + 8 * MINUTE)
        assert isinstance(await phones.look("customer.late", f"{order.id}:1"), Later)
        await set_order(shop, order.id, status="delivered")
        assert isinstance(await phones.look("customer.late", f"{order.id}:1"), Dropped)
        assert phones.telephony.calls == []


class TestTheDoor:
    """Nobody opens."""

    async def waits(self, shop: Shop) -> Order:
        order = await cooking(shop)
        who = await riding(shop, order)
        async with shop.transaction() as session:
            await doorstep.nobody_home(session, who, order.id, read_tracking().door)
        return order

    async def key(self, shop: Shop, order: Order) -> str:
        (job,) = [job for job in await shop.jobs(order.id) if job.kind == "customer.at_door"]
        return job.key.removeprefix("customer.at_door:")

    async def test_they_are_called_twice_then_texted_then_a_person_is_asked(
        self, shop: Shop, phones: Ahead
    ) -> None:
        order = await self.waits(shop)
        await phones.runs_out("customer.at_door", await self.key(shop, order))
        assert await phones.topics() == [("call", Topic.AT_DOOR)] * 2 + [("sms", Topic.AT_DOOR)]
        (asked,) = await phones.persons()
        assert "nobody opens" in asked

    async def test_who_has_heard_it_and_what_is_delivered_is_over(self, shop: Shop, phones: Ahead) -> None:
        order = await self.waits(shop)
        assert isinstance(await phones.look("customer.at_door", await self.key(shop, order)), Later)
        await phones.ends(Outcome.TALKED)
        await phones.told(order.id, "customer.told", Topic.AT_DOOR)
        assert isinstance(await phones.look("customer.at_door", await self.key(shop, order)), Done)
        await set_order(shop, order.id, status="delivered")
        assert isinstance(await phones.look("customer.at_door", await self.key(shop, order)), Dropped)


class TestStuck:
    """A rider who stands still."""

    async def test_they_are_called_until_they_come_nearer(self, shop: Shop, phones: Ahead) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        (held,) = await shop.rows(Assignment)
        assert isinstance(held, Assignment)
        await phones.write("driver.stuck", "x", order_id=order.id, assignment_id=held.id)
        assert isinstance(await phones.look("driver.stuck", "x"), Later)
        assert await phones.topics() == [("call", Topic.WHERE)]
        await phones.told(order.id, "driver.told", Topic.WHERE)
        assert isinstance(await phones.look("driver.stuck", "x"), Done)


class TestClosing:
    """A delivered order is over for good."""

    async def delivered(self, shop: Shop, phones: Ahead) -> Order:
        order = await cooking(shop)
        await set_order(shop, order.id, status="delivered", delivered_at=shop.clock.now())
        await phones.write("orders.close", order.id, order_id=order.id)
        return order

    async def test_after_the_window_it_is_closed_once(self, shop: Shop, phones: Ahead) -> None:
        order = await self.delivered(shop, phones)
        window = read_policies()["US"].window.hours
        assert await phones.look("orders.close", order.id) == Later(
            shop.clock.now() + timedelta(hours=window), "money may still be asked back"
        )
        shop.clock.advance(timedelta(hours=window))
        assert await phones.look("orders.close", order.id) == Done("closed")
        assert (await as_it_is(shop, order.id)).status == "closed"
        assert isinstance(await phones.look("orders.close", order.id), Dropped)

    async def test_not_while_a_complaint_about_it_is_open(self, shop: Shop, phones: Ahead) -> None:
        order = await self.delivered(shop, phones)
        now = shop.clock.now()
        async with shop.transaction() as session:
            session.add(
                Complaint(
                    key=str(new_id()), order_id=order.id, customer_id=order.customer_id, market="US", kind="late",
                    said="late", reference="C00001", acknowledge_by=now, settle_by=now, created_at=now,
                )
            )  # fmt: skip
        shop.clock.advance(timedelta(hours=60))
        assert isinstance(await phones.look("orders.close", order.id), Later)
        assert (await as_it_is(shop, order.id)).status == "delivered"
