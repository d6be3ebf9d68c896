"""What a change is said to do and cost, in both languages: a promise of what would be done, never of what is."""

import pytest

from domain import proposals
from domain.money import Money
from domain.saying import Saying
from domain.truth import claims

NAME = proposals.NAME.format(brand="Spice Route")
VISA = Saying("Visa ending in 4242", "चार दो चार दो वाले Visa कार्ड")
OLD, NEW = Money(71250, "INR"), Money(50000, "INR")
STAYS = proposals.total(OLD, OLD, None, None)


@pytest.mark.parametrize(
    ("said", "english", "hindi"),
    [
        (
            proposals.CANCELS_CARD.format(name=NAME, held=proposals.amount(NEW), card=VISA),
            "That cancels your Spice Route order, and the five hundred rupees held on your Visa ending in 4242 "
            "is let go.",
            "मैं आपका Spice Route ऑर्डर कैंसल कर दूँगी, और आपके चार दो चार दो वाले Visa कार्ड पर रुके हुए पाँच सौ रुपये छोड़ दिए जाएँगे।",
        ),
        (
            proposals.fewer(NAME, "Garlic Naan", 3, 1, STAYS),
            "That makes it 1 Garlic Naan instead of 3 in your Spice Route order. "
            "The total stays seven hundred and twelve rupees and fifty paise.",
            "मैं आपके Spice Route ऑर्डर में तीन की जगह एक Garlic Naan कर दूँगी। कुल रकम सात सौ बारह रुपये पचास पैसे ही रहेगी।",
        ),
        (
            proposals.fewer(NAME, "Garlic Naan", 2, 0, proposals.total(OLD, NEW, VISA, "TIFFIN10")),
            "That takes 2 Garlic Naan off your Spice Route order. The total becomes five hundred rupees instead of "
            "seven hundred and twelve rupees and fifty paise. Only that is charged to your Visa ending in 4242. "
            "TIFFIN10 does not apply any more.",
            "मैं आपके Spice Route ऑर्डर से दो Garlic Naan हटा दूँगी। "
            "कुल रकम सात सौ बारह रुपये पचास पैसे की जगह पाँच सौ रुपये हो जाएगी। "
            "आपके चार दो चार दो वाले Visa कार्ड से बस इतना ही लिया जाएगा। TIFFIN10 अब लागू नहीं होगा।",
        ),
        (
            proposals.moved(
                NAME, Saying("9 Temple Road, near the tree", "9 Temple Road, the tree के पास"), 5, STAYS
            ),
            "Your Spice Route order would go to 9 Temple Road, near the tree instead, about five minutes later. "
            "The total stays seven hundred and twelve rupees and fifty paise.",
            "आपका Spice Route ऑर्डर इस पते पर जाएगा: 9 Temple Road, the tree के पास, लगभग पाँच मिनट देर से। "
            "कुल रकम सात सौ बारह रुपये पचास पैसे ही रहेगी।",
        ),
    ],
)
def test_it_is_said_in_both_languages(said: Saying, english: str, hindi: str) -> None:
    assert said.all == (english, hindi)


def test_a_door_as_near_as_the_old_one_is_not_later() -> None:
    assert "देर" not in proposals.moved(NAME, "9 Temple Road", 0, STAYS).hi


@pytest.mark.parametrize(
    "said",
    [
        proposals.CANCELS_UNKNOWN.format(name=NAME),
        proposals.CANCELS_UNPAID.format(name=NAME),
        proposals.CANCELS_CASH.format(name=NAME),
        proposals.CANCELS_CARD.format(name=NAME, held=proposals.amount(NEW), card=VISA),
        proposals.PASSES_ON.format(name=NAME, note="ring twice", costs=STAYS),
        proposals.fewer(NAME, "Garlic Naan", 2, 0, STAYS),
        proposals.moved(NAME, "9 Temple Road", 5, STAYS),
    ],
)
def test_no_proposal_makes_it_true_to_say_that_something_was_done(said: Saying) -> None:
    for text in said.all:
        assert [claim for claim in claims(text) if claim.kind == "outcome"] == [], text


def test_both_languages_name_the_same_amounts() -> None:
    said = proposals.total(OLD, NEW, VISA, None)
    amounts = [
        {value for claim in claims(text) if claim.kind == "money" for value in claim.values}
        for text in said.all
    ]
    assert amounts == [{71250, 50000}] * 2
