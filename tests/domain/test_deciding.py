"""What a turn chooses about a dish that has run out: in two languages, and never more than was said."""

import pytest

from domain import deciding
from domain.deciding import Choice
from domain.deciding_words import chosen, refuses, says_no
from domain.money import Money
from domain.saying import Saying

ALL = (Choice.INSTEAD, Choice.LEAVE_OUT, Choice.CANCEL)
INSTEAD, LEAVE_OUT, CANCEL = ALL


def choice(text: str, yes: Choice | None = INSTEAD, ways: tuple[Choice, ...] = ALL) -> Choice | None:
    """What is chosen when Butter Naan is offered for Garlic Naan."""
    return chosen(text, yes, ways, "Garlic Naan", "Butter Naan" if INSTEAD in ways else None)


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("Yes.", INSTEAD),
        ("Sure, butter naan is fine.", INSTEAD),
        ("I'll take the butter naan.", INSTEAD),
        ("Butter naan instead, please.", INSTEAD),
        ("Can you send the butter naan?", INSTEAD),
        ("Okay, take that one.", INSTEAD),
        ("Haan ji, butter naan de dijiye.", INSTEAD),
        ("हाँ, ठीक है।", INSTEAD),
        ("Wahi de do.", INSTEAD),
        ("No, just leave it out.", LEAVE_OUT),
        ("Please remove the naan.", LEAVE_OUT),
        ("Take the garlic naan off.", LEAVE_OUT),
        ("Cancel the naan.", LEAVE_OUT),
        ("No, without it please.", LEAVE_OUT),
        ("Just send the rest.", LEAVE_OUT),
        ("Can you leave it out?", LEAVE_OUT),
        ("No. Leave it out, don't cancel.", LEAVE_OUT),
        ("Usko hata dijiye.", LEAVE_OUT),
        ("उसे हटा दीजिए।", LEAVE_OUT),
        ("Uske bina bhej do.", LEAVE_OUT),
        ("Cancel the order.", CANCEL),
        ("No, cancel the whole order please.", CANCEL),
        ("Can you cancel it?", CANCEL),
        ("Forget the whole order.", CANCEL),
        ("Cancel kar dijiye.", CANCEL),
        ("ऑर्डर कैंसल कर दीजिए।", CANCEL),
    ],
)
def test_a_plain_choice_is_heard(text: str, way: Choice) -> None:
    assert choice(text) is way


@pytest.mark.parametrize(
    "text",
    [
        "No.",
        "No thanks.",
        "Nahi.",
        "Hmm.",
        "How much is it without it?",
        "Can I cancel?",
        "What if I cancel it?",
        "Mat cancel karo.",
        "I don't want to cancel.",
        "Leave out the dal.",
        "Yes, and leave out the dal too.",
        "Yes, but make it two.",
        "Leave it out or cancel it, I don't know.",
        "Can I have palak paneer instead?",
        "No butter naan.",
        "Leave it as it is.",
        "Rehne dijiye.",
    ],
)
def test_what_is_no_plain_choice_chooses_nothing(text: str) -> None:
    assert choice(text) is None


def test_a_yes_to_which_of_two_chooses_nothing_and_the_offered_dish_can_still_be_named() -> None:
    assert choice("Yes.", None) is None
    assert choice("Okay, I'll take the butter naan.", None) is INSTEAD
    assert choice("Okay, I'll take that.", None) is None


def test_a_yes_to_the_only_way_is_that_way() -> None:
    assert choice("Yes please.", CANCEL, (CANCEL,)) is CANCEL
    assert choice("Leave it out.", CANCEL, (CANCEL,)) is None


@pytest.mark.parametrize(
    ("text", "ends", "no"),
    [
        ("No.", True, True),
        ("नहीं", True, True),
        ("Something else instead.", True, False),
        ("What does that cost?", False, False),
    ],
)
def test_a_no_ends_what_was_asked_and_a_question_does_not(text: str, ends: bool, no: bool) -> None:
    assert (refuses(text), says_no(text)) == (ends, no)


def usd(cents: int) -> Money:
    return Money(cents, "USD")


def test_each_way_is_told_with_what_it_costs() -> None:
    same = deciding.costs(usd(3160), usd(3160), None)
    less = deciding.costs(usd(3160), usd(2782), None)
    assert deciding.way(INSTEAD, same, "Butter Naan", first=True) == (
        "You can have Butter Naan instead: the total stays thirty-one dollars and sixty cents."
    )
    assert deciding.way(LEAVE_OUT, less, "", first=False) == (
        "Or I leave it out: the total becomes twenty-seven dollars and eighty-two cents instead of "
        "thirty-one dollars and sixty cents."
    )
    assert deciding.way(CANCEL, deciding.NOTHING_DUE, "", first=False) == (
        "Or I cancel the order, and there is nothing to pay."
    )


def test_what_was_charged_goes_back_to_where_it_came_from() -> None:
    card = deciding.CARD.format(card=Saying("Visa ending in 4242", "चार दो चार दो वाले Visa कार्ड"))
    told = deciding.costs(usd(3160), usd(2782), card)
    assert told.endswith(", and three dollars and seventy-eight cents goes back to your Visa ending in 4242")
    assert told.hi.endswith(" आपके चार दो चार दो वाले Visa कार्ड पर वापस जाएँगे")
    assert "goes back" not in deciding.costs(usd(3160), usd(3160), card)


@pytest.mark.parametrize(
    ("ways", "asks", "yes"),
    [
        (ALL, "Would you like the Butter Naan?", INSTEAD),
        ((LEAVE_OUT, CANCEL), "Which would you like?", None),
        ((LEAVE_OUT,), "Shall I leave it out?", LEAVE_OUT),
        ((CANCEL,), "Shall I cancel it?", CANCEL),
    ],
)
def test_the_question_says_what_a_yes_is_for(ways: tuple[Choice, ...], asks: str, yes: Choice | None) -> None:
    assert deciding.question(ways, "Butter Naan") == (asks, yes)
