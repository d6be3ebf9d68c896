"""The stand-in has a missing dish put to the caller before anything else, and does what they choose."""

from typing import Any

import pytest

from sandbox.policy.brain import answer
from sandbox.policy.request import Event, ModelRequest, Result, Said, Spoke, Tool, ToolCall
from tests.sandbox.brain.care import TODAY, TOOLSETS, TRACKING
from tests.sandbox.brain.kitchen import Object

ASK, DECIDE = "ask_about_unavailable", "decide_unavailable"
OPENING = (
    "Asha, Tiffin's AI assistant: Spice Route has run out of garlic naan. Shall I tell you your choices?"
)
TOLD: Object = {
    "status": "told",
    "order": "order-1",
    "dish": "Garlic Naan",
    "yes": "instead",
    "instead": "Butter Naan",
}
DONE: Object = {"status": "done", "outcome": "removed", "say": "Done. The Garlic Naan is left out."}


class Line:
    """A line on which tools answer what they are told to."""

    def __init__(self, *events: Event) -> None:
        self.events: list[Event] = list(events)
        self.tools = {**TOOLSETS[TRACKING]}
        for name, words in ((ASK, "order dish"), (DECIDE, "order choice")):
            properties: Object = {word: {} for word in words.split()}
            self.tools[name] = Tool(name, name, {"type": "object", "properties": properties})
        self.results: dict[str, list[Object]] = {
            "get_order_status": [{"orders": [{**TODAY, "run_out": ["Garlic Naan"]}]}],
            ASK: [TOLD, {**TOLD, "yes": ""}, TOLD],
            DECIDE: [DONE],
        }

    def says(self, text: str) -> tuple[list[ToolCall], str]:
        """The calls that are made on a turn, and what is said at its end."""
        self.events.append(Said(text))
        made: list[ToolCall] = []
        for _ in range(6):
            reply = answer(ModelRequest("model", "", self.tools, tuple(self.events)))
            if reply.text:
                self.events.append(Spoke(reply.text))
            if not reply.calls:
                return made, reply.text
            for call in reply.calls:
                made.append(call)
                queue = self.results[call.name]
                content: dict[str, Any] = queue.pop(0) if len(queue) > 1 else queue[0]
                self.events += [call, Result(call, content)]
                if content.get("status") == "told":
                    return made, reply.text  # the system speaks
        raise AssertionError("it goes in circles")


def test_it_is_put_to_the_caller_before_their_question_is_answered() -> None:
    made, said = Line().says("Where is my order?")
    assert [call.name for call in made] == ["get_order_status", ASK]
    assert made[1].arguments == {"order": "order-1"}
    assert said == ""


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("Yes please.", "instead"),
        ("I'll take the butter naan.", "instead"),
        ("No, just leave it out.", "leave_out"),
        ("Cancel the whole order.", "cancel"),
    ],
)
def test_what_they_choose_is_done(said: str, choice: str) -> None:
    line = Line()
    line.says("Where is my order?")
    made, answered = line.says(said)
    assert [(call.name, call.arguments) for call in made] == [
        (DECIDE, {"order": "order-1", "choice": choice})
    ]
    assert answered.startswith(str(DONE["say"]))


def test_after_a_no_it_is_put_again_and_then_left_out() -> None:
    line = Line()
    line.says("Where is my order?")
    assert [call.name for call in line.says("No, thank you.")[0]] == [ASK]
    made, _ = line.says("Leave it out then.")
    assert [call.arguments["choice"] for call in made] == ["leave_out"]


def test_another_dish_is_put_to_them_by_its_name() -> None:
    line = Line()
    line.says("Where is my order?")
    made, _ = line.says("Can I have palak paneer instead?")
    assert [(call.name, call.arguments) for call in made] == [
        (ASK, {"order": "order-1", "dish": "palak paneer"})
    ]


def test_a_second_missing_dish_comes_after_the_first() -> None:
    line = Line()
    line.results[DECIDE] = [{**DONE, "run_out": ["Dal Tadka"]}]
    line.says("Where is my order?")
    made, _ = line.says("Yes.")
    assert [call.name for call in made] == [DECIDE, ASK]


def test_in_a_call_of_ours_a_yes_has_the_choices_told() -> None:
    made, _ = Line(Spoke(OPENING)).says("Yes, please.")
    assert [call.name for call in made] == ["get_order_status", ASK]


def test_who_does_not_want_to_hear_of_it_is_left_alone() -> None:
    made, _ = Line(Spoke(OPENING)).says("No, not now.")
    assert ASK not in [call.name for call in made]
