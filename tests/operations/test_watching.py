"""What a look at an order under way causes: a delay told once, a kitchen reminded, an order given up."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from db.models import Assignment, Audit, Callback, Driver, Order, OrderEvent, Refund
from db.seeding.tracking import read_tracking
from domain.address import Place, Point
from domain.delivery import AssignmentStatus
from operations import (
    delivering,
    dispatching,
    foretelling,
    ledger,
    menus,
    positions,
    receiving,
    tracking,
    watching,
)
from operations.capturing import capture
from operations.left_over import GIVEN_UP
from operations.positions import Position
from tests.fakes.payments import FakePayments
from tests.fakes.riding import DISPATCH, LUIS, accepted, assignments, cooking, driver, jobs_of, riding
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, set_order

pytestmark = pytest.mark.db
RULES = read_tracking()
MINUTE = timedelta(minutes=1)


async def look(shop: Shop, order: Order) -> bool:
    async with shop.transaction() as session:
        return await watching.look(session, order.id, [], shop.clock.now(), RULES)


async def late_by(shop: Shop, order: Order, minutes: float) -> None:
    """Business time is so long after the promise, less the least that the ride still takes: its driver is near."""
    row = await as_it_is(shop, order.id)
    due = tracking.progress(row).due
    shop.clock.moment = due + minutes * MINUTE
    door = Place.model_validate(row.place).point
    async with shop.transaction() as session:
        for held in await session.scalars(select(Assignment).where(col(Assignment.order_id) == order.id)):
            driver = await session.get_one(Driver, held.driver_id)
            driver.lat, driver.lng, driver.seen_at = door.lat, door.lng, shop.clock.now()
    await set_order(shop, order.id, expected_at=None, spread_seconds=None)


async def told_lates(shop: Shop, order: Order) -> list[int]:
    events = await shop.rows(OrderEvent, col(OrderEvent.order_id) == order.id)
    return [
        row.data["minutes"] for row in events if isinstance(row, OrderEvent) and row.type == watching.LATE
    ]


class TestADelay:
    """It is told before it is asked about."""

    async def test_an_order_in_time_is_watched_and_nothing_is_caused(self, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        before = len(await shop.jobs(order.id))
        assert await look(shop, order)
        row = await as_it_is(shop, order.id)
        assert row.expected_at is not None
        assert row.spread_seconds is not None
        assert len(await shop.jobs(order.id)) == before

    async def test_a_delay_is_foreseen_before_the_promise_has_passed(self, shop: Shop) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        await set_order(shop, order.id, ready_by=shop.clock.now() + 60 * MINUTE)
        assert await look(shop, order)
        row = await as_it_is(shop, order.id)
        assert shop.clock.now() < tracking.progress(row).due
        assert await jobs_of(shop, order.id, "customer.late") == 1

    async def test_it_is_told_again_only_when_it_is_much_later_still_and_twice_at_most(
        self, shop: Shop
    ) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        counts = []
        for minutes in (5, 9, 12, 20, 25, 40, 80):
            await late_by(shop, order, minutes)
            await look(shop, order)
            await look(shop, order)
            counts.append(await jobs_of(shop, order.id, "customer.late"))
        assert counts == [0, 1, 1, 1, 2, 2, 2]
        assert len(await told_lates(shop, order)) == 2

    async def test_who_asked_and_was_told_is_not_called_about_the_same(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        await late_by(shop, order, 12)
        async with shop.transaction() as session:
            row = await session.get_one(Order, order.id, with_for_update=True)
            await foretelling.note_told(session, row, "call", shop.clock.now())
        await look(shop, order)
        assert await jobs_of(shop, order.id, "customer.late") == 0
        await late_by(shop, order, 30)
        await look(shop, order)
        assert await jobs_of(shop, order.id, "customer.late") == 1

    @pytest.mark.parametrize("status", ["delivered", "cancelled", "failed", "closed"])
    async def test_what_is_over_is_watched_no_more(self, shop: Shop, status: str) -> None:
        order = await cooking(shop)
        await set_order(shop, order.id, status=status)
        assert not await look(shop, order)

    async def test_hours_late_a_person_is_informed_once(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        await late_by(shop, order, 121)
        for _ in range(2):
            assert await look(shop, order)
        (row,) = await shop.rows(Callback)
        assert isinstance(row, Callback)
        assert row.reason.startswith(watching.LOST)


class TestWhatItsCustomerHas:
    """They say that it came, and our records are behind."""

    async def came(self, shop: Shop, order: Order) -> None:
        async with shop.transaction() as session:
            assert await tracking.arrived(session, order.id, shop.clock.now())

    async def test_it_is_not_late_and_after_a_while_it_is_handed_over_by_their_word(
        self, shop: Shop, cards: FakePayments
    ) -> None:
        order = await cooking(shop, cards)
        acting = await riding(shop, order)
        await late_by(shop, order, 20)
        await self.came(shop, order)
        shop.clock.advance((RULES.receipt_minutes - 1) * MINUTE)
        assert await look(shop, order)
        shop.clock.advance(MINUTE)
        assert not await look(shop, order)
        assert await jobs_of(shop, order.id, "customer.late") == 0
        assert (await as_it_is(shop, order.id)).status == "delivered"
        assert await assignments(shop, order.id) == [("delivered", None)]
        (event,) = await shop.rows(
            OrderEvent, col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == "order.delivered"
        )
        assert isinstance(event, OrderEvent)
        assert event.data["proof"] == "customer"
        (row,) = await shop.rows(Audit, col(Audit.action) == "order.delivered")
        assert isinstance(row, Audit)
        assert (row.actor, row.source) == ("system", "job")
        async with shop.transaction() as session:  # its driver is free again
            await dispatching.offer(
                session, (await cooking(shop)).id, acting.driver_id, DISPATCH["US"], shop.clock.now()
            )

    async def test_cash_in_a_drivers_hand_is_for_a_person(self, shop: Shop) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        await self.came(shop, order)
        shop.clock.advance(RULES.receipt_minutes * MINUTE)
        for _ in range(2):
            assert await look(shop, order)
        (row,) = await shop.rows(Callback)
        assert isinstance(row, Callback)
        assert row.reason.startswith(receiving.NOT_CLOSED)
        assert (await as_it_is(shop, order.id)).payment_status == "cash_due"

    async def test_before_anybody_fetched_it_the_watch_goes_on_and_nothing_is_given_back(
        self, shop: Shop
    ) -> None:
        order = await cooking(shop, status="ready")
        await set_order(shop, order.id, ready_by=shop.clock.now())
        shop.clock.advance((RULES.nobody_minutes + 40) * MINUTE)
        await self.came(shop, order)
        assert await look(shop, order)
        assert await jobs_of(shop, order.id, "customer.late") == 0
        assert (await as_it_is(shop, order.id)).status == "ready"
        (row,) = await shop.rows(Callback)
        assert isinstance(row, Callback)
        assert row.reason.startswith(receiving.NEVER_FETCHED)


class TestTheKitchenAndTheDriver:
    """Who keeps it waiting hears of it."""

    async def test_a_kitchen_past_its_own_time_is_reminded_once_for_each_time_it_named(
        self, shop: Shop
    ) -> None:
        order = await cooking(shop)
        await accepted(shop, order)
        shop.clock.advance(10 * MINUTE + RULES.kitchen_overdue_minutes * MINUTE - MINUTE)
        await look(shop, order)
        assert await jobs_of(shop, order.id, "restaurant.remind") == 0
        shop.clock.advance(MINUTE)
        await look(shop, order)
        await look(shop, order)
        assert await jobs_of(shop, order.id, "restaurant.remind") == 1
        await set_order(shop, order.id, ready_by=shop.clock.now())
        shop.clock.advance(RULES.kitchen_overdue_minutes * MINUTE)
        await look(shop, order)
        assert await jobs_of(shop, order.id, "restaurant.remind") == 2

    async def test_a_rider_who_stands_still_is_asked_once_and_one_at_the_door_is_not(
        self, shop: Shop
    ) -> None:
        order = await cooking(shop)
        await riding(shop, order)
        shop.clock.advance((RULES.stuck_minutes - 1) * MINUTE)
        await look(shop, order)
        assert await jobs_of(shop, order.id, "driver.stuck") == 0
        shop.clock.advance(MINUTE)
        await look(shop, order)
        shop.clock.advance(MINUTE)
        await look(shop, order)
        assert await jobs_of(shop, order.id, "driver.stuck") == 1

        async with shop.transaction() as session:
            (held,) = await shop.rows(Assignment)
            row = await session.get_one(Assignment, held.id)  # type: ignore[attr-defined]
            row.best_m, row.moved_at = 60, shop.clock.now()
        shop.clock.advance(20 * MINUTE)
        await look(shop, order)
        assert await jobs_of(shop, order.id, "driver.stuck") == 1


class TestTwoInOneBag:
    """A rider goes to one door first, and away from the other."""

    async def rides(self, shop: Shop, *lats: float) -> tuple[list[Order], Point]:
        """Luis rides with orders whose doors are so many degrees north of the kitchen."""
        orders = [await cooking(shop) for _ in lats]
        for order in orders:
            acting = await accepted(shop, order)
        async with shop.transaction() as session:
            kitchen = (await menus.kitchen(session, orders[0].restaurant_id)).point
        for order, lat in zip(orders, lats, strict=True):
            door = {**order.place, "point": {"lat": kitchen.lat + lat, "lng": kitchen.lng}}
            await set_order(shop, order.id, status="ready", place=door)
            async with shop.transaction() as session:
                await delivering.picked_up(session, acting, order.id)
        return orders, kitchen

    async def north(self, shop: Shop, kitchen: Point, lat: float) -> None:
        point, now = Point(lat=kitchen.lat + lat, lng=kitchen.lng), shop.clock.now()
        told = Position(await driver(shop, LUIS), point, now)
        await positions.report(shop.transaction, told, now, RULES)

    async def test_who_moves_towards_one_of_the_doors_is_not_stuck_and_who_stands_is_asked_once(
        self, shop: Shop
    ) -> None:
        (first, other), kitchen = await self.rides(shop, 0.05, -0.02)
        for step in range(1, 9):
            shop.clock.advance(MINUTE)
            await self.north(shop, kitchen, 0.004 * step)
            await look(shop, first)
            await look(shop, other)
        stuck = [await jobs_of(shop, order.id, "driver.stuck") for order in (first, other)]
        assert stuck == [0, 0]
        shop.clock.advance(RULES.stuck_minutes * MINUTE)
        await look(shop, first)
        await look(shop, other)
        stuck = [await jobs_of(shop, order.id, "driver.stuck") for order in (first, other)]
        assert sum(stuck) == 1  # one bag, one call

    async def test_the_later_door_is_told_with_the_way_by_the_earlier_one(self, shop: Shop) -> None:
        (near, far), kitchen = await self.rides(shop, -0.01, 0.02)
        shop.clock.advance(MINUTE)
        await self.north(shop, kitchen, 0.0)
        told = [await as_it_is(shop, order.id) for order in (near, far)]
        ahead = [(row.expected_at or shop.clock.now()) - shop.clock.now() for row in told]
        per_degree = 111.195 / RULES.eta.city_km_h * 60
        alone = 0.02 * per_degree + RULES.eta.door_minutes
        by_the_other = alone + 0.02 * per_degree + RULES.eta.door_minutes  # there, and back
        assert ahead[0] / MINUTE == pytest.approx(0.01 * per_degree + RULES.eta.door_minutes, abs=1)
        assert ahead[1] / MINUTE == pytest.approx(by_the_other, abs=1)
        doubts = [row.spread_seconds or 0 for row in told]
        assert doubts[1] >= (by_the_other - alone) * 60 * RULES.eta.stack_share > doubts[0]


class TestNobody:
    """An order that nobody brings."""

    async def waits(self, shop: Shop, cards: FakePayments | None = None, **values: object) -> Order:
        order = await cooking(shop, cards, status="ready")
        await set_order(shop, order.id, ready_by=shop.clock.now(), **values)
        shop.clock.advance(RULES.nobody_minutes * MINUTE)
        return order

    async def test_until_the_limit_it_is_late_and_then_it_has_failed_and_all_are_told(
        self, shop: Shop
    ) -> None:
        order = await self.waits(shop)
        assert await look(shop, order)
        assert await jobs_of(shop, order.id, "customer.late") == 1
        shop.clock.advance(MINUTE)
        assert not await look(shop, order)
        row = await as_it_is(shop, order.id)
        assert (row.status, row.payment_status) == ("failed", "released")
        for kind in ("customer.rejected", "restaurant.cancel"):
            assert await jobs_of(shop, order.id, kind) == 1
        (informed,) = await shop.rows(Callback)
        assert isinstance(informed, Callback)
        assert "please call" in informed.reason.lower()
        assert (await shop.events(order.id))[-1] == "order.failed"

    async def test_what_the_card_has_paid_goes_back_in_full(self, shop: Shop, cards: FakePayments) -> None:
        order = await self.waits(shop, cards)
        await capture(shop.transaction, cards, shop.clock, order.id)
        shop.clock.advance(MINUTE)
        assert not await look(shop, order)
        (row,) = await shop.rows(Refund)
        assert isinstance(row, Refund)
        assert row.amount == order.total
        assert await jobs_of(shop, order.id, "payments.refund") == 1

    async def test_what_the_card_holds_is_let_go(self, shop: Shop, cards: FakePayments) -> None:
        order = await self.waits(shop, cards)
        shop.clock.advance(MINUTE)
        assert not await look(shop, order)
        assert await jobs_of(shop, order.id, "payments.release") == 1

    async def test_when_the_search_is_over_it_is_given_up_at_once(self, shop: Shop) -> None:
        order = await cooking(shop)
        assert await look(shop, order)
        async with shop.transaction() as session:
            row = await session.get_one(Order, order.id, with_for_update=True)
            await ledger.event(session, row, GIVEN_UP, shop.clock.now(), why="all_riding")
        assert not await look(shop, order)
        assert (await as_it_is(shop, order.id)).status == "failed"

    async def test_one_that_somebody_brings_goes_on(self, shop: Shop) -> None:
        order = await cooking(shop, status="ready")
        await accepted(shop, order)
        await set_order(shop, order.id, ready_by=shop.clock.now())
        shop.clock.advance((RULES.nobody_minutes + 5) * MINUTE)
        assert await look(shop, order)
        assert (await as_it_is(shop, order.id)).status == "ready"
        rows = await shop.rows(Assignment)
        assert [row.status for row in rows if isinstance(row, Assignment)] == [AssignmentStatus.ACCEPTED]
