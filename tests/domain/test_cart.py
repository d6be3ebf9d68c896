"""The cart: every change a version, every refusal without a trace."""

from collections.abc import Callable

import pytest

from domain.cart import MOST_LINES, MOST_OF_ONE, Cart
from errors import Invalid
from tests.fakes.menu import dish, naan, put, tikka


def test_every_change_makes_a_version() -> None:
    cart, seen = Cart(), [0]
    line = put(cart, naan())
    seen.append(cart.version)
    cart.change(line.handle, 2, None, [], None)
    seen.append(cart.version)
    cart.remove(line.handle)
    seen.append(cart.version)
    assert seen == [0, 1, 2, 3]


def test_the_same_dish_said_again_adds_up() -> None:
    cart, bread = Cart(), naan()
    put(cart, bread)
    again = put(cart, bread, 2)
    assert [(line.handle, line.quantity) for line in cart.lines] == [("line-1", 3)]
    assert again is cart.lines[0]


@pytest.mark.parametrize(
    ("size", "choices", "note"),
    [
        ("half", ["hot"], None),
        ("full", ["mild"], None),
        ("full", ["hot"], "no onions"),
        ("full", ["hot", "extra gravy"], None),
    ],
)
def test_the_same_dish_made_differently_is_a_line_of_its_own(
    size: str, choices: list[str], note: str | None
) -> None:
    cart, grilled = Cart(), tikka()
    put(cart, grilled, 1, "full", "hot")
    cart.add(grilled, 1, size, choices, note)
    assert len(cart.lines) == 2


def test_the_order_of_the_extras_does_not_matter() -> None:
    cart, grilled = Cart(), tikka()
    put(cart, grilled, 1, "full", "hot", "extra gravy", "extra butter")
    put(cart, grilled, 1, "full", "extra butter", "extra gravy", "hot")
    assert [line.quantity for line in cart.lines] == [2]


def test_a_handle_is_never_used_twice() -> None:
    cart = Cart()
    put(cart, naan())
    cart.remove("line-1")
    assert put(cart, naan()).handle == "line-2"


def test_size_is_asked_first_then_each_required_choice_then_nothing() -> None:
    cart = Cart()
    line = put(cart, tikka())
    assert line.open_question() == ("size", ["half", "full"])
    line = cart.change("line-1", None, "FULL", [], None)
    assert line.size == "full"
    assert line.open_question() == ("spice level", ["mild", "medium", "hot"])
    assert not cart.complete
    line = cart.change("line-1", None, None, ["Hot"], None)
    assert line.open_question() is None
    assert cart.complete


def test_an_empty_cart_is_not_complete() -> None:
    assert not Cart().complete


def test_a_new_answer_to_a_single_choice_replaces_the_old_one() -> None:
    cart = Cart()
    put(cart, tikka(), 1, "full", "mild", "extra gravy")
    line = cart.change("line-1", None, None, ["hot"], None)
    assert set(line.choices) == {"hot", "extra gravy"}


def test_what_is_chosen_twice_counts_once() -> None:
    line = put(Cart(), tikka(), 1, "full", "hot", "extra gravy", "Extra Gravy")
    assert line.choices.count("extra gravy") == 1
    assert line.unit_extras == 150


def test_price_is_size_and_extras_times_the_quantity() -> None:
    line = put(Cart(), tikka(), 3, "full", "hot", "extra gravy", "extra butter")
    assert (line.unit_base, line.unit_extras, line.amount) == (1250, 225, 4425)


def test_allergens_come_from_the_dish_and_from_what_is_added_to_it() -> None:
    dal = dish(choices=tikka().choices)
    assert put(Cart(), dal, 1, None, "hot").allergens == set()
    assert put(Cart(), dal, 1, None, "hot", "extra butter").allergens == {"dairy"}


def test_a_line_is_described_as_it_is_said() -> None:
    line = put(Cart(), tikka(), 2, "full", "hot", note="no onions")
    assert line.described() == "2 full Paneer Tikka, hot, no onions"
    assert put(Cart(), naan()).described() == "1 Garlic Naan"


def full(cart: Cart) -> None:
    for number in range(MOST_LINES - len(cart.lines) + 1):
        put(cart, dish(f"Dish {number}"))


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda cart: put(cart, tikka(), 1, "huge"), "half, full"),
        (lambda cart: put(cart, naan(), 1, "half"), "sizes: one"),
        (lambda cart: put(cart, tikka(), 1, "full", "volcanic"), "mild, medium, hot"),
        (lambda cart: put(cart, naan(), 1, None, "hot"), "offered: nothing"),
        (
            lambda cart: put(cart, tikka(), 1, "full", "extra gravy", "extra butter", "extra onion"),
            "at most 2 of extras",
        ),
        (lambda cart: put(cart, naan(), MOST_OF_ONE + 1), "between 1 and 20"),
        (lambda cart: put(cart, naan(), 0), "between 1 and 20"),
        (lambda cart: cart.add(cart.lines[0].dish, MOST_OF_ONE, "full", ["hot"], None), "between 1 and 20"),
        (lambda cart: cart.change("line-1", MOST_OF_ONE + 1, "half", [], None), "between 1 and 20"),
        (lambda cart: cart.change("line-1", 5, "huge", [], None), "half, full"),
        (lambda cart: cart.change("line-1", 5, None, ["mild", "volcanic"], "note"), "volcanic"),
        (lambda cart: cart.change("line-9", 1, None, [], None), "lines: line-1"),
        (lambda cart: cart.remove("line-9"), "lines: line-1"),
    ],
)
def test_a_refusal_says_what_fits_and_leaves_the_cart_alone(act: Callable[[Cart], object], says: str) -> None:
    cart = Cart()
    put(cart, tikka(), 1, "full", "hot")
    before = cart.model_copy(deep=True)
    with pytest.raises(Invalid, match=says):
        act(cart)
    assert cart == before


def test_a_phone_order_has_an_end() -> None:
    cart = Cart()
    with pytest.raises(Invalid, match="at most 30 lines"):
        full(cart)
    assert len(cart.lines) == MOST_LINES


def test_an_empty_note_takes_the_note_away() -> None:
    cart = Cart()
    put(cart, naan(), note="well done")
    assert cart.change("line-1", None, None, [], None).note == "well done"
    assert cart.change("line-1", None, None, [], "").note is None


def test_what_was_ordered_leaves_the_cart_and_what_came_after_stays() -> None:
    cart = Cart()
    put(cart, tikka(), 1, "full", "hot")
    put(cart, naan(), 2)
    ordered = cart.model_copy(deep=True)
    cart.change("line-2", 3, None, [], None)
    put(cart, dish())
    version = cart.version
    cart.take_out(ordered.lines)
    assert [(line.handle, line.quantity) for line in cart.lines] == [("line-2", 1), ("line-3", 1)]
    assert cart.version == version + 1
    cart.take_out(cart.model_copy(deep=True).lines)
    assert cart.lines == []
