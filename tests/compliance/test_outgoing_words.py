"""The first words of our calls: short, in both languages, who we are first, and how to end the calls."""

import re

import pytest

from agents.phrases import fixed_phrases
from compliance import outgoing_words as words
from compliance.outgoing_words import Opening, opening, orders_wait, outgoing_phrases, settled
from domain.calling import Kind
from domain.dialling import Topic, kind_of
from domain.saying import Saying
from pipelines.phrases import spread
from tests.pipelines.speech import speech

SECONDS = 8.0
WORDS = {
    "items": Saying("two items", "दो आइटम"),
    "order": "the order with two full dal tadka",
    "brand": "Spice Route",
    "pay": Saying("four dollars and fifty cents", "साढ़े चार डॉलर"),
    "number": Saying("four eight two nine", "चार आठ दो नौ"),
    "place": "214 Juniper Lane, flat 3",
    "dish": "garlic naan",
    "money": Saying("Nothing was charged.", "कोई पैसा नहीं लिया गया।"),
    "what": words.LEFT_OUT.format(dish="garlic naan"),
    "minutes": Saying("ten", "दस"),
    "meal": words.LAST_NIGHT,
}


def of(topic: Topic) -> Opening:
    return opening(topic, "Asha" if kind_of(topic) is Kind.CUSTOMER else None, **WORDS)


@pytest.mark.parametrize("topic", Topic)
def test_it_is_said_in_eight_seconds(topic: Topic) -> None:
    assert len(speech(of(topic).text)) / 2 / 8000 <= SECONDS


@pytest.mark.parametrize("topic", Topic)
def test_it_begins_with_who_we_are_in_either_language(topic: Topic) -> None:
    said = of(topic)
    name = "Tiffin's AI assistant" if kind_of(topic) is Kind.CUSTOMER else "Tiffin's AI."
    assert name in said.to("en").identity
    assert "टिफ़िन की एआई" in said.to("hi").identity
    assert "{" not in said.to("en").text + said.to("hi").text
    assert re.search("[ऀ-ॿ]", said.to("hi").text)


@pytest.mark.parametrize("topic", [topic for topic in Topic if kind_of(topic) is Kind.CUSTOMER])
def test_every_call_to_a_customer_says_how_to_end_the_calls(topic: Topic) -> None:
    said = of(topic)
    assert said.opt_out.startswith("Press 9 or say stop ")
    assert "9" in said.to("hi").opt_out


@pytest.mark.parametrize("topic", [topic for topic in Topic if kind_of(topic) is not Kind.CUSTOMER])
def test_partners_are_not_told_of_an_end_to_calls(topic: Topic) -> None:
    assert "9" not in of(topic).text


def test_what_is_promised_is_said() -> None:
    assert of(Topic.LATE).text == (
        "Asha, Tiffin's AI assistant: your Spice Route order is ten minutes late. "
        "Press 9 or say stop calling to end these calls."
    )
    assert of(Topic.FEEDBACK).text == (
        "Hi Asha, Tiffin's AI assistant. Press 9 or say stop calling to opt out. How was last night's order?"
    )
    assert of(Topic.ORDERS).text == "Tiffin's AI. New order, two items. Press 1 to hear it."
    assert of(Topic.OFFER).text == (
        "Tiffin's AI. Pick up at Spice Route, four dollars and fifty cents. Yes, or skip?"
    )


def test_without_a_name_nobody_is_named() -> None:
    assert opening(Topic.LATE, **WORDS).text.startswith("Tiffin's AI assistant: your")
    assert opening(Topic.FEEDBACK, **WORDS).text.startswith("Hi, Tiffin's AI assistant.")


def test_a_machine_hears_nothing_of_an_order() -> None:
    for line in (words.ABOUT_ORDER, words.ABOUT_WORK, words.VOICEMAIL, words.VOICEMAIL_US):
        assert "Tiffin's AI assistant" in line
        assert not re.search(r"{(?!number)", line)
    assert words.VOICEMAIL_US.startswith("This is Tiffin's AI assistant")  # business first
    said = words.VOICEMAIL_US.format(number="five one two, five five five, zero one zero zero")
    assert len(speech(said)) / 2 / 8000 < 12


def test_what_is_the_same_for_many_is_prepared() -> None:
    prepared = set(fixed_phrases())
    assert set(outgoing_phrases()) <= prepared
    for said in (settled(Topic.LATE), orders_wait(Saying("Two", "दो"))):
        assert {said.identity, said.question} <= prepared
    assert {words.END_CALLS, words.OPT_OUT, words.SORRY_WRONG, words.VOICEMAIL} <= prepared
    assert all(spread(text, 1.0) for text in outgoing_phrases())
