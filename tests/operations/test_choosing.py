"""What the road table changes in a choice, and what is chosen without it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from db.seeding.dispatch import read_dispatch
from domain.address import Point
from domain.dispatch import Rider, Waiting
from domain.dispatch_rules import Roads
from domain.ids import new_id
from domain.travel import Leg, Source, Trip, estimate
from operations.choosing import choose
from operations.travelling import Estimates

US = read_dispatch()["US"]
NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
KITCHEN = Point(lat=30.62882, lng=-97.15114)


def north(km: float) -> Point:
    return Point(lat=KITCHEN.lat + km / 111.195, lng=KITCHEN.lng)


def order(ready_in: float = 1.0) -> Waiting:
    return Waiting(new_id(), KITCHEN, north(-2), NOW + timedelta(minutes=ready_in))


def rider(km: float) -> Rider:
    return Rider(new_id(), north(km), "car", 5.0, NOW)


@dataclass
class RoadsAs:
    """A road table that says what a test wants of each trip."""

    minutes: Callable[[Trip], float]
    asked: list[Trip] = field(default_factory=list)

    async def legs(self, trips: Sequence[Trip], at: datetime, roads: Roads) -> list[Leg]:
        """See Travel."""
        self.asked += trips
        return [Leg(self.minutes(trip), estimate(trip, roads).km, Source.ROADS) for trip in trips]


async def test_without_the_road_table_the_nearest_is_chosen_and_it_is_said_to_be_an_estimate() -> None:
    near, far = rider(1.0), rider(2.0)
    plan, early = await choose(Estimates(), [order()], [far, near], US, NOW)
    assert [(one.driver_id, one.by_road) for one in plan.chosen] == [(near.driver_id, False)]
    assert early == {}


async def test_a_river_in_between_and_the_other_one_goes() -> None:
    near, far = rider(1.0), rider(2.0)
    travel = RoadsAs(lambda trip: 30.0 if trip.start == near.point else 5.0)
    plan, _ = await choose(travel, [order()], [far, near], US, NOW)
    (chosen,) = plan.chosen
    assert (chosen.driver_id, chosen.minutes, chosen.by_road) == (far.driver_id, 5.0, True)


async def test_what_is_chosen_in_the_end_is_known_by_road_and_nothing_is_asked_twice() -> None:
    """The few who look best are all behind a river: the next ones are asked about, too, before one is chosen."""
    riders = [rider(0.2 + number / 10) for number in range(US.search.by_road + 2)]
    across = {one.point for one in riders[: US.search.by_road]}
    travel = RoadsAs(lambda trip: 40.0 if trip.start in across else 4.0)
    plan, _ = await choose(travel, [order()], riders, US, NOW)
    (chosen,) = plan.chosen
    assert (chosen.minutes, chosen.by_road) == (4.0, True)
    assert len(travel.asked) == len(set(travel.asked))


async def test_an_empty_road_makes_it_too_early_after_all() -> None:
    one = order(ready_in=9.0)
    slow, _ = await choose(RoadsAs(lambda _: 7.0), [one], [rider(3.0)], US, NOW)
    assert len(slow.chosen) == 1
    plan, early = await choose(RoadsAs(lambda _: 2.0), [one], [rider(3.0)], US, NOW)
    assert (plan.chosen, plan.left) == ([], [])
    assert early == {one.order_id: one.begin_at(2.0, US)}
    assert early[one.order_id] > NOW


async def test_orders_that_are_not_due_take_nobody_from_those_that_are() -> None:
    due, later = order(), order(ready_in=45)
    plan, early = await choose(Estimates(), [later, due], [rider(1.0)], US, NOW)
    assert [one.order_id for one in plan.chosen] == [due.order_id]
    assert early.keys() == {later.order_id}
    assert plan.left == []


@pytest.mark.parametrize(("orders", "riders"), [(0, 3), (3, 0), (0, 0)])
async def test_with_nothing_to_choose_nothing_is_chosen(orders: int, riders: int) -> None:
    plan, _ = await choose(
        Estimates(), [order() for _ in range(orders)], [rider(1.0) for _ in range(riders)], US, NOW
    )
    assert (plan.chosen, len(plan.left)) == ([], orders)


async def test_a_hundred_orders_and_two_hundred_drivers_do_not_hold_up_the_loop() -> None:
    """Calls are held on this loop: while it is calculated elsewhere, others have their turn."""
    turns: list[float] = []

    async def others() -> None:
        while True:
            turns.append(time.perf_counter())
            await asyncio.sleep(0)

    running = asyncio.create_task(others())
    orders, riders = [order() for _ in range(100)], [rider(number / 100) for number in range(200)]
    plan, _ = await choose(Estimates(), orders, riders, US, NOW)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(plan.chosen) == 100
    assert len(turns) > 50, "the loop went on"
