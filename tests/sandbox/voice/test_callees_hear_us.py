"""What the product says first in each of its calls is understood by whoever helps at the other end."""

import pytest

from compliance.outgoing_words import opening
from domain.dialling import Topic
from domain.saying import Saying
from tests.sandbox.voice.rehearsal import Rehearsal

WORDS = {
    name: Saying(value, value)
    for name, value in {
        "items": "two items",
        "order": "the order with two dal tadka",
        "brand": "Spice Route",
        "pay": "six dollars",
        "number": "twelve",
        "place": "12 Dock Street",
        "dish": "paneer tikka",
        "money": "Nothing was charged.",
        "what": "the paneer tikka is left out",
        "minutes": "ten",
        "meal": "last night's order",
    }.items()
}
ANSWERS = {
    Topic.ORDERS: ("kitchen_yes", "1"),
    Topic.CHANGES: ("kitchen_yes", "1"),
    Topic.REMINDER: ("kitchen_yes", "Yes, it is ready."),
    Topic.OFFER: ("driver_yes", "Yes."),
    Topic.PICKUP: ("driver_yes", "Okay, thank you."),
    Topic.OFF: ("driver_yes", "Okay, understood."),
    Topic.MOVED: ("driver_yes", "Okay, thank you."),
    Topic.WHERE: ("driver_yes", "I'm in Old Mill, on my way."),
    Topic.SUBSTITUTE: ("customer_substitute_yes", "What do you suggest?"),
    Topic.REJECTED: ("customer_ok", "Okay, thank you."),
    Topic.CHANGED: ("customer_ok", "Okay, thank you."),
    Topic.LATE: ("customer_ok", "Okay, thank you."),
    Topic.AT_DOOR: ("customer_ok", "Yes, I'm coming."),
    Topic.PAYMENT: ("customer_ok", "Yes, please."),
    Topic.FEEDBACK: ("customer_ok", "It was fine, four stars."),
}
NUMBERS = {"kitchen": "+15125550120", "driver": "+15125550130", "customer": "+15125550110"}


@pytest.mark.parametrize("topic", Topic)
def test_whoever_helps_answers_the_first_words_of_a_call(topic: Topic) -> None:
    name, answer = ANSWERS[topic]
    call = Rehearsal(name, NUMBERS[name.partition("_")[0]])
    call.wait(2.5)
    said = call.say(opening(topic, "Asha", **WORDS).text)
    assert (said or call.keys()) == answer


@pytest.mark.parametrize(
    ("name", "answer"), [("customer_opts_out", "9"), ("customer_says_stop", "Stop calling.")]
)
@pytest.mark.parametrize("topic", [Topic.LATE, Topic.FEEDBACK])
def test_who_wants_no_calls_says_so_to_the_first_words(topic: Topic, name: str, answer: str) -> None:
    call = Rehearsal(name, NUMBERS["customer"])
    call.wait(2.5)
    said = call.say(opening(topic, "Asha", **WORDS).text)
    assert (said or call.keys()) == answer
