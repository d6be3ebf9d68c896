"""The grammar beside the model: what a turn says to a yes-or-no question, in English and in Hindi."""

import pytest

from domain.answers import Answer, agrees, allows, leading, records

YES, NO, OTHER = Answer.YES, Answer.NO, Answer.OTHER

# said, how it begins, a clean yes, nothing in the way of placing, may be recorded
TABLE = [
    ("yes", YES, True, True, True),
    ("Yes.", YES, True, True, True),
    ("yes please", YES, True, True, True),
    ("Yeah, go ahead.", YES, True, True, True),
    ("um, yes", YES, True, True, True),
    ("Hello, yes", YES, True, True, True),
    ("okay yes", YES, True, True, False),
    ("okay", YES, True, True, False),
    ("Ok, place it", YES, True, True, False),
    ("sure", YES, True, True, True),
    ("yep, that's right, thank you", YES, True, True, True),
    ("that's correct", YES, True, True, False),
    ("sounds good", YES, True, True, False),
    ("of course", YES, True, True, False),
    ("place it", YES, True, True, False),
    ("Yes, two dosas", YES, True, True, True),
    ("haan", YES, True, True, True),
    ("Haan ji, bilkul", YES, True, True, True),
    ("ji", YES, True, True, True),
    ("theek hai", YES, True, True, True),
    ("हाँ", YES, True, True, True),
    ("हां जी", YES, True, True, True),
    ("जी, दो डोसा", YES, True, True, True),
    ("ठीक है।", YES, True, True, True),
    # a yes with a change in it places nothing
    ("yes, but make it hot", YES, False, False, True),
    ("yes but no onions", YES, False, False, True),
    ("yes, no onions please", YES, False, False, True),
    ("yes and also a mango lassi", YES, False, False, True),
    ("yes and two samosas", YES, False, False, True),
    ("sure, add a naan", YES, False, False, True),
    ("okay wait", NO, False, False, False),
    ("yes, actually cancel it", YES, False, False, True),
    ("हाँ लेकिन प्याज नहीं", YES, False, False, True),
    ("haan lekin pyaaz nahi", YES, False, False, True),
    # a yes that asks back
    ("yes, how long will it take?", YES, True, False, True),
    # no
    ("no", NO, False, False, False),
    ("No!", NO, False, False, False),
    ("nope", NO, False, False, False),
    ("nah", NO, False, False, False),
    ("no no", NO, False, False, False),
    ("no no no", NO, False, False, False),
    ("no, no", NO, False, False, False),
    ("no thanks", NO, False, False, False),
    ("no wait", NO, False, False, False),
    ("no stop", NO, False, False, False),
    ("no cancel it", NO, False, False, False),
    ("no you got it wrong", NO, False, False, False),
    ("no, two dosas", NO, False, False, False),
    ("um, no", NO, False, False, False),
    ("oh no", NO, False, False, False),
    ("sorry, no", NO, False, False, False),
    ("don't", NO, False, False, False),
    ("don’t place it", NO, False, False, False),  # as a telephone's keyboard writes it
    ("do not record this", NO, False, False, False),
    ("please don't", NO, False, False, False),
    ("not yet", NO, False, False, False),
    ("wait", NO, False, False, False),
    ("hold on a second", NO, False, False, False),
    ("cancel", NO, False, False, False),
    ("nahi", NO, False, False, False),
    ("nahin, rukiye", NO, False, False, False),
    ("नहीं", NO, False, False, False),
    ("मत करो", NO, False, False, False),
    # neither: the caller is talking about food
    ("no onions please", OTHER, False, False, False),
    ("no onions", OTHER, False, False, False),
    ("no chillies in the dal", OTHER, False, False, False),
    ("yesterday I had the dosa", OTHER, False, True, False),
    ("okra curry please", OTHER, False, True, False),
    ("jeera rice", OTHER, False, True, False),
    ("जीरा राइस", OTHER, False, True, False),
    ("two masala dosas", OTHER, False, True, False),
    ("thank you", OTHER, False, True, False),
    # neither, and yet in the way
    ("that's wrong", OTHER, False, False, False),
    ("that's not right", OTHER, False, False, False),
    ("it isn't for Main Street", OTHER, False, False, False),
    ("make it two", OTHER, False, False, False),
    ("remove the naan", OTHER, False, False, False),
    ("what's the total", OTHER, False, False, False),
    ("Did you say hot", OTHER, False, False, False),
    ("the address is wrong", OTHER, False, False, False),
    ("प्याज नहीं", OTHER, False, False, False),
    ("", OTHER, False, False, False),
    ("   ", OTHER, False, False, False),
]


@pytest.mark.parametrize(("said", "begins", "clean", "open_way", "recorded"), TABLE)
def test_a_turn_is_read(said: str, begins: Answer, clean: bool, open_way: bool, recorded: bool) -> None:
    assert leading(said) is begins
    assert (agrees(said), allows(said), records(said)) == (clean, open_way, recorded)


@pytest.mark.parametrize(
    ("said", "recorded"),
    [
        ("1", True),
        (" 1 ", True),
        ("11", False),
        ("2", False),
        ("9", False),
        ("yes, but don't record", False),
        ("sure, no recording please", False),
        ("yes don't record me, two dosas", False),
    ],
)
def test_recording_takes_a_plain_yes_or_the_key_one(said: str, recorded: bool) -> None:
    assert records(said) is recorded
