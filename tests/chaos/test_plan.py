"""The plan of faults: the seed's alone, and every kind has its turn."""

import pytest

from scripts.chaos_plan import FACTS_PER_ORDER, KILLS, WRONGS, plan
from scripts.chaos_setup import Fate


def test_the_same_seed_is_the_same_plan() -> None:
    assert plan(7, 20) == plan(7, 20)
    assert plan(7, 20) != plan(8, 20)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_kind_of_fault_has_its_turn_before_one_comes_again(seed: int) -> None:
    words = [fault.words for fault in plan(seed, 40)]
    assert len(set(words)) == len(KILLS) + len(WRONGS)
    assert max(words.count(one) for one in words) <= 2 + 40 // 20


def test_faults_come_while_there_is_something_to_break() -> None:
    assert all(0 < fault.after <= FACTS_PER_ORDER * 20 for fault in plan(1, 20))
    assert [fault.after for fault in plan(1, 20)] == sorted(fault.after for fault in plan(1, 20))


def test_people_do_the_same_for_the_same_seed_and_not_all_of_them_the_same() -> None:
    fates = [Fate.of(1, number) for number in range(200)]
    assert fates == [Fate.of(1, number) for number in range(200)]
    assert {fate.kitchen for fate in fates} == {"takes", "turns_down", "runs_out"}
    assert {fate.skips for fate in fates} == {0, 1, 2}
    assert {(fate.market, fate.card) for fate in fates if fate.market == "US"} == {
        ("US", True),
        ("US", False),
    }
