"""The stand-in understands a few Hindi sentences, in either script; what it does not know it leaves alone."""

import pytest

from sandbox.policy.devanagari import latin
from sandbox.policy.hear import hear
from sandbox.policy.request import Said, said_or_note
from tests.sandbox.brain.kitchen import Kitchen, Line


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("हाँ, कर दीजिए।", "haan, kar dijiye."),
        ("मुझे दो बटर नान चाहिए", "mujhe do butter naan chahiye"),
        ("two naan, हां", "two naan, haan"),
        ("मेरे पापा बेहोश हो गए हैं", "मेरे पापा बेहोश हो गए हैं"),
        ("साँस नहीं ले रहा", "साँस नहीं ले रहा"),
    ],
)
def test_a_turn_is_read_when_every_word_is_known(said: str, read: str) -> None:
    assert latin(said) == read
    assert said_or_note(said) == Said(read)


@pytest.mark.parametrize("said", ["Hindi mein boliye.", "English, please.", "hindi me baat karo"])
def test_asking_for_a_language_is_no_dish(said: str) -> None:
    heard = hear(said, "anything")
    assert (heard.wishes, heard.rest, heard.text) == ([], "", "")


def test_an_order_in_hindi_is_placed() -> None:
    line = Line(Kitchen())
    turns = ["Hindi mein boliye.", "मुझे दो बटर नान चाहिए।", "बस।", "नहीं", "हाँ जी", "कैश", "हाँ, कर दीजिए।"]
    for turn in turns:
        line.events.append(said_or_note(turn))
        line.run()
    assert line.kitchen.what() == ["2 Butter Naan"]
    assert (line.kitchen.placed or {}).get("payment") == "cash"
