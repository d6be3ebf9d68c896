"""A kitchen on the line: every turn leads to the one call it asks for, and to what that call wants said."""

import pytest

from tests.sandbox.brain.kitchen import Object
from tests.sandbox.brain.sides import KITCHEN, SideLine

FIRST: Object = {
    "order": "order-1", "status": "placed", "waiting": 2, "allergies": ["peanut"],
    "lines": [{"line": 1, "dish": "one full paneer tikka hot"}, {"line": 2, "dish": "two garlic naan"}],
    "say": "Order one of two: one full paneer tikka hot, two garlic naan. Allergy: peanut. How many minutes?",
}  # fmt: skip
SECOND: Object = {
    "order": "order-2", "status": "placed", "waiting": 1, "allergies": [],
    "lines": [{"line": 1, "dish": "two full dal tadka"}],
    "say": "New order: two full dal tadka. How many minutes?",
}  # fmt: skip
NONE: Object = {"waiting": 0, "say": "No order waits for you now."}
STOVE: Object = {**NONE, "cooking": [
    {"order": "order-3", "dishes": "two full dal tadka."}, {"order": "order-4", "dishes": "one rasmalai."},
]}  # fmt: skip
WHICH: Object = {"status": "which", "ask": "Which order is ready?", "cooking": STOVE["cooking"]}
MORE: Object = {
    "status": "confirmed", "waiting": 1, "say": "Twenty minutes, thank you. One more order waits.",
    "next": "Say it, then call notify_restaurant at once.",
}  # fmt: skip
DONE: Object = {"status": "confirmed", "waiting": 0, "say": "Twenty minutes, thank you."}


def line(*waiting: Object, **answers: Object) -> SideLine:
    talk = SideLine(KITCHEN, {name: [content] for name, content in answers.items()})
    talk.answers["notify_restaurant"] = list(waiting or (FIRST,))
    return talk


@pytest.mark.parametrize("said", ["hello", "any new orders?", "Let me hear the order.", "tell me"])
def test_a_kitchen_that_calls_hears_what_waits(said: str) -> None:
    talk = line()
    assert talk.say(said) == FIRST["say"]
    assert talk.calls == [("notify_restaurant", {})]


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("twenty minutes", 20),
        ("20 minutes.", 20),
        ("twenty five", 25),
        ("fifteen please", 15),
        ("yes, half an hour", 30),
        ("okay 40 mins", 40),
        ("ready in ten minutes", 10),
        ("500 minutes", 500),
    ],
)
def test_minutes_take_the_order(said: str, minutes: int) -> None:
    talk = line(confirm_preparation_time=DONE)
    talk.say("hello")
    talk.say(said)
    assert talk.calls == [("confirm_preparation_time", {"order": "order-1", "minutes": minutes})]


def test_what_still_waits_is_told_at_once_and_answered_next() -> None:
    talk = line(FIRST, SECOND, confirm_preparation_time=MORE)
    talk.say("hello")
    assert talk.say("twenty minutes") == f"{MORE['say']} {SECOND['say']}"
    assert [name for name, _ in talk.calls] == ["confirm_preparation_time", "notify_restaurant"]
    talk.answers["confirm_preparation_time"] = [DONE]
    assert talk.say("ten") == "Twenty minutes, thank you. Anything else?"
    assert talk.calls == [("confirm_preparation_time", {"order": "order-2", "minutes": 10})]
    talk.say("no")
    assert [name for name, _ in talk.calls] == ["end_call"]


def test_a_yes_without_minutes_is_asked_for_them() -> None:
    talk = line()
    talk.say("hello")
    assert talk.say("okay") == "How many minutes?"
    assert talk.calls == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("we can't take it, too busy", "busy"),
        ("no, we're closing", "closing"),
        ("reject it, no rider here", "no_rider"),
    ],
)
def test_a_no_with_a_reason_turns_it_down(said: str, reason: str) -> None:
    talk = line(reject_order={"status": "rejected", "waiting": 0, "say": "Okay, that order is off."})
    talk.say("hello")
    talk.say(said)
    assert talk.calls == [("reject_order", {"order": "order-1", "reason": reason})]


def test_a_no_without_a_reason_is_asked_why_once() -> None:
    talk = line(reject_order={"status": "rejected", "waiting": 0, "say": "Okay, that order is off."})
    talk.say("hello")
    assert talk.say("no") == "Busy, closing, out of stock, or no rider?"
    talk.say("just because")
    assert talk.calls == [("reject_order", {"order": "order-1", "reason": "other"})]


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("we are out of garlic naan", {"line": 2}),
        ("no more paneer tikka", {"line": 1}),
        ("garlic naan is finished, we have butter naan instead", {"line": 2, "substitute": "butter naan"}),
    ],
)
def test_what_has_run_out_is_told_by_its_line(said: str, arguments: Object) -> None:
    settled = {"status": "removed", "order": "order-1", "waiting": 1, "lines": FIRST["lines"][:1],
               "say": "Okay, no garlic naan. How many minutes?"}  # fmt: skip
    talk = line(handle_unavailable_item=settled, confirm_preparation_time=DONE)
    talk.say("hello")
    assert talk.say(said) == settled["say"]
    assert talk.calls == [("handle_unavailable_item", {"order": "order-1", **arguments})]
    talk.say("twenty")
    assert talk.calls == [("confirm_preparation_time", {"order": "order-1", "minutes": 20})]


def test_which_dish_is_asked_when_it_is_not_said() -> None:
    talk = line(handle_unavailable_item={"status": "ask_customer", "waiting": 0, "say": "Please wait."})
    talk.say("hello")
    assert talk.say("we have run out") == "Which dish is out?"
    talk.say("the naan")
    assert talk.calls == [("handle_unavailable_item", {"order": "order-1", "line": 2})]


def test_an_order_changed_meanwhile_is_told_before_it_is_taken() -> None:
    changed = {**FIRST, "say": "The order has changed. It is now: one garlic naan. How many minutes?"}
    talk = line(pass_on_change=changed)
    refused: Object = {
        "error": "The customer has changed that order. Call pass_on_change, say it, and ask again."
    }
    talk.answers["confirm_preparation_time"] = [refused, DONE]
    talk.say("hello")
    assert talk.say("twenty") == changed["say"]
    assert [name for name, _ in talk.calls] == ["confirm_preparation_time", "pass_on_change"]
    assert talk.say("twenty") == "Twenty minutes, thank you. Anything else?"


def test_a_change_is_heard_when_asked_for() -> None:
    talk = line({**NONE, "changed": ["order-7"]}, pass_on_change={"status": "preparing", "say": "No onions."})
    talk.say("hello")
    talk.say("what has changed?")
    assert talk.calls == [("pass_on_change", {"order": "order-7"})]


def test_the_order_that_is_ready_is_found_by_its_dish() -> None:
    talk = line(STOVE)
    talk.answers["mark_ready"] = [WHICH, {"status": "ready", "waiting": 0, "say": "Noted, it's ready."}]
    assert talk.say("the rasmalai is ready") == "Noted, it's ready. Anything else?"
    assert talk.calls == [("mark_ready", {}), ("mark_ready", {"order": "order-4"})]


def test_which_order_is_ready_is_asked_when_several_could_be() -> None:
    talk = line(STOVE, mark_ready=WHICH)
    assert talk.say("it's ready") == "Which order is ready?"
    assert talk.calls == [("mark_ready", {})]


def test_an_order_that_was_cut_short_is_told_again_before_it_is_taken() -> None:
    talk = line(FIRST)
    talk.answers["confirm_preparation_time"] = [
        {"error": "The kitchen has not heard that order to its end. Call notify_restaurant with it."}, DONE
    ]  # fmt: skip
    talk.say("hello")
    assert talk.say("twenty") == FIRST["say"]
    assert talk.calls[1] == ("notify_restaurant", {"order": "order-1"})
    assert talk.say("twenty") == "Twenty minutes, thank you. Anything else?"


@pytest.mark.parametrize(
    ("said", "name", "arguments"),
    [
        ("pause for thirty minutes", "pause_kitchen", {"minutes": 30}),
        ("no new orders for an hour", "pause_kitchen", {"minutes": 60}),
        ("we are open again", "resume_kitchen", {}),
        ("can I speak to a person", "ask_for_person", {"reason": "The caller asked for a person."}),
    ],
)
def test_other_wishes(said: str, name: str, arguments: Object) -> None:
    talk = line(NONE)
    talk.say("hello")
    talk.say(said)
    assert talk.calls == [(name, arguments)]


def test_a_break_without_its_length_is_asked_for_it() -> None:
    talk = line(NONE, pause_kitchen={"status": "paused", "say": "Paused for ten minutes."})
    assert talk.say("pause orders please") == "For how many minutes shall I pause?"
    talk.say("ten")
    assert talk.calls == [("pause_kitchen", {"minutes": 10})]


def test_a_tool_that_always_refuses_does_not_go_in_circles() -> None:
    broken: Object = {"error": "That did not work just now, on our side. Say so, and offer to try again."}
    talk = line(broken, confirm_preparation_time=broken, pass_on_change=broken)
    for said in ("hello", "twenty minutes", "what has changed", "it is ready"):
        assert talk.say(said)
