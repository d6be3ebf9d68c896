"""A customer who tells how it was: kept for the right order, nobody pressed, and left alone who wants that."""

import pytest

from sandbox.policy.brain import answer
from sandbox.policy.request import ModelRequest, Result, Said, Spoke, Tool, ToolCall
from tests.sandbox.brain.care import ORDER, SUPPORT, TOOLSETS, TRACKING
from tests.sandbox.brain.kitchen import Object
from tests.sandbox.brain.sides import FEEDBACK, SideLine

ORDERS: Object = {
    "orders": [
        {"order": "order-1", "status": "preparing", "say": "It is being prepared."},
        {"order": "order-2", "status": "delivered", "say": "It was delivered."},
    ]
}
RATED: Object = {"status": "rated", "say": "Thank you, I've noted that."}
SORRY: Object = {
    "status": "rated", "say": "I'm sorry it wasn't better. I've noted that.",
    "next": "Ask if they want it put right; if so, transfer_to_customer_support.",
}  # fmt: skip
NO_OFFER: Object = {"error": "Nothing may be offered in this call. Do not mention offers; go on."}


def line(rated: Object = RATED, offer: Object = NO_OFFER) -> SideLine:
    answers = {"get_order_status": [ORDERS], "rate_order": [rated], "offer_promotion": [offer]}
    return SideLine(FEEDBACK, answers)


def test_stars_and_words_are_kept_for_the_order_that_came() -> None:
    talk = line()
    assert talk.say("it was delicious, five stars") == "Thank you, I've noted that. Anything else?"
    assert talk.calls == [
        ("get_order_status", {}),
        ("rate_order", {"order": "order-2", "stars": 5, "comment": "it was delicious, five stars"}),
        ("offer_promotion", {}),
    ]


def test_words_alone_are_asked_for_stars_once() -> None:
    talk = line()
    assert talk.say("we really enjoyed it").endswith("From one to five stars?")
    talk.say("four")
    assert talk.calls[0] == ("rate_order", {"order": "order-2", "stars": 4})


def test_who_gives_none_is_left_in_peace() -> None:
    talk = line()
    talk.say("we really enjoyed it")
    assert talk.say("no") == "Thank you all the same. Anything else?"
    assert talk.calls == []


def test_few_stars_lead_to_help_if_they_want_it() -> None:
    talk = line(SORRY)
    assert talk.say("two stars").endswith("Shall we put that right?")
    talk.say("yes please")
    assert [call for call, _ in talk.calls] == ["transfer_to_customer_support"]


def test_an_offer_of_the_call_is_said_once() -> None:
    talk = line(offer={"status": "offered", "say": "With the code TIFFIN10 you get ten percent off."})
    assert "TIFFIN10" in talk.say("five stars")
    assert "TIFFIN10" not in talk.say("five stars")


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("stop calling me", {}),
        ("please unsubscribe me", {}),
        ("don't call me about my orders", {"orders_too": True}),
    ],
)
def test_no_more_calls_at_once_and_silently(said: str, arguments: Object) -> None:
    talk = line()
    assert talk.say(said) == ""
    assert talk.calls == [("stop_calls", arguments)]


@pytest.mark.parametrize(
    ("said", "target"),
    [
        ("I want my money back, it was cold", "transfer_to_customer_support"),
        ("I'd like to order two garlic naan", "transfer_to_customer_order"),
    ],
)
def test_what_others_do_is_theirs(said: str, target: str) -> None:
    talk = line()
    assert talk.say(said) == ""
    assert [call for call, _ in talk.calls] == [target]


def test_handed_over_it_acts_on_the_last_words() -> None:
    talk = line()
    made = ToolCall("transfer_to_post_delivery", {"reason": "Praise"}, "call-1")
    crossed = {"status": "transferred", "from": TRACKING, "to": "post_delivery"}
    talk.events += [
        Said("five stars for yesterday"),
        made,
        Result(made, crossed),
        Spoke("One moment, please."),
    ]
    assert talk.run() == "Thank you, I've noted that. Anything else?"
    assert (
        "rate_order",
        {"order": "order-2", "stars": 5, "comment": "five stars for yesterday"},
    ) in talk.calls


@pytest.mark.parametrize("agent", [TRACKING, SUPPORT])
def test_praise_is_handed_on_where_that_can_be_done(agent: str) -> None:
    name = "transfer_to_post_delivery"
    schema = {"type": "object", "properties": {"reason": {}}}
    tools = {**TOOLSETS[agent], name: Tool(name, "Hand on.", schema)}
    said = (Said("the food was delicious, five stars"),)
    reply = answer(ModelRequest("stand-in", "A prompt.", tools, said))
    assert reply.calls == (ToolCall(name, {"reason": "How an order was"}),)
    assert answer(ModelRequest("stand-in", "A prompt.", TOOLSETS[agent], said)).calls == ()


@pytest.mark.parametrize(
    ("said", "handed"),
    [
        ("yesterday's dinner was delicious, five stars", True),
        ("I'd like to leave some feedback", True),
        ("give me two garlic naan", False),
        ("give me two minutes", False),
        ("I loved the dal tadka, two dal tadka please", False),
        ("the naan was great, I'd like one garlic naan", False),
        ("the naan was cold, two stars", False),
    ],
)
def test_the_order_agent_hands_on_praise_and_keeps_who_is_hungry(said: str, handed: bool) -> None:
    name = "transfer_to_post_delivery"
    tools = {
        **TOOLSETS[ORDER],
        name: Tool(name, "Hand on.", {"type": "object", "properties": {"reason": {}}}),
    }
    reply = answer(ModelRequest("stand-in", "A prompt.", tools, (Said(said),)))
    assert (reply.calls == (ToolCall(name, {"reason": "How an order was"}),)) is handed
