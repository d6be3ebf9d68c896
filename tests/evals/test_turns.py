"""Turns as they are written, and as the harness gets them."""

from typing import Any

import pytest
from pydantic import ValidationError

from evals.turns import REPLY, Turn, script


def turn(**written: Any) -> Turn:
    """A turn as YAML gives it."""
    return Turn.model_validate(written)


def test_a_sentence_alone_is_an_answer_that_contains_it() -> None:
    (expected,) = turn(user="Hello.", expect=["Anything else"]).built().expect
    assert (expected.event, expected.text_contains) == (REPLY, "Anything else")


def test_a_tools_name_alone_means_any_arguments() -> None:
    written = {
        "event": "function_call",
        "calls": ["search_menu", {"name": "place_order", "args": {"payment": "cash"}}],
    }
    (expected,) = turn(user="Yes.", expect=[written]).built().expect
    assert expected.calls is not None
    assert [(call.name, call.args) for call in expected.calls] == [
        ("search_menu", None),
        ("place_order", {"payment": "cash"}),
    ]


def test_without_expectations_any_answer_is_waited_for() -> None:
    (expected,) = turn(user="Hello.").built().expect
    assert (expected.event, expected.text_contains) == (REPLY, None)


def test_an_empty_list_waits_for_nothing() -> None:
    assert turn(user="Hello.", expect=[]).built().expect == []


def test_the_greeting_is_waited_for_unless_a_turn_asks_about_it() -> None:
    said = turn(user="Hello.")
    heard = turn(expect=["What can I get you?"])
    assert [each.user for each in script("a", [said]).turns] == [None, "Hello."]
    assert [each.user for each in script("a", [heard, said]).turns] == [None, "Hello."]


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({"user": "Yes.", "dtmf": "1"}, "user: or dtmf:"),
        ({"dtmf": "x"}, "pattern"),
        ({"user": "Yes.", "expect": [{"event": "tts_response"}]}, "event"),
        ({"user": "Yes.", "expect": [{"event": "response", "eval": "is kind"}]}, "Extra inputs"),
        (
            {"user": "Yes.", "expect": [{"event": "response", "calls": ["end_call"]}]},
            "do not go with response",
        ),
        (
            {"user": "Yes.", "expect": [{"event": "function_call", "text_contains": "a"}]},
            "a text does not go",
        ),
        ({"user": "Yes.", "expect": [{"event": "response", "absent": True}]}, "absent: takes within_ms"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        turn(**written)


def test_a_code_is_typed_digit_by_digit() -> None:
    typed = turn(user="It is {code of dinner}.")
    assert typed.codes == ["dinner"]
    assert typed.told({"dinner": "480913"}).user == "It is four eight zero, nine one three."
    assert turn(dtmf="1").told({}) == turn(dtmf="1")
    assert turn(user="Hello.").codes == []
