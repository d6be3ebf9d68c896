"""Who is chosen for which order: never somebody who cannot, never for no reason, and the cheapest whole there is."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from math import inf
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.seeding.dispatch import read_dispatch
from domain.address import Point
from domain.dispatch import Excluded, Plan, Rider, Waiting, Why, reason
from domain.dispatch_board import CODES, FREE, LEFT_OVER, Board, assign
from domain.ids import new_id
from domain.travel import Source, Trip, distances, estimate

US = read_dispatch()["US"]
NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
KITCHEN = Point(lat=30.62882, lng=-97.15114)
DEGREE_KM = 111.195


def north(km: float, of: Point = KITCHEN) -> Point:
    return Point(lat=of.lat + km / DEGREE_KM, lng=of.lng)


def order(ready_in: float = 5.0, km: float = 2.0, kitchen: Point = KITCHEN, **more: Any) -> Waiting:
    ready_by = NOW + timedelta(minutes=ready_in)
    return Waiting(new_id(), kitchen, north(-km, kitchen), ready_by, **more)


def rider(km: float = 1.0, **more: Any) -> Rider:
    known: dict[str, Any] = {"vehicle": "car", "rating": 5.0, "seen_at": NOW} | more
    return Rider(new_id(), north(km), **known)


def searched(orders: list[Waiting], riders: list[Rider]) -> Plan:
    board = Board(orders, riders, US, NOW)
    pairs = board.solve()
    while board.widen(pairs):
        pairs = board.solve()
    return board.plan(pairs)


def cost(one: Waiting, other: Rider) -> float:
    """Of a pair, whatever the radius."""
    board = Board([one], [other], US, NOW)
    board.steps[:] = US.search.last
    return float(board.costs()[0, 0])


class TestCost:
    """What sets a driver back."""

    def test_nobody_waits_when_the_driver_comes_with_the_food(self) -> None:
        ride = US.roads.minutes(3.0, "car")
        on_time = order(ready_in=ride + US.search.calling_minutes)
        assert cost(on_time, rider(3.0)) == pytest.approx(ride + US.roads.minutes(2.0, "car"), rel=1e-3)

    def test_a_minute_of_cold_food_costs_more_than_a_minute_at_the_counter(self) -> None:
        ride = US.roads.minutes(3.0, "car") + US.search.calling_minutes
        exact = cost(order(ready_in=ride), rider(3.0))
        assert cost(order(ready_in=ride - 1), rider(3.0)) - exact == pytest.approx(1.5, rel=1e-2)
        assert cost(order(ready_in=ride + 1), rider(3.0)) - exact == pytest.approx(0.5, rel=1e-2)

    @given(
        near=st.floats(0, 14),
        more=st.floats(0.01, 2),
        ready_in=st.floats(-30, 60),
        vehicle=st.sampled_from(["car", "scooter"]),
    )
    def test_a_nearer_driver_never_costs_more(
        self, near: float, more: float, ready_in: float, vehicle: str
    ) -> None:
        one = order(ready_in)
        assert (
            cost(one, rider(near, vehicle=vehicle)) <= cost(one, rider(near + more, vehicle=vehicle)) + 1e-9
        )

    @given(
        km=st.floats(0, 15),
        ready_in=st.floats(-30, 60),
        rating=st.floats(1, 5),
        recent=st.integers(0, 12),
        worse=st.floats(0, 1),
        more=st.integers(0, 5),
    )
    def test_worse_rated_or_more_often_asked_never_costs_less(
        self, km: float, ready_in: float, rating: float, recent: int, worse: float, more: int
    ) -> None:
        one = order(ready_in)
        known = cost(one, rider(km, rating=rating, recent=recent))
        assert cost(one, rider(km, rating=rating - worse, recent=recent)) >= known - 1e-9
        assert cost(one, rider(km, rating=rating, recent=recent + more)) >= known - 1e-9

    def test_who_had_fewer_of_late_goes_first_and_who_has_one_in_hand_stands_back(self) -> None:
        one, rested, tired = order(), rider(), rider(recent=4)
        assert searched([one], [tired, rested]).chosen[0].driver_id == rested.driver_id
        loaded = rider(kitchens=(KITCHEN,))
        assert searched([one], [loaded, tired]).chosen[0].driver_id == tired.driver_id

    def test_fairness_ends_before_the_food_is_cold(self) -> None:
        assert cost(order(), rider(recent=50)) == cost(order(), rider(recent=6))


class TestWhoIsNotAsked:
    """Each exclusion, by its name."""

    @pytest.mark.parametrize(
        ("more", "named", "why"),
        [
            ({"on_shift": False}, Excluded.OFF_SHIFT, Why.OFF_SHIFT),
            ({"riding": True}, Excluded.RIDING, Why.RIDING),
            ({"offered": True}, Excluded.OFFERED, Why.OFFERED),
            ({"kitchens": (KITCHEN, KITCHEN)}, Excluded.FULL, Why.FULL),
            ({"kitchens": (north(0.4),)}, Excluded.ELSEWHERE, Why.ELSEWHERE),
            ({"seen_at": NOW - timedelta(minutes=31)}, Excluded.STALE, Why.STALE),
            ({"seen_at": None}, Excluded.STALE, Why.STALE),
        ],
    )
    def test_a_driver_who_cannot(self, more: dict[str, Any], named: Excluded, why: Why) -> None:
        plan = searched([order()], [rider(1.0, **more)])
        (left,) = plan.left
        assert (left.why, left.counts, left.free) == (why, {named: 1}, 0)
        assert left.radius_km == US.search.radius_km[-1], "everything was tried"

    def test_a_bicycle_is_not_sent_far(self) -> None:
        bicycle = rider(vehicle="bicycle")
        assert searched([order(km=3.99)], [bicycle]).chosen
        (left,) = searched([order(km=4.1)], [bicycle]).left
        assert (left.why, left.counts) == (Why.VEHICLE, {Excluded.VEHICLE: 1})

    def test_who_let_it_pass(self) -> None:
        one = rider()
        (left,) = searched([order(refused=frozenset({one.driver_id, new_id()}))], [one]).left
        assert (left.why, left.counts) == (Why.DECLINED, {Excluded.DECLINED: 1})

    def test_nobody_within_the_widest_radius(self) -> None:
        (left,) = searched([order()], [rider(16.1)]).left
        assert (left.why, left.counts) == (Why.NO_DRIVER, {Excluded.FAR: 1})
        (left,) = searched([order()], []).left
        assert (left.why, left.counts) == (Why.NO_DRIVER, {})

    def test_a_second_one_from_the_same_corner_fits_into_the_bag(self) -> None:
        assert searched([order()], [rider(kitchens=(north(0.29),))]).chosen

    def test_an_old_position_is_believed_when_everything_else_was_in_vain(self) -> None:
        old, nearby = rider(1.0, seen_at=NOW - timedelta(hours=9)), rider(14.0)
        assert not searched([order()], [old]).chosen
        assert searched([order(in_vain=True)], [old]).chosen[0].step == US.search.last
        assert searched([order(in_vain=True)], [old, nearby]).chosen[0].driver_id == old.driver_id

    def test_most_decides_and_of_equals_the_first(self) -> None:
        assert reason({Excluded.RIDING: 2, Excluded.DECLINED: 3, Excluded.FAR: 9}, 0) is Why.DECLINED
        assert reason({Excluded.DECLINED: 2, Excluded.RIDING: 2}, 0) is Why.RIDING
        assert reason({Excluded.DECLINED: 1, Excluded.OFF_SHIFT: 4}, 0) is Why.DECLINED
        assert reason({Excluded.DECLINED: 2}, 1) is Why.OTHERS_FIRST


class TestTheWhole:
    """Several orders at once."""

    def test_the_nearest_is_left_to_the_order_that_has_nobody_else(self) -> None:
        """Each on its own would take the first; one of them would wait for the second."""
        shared, far = rider(0.5), rider(3.0)
        picky = order(refused=frozenset({far.driver_id}))
        easy = order()
        plan = searched([easy, picky], [shared, far])
        assert {one.order_id: one.driver_id for one in plan.chosen} == {
            picky.order_id: shared.driver_id,
            easy.order_id: far.driver_id,
        }

    def test_with_too_few_drivers_the_food_that_has_waited_longest_goes(self) -> None:
        fresh, old = order(ready_in=3), order(ready_in=-20)
        plan = searched([fresh, old], [rider()])
        assert [one.order_id for one in plan.chosen] == [old.order_id]
        assert [(one.order_id, one.why) for one in plan.left] == [(fresh.order_id, Why.OTHERS_FIRST)]

    def test_it_is_looked_farther_only_where_nobody_is_near(self) -> None:
        plan = searched([order()], [rider(3.9), rider(4.2)])
        assert [one.step for one in plan.chosen] == [0]
        assert [one.step for one in searched([order()], [rider(10.9)]).chosen] == [2]

    def test_two_who_compete_for_one_are_both_looked_farther_for(self) -> None:
        plan = searched([order(), order()], [rider(1.0), rider(5.0)])
        assert len(plan.chosen) == 2

    @given(st.data())
    def test_nobody_is_asked_who_cannot_and_everybody_left_has_a_reason(self, data: st.DataObject) -> None:
        drivers = data.draw(
            st.lists(
                st.builds(
                    rider,
                    km=st.floats(0, 20),
                    vehicle=st.sampled_from(["car", "scooter", "motorcycle", "bicycle"]),
                    on_shift=st.booleans(),
                    riding=st.booleans(),
                    offered=st.booleans(),
                    seen_at=st.sampled_from([NOW, NOW - timedelta(hours=1), None]),
                    kitchens=st.lists(st.sampled_from([KITCHEN, north(2)]), max_size=2).map(tuple),
                ),
                max_size=6,
            )
        )
        ids = [one.driver_id for one in drivers]
        refusals = st.frozensets(st.sampled_from(ids)) if ids else st.just(frozenset[UUID]())
        orders = data.draw(
            st.lists(
                st.builds(
                    order,
                    ready_in=st.floats(-30, 30),
                    km=st.floats(0, 20),
                    refused=refusals,
                    in_vain=st.booleans(),
                ),
                max_size=5,
            )
        )
        plan = searched(orders, drivers)
        known = {one.driver_id: one for one in drivers}
        waiting = {one.order_id: one for one in orders}
        assert {one.order_id for one in plan.chosen} | {one.order_id for one in plan.left} == waiting.keys()
        assert len(plan.chosen) + len(plan.left) == len(orders)
        assert len({one.driver_id for one in plan.chosen}) == len(plan.chosen)
        for one in plan.chosen:
            who, what = known[one.driver_id], waiting[one.order_id]
            assert who.on_shift
            assert not who.riding
            assert not who.offered
            assert who.driver_id not in what.refused
            assert what.km <= US.vehicles[who.vehicle]
            assert len(who.kitchens) < US.stack.most
            assert not who.elsewhere(what.kitchen, US)
            assert what.in_vain or not who.stale(US, NOW)
            assert what.kitchen.km_to(who.point) <= US.search.radius_km[one.step] + 1e-6
        for left in plan.left:
            assert sum(left.counts.values()) + left.free == len(drivers)
            assert left.free == 0 or left.why is Why.OTHERS_FIRST

    @given(
        st.integers(1, 4).flatmap(
            lambda rows: st.lists(
                st.lists(st.one_of(st.floats(0, 100), st.just(inf)), min_size=3, max_size=3),
                min_size=rows,
                max_size=rows,
            )
        )
    )
    def test_it_is_the_least_of_all_ways_there_are(self, table: list[list[float]]) -> None:
        cost, left = np.array(table), np.full(len(table), LEFT_OVER)
        pairs = assign(cost, left)
        total = sum(cost[pair] for pair in pairs) + LEFT_OVER * (len(table) - len(pairs))
        slots = [0, 1, 2, *[None] * len(table)]
        ways = set(permutations(slots, len(table)))
        best = min(
            sum(LEFT_OVER if column is None else table[row][column] for row, column in enumerate(way))
            for way in ways
        )
        assert total == pytest.approx(best)


class TestWhen:
    """Not sooner than needed, so that nobody is bound for nothing."""

    def test_so_that_the_best_one_comes_with_the_food(self) -> None:
        one = order(ready_in=30)
        board = Board([one], [rider(3.0), rider(9.0)], US, NOW)
        ride = timedelta(minutes=US.roads.minutes(3.0, "car"))
        early = timedelta(minutes=US.search.calling_minutes + US.search.spare_minutes)
        assert abs(board.begins()[0] - (one.ready_by - ride - early)) < timedelta(seconds=5)

    def test_without_anybody_in_sight_as_for_the_quickest_at_the_rim(self) -> None:
        one = order(ready_in=60)
        begins = Board([one], [], US, NOW).begins()[0]
        rim = Board([one], [rider(US.search.radius_km[0] - 0.01)], US, NOW).begins()[0]
        assert NOW < begins <= rim + timedelta(seconds=5)


class TestRides:
    """Estimates, and what the road table says instead."""

    @given(st.floats(-60, 60), st.floats(-170, 170), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
    def test_a_table_of_distances_is_the_distance_of_each_pair(
        self, lat: float, lng: float, north: float, east: float
    ) -> None:
        one, other = Point(lat=lat, lng=lng), Point(lat=lat + north, lng=lng + east)
        assert distances([one], [other])[0, 0] == pytest.approx(one.km_to(other), abs=1e-6)

    def test_an_estimate_says_that_it_is_one(self) -> None:
        leg = estimate(Trip(KITCHEN, north(5), "car"), US.roads)
        assert leg.source is Source.ESTIMATE
        assert leg.km == pytest.approx(6.0, rel=1e-3)
        assert leg.minutes == pytest.approx(12.0, rel=1e-3)

    def test_a_river_between_them_changes_who_is_asked(self) -> None:
        near, over_there = rider(2.0), rider(1.0)
        board = Board([order()], [near, over_there], US, NOW)
        assert board.solve() == [(0, 1)]
        assert set(board.wanted([(0, 1)])) == {(0, 0), (0, 1)}
        board.told((0, 1), 25.0, by_road=True)
        board.told((0, 0), 5.0, by_road=False)
        assert board.wanted(board.solve()) == []
        (chosen,) = board.plan(board.solve()).chosen
        assert (chosen.driver_id, chosen.minutes, chosen.by_road) == (near.driver_id, 5.0, False)

    def test_the_road_table_is_asked_about_the_best_few_of_those_who_can(self) -> None:
        riders = [rider(0.1 * number) for number in range(1, 12)] + [rider(0.05, riding=True)]
        board = Board([order()], riders, US, NOW)
        assert board.wanted([]) == [(0, number) for number in range(US.search.by_road)]
        assert board.codes()[0, 11] == CODES.index(Excluded.RIDING)
        assert (board.codes()[0, :11] == FREE).all()
