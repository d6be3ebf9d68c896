"""Scenario files: what can be written, and that everything wrong is told at once."""

from functools import cache
from pathlib import Path

import pytest

from db.seeding.catalogue import read_catalogue
from db.seeding.checks import Catalogue
from errors import ConfigError
from evals.scenario import SCENARIOS, Scenario, load

GOOD = """
scenarios:
  - name: late_order
    title: An order is late
    agents: [customer_order]
    caller: "+15125550110"
    given:
      orders:
        today:
          restaurant: Spice Route, Old Mill
          dishes: [{dish: Dal Tadka, size: full}]
    turns: [{user: Where is my order}]
    rows: {given: {today: {status: cancelled}}}
"""


@cache
def world() -> Catalogue:
    """`data/`, read once."""
    return read_catalogue()


def problems(folder: Path, text: str) -> list[str]:
    """What is wrong with one file of a folder of its own."""
    (folder / "some.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(folder, world())
    return caught.value.problems


def test_every_scenario_of_the_repository_can_be_used() -> None:
    found = load(SCENARIOS, world())
    assert len(found) >= 60
    assert all(isinstance(scenario, Scenario) for scenario in found.values())


def test_a_good_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text(GOOD, encoding="utf-8")
    (scenario,) = load(tmp_path, world()).values()
    assert scenario.given.consents == {"recording": False}
    assert scenario.rows.about() == {"today"}
    assert not scenario.alone


def test_every_problem_is_told_with_file_scenario_and_path(tmp_path: Path) -> None:
    wrong = GOOD.replace("title: An order is late", "titel: An order is late").replace(
        "size: full", "size: huge"
    )
    second = (
        GOOD.replace("scenarios:\n", "")
        .replace("late_order", "other")
        .replace("+15125550110", "+15125559999")
    )
    third = GOOD.replace("scenarios:\n", "").replace("late_order", "third").replace("Old Mill", "New Mill")
    found = problems(tmp_path, wrong + second + third)
    assert "some.yaml: late_order: title: Field required" in found
    assert "some.yaml: late_order: titel: Extra inputs are not permitted" in found
    assert "some.yaml: other: caller: nobody has +15125559999" in found
    assert "some.yaml: third: given.orders.today: restaurant: there is no Spice Route, New Mill" in found


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("agents: [customer_order]", "agents: [barista]", "there is no agent barista"),
        ("size: full", "size: huge", "Dal Tadka has no size huge"),
        (", size: full", "", "Dal Tadka has no size None"),
        ("dish: Dal Tadka", "dish: Sushi", "Spice Route has no Sushi"),
        ("{today: {status", "{yesterday: {status", "orders that given: does not have: yesterday"),
        ("status: cancelled", "status: eaten", "rows.given.today.status"),
        ('"+15125550110"', "unknown", "a caller who is unknown has ordered nothing"),
        ("title: An", 'line: "+15125550199"\n    title: An', "is not one of our numbers"),
        ("Where is my order", '"It is {code of other}"', "codes of orders that are not given: other"),
        (
            "dishes: [{",
            "delivery: {}\n          status: ready\n          dishes: [{",
            "is no driver's number",
        ),
        (
            "dishes: [{",
            'delivery: {driver: "1"}\n          status: ready\n          dishes: [{',
            "delivery: there is no driver 1",
        ),
        ("name: late_order", "name: Late Order", "String should match pattern"),
    ],
)
def test_what_fits_nothing_is_a_problem(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    assert any(complaint in problem for problem in problems(tmp_path, GOOD.replace(old, new, 1)))


@pytest.mark.parametrize("text", ["[]", "scenarios: {}", "scenarios: [1]", "turns: []", "scenarios: [", ""])
def test_a_file_that_is_no_list_of_scenarios_is_a_problem(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)[0].startswith("some.yaml: ")


def test_a_name_stands_once(tmp_path: Path) -> None:
    (tmp_path / "again.yaml").write_text(GOOD, encoding="utf-8")
    assert problems(tmp_path, GOOD) == ["some.yaml: late_order: another scenario has this name"]


def test_a_folder_without_scenarios_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there are no scenarios"):
        load(tmp_path, world())
