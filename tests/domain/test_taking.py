"""The grammar for a driver's answer to an offer: nothing but a clean yes takes it."""

import pytest

from domain.answers import Answer
from domain.taking import answers

YES, NO, OTHER = Answer.YES, Answer.NO, Answer.OTHER


@pytest.mark.parametrize(
    "said",
    [
        "Yes.",
        "yes please",
        "okay",
        "I'll take it",
        "okay, accept",
        "Sure, I can do that one",
        "give it to me",
        "send it to me",
        "yeah I'm on it",
        "will do",
        "yes, no problem",
        "haan, le lunga",
        "haan",
        "हाँ",
        "हाँ, ले लूँगा",
        "ठीक है, दे दीजिए",
    ],
)
def test_a_clean_yes_takes_it(said: str) -> None:
    assert answers(said) is YES


@pytest.mark.parametrize(
    "said",
    [
        "No, skip",
        "no",
        "No.",
        "skip",
        "Skip, that's too far",
        "pass",
        "I'll pass",
        "next one please",
        "not this one",
        "I can't take it",
        "I won't take that",
        "no thanks, okay?",
        "wait",
        "that's too far for me",
        "yes... no, skip it",
        "okay, too little",
        "nahi, chhod do",
        "नहीं",
        "छोड़ दो",
    ],
)
def test_a_no_anywhere_leaves_it(said: str) -> None:
    assert answers(said) is NO


@pytest.mark.parametrize(
    "said",
    [
        "How far is it?",
        "okay, what does it pay?",
        "yes, but where does it go?",
        "hm",
        "say again",
        "is it ready?",
        "where is that",
        "I'm at the clock tower",
        "",
    ],
)
def test_what_is_neither_leaves_the_question_open(said: str) -> None:
    assert answers(said) is OTHER
