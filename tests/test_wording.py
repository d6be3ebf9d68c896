"""The sentences of the compliance page, and who is told that a computer speaks."""

import re
import string
import unicodedata

import pytest

from agents import AGENTS
from agents.phrases import fixed_phrases
from compliance import wording
from compliance.greetings import DRIVER, KITCHEN, greeting, greeting_phrases, lost_you, welcome_back
from compliance.wording import ASKS_ROBOT, only_asks_robot
from domain import eta, proposals, readback
from domain.saying import Saying
from operations import tracking
from pipelines.call import Lines
from tools import changes, checkout, orders

MARKETS = ("US", "IN")
NOT_SPOKEN = {
    "VERSION", "WITHDRAWN", "OPT_OUT", "SOMEBODY",  # nobody hears them
    "CODE_TEXT", "PHOTO_TEXT",  # texts
    "PHOTO_LINK_SENT",  # in a result, which the model says
    "WHISPER", "TAKEN", "DECLINED", "CALLER_GONE",  # to our own people
}  # fmt: skip
"""English texts of the wording that no caller hears from the system."""


@pytest.mark.parametrize(
    ("market", "name", "recorded", "said"),
    [
        ("IN", "Asha", True, "Hi Asha, Tiffin's AI assistant, recording as last time. What would you like?"),
        ("IN", None, True, "Tiffin's AI assistant, recording as last time. What would you like?"),
        (
            "US",
            "Asha",
            True,
            "Hi Asha, Tiffin's AI assistant. We transcribe and record, as last time. What would you like?",
        ),
        (
            "US",
            None,
            True,
            "Tiffin's AI assistant. We transcribe and record, as last time. What would you like?",
        ),
        (
            "US",
            "Asha",
            False,
            "Hi Asha, Tiffin's AI assistant. This call is transcribed. What can I get you?",
        ),
        (
            "US",
            "Asha",
            None,
            "Tiffin's AI assistant here. This call is transcribed. May I record it too? And what can I get you?",
        ),
        (
            "IN",
            "Asha",
            None,
            "Namaste, this is Tiffin's AI assistant. May I record this call? And what would you like to eat?",
        ),
        ("IN", "Asha", False, "Namaste, this is Tiffin's AI assistant. What would you like to eat?"),
    ],
)
def test_the_greeting_says_what_was_promised(
    market: str, name: str | None, recorded: bool | None, said: str
) -> None:
    one = greeting(market, name, recorded)
    assert one.text == said
    assert one.asks_recording is (recorded is None)


HINDI = [
    ("IN", None, "नमस्ते, मैं टिफ़िन की एआई असिस्टेंट हूँ। क्या मैं कॉल रिकॉर्ड कर लूँ? और आज क्या मँगवाएँगे?"),
    ("IN", False, "नमस्ते, मैं टिफ़िन की एआई असिस्टेंट हूँ। आज क्या मँगवाएँगे?"),
    ("IN", True, "नमस्ते Asha जी, टिफ़िन की एआई असिस्टेंट, रिकॉर्डिंग पिछली बार की तरह। आज क्या मँगवाएँगे?"),
    (
        "US",
        None,
        "मैं टिफ़िन की एआई असिस्टेंट हूँ। यह कॉल लिखी जा रही है। क्या इसे रिकॉर्ड भी कर लूँ? और आज क्या मँगवाएँगे?",
    ),
    ("US", False, "नमस्ते Asha जी, टिफ़िन की एआई असिस्टेंट। यह कॉल लिखी जा रही है। आज क्या मँगवाएँगे?"),
    (
        "US",
        True,
        "नमस्ते Asha जी, टिफ़िन की एआई असिस्टेंट। कॉल पिछली बार की तरह लिखी और रिकॉर्ड होगी। आज क्या मँगवाएँगे?",
    ),
]


@pytest.mark.parametrize(("market", "recorded", "said"), HINDI)
def test_the_greeting_says_it_in_hindi(market: str, recorded: bool | None, said: str) -> None:
    one = greeting(market, "Asha", recorded).to("hi")
    assert one.text == said
    assert one.asks_recording is (recorded is None)


def everybody(market: str) -> list[tuple[str, str]]:
    """Opening and question of every greeting of a market in Hindi."""
    made = [
        greeting(market, None, asked, ordering=food)
        for asked in (True, False, None)
        for food in (True, False)
    ]
    made += [welcome_back(market, "x"), lost_you(market, ""), lost_you(market, "x")]
    return [(one.opening, one.question) for one in (greeting.to("hi") for greeting in made)]


@pytest.mark.parametrize("market", MARKETS)
def test_every_hindi_greeting_has_what_the_law_asks_for(market: str) -> None:
    for opening, question in everybody(market):
        assert "टिफ़िन की एआई असिस्टेंट" in opening
        assert "रिकॉर्ड कर लूँ" not in opening
        assert ("लिखी" in opening) is (market == "US")
        before, asked, after = question.partition("कर लूँ? और ")
        assert not asked or (before.startswith("क्या ") and after.endswith("?")), "an open question follows"


def test_partners_are_greeted_in_hindi_as_well() -> None:
    for one in (DRIVER.to("hi"), KITCHEN.to("hi")):
        assert (one.notice, one.question.isascii()) == ("टिफ़िन की एआई।", False)


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("recorded", [True, False, None])
def test_whatever_is_personal_can_be_left_out_of_prepared_words(
    market: str, recorded: bool | None, language: str
) -> None:
    prepared = greeting_phrases(MARKETS)
    for one in (
        greeting(market, "Asha", recorded).nameless,
        welcome_back(market, "two naan"),
        lost_you(market, ""),
    ):
        words = one.to(language).plain
        assert {words.opening, words.question} <= set(prepared)
    assert not [text for text in prepared if "Asha" in text or "  " in text]


def sayings() -> list[Saying]:
    """Everything that the system says, wherever its words stand."""
    places = (wording, eta, proposals, readback, tracking, changes, checkout, orders)
    found = [text for place in places for text in vars(place).values() if isinstance(text, Saying)]
    found += [filler for agent in AGENTS.values() for filler in agent.fillers]
    return [*found, *eta.DOING.values(), *Lines().fillers, *(Lines().apology, Lines().nudge, Lines().unheard)]


def test_every_text_of_the_wording_that_is_spoken_can_be_said_in_hindi() -> None:
    texts = {name for name, text in vars(wording).items() if isinstance(text, str) and name.isupper()}
    english = {name for name in texts if not isinstance(getattr(wording, name), Saying)}
    assert english <= NOT_SPOKEN


def test_hindi_is_hindi_and_says_as_much_as_the_english() -> None:
    assert len(sayings()) > 80
    for saying in sayings():
        (english, named), (hindi, named_too) = map(parts, saying.all)
        assert named == named_too, saying
        assert not re.search("[a-z]", hindi, re.IGNORECASE), saying
        assert re.search("[ऀ-ॿ]", hindi) or not re.search("[a-z]{4}", english), saying
        assert unicodedata.normalize("NFC", hindi) == hindi, saying


def parts(text: str) -> tuple[str, set[str]]:
    """The words of a template, and the names of what is put in."""
    found = list(string.Formatter().parse(text))
    return " ".join(words for words, _, _, _ in found), {name for _, name, _, _ in found if name}


def test_every_fixed_phrase_is_prepared_in_both_languages() -> None:
    prepared = set(fixed_phrases()) | set(Lines().all)
    fixed = [*wording.sayings(), readback.QUESTION, changes.QUESTION, Lines().apology, Lines().shutdown]
    fixed += [filler for agent in AGENTS.values() for filler in agent.fillers]
    assert [text for saying in fixed for text in saying.all if text not in prepared and "{" not in text] == []
    assert [text for text in prepared if "{" in text] == []


def test_a_returning_caller_hears_what_waits_in_hindi() -> None:
    one = welcome_back("IN", Saying("2 Garlic Naan", "दो Garlic Naan")).to("hi")
    assert one.question == "अब तक यह लिखा है: दो Garlic Naan। और कुछ, या आगे बढ़ें?"
    assert one.plain.question == "आपका ऑर्डर मेरे पास है। और कुछ, या आगे बढ़ें?"


def test_a_returning_caller_hears_what_waits() -> None:
    one = welcome_back("US", "two naan")
    assert one.question == "I still have two naan. What else can I get you, or shall we go on?"
    assert one.plain.question == "I still have your order. What else can I get you, or shall we go on?"


@pytest.mark.parametrize(
    "said",
    [
        "Are you a robot?",
        "Wait, are you a real person?",
        "are you an actual human being",
        "Are you human or a machine?",
        "are you a bot",
        "Are you AI?",
        "Hold on, are you really a computer program?",
        "You're a robot, right?",
        "You are not a real person, are you? You a bot?",
        "Am I talking to a real person?",
        "am I speaking with a machine",
        "Is this a robot?",
        "Is this a recording or a real person?",
        "Is this a real person I'm talking to?",
        "kya aap robot hain",
        "Aap insaan hai ya machine?",
        "aap koi asli insaan ho?",
        "Kya main robot se baat kar raha hoon?",
        "क्या आप रोबोट हैं?",
        "आप असली इंसान हैं?",
    ],
)
def test_who_asks_for_the_truth_is_recognised(said: str) -> None:
    assert ASKS_ROBOT.search(said)
    assert only_asks_robot(said)


@pytest.mark.parametrize(
    "said",
    [
        "Are you a robot? Two dosas please.",
        "I want a lassi. Am I talking to a real person?",
        "Two naan, and are you a bot?",
        "Are you a robot and where is my order",
        "Two dosas",
        "Can I talk to a real person?",
    ],
)
def test_a_turn_that_wants_something_else_too_is_not_only_the_question(said: str) -> None:
    assert not only_asks_robot(said)


@pytest.mark.parametrize(
    "said",
    [
        "Are you open on Sunday?",
        "are you a restaurant or a delivery service",
        "Can I talk to a real person?",
        "I want a human, please.",
        "Give me a person",
        "main insaan se baat karna chahta hoon",
        "Is this a real order?",
        "Is it a bottle or a can?",
        "For two people, are you sure it's enough?",
        "Is this enough for one person?",
        "Is there a person who can bring it up to my flat?",
        "Is that a person's portion?",
        "The robot delivered it last time.",
        "you people are great",
        "Are you people open today?",
        "aap do naan bhej do",
        "",
    ],
)
def test_other_turns_are_left_to_the_model(said: str) -> None:
    assert not ASKS_ROBOT.search(said)
