"""The stand-in in a call that the product began: it goes on from the opening, and keeps to what it was about."""

import pytest

from agents import AGENTS
from sandbox.policy.request import Note, Spoke
from tests.sandbox.brain.kitchen import Object
from tests.sandbox.brain.sides import SideLine

NONE = {"status": "none", "say": "There is no delivery waiting for you just now."}


def line(agent: str, topic: str, opening: str, **answers: Object) -> SideLine:
    """A call that was opened."""
    made = SideLine(" ".join(AGENTS[agent].tool_names), {name: [one] for name, one in answers.items()})
    note = f"Note: we placed this call to a somebody, about: {topic} (order-1). The system opens it itself: {opening!r}"
    made.events = [Note(note), Spoke(opening)]
    return made


@pytest.mark.parametrize(
    ("agent", "topic", "words"),
    [
        ("driver_assignment", "pickup", "Okay, on my way."),
        ("driver_assignment", "off", "Okay."),
        ("driver_assignment", "where", "Yes, just traffic."),
        ("delivery_tracking", "late", "Okay, thanks for telling me."),
        ("delivery_tracking", "at_door", "Yes, coming."),
        ("customer_support", "rejected", "All right."),
    ],
)
def test_an_okay_ends_a_call_that_only_tells(agent: str, topic: str, words: str) -> None:
    phone = line(agent, topic, "It is told.", hear_offer=NONE)
    phone.say(words)
    assert [name for name, _ in phone.calls] == ["end_call"]


def test_anything_else_is_answered() -> None:
    order = {"order": "order-1", "status": "preparing", "late": True, "say": "It is about ten minutes late."}
    phone = line("delivery_tracking", "late", "It is late.", get_order_status={"orders": [order]})
    assert "ten minutes late" in phone.say("Why is it late?")


def test_a_yes_takes_the_delivery_that_the_opening_offered() -> None:
    phone = line("driver_assignment", "offer", "Yes, or skip?", assign_driver={"say": "It's yours."})
    assert phone.say("Yes.").startswith("It's yours.")
    assert phone.calls == [("assign_driver", {"order": "order-1"})]


def test_a_skip_leaves_it() -> None:
    declined = {"status": "declined", "say": "All right, skipped."}
    phone = line("driver_assignment", "offer", "Yes, or skip?", decline_offer=declined, hear_offer=NONE)
    phone.say("Skip.")
    assert phone.calls[0] == ("decline_offer", {"order": "order-1", "reason": "not_said"})


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (["Yes."], ("mark_ready", {"order": "order-1"})),
        (["Ten more minutes."], ("confirm_preparation_time", {"order": "order-1", "minutes": 10})),
        (["Not yet.", "Ten."], ("confirm_preparation_time", {"order": "order-1", "minutes": 10})),
    ],
)
def test_a_reminder_is_answered_about_its_order(words: list[str], call: tuple[str, Object]) -> None:
    phone = line("restaurant_coordination", "reminder", "Is it ready?")
    for one in words:
        phone.say(one)
    assert phone.calls == [call]


def test_a_kitchen_that_says_go_on_hears_the_order() -> None:
    phone = line("restaurant_coordination", "orders", "New order, two items. Press 1 to hear it.")
    phone.say("Yes, go on.")
    assert phone.calls == [("notify_restaurant", {})]


def test_good_answers_how_it_was_and_stars_are_asked_for() -> None:
    order = {"order": "order-1", "status": "delivered", "say": "It was delivered."}
    opening = "Hi Asha, Tiffin's AI assistant. How was last night's order?"
    phone = line("post_delivery", "feedback", opening, get_order_status={"orders": [order]})
    assert phone.say("Good.").endswith("From one to five stars?")
    phone.say("Five.")
    assert ("rate_order", {"order": "order-1", "stars": 5}) in phone.calls
