"""Limits that are said inside a search."""

import pytest

from db.wishes import Filters, number, understand
from db.words import Thesaurus, sound, stem, terms


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("300", 300),
        ("12.50", 12.5),
        ("three hundred", 300),
        ("three hundred and fifty", 350),
        ("two fifty", 250),
        ("twenty five", 25),
        ("a hundred", 100),
        ("one thousand two hundred", 1200),
        ("fifteen", 15),
    ],
)
def test_numbers_as_people_say_them(said: str, amount: float) -> None:
    assert number(said) == amount


@pytest.mark.parametrize(
    ("said", "wish", "limits"),
    [
        (
            "something spicy without dairy under three hundred",
            "something spicy",
            Filters(without=["dairy"], max_price=30_000),
        ),
        ("nut-free dessert", "dessert", Filters(without=["peanut", "tree_nut"])),
        ("curry no eggs below 10 dollars", "curry", Filters(without=["egg"], max_price=1000)),
        ("vegan pizza", "vegan pizza", Filters(without=[], diet="vegan")),
        ("pure veg thali", "pure veg thali", Filters(without=[], diet="veg")),
        ("non-veg pizza", "non-veg pizza", Filters(without=[], diet="non_veg")),
        ("vegetable korma", "vegetable korma", Filters(without=[])),
        ("dosa, no onions", "dosa, no onions", Filters(without=[])),
        ("not too spicy curry", "mild curry", Filters(without=[])),
        ("egg curry", "egg curry", Filters(without=[])),
        ("pizza under the weather", "pizza under the weather", Filters(without=[])),
    ],
)
def test_limits_are_taken_out_of_the_wish(said: str, wish: str, limits: Filters) -> None:
    assert understand(said, Filters()) == (wish, limits)


def test_a_given_limit_is_never_loosened() -> None:
    given = Filters(without=["peanut"], max_price=500, diet="jain")
    _, limits = understand("vegan curry without dairy under 300", given)
    assert limits.without == ["dairy", "peanut"]
    assert limits.max_price == 500
    assert limits.diet == "jain"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gulaab", "gulab"),
        ("jamoon", "jamun"),
        ("biriyani", "biriyany"),
        ("paneer", "panir"),
        ("kabab", "kabaab"),
    ],
)
def test_spellings_of_one_sound_are_one(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(
    ("word", "root"), [("cookies", "cooky"), ("mushrooms", "mushroom"), ("swiss", "swiss")]
)
def test_plurals_are_the_same_word(word: str, root: str) -> None:
    assert stem(word) == root


def test_fillers_carry_no_meaning_unless_there_is_nothing_else() -> None:
    assert terms("I would like something with paneer please") == ["paneer"]
    assert terms("anything") == ["anything"]


def test_a_query_is_widened_and_a_foreign_word_replaced() -> None:
    thesaurus = Thesaurus({"teekha": ["spicy"], "cold drink": ["cola"], "spicy": ["hot"]})
    assert thesaurus.widen(terms("cold drinks")) == ["cola"]
    assert thesaurus.understood(["teekha", "curry"], known={"curry", "spicy"}) == ["spicy", "curry"]
    assert thesaurus.understood(["spicy"], known={"spicy"}) == ["spicy"]
