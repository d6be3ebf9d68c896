"""A sentence in every language: English where it is a text, Hindi where a Hindi caller hears it."""

import json

import pytest

from domain.saying import Saying, both, figure, said

QUEUE = Saying("You are {place} of {all}.", "{all} में आपका नंबर {place} है।")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Okay."), ("hi", "ठीक है।"), ("hi-IN", "ठीक है।"), ("ta", "Okay.")]
)
def test_it_is_said_in_the_language_there_is(language: str, words: str) -> None:
    okay = Saying("Okay.", "ठीक है।")
    assert okay.to(language) == words
    assert type(okay.to(language)) is str
    assert (said(okay, language), said("Fine.", language)) == (words, "Fine.")


def test_a_sentence_without_its_hindi_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        Saying("Okay.")  # type: ignore[call-arg]


def test_it_is_the_english_text_wherever_a_text_is_wanted() -> None:
    okay = Saying("Okay.", "ठीक है।")
    assert okay == "Okay."
    assert json.dumps({"said": okay}) == '{"said": "Okay."}'
    assert okay.all == ("Okay.", "ठीक है।")


def test_what_is_put_in_is_said_in_the_same_language() -> None:
    whole = QUEUE.format(place=figure(2), all=both(lambda language: {"en": "five", "hi": "पाँच"}[language]))
    assert whole.all == ("You are 2 of five.", "पाँच में आपका नंबर दो है।")
    assert QUEUE.format(place="last", all=3).hi == "3 में आपका नंबर last है।"
