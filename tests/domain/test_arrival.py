"""When an order arrives: never nearer than it can be, less and less uncertain, and right most of the time."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.seeding.tracking import read_tracking
from domain.arrival import Estimate, Way, blend, measure
from domain.eta import STILL_TO_DO, Progress
from domain.order import OrderStatus as S

RULES = read_tracking().eta
NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
COOKING = Way(S.PREPARING, NOW + timedelta(minutes=40), timedelta(minutes=12), NOW + timedelta(minutes=15))
minutes = st.floats(0, 90).map(lambda many: timedelta(minutes=many))
spreads = st.floats(30, 3600).map(lambda many: timedelta(seconds=many))
estimates = st.builds(lambda ahead, spread: Estimate(NOW + ahead, spread), minutes, spreads)


def mins(many: float) -> timedelta:
    return timedelta(minutes=many)


def left(way: Way) -> float:
    """Minutes until it is there."""
    return (measure(way, NOW, RULES).at - NOW) / timedelta(minutes=1)


def test_food_and_driver_are_waited_for_then_the_counter_the_ride_and_the_door() -> None:
    assert left(replace(COOKING, to_kitchen=mins(6))) == 15 + 2 + 12 + 3
    assert left(replace(COOKING, to_kitchen=mins(20))) == 20 + 2 + 12 + 3
    assert left(replace(COOKING, status=S.READY, to_kitchen=mins(0))) == 2 + 12 + 3


def test_until_somebody_brings_it_the_promise_is_within_what_is_told_unless_it_cannot_be_kept() -> None:
    assert left(COOKING) == (32 + 40) / 2
    assert measure(COOKING, NOW, RULES).latest > COOKING.due
    assert left(replace(COOKING, ready_by=NOW + mins(50))) == 50 + 2 + 12 + 3
    assert left(replace(COOKING, status=S.READY, due=NOW)) == RULES.search_minutes + 2 + 12 + 3


def test_food_that_is_not_said_to_be_ready_is_not_in_anybodys_hand() -> None:
    late = replace(COOKING, ready_by=NOW - mins(10), to_kitchen=mins(0))
    assert left(late) == RULES.overrun_minutes + 2 + 12 + 3


def test_a_driver_nobody_hears_of_is_supposed_to_ride_on_and_is_no_better_known_for_it() -> None:
    seen = Way(S.PICKED_UP, NOW, mins(12))
    unseen = replace(seen, unseen=mins(7))
    assert (left(seen), left(unseen), left(replace(seen, unseen=mins(12)))) == (15, 8, 3)
    assert measure(unseen, NOW, RULES).spread == measure(seen, NOW, RULES).spread


@pytest.mark.parametrize(
    "way",
    [Way(S.PICKED_UP, NOW, mins(12)), Way(S.READY, NOW, mins(12), to_kitchen=mins(12))],
    ids=["to the door", "to the kitchen"],
)
def test_whoever_is_silent_for_longer_than_their_way_takes_is_not_due_any_minute(way: Way) -> None:
    told = [measure(replace(way, unseen=mins(many)), NOW, RULES) for many in (12, 30, 60)]
    assert all(one.at < later.at and one.spread < later.spread for one, later in itertools.pairwise(told))
    over = mins((60 - 12) * RULES.silent_share)
    assert told[-1].at - told[0].at == over
    assert told[-1].spread >= over


@given(st.sampled_from(sorted(STILL_TO_DO)), minutes, minutes, st.none() | minutes, minutes)
def test_it_is_never_nearer_than_its_state_allows(
    status: S, door: timedelta, ready: timedelta, kitchen: timedelta | None, unseen: timedelta
) -> None:
    found = measure(Way(status, NOW, door, NOW + ready, kitchen, unseen), NOW, RULES)
    assert found.at >= NOW + mins(STILL_TO_DO[status])
    assert found.spread >= timedelta(seconds=RULES.least_spread_seconds)


@given(minutes, minutes, minutes, st.floats(0, 1))
def test_facts_that_come_in_make_it_surer(
    door: timedelta, ready: timedelta, kitchen: timedelta, done: float
) -> None:
    """Nobody known, somebody known, part of the way gone, cooked, picked up, part of the ride gone."""
    before = Way(S.PREPARING, NOW, door, NOW + ready)
    found = replace(before, to_kitchen=min(kitchen, mins(8)))
    nearer = replace(found, to_kitchen=(found.to_kitchen or mins(0)) * done)
    cooked = replace(nearer, status=S.READY)
    rides = Way(S.PICKED_UP, NOW, door)
    told = [
        measure(way, NOW, RULES).spread
        for way in (found, nearer, cooked, rides, replace(rides, to_door=door * done))
    ]
    assert all(later <= earlier for earlier, later in itertools.pairwise(told))


@given(estimates, estimates)
def test_it_grows_less_certain_only_when_something_has_happened(before: Estimate, measured: Estimate) -> None:
    made = blend(before, measured, NOW, mins(0), RULES)
    happened = (
        not before.earliest <= measured.at <= before.latest or measured.spread > before.spread * RULES.worse
    )
    if happened:
        assert made == measured
    else:
        assert made.spread <= before.spread
        assert min(before.at, measured.at) <= made.at <= max(before.at, measured.at)


@given(estimates, estimates)
def test_smoothing_never_makes_it_nearer_than_it_can_be(before: Estimate, measured: Estimate) -> None:
    least = mins(10)
    measured = replace(measured, at=max(measured.at, NOW + least))
    assert blend(before, measured, NOW, least, RULES).at >= NOW + least


@given(st.sampled_from(sorted(STILL_TO_DO)), minutes, spreads, st.floats(-30, 60))
def test_the_range_that_is_spoken_holds_the_estimate_and_all_its_doubt(
    status: S, ahead: timedelta, spread: timedelta, due: float
) -> None:
    progress = Progress(status, NOW - mins(40), 40 + round(due), expected_at=NOW + ahead, spread=spread)
    expected, told = progress.expected(NOW), progress.range(NOW)
    assert expected is not None
    assert told is not None
    low, high = (mins(one) for one in told)
    assert NOW + low <= expected <= NOW + high
    assert low >= mins(STILL_TO_DO[status])
    assert high - low >= mins(5)
    assert expected + spread <= NOW + high
    assert expected - spread >= NOW + low or low == mins(STILL_TO_DO[status])


def ride(random: Random) -> tuple[int, int, int]:
    """One order from its kitchen's yes to its door, looked at every half minute: how often the truth lay in the range.

    The kitchen is up to a quarter off, traffic up to a quarter slower or faster than the map and changes on the way,
    positions are off by up to 60 m of a way of some kilometres, red lights stop everything.
    """
    cooks, accepts = 15 * random.uniform(0.85, 1.2), random.uniform(3, 9)
    near, far = random.uniform(3, 9), random.uniform(6, 20)
    pace = random.uniform(0.85, 1.15)
    at_kitchen = accepts + near * pace
    leaves = max(cooks, at_kitchen) + random.uniform(1, 3)
    steps, gone = [], 0.0
    while gone < far:
        gone += 0.0 if random.random() < 0.12 else 0.5 / pace / 0.88
        steps.append(min(gone, far))
    arrives = leaves + len(steps) * 0.5 + random.uniform(1.5, 4)
    due = -(-(15 + far + 5) // 5) * 5  # as promises are made
    estimate, right, asked, width, at = None, 0, 0, 0, 0.0
    while at < arrives:
        now = NOW + mins(at)
        way = Way(S.PREPARING, NOW + mins(due), mins(far), NOW + mins(15))
        status = S.PREPARING if at < cooks else S.READY
        if at >= leaves:
            done = steps[min(int((at - leaves) / 0.5), len(steps) - 1)]
            way = replace(
                way, status=S.PICKED_UP, to_door=mins(max(0, far - done + random.uniform(-0.15, 0.15)))
            )
        elif at >= accepts:
            way = replace(way, status=status, to_kitchen=mins(max(0.0, near - (at - accepts) / pace)))
        else:
            way = replace(way, status=status)
        estimate = blend(estimate, measure(way, now, RULES), now, mins(STILL_TO_DO[way.status]), RULES)
        told = Progress(way.status, NOW, int(due), None, None, estimate.at, estimate.spread).range(now)
        assert told is not None
        asked, width = asked + 1, width + told[1] - told[0]
        right += told[0] <= arrives - at <= told[1]
        at += 0.5
    return right, asked, width


def test_nineteen_times_of_twenty_it_comes_within_the_range_that_was_told() -> None:
    random = Random(7)
    right, asked, width = (sum(column) for column in zip(*(ride(random) for _ in range(300)), strict=True))
    assert right / asked >= 0.95, f"{right / asked:.1%}"
    assert width / asked <= 12, f"{width / asked:.1f} minutes wide"


@pytest.mark.parametrize("slow", [1.0, 3.0])
def test_a_jam_is_taken_over_within_minutes(slow: float) -> None:
    """The road becomes three times as slow at half of the way: soon the truth is in the range again."""
    far, half, estimate = 16.0, 8.0, None
    arrives = half + half * slow + RULES.door_minutes
    missed, at = 0.0, 0.0
    while at < arrives - RULES.door_minutes:
        gone = min(at, half) + max(0.0, at - half) / slow
        per = 1.0 if at < half + RULES.travel_minutes else slow  # the road is asked for again
        way = Way(S.PICKED_UP, NOW + mins(25), mins((far - gone) * per))
        now = NOW + mins(at)
        estimate = blend(estimate, measure(way, now, RULES), now, mins(0), RULES)
        told = Progress(S.PICKED_UP, NOW, 25, None, None, estimate.at, estimate.spread).range(now)
        assert told is not None
        missed += 0 if told[0] <= arrives - at <= told[1] or at < half else 0.5
        at += 0.5
    assert missed <= RULES.travel_minutes + 1
