"""The measure of dispatch: the same evening for the same seed, and no way better than the best of all."""

import asyncio

import pytest

from bench.dispatch import evenings, small_cases, timing
from bench.dispatch_city import evening, nearest, ours, play
from db.seeding.dispatch import read_dispatch

US = read_dispatch()["US"]


def test_an_evening_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    (one, drivers), (same, _), (other, _) = (evening(seed, 10, 4, US) for seed in (1, 1, 2))
    assert [(job.ready, job.order.door) for job in one] == [(job.ready, job.order.door) for job in same]
    assert [job.ready for job in one] != [job.ready for job in other]
    assert (len(one), len(drivers)) == (10, 4)


@pytest.mark.parametrize("policy", [ours, nearest])
def test_every_order_is_brought_once(policy: object) -> None:
    jobs, riders = evening(3, 20, 6, US)
    outcome = play(jobs, riders, US, policy)  # type: ignore[arg-type]
    assert outcome.delivered == sum(outcome.by_driver.values()) == 20


def test_when_drivers_are_few_food_waits_less_than_with_the_nearest_first() -> None:
    dispatch, greedy = evenings(US, 60, 10, 3)
    assert dispatch.late < greedy.late
    assert dispatch.food_waits < greedy.food_waits
    assert dispatch.km < greedy.km


def test_nothing_is_better_than_the_best_of_all_ways_and_ours_is_near_it() -> None:
    dispatch, greedy, best = small_cases(US, 12)
    assert best.late <= dispatch.late + 1e-9
    assert best.late <= greedy.late + 1e-9
    assert dispatch.late - best.late < 1.0, "less than a minute an order from the best there is"


def test_the_timed_search_asks_everybody_it_could() -> None:
    found = asyncio.run(timing(US, 1))
    assert found.chosen > 90
    assert found.p50 is not None
