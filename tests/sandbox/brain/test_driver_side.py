"""A driver on the line: every turn leads to the one call it asks for, and to what that call wants said."""

import pytest

from tests.sandbox.brain.kitchen import Object
from tests.sandbox.brain.sides import DRIVER, SideLine

OFFER: Object = {
    "status": "offered", "order": "order-1",
    "say": "Pick up at Spice Route, Old Mill, two point one kilometres, five dollars and fifty cents. Yes, or skip?",
}  # fmt: skip
SECOND: Object = {**OFFER, "order": "order-2", "say": "Pick up at Green Bowl, Harbor. Yes, or skip?"}
NONE: Object = {"status": "none", "say": "There is no delivery waiting for you just now."}
ACCEPTED: Object = {
    "order": "order-1",
    "status": "accepted",
    "say": "Pick up at Spice Route. It goes to 4 Oak Street.",
}
CARRIED: Object = {"order": "order-3", "status": "picked up", "say": "It goes to 9 Elm Street."}
HAS: Object = {"deliveries": [ACCEPTED]}
BOTH: Object = {"deliveries": [ACCEPTED, CARRIED]}


def line(**answers: Object) -> SideLine:
    return SideLine(DRIVER, {name: [content] for name, content in answers.items()})


@pytest.mark.parametrize("said", ["any orders for me?", "hi", "what have you got", "I'm free now"])
def test_a_driver_who_calls_hears_what_waits(said: str) -> None:
    talk = line(hear_offer=OFFER)
    assert talk.say(said) == OFFER["say"]
    assert talk.calls == [("hear_offer", {})]


@pytest.mark.parametrize("yes", ["yes", "Yes.", "I'll take it", "okay, accept", "haan"])
def test_a_yes_takes_it(yes: str) -> None:
    talk = line(hear_offer=OFFER, assign_driver={"status": "assigned", "say": "It's yours."})
    talk.say("anything for me?")
    assert talk.say(yes) == "It's yours. Anything else?"
    assert talk.calls == [("assign_driver", {"order": "order-1"})]


@pytest.mark.parametrize(
    ("no", "reason"),
    [
        ("skip", "not_said"),
        ("No.", "not_said"),
        ("no, too far", "too_far"),
        ("skip, the pay is low", "too_little"),
    ],
)
def test_a_skip_is_taken_without_a_question_and_the_next_is_told(no: str, reason: str) -> None:
    talk = line(decline_offer={"status": "declined", "say": "All right, skipped."})
    talk.answers["hear_offer"] = [OFFER, SECOND]
    talk.say("any orders?")
    assert talk.say(no) == f"All right, skipped. {SECOND['say']}"
    assert talk.calls == [("decline_offer", {"order": "order-1", "reason": reason}), ("hear_offer", {})]
    talk.say("yes")
    assert talk.calls == [("assign_driver", {"order": "order-2"})]


def test_after_the_last_one_nothing_is_offered() -> None:
    talk = line(decline_offer={"status": "declined", "say": "All right, skipped."})
    talk.answers["hear_offer"] = [OFFER, NONE]
    talk.say("any orders?")
    assert talk.say("skip") == "All right, skipped. Anything else?"
    talk.say("no")
    assert talk.calls[0][0] == "end_call"


def test_a_delivery_that_is_taken_is_told_so() -> None:
    taken = "Another driver has taken that one already. Say so, and that nothing is lost by it; then hear_offer once."
    talk = line(hear_offer=OFFER, assign_driver={"error": taken})
    talk.say("any orders?")
    assert talk.say("yes").startswith("Another driver has taken that one already.")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("I'm at the restaurant", "report_at_restaurant"),
        ("okay I picked up the food", "confirm_pickup"),
        ("I have the order", "confirm_pickup"),
        ("my bike broke down", "report_problem"),
    ],
)
def test_a_word_about_a_delivery_is_noted_for_the_one_they_have(said: str, name: str) -> None:
    talk = line(get_pickup_details=HAS)
    assert talk.say(said) == f"{name} done. Anything else?"
    assert [call for call, _ in talk.calls] == ["get_pickup_details", name]
    assert talk.calls[1][1]["order"] == "order-1"


@pytest.mark.parametrize("said", ["the code is 482913", "four eight two nine one three", "it's 482 913"])
def test_digits_are_the_code_of_what_they_carry(said: str) -> None:
    talk = line(get_pickup_details=BOTH)
    talk.say(said)
    assert talk.calls[1] == ("confirm_delivery", {"order": "order-3", "code": "482913"})


def test_at_the_door_the_digits_are_asked_for() -> None:
    talk = line(get_pickup_details=BOTH)
    assert talk.say("I'm at the door, delivered") == "What are the customer's six digits?"
    assert talk.calls == []


def test_where_it_goes_and_where_they_are() -> None:
    talk = line(get_pickup_details=HAS)
    assert talk.say("what's the address?") == f"{ACCEPTED['say']} Anything else?"
    talk.say("I'm near the old clock tower")
    assert talk.calls == [("update_driver_location", {"place": "the old clock tower"})]


def test_without_a_delivery_nothing_is_noted() -> None:
    talk = line(get_pickup_details={"deliveries": [], "say": "You have no delivery just now."})
    assert talk.say("I picked it up") == "You have no delivery just now. Anything else?"
    assert [call for call, _ in talk.calls] == ["get_pickup_details"]


def test_a_person_a_machine_and_goodbye() -> None:
    talk = line(
        hear_offer=OFFER, ask_for_person={"status": "callback", "say": "A person will call you back."}
    )
    assert talk.say("let me talk to a person").startswith("A person will call you back.")
    assert "AI assistant" in talk.say("are you a robot?")
    talk.say("bye")
    assert [call for call, _ in talk.calls] == ["end_call"]


def test_an_outcome_that_comes_late_is_told() -> None:
    talk = line(hear_offer=OFFER)
    talk.say("any orders?")
    told = talk.note(
        "Note: assign_driver went on after it was interrupted. Its outcome is now known: "
        '{"status": "assigned", "say": "It\'s yours."}'
    )
    assert told == "It's yours. Anything else?"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("nobody is opening the door", "report_nobody_home"),
        ("the customer is not answering", "report_nobody_home"),
        ("no one's home", "report_nobody_home"),
        ("okay, I left it at the door", "leave_order"),
        ("I'm bringing it back now", "return_order"),
    ],
)
def test_at_a_door_that_stays_shut_it_is_the_delivery_they_carry(said: str, name: str) -> None:
    talk = line(get_pickup_details=BOTH)
    assert talk.say(said) == f"{name} done. Anything else?"
    assert talk.calls[-1] == (name, {"order": "order-3"})
