"""The grammar beside the model: what a turn says to a yes-or-no question, in English and in Hindi."""

import pytest

from domain.answers import Answer, agrees, allows, changes, leading, only_unrecorded, records, unrecorded

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
    ("हाँ, कर दीजिए", YES, True, True, True),
    ("haan, order kar dijiye", YES, True, True, True),
    ("ji bilkul", YES, True, True, True),
    ("बिल्कुल", YES, True, True, False),
    ("सही है, कर दो", YES, True, True, False),
    ("ज़रूर", YES, True, True, False),
    ("कोई बात नहीं, कर दीजिए", YES, True, True, False),
    ("हाँ, और कुछ नहीं चाहिए", YES, True, True, True),
    ("haan, aur kuch nahi", YES, True, True, True),
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
    ("हाँ, एक लस्सी भी", YES, False, False, True),
    ("haan aur do naan", YES, False, False, True),
    ("हाँ, और दो नान", YES, False, False, True),
    ("haan, naan hata dijiye", YES, False, False, True),
    ("हाँ, नान हटा दीजिए", YES, False, False, True),
    ("हाँ, तीन कर दीजिए", YES, False, False, True),
    ("haan, pyaaz mat dalna", YES, False, False, True),
    ("हाँ, पता गलत है", YES, False, False, True),
    # a yes that asks back
    ("yes, how long will it take?", YES, True, False, True),
    ("haan, kitna time lagega", YES, True, False, True),
    ("हाँ, कितने बजे आएगा", YES, True, False, True),
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
    ("जी नहीं", NO, False, False, False),  # the polite no
    ("ji nahi, mat kijiye", NO, False, False, False),
    ("जी, नहीं चाहिए", NO, False, False, False),
    ("ना", NO, False, False, False),
    ("na", NO, False, False, False),
    ("अभी नहीं", NO, False, False, False),
    ("रुकिए", NO, False, False, False),
    ("rehne dijiye", NO, False, False, False),
    ("कैंसल कर दीजिए", NO, False, False, False),
    ("मत करो", NO, False, False, False),
    # neither: the caller is talking about food
    ("no onions please", OTHER, False, False, False),
    ("no onions", OTHER, False, False, False),
    ("no chillies in the dal", OTHER, False, False, False),
    ("yesterday I had the dosa", OTHER, False, True, False),
    ("okra curry please", OTHER, False, True, False),
    ("jeera rice", OTHER, False, True, False),
    ("जीरा राइस", OTHER, False, True, False),
    ("नान", OTHER, False, True, False),
    ("क्या कहा", OTHER, False, False, False),
    ("leave it on the mat", OTHER, False, True, False),
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
        ("जी नहीं, दो नान", False),
        ("Ji, nahi.", False),
        ("ji haan, do naan", True),
        ("हाँ, रिकॉर्ड मत कीजिए", False),
        ("haan record kar lijiye", True),
        ("हाँ, कर लीजिए, और दो नान, प्याज़ नहीं", True),
    ],
)
def test_recording_takes_a_plain_yes_or_the_key_one(said: str, recorded: bool) -> None:
    assert records(said) is recorded


CLEAN = [
    "Yes, no problem",
    "No problem, place it",
    "No problem.",
    "Not a problem, go ahead.",
    "No worries, yes",
    "No worries, place it",
    "Yes, why not",
    "Why not, place the order",
    "Sure, no rush",
    "No rush, place it.",
    "Yes please, nothing else",
    "Yes, no changes",
    "Yes, no more changes",
    "Yes, don't change anything",
    "Yes, nothing to add",
    "Okay, no questions",
    "Yes, without a doubt",
    "Yes, I can't wait",
    "I don't mind, go ahead",
    "Yes, I said yes",
    "Yes, make it so",
    "Do it.",
    "Let's do it",
    "That's perfect, thank you",
    "That works",
    "Right, place it",
    "Please go ahead",
    "You can place it",
    "All good",
    "Looks good",
    "Yes, there's nothing wrong with that",
]
"""Ordinary yeses, some with a word in them that says no elsewhere."""
UNCLEAN = [
    "No",
    "No, thanks",
    "No, no problem",
    "Nope, the problem is the address",
    "Yes, but no problem with onions",
    "Yes, no more naan",
    "Yes, no other naan",
    "Yes, no onions",
    "No problem, but make it hot",
    "No problem, and two samosas",
    "Why not the other one",
    "Yes, change the size",
    "Yes, add nothing but a naan",
    "Yes, don't add it",
    "Sounds good, but wait",
    "Perfect, now remove the naan",
    "Great, also a lassi",
    "Do it without onions",
    "That works, actually no",
    "Right, but not to that address",
    "Okay, hold on",
    "Not right",
    "That is wrong",
    "I said two",
    "Please don't",
    "Don't do it",
    "Make it two",
    "It's a problem",
    "Thank you",
    "Good, make that three",
]


@pytest.mark.parametrize("said", CLEAN)
def test_an_ordinary_yes_is_a_clean_yes(said: str) -> None:
    assert agrees(said)
    assert allows(said)


@pytest.mark.parametrize("said", UNCLEAN)
def test_a_yes_that_is_none_or_not_only_one(said: str) -> None:
    assert not agrees(said)


VISA = "Visa ending in 4242"


@pytest.mark.parametrize(
    ("said", "paying"),
    [
        ("Yes, cash", "cash"),
        ("yes cash please", "cash"),
        ("Sounds good, place it in cash", "cash"),
        ("Yes, I'll pay in cash at the door.", "cash"),
        ("Okay. Cash on delivery.", "cash"),
        ("Yes, cash is fine", "cash"),
        ("haan, cash", "cash"),
        ("हाँ, कैश", "cash"),
        ("haan, cash kar dijiye", "cash"),
        ("जी, नकद में दूँगी", "cash"),
        ("हाँ, मेरे Visa कार्ड से", VISA),
        ("Yes, my card", VISA),
        ("Yes, charge the Visa", VISA),
        ("Go ahead with the Visa ending in 4242", VISA),
        ("Sure, put it on my card", VISA),
    ],
)
def test_repeating_the_payment_that_was_read_back_is_a_yes(said: str, paying: str) -> None:
    assert agrees(said, paying)
    assert not agrees(said)  # nothing was read back: it chooses


@pytest.mark.parametrize(
    ("said", "paying"),
    [
        ("Yes, card", "cash"),
        ("हाँ, कार्ड से", "cash"),
        ("हाँ, कैश", VISA),
        ("Yes, with the Visa", "cash"),
        ("Yes, cash instead", "cash"),
        ("Yes, no cash", "cash"),
        ("Yes, cash, not card", "cash"),
        ("Yes, but cash", "cash"),
        ("Yes, cash and a naan", "cash"),
        ("Yes, cash", VISA),
        ("Yes, the other card", VISA),
        ("Yes, my husband's card", VISA),
        ("Yes, my new card", VISA),
        ("Yes, the Mastercard", VISA),
        ("Yes, the card ending in 1881", VISA),
    ],
)
def test_another_payment_than_the_one_read_back_is_a_change(said: str, paying: str) -> None:
    assert not agrees(said, paying)
    assert changes(said, paying)
    assert not allows(said, paying)


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("Please don't record this.", True),
        ("stop recording", True),
        ("No recording please", True),
        ("I don't want this to be recorded", True),
        ("record mat karo", True),
        ("रिकॉर्डिंग बंद कीजिए", True),
        ("कॉल रिकॉर्ड मत कीजिए", True),
        ("हाँ, रिकॉर्ड कर लीजिए", False),
        ("My record is two dosas", False),
        ("yes", False),
    ],
)
def test_the_wish_not_to_be_recorded_is_heard_at_any_time(said: str, asks: bool) -> None:
    assert unrecorded(said) is asks


@pytest.mark.parametrize(
    ("said", "only"),
    [
        ("Please don't record this call.", True),
        ("Stop recording me, please", True),
        ("I'd like this not to be recorded", True),
        ("रिकॉर्डिंग बंद कीजिए।", True),
        ("record mat kariye, do naan", False),
        ("Don't record this, and add a naan", False),
        ("Two dosas, no recording", False),
        ("Two dosas", False),
    ],
)
def test_the_wish_not_to_be_recorded_may_come_with_an_order(said: str, only: bool) -> None:
    assert only_unrecorded(said) is only
