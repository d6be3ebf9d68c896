"""Dishes as callers name them, found in what they bought."""

import pytest

from domain.claims import portions
from domain.refunds import Sold
from errors import Invalid

BOUGHT = (
    Sold("Paneer Tikka (half)", 1, 850),
    Sold("Paneer Tikka (full)", 2, 2500),
    Sold("Garlic Naan", 3, 1050),
    Sold("Seven Layer Dip", 1, 900),
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (["Garlic Naan"], {"Garlic Naan": 3}),
        (["the garlic naans"], {"Garlic Naan": 3}),
        (["naan"], {"Garlic Naan": 3}),
        (["1 Garlic Naan"], {"Garlic Naan": 1}),
        (["two naans"], {"Garlic Naan": 2}),
        (["2x Garlic Naan"], {"Garlic Naan": 2}),
        (["2 x Garlic Naan"], {"Garlic Naan": 2}),
        (["99 Garlic Naan"], {"Garlic Naan": 3}),
        (["1 Garlic Naan", "garlic naan"], {"Garlic Naan": 3}),
        (["0 Garlic Naan"], {}),
        (["Paneer Tikka (full)"], {"Paneer Tikka (full)": 2}),
        (["one half paneer tikka"], {"Paneer Tikka (half)": 1}),
        (["Seven Layer Dip", "naan"], {"Garlic Naan": 3, "Seven Layer Dip": 1}),
        ([], {}),
    ],
)
def test_what_is_said_is_what_is_meant(said: list[str], meant: dict[str, int]) -> None:
    assert portions(said, BOUGHT) == meant


@pytest.mark.parametrize("said", ["Lobster", "", "the", "Garlic Naan with gold"])
def test_what_was_not_bought_is_asked_about(said: str) -> None:
    with pytest.raises(Invalid, match=r"Ask which dish is meant: Paneer Tikka \(half\)"):
        portions([said], BOUGHT)


def test_two_that_fit_are_asked_about() -> None:
    with pytest.raises(Invalid, match=r"Ask which one is meant: Paneer Tikka \(half\) or Paneer Tikka"):
        portions(["paneer tikka"], BOUGHT)
