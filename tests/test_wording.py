"""The sentences of the compliance page, and who is told that a computer speaks."""

import pytest

from compliance.wording import ASKS_ROBOT, greeting, greeting_phrases, only_asks_robot, welcome_back

MARKETS = ("US", "IN")


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


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("recorded", [True, False, None])
def test_whatever_is_personal_can_be_left_out_of_prepared_words(market: str, recorded: bool | None) -> None:
    prepared = greeting_phrases(MARKETS)
    for one in (greeting(market, "Asha", recorded).nameless.plain, welcome_back(market, "two naan").plain):
        assert {one.opening, one.question} <= set(prepared)
    assert not [text for text in prepared if "Asha" in text or "  " in text]


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
