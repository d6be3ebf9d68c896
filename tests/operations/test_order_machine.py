"""An order's whole life at a real database: whatever is done to it, in whatever order, its rows tell one true story."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from domain.changes import Action
from domain.deciding import Choice
from domain.ids import new_id
from domain.order import OrderStatus, Substitution
from tests.db.databases import database, sql
from tests.fakes.life import Life
from tests.fakes.riding import KEISHA, LUIS

pytestmark = [pytest.mark.db, pytest.mark.timeout(400)]
S = OrderStatus


@pytest.fixture
def city(postgres: str, populated: str) -> Iterator[None]:
    """A seeded database of its own, and a loop that outlives the examples."""
    name = f"t_{new_id().hex}"
    with asyncio.Runner() as runner:
        runner.run(sql(postgres, f"CREATE DATABASE {name} TEMPLATE {populated} STRATEGY FILE_COPY"))
        Life.address, Life.runner = database(postgres, name), runner
        yield
        runner.run(sql(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


STORIES: dict[str, tuple[dict[str, Any], list[Callable[[Life], None]]]] = {
    "all goes well": ({}, [Life.it_goes_well] * 4),
    "nobody knows of it, and nobody answers": ({}, [lambda life: life.nobody_has_answered(False)]),
    "the kitchen has heard it, and does not answer": ({}, [lambda life: life.nobody_has_answered(True)]),
    "a dish is left out of what is paid": (
        {},
        [
            lambda life: life.the_kitchen_takes_it(25, True),
            lambda life: life.a_dish_is_missing_and_decided_about(2, False, Choice.LEAVE_OUT),
            Life.it_goes_well,
            Life.it_goes_well,
            Life.it_goes_well,
        ],
    ),
    "a dish is left out of what is held, and taken then": (
        {},
        [
            lambda life: life.the_kitchen_takes_it(25, False),
            lambda life: life.a_dish_is_missing_and_decided_about(2, True, Choice.LEAVE_OUT),
            lambda life: life.a_worker_looks("payments.capture"),
        ],
    ),
    "the only dish of what is paid is missing": (
        {"naan": 0},
        [
            lambda life: life.the_kitchen_takes_it(25, True),
            lambda life: life.a_driver_takes_it(LUIS),
            lambda life: life.a_dish_is_missing_and_decided_about(1, False, Choice.LEAVE_OUT),
        ],
    ),
    "the only dish of what the kitchen has heard is missing": (
        {"naan": 0},
        [
            Life.the_kitchen_hears_it,
            lambda life: life.a_dish_is_missing_and_decided_about(1, False, Choice.LEAVE_OUT),
        ],
    ),
    "another dish comes instead": (
        {},
        [
            lambda life: life.a_dish_is_missing_and_decided_about(2, True, Choice.INSTEAD),
            Life.it_goes_well,
        ],
    ),
    "it is changed, and cancelled": (
        {},
        [
            Life.the_kitchen_hears_it,
            lambda life: life.the_customer_changes_it((Action.NOTE, {"note": "ring twice"})),
            lambda life: life.the_customer_changes_it((Action.QUANTITY, {"line": 1, "quantity": 1})),
            lambda life: life.the_customer_changes_it((Action.CANCEL, {})),
        ],
    ),
    "one driver gives it back, another brings it": (
        {"card": False},
        [
            Life.it_goes_well,
            lambda life: life.a_driver_takes_it(KEISHA),
            lambda life: life.a_driver_gives_it_back(KEISHA),
            Life.it_goes_well,
            Life.it_goes_well,
            lambda life: life.a_driver_brings_it(LUIS, False),
            lambda life: life.a_driver_brings_it(LUIS, True),
        ],
    ),
}
ENDS_AS = {
    "all goes well": S.DELIVERED,
    "nobody knows of it, and nobody answers": S.REJECTED,
    "the kitchen has heard it, and does not answer": S.REJECTED,
    "a dish is left out of what is paid": S.DELIVERED,
    "a dish is left out of what is held, and taken then": S.PREPARING,
    "the only dish of what is paid is missing": S.CANCELLED,
    "the only dish of what the kitchen has heard is missing": S.REJECTED,
    "another dish comes instead": S.PREPARING,
    "it is changed, and cancelled": S.CANCELLED,
    "one driver gives it back, another brings it": S.DELIVERED,
}


@pytest.mark.usefixtures("city")
def test_what_happens_every_day_tells_a_true_story_too() -> None:
    """The machine below meets these by chance; here they are met each time."""
    for name, (begins, steps) in STORIES.items():
        life = Life()
        life.place(**{"card": True, "naan": 2, "wish": Substitution.CALL_ME, **begins})
        for step in steps:
            step(life)
            life.its_rows_tell_one_story()
        assert life.now.order.status == ENDS_AS[name], name
        life.teardown()


@pytest.mark.usefixtures("city")
def test_whatever_is_done_to_an_order_its_rows_tell_one_true_story() -> None:
    run_state_machine_as_test(Life, settings=settings(max_examples=12, stateful_step_count=15))
