"""Times, codes and lists as they are said aloud."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from db.seeding.menus import Allergen
from domain import hindi
from domain.menu import Dish
from domain.speech import say_allergens, say_card, say_code, say_list, say_past, say_time, say_when
from tests.fakes.menu import dish, naan, tikka

NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "said"),
    [("482913", "four eight two, nine one three"), ("000100", "zero zero zero, one zero zero")],
)
def test_a_code_is_said_digit_by_digit(code: str, said: str) -> None:
    assert say_code(code) == said


@pytest.mark.parametrize(
    ("utc", "zone", "said"),
    [
        ("2026-03-02T06:00", "America/Chicago", "12 am"),
        ("2026-03-02T18:05", "America/Chicago", "12:05 pm"),
        ("2026-03-02T14:30", "Asia/Kolkata", "8 pm"),
        ("2026-07-02T14:30", "America/Chicago", "9:30 am"),
    ],
)
def test_a_time_is_local(utc: str, zone: str, said: str) -> None:
    assert say_time(datetime.fromisoformat(utc).replace(tzinfo=UTC), zone) == said


@pytest.mark.parametrize(
    ("utc", "said"),
    [
        ("2026-03-03T05:59", "today at 11:59 pm"),
        ("2026-03-03T06:00", "tomorrow at 12 am"),
        ("2026-03-06T00:00", "Thursday at 6 pm"),
    ],
)
def test_the_day_is_the_day_there(utc: str, said: str) -> None:
    assert say_when(datetime.fromisoformat(utc).replace(tzinfo=UTC), NOW, "America/Chicago") == said


@pytest.mark.parametrize(
    ("utc", "said"),
    [
        ("2026-03-03T05:59", "आज रात ग्यारह बजकर उनसठ मिनट पर"),
        ("2026-03-03T17:30", "कल सुबह साढ़े ग्यारह बजे"),
        ("2026-03-06T00:00", "गुरुवार शाम छह बजे"),
    ],
)
def test_a_time_to_come_is_said_in_hindi(utc: str, said: str) -> None:
    assert say_when(datetime.fromisoformat(utc).replace(tzinfo=UTC), NOW, "America/Chicago", "hi") == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "आज दोपहर साढ़े बारह बजे"),
        (1, "कल दोपहर साढ़े बारह बजे"),
        (3, "शुक्रवार दोपहर साढ़े बारह बजे"),
        (9, "इक्कीस फ़रवरी को"),
    ],
)
def test_a_time_that_is_over_is_said_in_hindi(days: int, said: str) -> None:
    assert say_past(NOW - timedelta(days=days), NOW, "America/Chicago", "hi") == said


def test_codes_lists_cards_and_allergens_are_said_in_hindi() -> None:
    assert say_code("482913", "hi") == "चार आठ दो, नौ एक तीन"
    assert say_list(["a", "b"], "or", "hi") == "a या b"
    assert say_list(["a", "b", "c"], "and", "hi") == "a, b, और c"
    assert say_card("Visa ending in 4242", "hi") == "चार दो चार दो वाले Visa कार्ड"
    assert (say_card("card", "hi"), say_card("Visa ending in 4242")) == ("कार्ड", "Visa ending in 4242")
    assert say_allergens(["peanut", "tree_nut"], "hi") == "मूँगफली और मेवों"


def test_every_allergen_of_a_menu_has_a_hindi_name() -> None:
    assert hindi.ALLERGENS.keys() == set(get_args(Allergen))


@pytest.mark.parametrize(
    ("things", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b, and c")]
)
def test_a_list_is_said(things: list[str], said: str) -> None:
    assert say_list(things) == said


@pytest.mark.parametrize(
    ("what", "lowest", "gone"),
    [
        (tikka(), 850, False),
        (naan(), 350, False),
        (dish(stock=0), 900, True),
        (dish(available=False), 900, True),
    ],
)
def test_a_dish_knows_its_price_and_whether_it_is_sold_out(what: Dish, lowest: int, gone: bool) -> None:
    assert (what.lowest_price, what.sold_out) == (lowest, gone)
