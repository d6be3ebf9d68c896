"""A yes in the words of the proposal is a clean yes; a yes to another dish or number is none."""

import pytest

from domain.answers import agrees, changes
from domain.repeating import agreeing

NAAN = "Garlic Naan"


@pytest.mark.parametrize(
    ("action", "dish", "left", "said"),
    [
        ("cancel", None, 0, "yes, cancel it"),
        ("cancel", None, 0, "haan cancel kar do"),
        ("cancel", None, 0, "haan ji, order cancel kar dijiye"),
        ("cancel", None, 0, "हाँ, कैंसल कर दीजिए।"),
        ("cancel", None, 0, "जी, ऑर्डर कैंसिल कर दो"),
        ("remove", NAAN, 0, "yes, take the naan off"),
        ("remove", NAAN, 0, "haan, naan hata dijiye"),
        ("remove", NAAN, 0, "हाँ हटा दीजिए"),
        ("quantity", NAAN, 2, "yes, make it two"),
        ("quantity", NAAN, 2, "haan, do kar dijiye"),
        ("quantity", NAAN, 2, "हाँ, दो कर दीजिए"),
        ("note", None, 0, "हाँ बता दीजिए"),
        ("address", None, 0, "haan, pata badal dijiye"),
        ("address", None, 0, "हाँ, पता बदल दीजिए"),
        ("cancel", None, 0, "हाँ, कर दीजिए"),
    ],
)
def test_a_yes_that_repeats_what_was_proposed_agrees(
    action: str, dish: str | None, left: int, said: str
) -> None:
    heard = agreeing(said, action, dish, left)
    assert (agrees(heard), changes(heard)) == (True, False)


@pytest.mark.parametrize(
    ("action", "dish", "left", "said"),
    [
        ("cancel", None, 0, "haan, naan hata dijiye"),
        ("cancel", None, 0, "हाँ लेकिन रुकिए"),
        ("remove", NAAN, 0, "haan, lassi hata dijiye"),
        ("remove", NAAN, 0, "हाँ, लस्सी हटा दीजिए"),
        ("remove", NAAN, 0, "haan, order cancel kar dijiye"),
        ("quantity", NAAN, 2, "haan, teen kar dijiye"),
        ("quantity", NAAN, 2, "हाँ, पाँच कर दीजिए"),
        ("note", None, 0, "haan, pata badal dijiye"),
        ("address", None, 0, "haan, address mat badaliye"),
        ("cancel", None, 0, "जी नहीं"),
    ],
)
def test_a_yes_to_something_else_does_not(action: str, dish: str | None, left: int, said: str) -> None:
    assert not agrees(agreeing(said, action, dish, left))
