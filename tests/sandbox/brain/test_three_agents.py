"""Whole conversations over three agents, ended by what stands in the fake systems."""

import copy

import pytest

from sandbox.policy.request import Result, Said, Spoke, ToolCall
from tests.sandbox.brain.care import FILLER, ORDER, SUPPORT, TRACKING, Care, CareLine
from tests.sandbox.brain.care_talks import LATE, MORE, TALKS


@pytest.mark.parametrize("name", TALKS)
def test_what_the_caller_wanted_has_been_done_and_nothing_else(name: str) -> None:
    talk = TALKS[name]
    care = Care(**copy.deepcopy(talk.care))
    line = CareLine(talk.agent, care, **talk.line)
    for turn in talk.turns:
        if turn.startswith("#"):
            line.note(turn.removeprefix("#"))
        else:
            line.say(turn)
    assert line.hands == talk.hands
    assert care.what() == talk.cart
    assert (care.placed or {}).get("payment") == talk.payment
    assert [(filed["kind"], filed["order"]) for filed in care.complaints] == talk.complaints
    assert care.refunds == talk.refunds
    assert care.done == talk.done
    assert care.received == talk.received
    assert len(care.asked) == talk.asked
    assert care.facts.get("person", False) == talk.person
    assert care.ended == talk.ended
    if talk.proposals is not None:
        assert len(care.offers) == talk.proposals


def test_the_new_agent_acts_on_the_last_words_without_a_question() -> None:
    line = CareLine(ORDER)
    answer = line.say("the biryani yesterday was cold, I want my money back")
    assert line.batches == [
        ["transfer_to_customer_support"],
        ["get_order_status"],
        ["file_complaint"],
        ["process_refund"],
    ]
    assert answer == (
        "I've filed that; the reference is C one. Three dollars fifty go back to your Visa. Is there anything else?"
    )


def test_an_unreached_agent_is_admitted_and_what_can_be_done_here_is_done() -> None:
    line = CareLine(ORDER, refused=(TRACKING, SUPPORT))
    assert line.say("where is my order?").startswith("Your Spice Route order is being prepared.")
    assert "not possible from here" in line.say("what is your refund policy?")
    assert line.hands == []


def test_without_new_words_nobody_is_handed_back() -> None:
    line = CareLine(TRACKING)
    line.say("I'd like to order food")
    assert line.hands == [ORDER]
    assert line.run() == "What would you like to order?"
    assert line.hands == [ORDER]


def test_a_caller_handed_on_by_mistake_is_not_handed_back() -> None:
    line = CareLine(SUPPORT)
    made = ToolCall("transfer_to_customer_support", {"reason": "A complaint"}, "call-1")
    crossed = {"status": "transferred", "from": TRACKING, "to": SUPPORT}
    line.events += [Said("where is my order?"), made, Result(made, crossed), Spoke(FILLER)]
    assert line.run().startswith("Your Spice Route order is being prepared.")
    assert line.hands == []
    line.say("and where is it now?")
    assert line.hands == [TRACKING]


def test_back_at_the_order_nothing_is_made_of_the_words_that_led_there() -> None:
    line = CareLine(ORDER)
    line.say("two garlic naan")
    line.say("what is your refund policy?")
    assert line.say("ok, back to my order please") == "Anything else?"
    assert line.batches == [["transfer_to_customer_order"]]


def test_a_reference_is_told_once() -> None:
    line = CareLine(SUPPORT)
    assert line.say("something was missing from yesterday's order").startswith("I've filed that;")
    assert line.say("the lassi") == "Three dollars fifty go back to your Visa. Is there anything else?"


def test_a_caller_who_goes_on_speaking_over_the_filler_is_heard_whole() -> None:
    line = CareLine(ORDER, Care(**MORE))
    line.say("my food was cold")
    del line.events[line.events.index(Spoke(FILLER)) + 1 :]
    line.care.complaints.clear()
    line.say("it was the Slice Society one")
    assert [(filed["kind"], filed["order"]) for filed in line.care.complaints] == [("quality", "order-3")]


def test_an_outcome_that_comes_late_is_told_and_nothing_is_done_twice() -> None:
    line = CareLine(SUPPORT)
    line.say("the biryani was cold")
    made = next(
        event for event in line.events if isinstance(event, ToolCall) and event.name == "process_refund"
    )
    del line.events[line.events.index(made) + 1 :]
    line.events += [Result(made, {"text": "CANCELLED"}), Said("hello?")]
    outcome = '{"status": "refunded", "refund": "$3.50", "say": "Three dollars fifty go back to your Visa."}'
    line.note(f"Note: process_refund went on after it was interrupted. Its outcome is now known: {outcome}")
    assert "Three dollars fifty go back to your Visa." in line.run()
    assert len(line.care.refunds) == 1


def test_what_the_system_has_just_said_is_not_said_again() -> None:
    line = CareLine(TRACKING)
    line.events.append(Said("are you a robot? And where is my order?"))
    line.note("Note: the system has just said: 'Yes, I am a computer program.' Do not say it again.")
    assert line.run().startswith("Your Spice Route order is being prepared.")


def test_a_late_order_is_apologised_for() -> None:
    line = CareLine(TRACKING, Care(**LATE))
    assert line.say("where is it?").startswith(
        "I'm sorry about that. Your Spice Route order is ten minutes late."
    )


@pytest.mark.parametrize("agent", [TRACKING, SUPPORT])
@pytest.mark.parametrize(
    ("asked", "told"), [("are you a robot?", "AI assistant"), ("which model are you?", "stand-in")]
)
def test_who_is_speaking_is_told_by_every_agent(agent: str, asked: str, told: str) -> None:
    line = CareLine(agent)
    assert told in line.say(asked)
    assert line.batches == []


@pytest.mark.parametrize("agent", [TRACKING, SUPPORT])
def test_the_proposal_stands_through_a_question_about_the_machine(agent: str) -> None:
    line = CareLine(agent)
    line.say("cancel my order")
    assert line.say("are you a robot?").endswith("Shall I do that?")
    line.say("yes")
    assert [offer["action"] for offer in line.care.done] == ["cancel"]


def test_an_order_in_the_making_is_nobody_elses_business() -> None:
    line = CareLine(ORDER)
    for turn in (
        "two garlic naan, and refund it if it is sold out",
        "a dal tadka, full, I want it hot not cold",
        "no that's wrong, make it two dal",
        "how long will it take?",
        "change my address to 44 Dock Street",
    ):
        line.say(turn)
    assert line.hands == []
