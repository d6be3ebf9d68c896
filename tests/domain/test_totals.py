"""Which amount of a sentence is its total."""

import pytest

from domain.truth import claims


@pytest.mark.parametrize(
    "said",
    [
        "Your total is $24.36.",
        "Your order total was twenty-four dollars and thirty-six cents.",
        "With everything, twenty-four thirty-six, in cash.",
        "It comes to $24.36.",
        "It'll all come to $24.36.",
        "You only pay $24.36.",
        "That's $24.36, all in.",
        "The bill is $24.36 for everything.",
        "Welcome back, your total is $24.36, delivery included.",
        "Your total is $24.36, offer included.",
        "Your total including tax is $24.36.",
        "The total becomes $24.36 instead of $30.",
        "Your total is a dollar.",
        "Kul $24.36 hue.",
        "कुल 24.36 रुपये हुए।",
        "कुल रकम 30 रुपये की जगह 24.36 रुपये हो जाएगी।",
    ],
)
def test_a_total(said: str) -> None:
    (amount,) = [claim for claim in claims(said) if claim.whole]
    assert (100 if "a dollar" in said else 2436) in amount.values


@pytest.mark.parametrize(
    "said",
    [
        "The lassi is $4.50.",
        "The lassi comes to $4.50.",
        "Your food total is $4.50.",
        "The minimum total is $4.50.",
        "The total includes a tip of $4.50.",
        "Your total delivery fee is $4.50.",
        "So far your total is $4.50 more.",
        "Your total so far is $4.50.",
        "The total is up to $4.50.",
        "You pay $4.50 for the lassi.",
        "You pay $4.50 extra.",
        "You'll pay $4.50 each.",
        "The total tax is $4.50.",
        "Your refund in total is $4.50.",
        "In total you get $4.50 back.",
        "बिल्कुल, लस्सी 45 रुपये की है।",
        "That's five dollars off your bill.",
    ],
)
def test_a_part_or_something_else(said: str) -> None:
    told = [claim for claim in claims(said) if claim.kind == "money"]
    assert told
    assert not [claim.text for claim in told if claim.whole]


def test_an_old_total_in_hindi_is_not_the_new_one() -> None:
    old, new = (claim for claim in claims("Kul $30 ki jagah $24.36 ho jayega.") if claim.kind == "money")
    assert (old.whole, new.whole) == (False, True)
