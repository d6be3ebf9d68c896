"""Digits in a caller's words, and words without their digits."""

import pytest

from domain.spoken_code import digits_said, without_digits


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("482913", "482913"),
        ("4 8 2, 9 1 3.", "482913"),
        ("It's four eight two nine one three.", "482913"),
        ("double nine, oh one two three", "990123"),
        ("triple four 1 2 3", "444123"),
        ("char aath do nau ek teen", "482913"),
        ("I have not got it yet", ""),
    ],
)
def test_digits_are_heard_one_by_one(said: str, digits: str) -> None:
    assert digits_said(said) == digits


@pytest.mark.parametrize(
    "said", ["My code is 482913, thanks", "My code is four, eight-two nine one three thanks"]
)
def test_what_is_kept_has_no_digit_in_it(said: str) -> None:
    kept = without_digits(said)
    assert kept.startswith("My code is #")
    assert kept.endswith("thanks")
    assert digits_said(kept) == ""
