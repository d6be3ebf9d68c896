"""Numbers and letters as callers say them, and as they stand on a door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from domain.hindi import say_number
from domain.numerals import HINDI
from domain.spoken_code import digits_said
from domain.spoken_numbers import figures, quantity, written

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    ("said", "on_the_door"),
    [
        ("flat twelve oh four", "flat 1204"),
        ("flat four oh two, Juniper Lane", "flat 402, Juniper Lane"),
        ("double nine Juniper Lane", "99 Juniper Lane"),
        ("triple zero seven", "0007"),
        ("flat one", "flat 1"),
        ("flat twelve B as in boy", "flat 12B"),
        ("twelve Juniper Lane, Old Mill", "12 Juniper Lane, Old Mill"),
        ("five Juniper Lane", "5 Juniper Lane"),
        ("gate do", "gate 2"),
        ("makaan number pachpan, gali do", "makaan number 55, gali 2"),
        ("मकान नंबर पचपन", "मकान नंबर 55"),
        ("dhai sau Linking Road", "250 Linking Road"),
        ("one hundred and twenty Hill Road", "120 Hill Road"),
        ("twenty three forty five Mill Street", "2345 Mill Street"),
        ("number 4 double 2", "number 422"),
        ("R for Ravi, A as in apple, M like mango", "RAM"),
        ("Tower A for apple, flat nine", "Tower A, flat 9"),
    ],
)
def test_a_door_is_written_with_figures(said: str, on_the_door: str) -> None:
    assert written(said) == on_the_door


@pytest.mark.parametrize(
    "said",
    [
        *("12 Juniper Lane, Old Mill", "Teen Murti Bhavan", "near Char Minar", "the red one near the temple"),
        *(
            "I do not know",
            "oh, the usual place",
            "4.5 km down",
            "wait for Anita",
            "12-A Hill Road",
            "चार मीनार",
        ),
    ],
)
def test_what_is_no_figure_stays(said: str) -> None:
    assert written(said) == said


@pytest.mark.parametrize(
    ("said", "units"),
    [
        *(
            ("dedh", 1.5),
            ("dhai", 2.5),
            ("dhai sau", 250),
            ("dedh sau", 150),
            ("sava", 1.25),
            ("sava do", 2.25),
        ),
        *(
            ("paune do", 1.75),
            ("paune", 0.75),
            ("sadhe teen", 3.5),
            ("डेढ़", 1.5),
            ("ढाई सौ", 250),
            ("पौने दो", 1.75),
        ),
        *(("twelve", 12), ("no number", None), ("two or three", None)),
    ],
)
def test_halves_and_quarters_in_hindi(said: str, units: float | None) -> None:
    assert quantity(said) == units


@given(st.text("0123456789", min_size=2, max_size=10))
def test_digits_said_one_by_one_are_what_was_meant(digits: str) -> None:
    said = " ".join(DIGITS[int(digit)] for digit in digits)
    assert figures(said) == digits
    assert digits_said(said) == digits


@given(st.integers(10, 9999))
def test_an_english_number_is_written_as_it_is(number: int) -> None:
    assert figures(f"flat {num2words(number)}") == f"flat {number}"


@given(st.integers(10, 99999))
def test_a_hindi_number_is_written_as_it_is(number: int) -> None:
    assert quantity(say_number(number)) == number


@pytest.mark.parametrize("row", [row for row in HINDI.replace("\n", "|").split("|") if row])
def test_every_hindi_number_to_a_hundred_is_known_in_both_scripts(row: str) -> None:
    number, *words = row.split()
    assert {figures(f"flat {word}") for word in words} == {f"flat {number}"}
    assert {digits_said(word) for word in words} == {number}


@given(st.text(max_size=60))
def test_whatever_is_said_is_written(text: str) -> None:
    assert figures(figures(text)) == figures(text)


@given(st.lists(st.sampled_from(["single", "double", "triple"]), max_size=4), st.data())
def test_repeated_digits(times: list[str], data: st.DataObject) -> None:
    said, meant = ["one"], "1"
    for word in times:
        digit = data.draw(st.integers(0, 9))
        said += ([] if word == "single" else [word]) + [DIGITS[digit]]
        meant += str(digit) * {"single": 1, "double": 2, "triple": 3}[word]
    assert digits_said(" ".join(said)) == meant
    assert figures("flat " + " ".join(said)) == f"flat {meant}"
