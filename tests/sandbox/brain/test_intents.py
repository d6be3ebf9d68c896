"""What the classifier answers, and what is understood of single sentences about placed orders."""

import json
from typing import Any

import pytest

from sandbox.policy.brain import answer
from sandbox.policy.business import business_in
from sandbox.policy.care_step import refusal
from sandbox.policy.request import ModelRequest, Said
from tests.sandbox.brain.care import ORDER, SUPPORT, TRACKING
from tests.sandbox.brain.house import House
from tests.sandbox.brain.test_models import asked, asked_gpt, uses

LABELS = [
    ORDER, TRACKING, SUPPORT, "post_delivery", "restaurant_coordination", "driver_assignment", "other",
]  # fmt: skip
UTTERANCES = {
    ORDER: [
        "I'd like two paneer tikka and a lassi", "Can I get a large margherita pizza?", "Hi, I want to order dinner",
        "what do you have that's vegan?", "do paneer tikka aur ek lassi dena", "mujhe ek biryani chahiye", "the usual",
        "add a garlic naan to my order", "do you have any desserts?", "I'm hungry, recommend something spicy",
    ],
    TRACKING: [
        "where is my order?", "how long will it take?", "has my food left the restaurant yet?", "my rider is late",
        "mera order kahan hai", "khana kab tak aayega", "kitni der lagegi", "when will my pizza get here?",
        "order abhi tak nahi aaya", "tell the rider to call me at the gate", "the food just arrived",
        "it's been an hour and it's still not here", "can you bring it to 12 Commerce Street instead",
    ],
    SUPPORT: [
        "the naan was missing", "my biryani was cold", "I never got my order", "I want a refund for yesterday's order",
        "you charged me twice", "paisa wapas chahiye", "khana thanda tha", "order cancel kar do",
        "mujhe galat order mila",
        "I'd like to cancel my order", "the driver was rude to me", "they sent chicken instead of paneer",
        "what is your refund policy?", "do you deliver on Sundays?", "I want to make a complaint", "naan nahi mila",
    ],
    "post_delivery": [
        "I'd give it five stars", "the food was delicious, thank you", "I'd like to leave some feedback",
        "bahut accha tha khana",
    ],
    "restaurant_coordination": [
        "this is the Spice Route kitchen, we're out of paneer", "we can't make that order tonight",
        "the order is ready for pickup",
    ],
    "driver_assignment": ["I'm the driver, I'm at the gate", "the customer isn't answering", "my bike broke down"],
    "other": ["yes please", "hello?", "what's the weather like", "thank you, bye", "I think my dog is barking"],
}  # fmt: skip
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"intent": {"type": "string", "enum": LABELS}, "confidence": {"type": "number"}},
}


@pytest.mark.parametrize(
    ("text", "label"), [(text, label) for label, texts in UTTERANCES.items() for text in texts]
)
def test_a_turn_is_given_to_its_agent(text: str, label: str) -> None:
    request = ModelRequest("stand-in", "Classify.", {}, (Said(text),), schema=SCHEMA)
    assert json.loads(answer(request).text)["intent"] == label


def _question(text: str, speaks: str) -> dict[str, Any]:
    """The answer to the question as the product's classifier puts it."""
    stated = json.dumps({"speaks_with": speaks, "caller_says": text}, indent=2)
    options = (ORDER, TRACKING, SUPPORT)
    listed = "\n".join(
        f"- {name}: when the caller asks where an order is, or wants a refund" for name in options
    )
    shape = {
        "choice": {"type": "string", "enum": [*options]},
        "probabilities": {"type": "object", "properties": {name: {"type": "number"} for name in options}},
    }
    schema = {"type": "object", "properties": {"agent": {"type": "object", "properties": shape}}}
    message = f'Input:\n{stated}\n\nQuestion "agent": Whose business is it?\nOptions:\n{listed}'
    request = ModelRequest("stand-in", "You are a classifier.", {}, (Said(message),), schema=schema)
    answered: dict[str, Any] = json.loads(answer(request).text)["agent"]
    return answered


@pytest.mark.parametrize(
    ("speaks", "text", "label"),
    [
        (ORDER, "where is my order from this morning", TRACKING),
        (ORDER, "the naan I got yesterday was cold", SUPPORT),
        (ORDER, "how long will it take to get here", ORDER),
        (ORDER, "cancel the whole order please", ORDER),
        (ORDER, "one naan is missing, add one more", ORDER),
        (ORDER, "the large one with olives", ORDER),
        (TRACKING, "I'd like two garlic naan please", ORDER),
        (TRACKING, "please cancel my order", TRACKING),
        (TRACKING, 'it\'s "cold" and I want a refund', SUPPORT),
        (SUPPORT, "I don't know, let me think", SUPPORT),
        (SUPPORT, "so where is my order now", TRACKING),
    ],
)
def test_what_may_be_a_part_of_the_talk_stays_with_the_agent_who_speaks(
    speaks: str, text: str, label: str
) -> None:
    found = _question(text, speaks)
    assert found["choice"] == label
    assert found["probabilities"][label] > 0.7
    assert sum(found["probabilities"].values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("it never arrived", "not_delivered"),
        ("I didn't get my order", "not_delivered"),
        ("order aaya hi nahi", "not_delivered"),
        ("I got someone else's order", "wrong_order"),
        ("they forgot the drinks", "missing_items"),
        ("I didn't get the raita", "missing_items"),
        ("naan gayab thi", "missing_items"),
        ("the pizza was completely burnt", "quality"),
        ("biryani thandi thi", "quality"),
        ("it came an hour late", "late"),
        ("the rider was abusive", "conduct"),
        ("I was overcharged", "charge"),
        ("I have a problem with my order", "other"),
        ("refund it if it is sold out", ""),
        ("a cold coffee please", ""),
        ("is the lassi cold?", ""),
        ("no, that's the wrong address", ""),
        ("it's late", ""),
        ("what happens if something is missing?", ""),
    ],
)
def test_kinds_of_trouble(text: str, kind: str) -> None:
    assert business_in(text).trouble == kind


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I want all of it back", "all of it"),
        ("give me the full amount", "the full amount"),
        ("I want my money back, 20 dollars", "20 dollars"),
        ("refund me $20.50", "$20.50"),
        ("I want a refund", ""),
    ],
)
def test_the_sum_is_kept_in_the_callers_words(text: str, wanted: str) -> None:
    assert business_in(text).wanted == wanted


@pytest.mark.parametrize(
    "text", ["has it arrived?", "it has not arrived", "when it's here", "says it's delivered"]
)
def test_what_has_not_arrived_is_no_receipt(text: str) -> None:
    assert not business_in(text).receipt


@pytest.mark.parametrize(
    ("instruction", "said", "asking"),
    [
        (
            "The restaurant has accepted this order, so only a person can cancel it. Say so, and offer a call-back "
            "(ask_for_person).",
            "The restaurant has accepted this order, so only a person can cancel it. "
            "Would you like a person to call you back?",
            "person",
        ),
        (
            "The food is on its way, so it cannot be cancelled any more. Say so; if something is wrong with it when it "
            "comes, customer support takes a complaint.",
            "The food is on its way, so it cannot be cancelled any more. If something is wrong with it when it comes, "
            "customer support takes a complaint.",
            None,
        ),
        (
            "That is the only dish. Offer to cancel the order (action cancel), or to keep it.",
            "That is the only dish. I can cancel the order, or keep it.",
            None,
        ),
        ("More of a dish is a new order. Offer to take one (customer_order).", "More of a dish is a new order. I can "
         "take one.", "food"),
        ("There is no order-9 in this call. Call get_order_status, and use a handle it gives.", "", None),
    ],
)  # fmt: skip
def test_refusals_become_sentences_and_the_question_they_lead_to(
    instruction: str, said: str, asking: str | None
) -> None:
    step = refusal(instruction)
    assert step.text == said
    assert (step.asking.kind if step.asking else None) == asking


def _tools(*names: str) -> list[dict[str, Any]]:
    schema = {"type": "object", "properties": {"reason": {}, "order": {}}}
    return [{"name": name, "description": name, "input_schema": schema} for name in names]


SUPPORTS = _tools("get_order_status", "file_complaint", "process_refund", "transfer_to_customer_order")
HANDED = {
    "status": "transferred",
    "from": ORDER,
    "to": SUPPORT,
    "reason": "A complaint",
    "next": "Do not greet.",
}


@pytest.mark.parametrize("filler", [[], ["One moment, let me look into that."]])
async def test_claude_goes_on_from_the_last_words_whether_the_filler_stands_there_or_not(
    house: House, filler: list[str]
) -> None:
    use = {
        "type": "tool_use",
        "id": "t1",
        "name": "transfer_to_customer_support",
        "input": {"reason": "A complaint"},
    }
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "the biryani was cold"},
        {"role": "assistant", "content": [use]},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t1", "content": json.dumps(HANDED)}],
        },
        *({"role": "assistant", "content": text} for text in filler),
    ]
    reply = await house.claude().messages.create(**asked(tools=SUPPORTS, messages=messages))
    assert uses(reply) == [("get_order_status", {})]


async def test_gpt_goes_on_from_the_last_words(house: House) -> None:
    made = {
        "id": "t1",
        "type": "function",
        "function": {"name": "transfer_to_customer_support", "arguments": "{}"},
    }
    messages = [
        {"role": "system", "content": "You put things right."},
        {"role": "user", "content": "the biryani was cold"},
        {"role": "assistant", "content": None, "tool_calls": [made]},
        {"role": "tool", "tool_call_id": "t1", "content": json.dumps(HANDED)},
        {"role": "assistant", "content": "One moment, let me look into that."},
    ]
    tools = [
        {"type": "function", "function": {"name": tool["name"], "parameters": tool["input_schema"]}}
        for tool in SUPPORTS
    ]
    reply = await house.gpt().chat.completions.create(**asked_gpt(messages=messages, tools=tools))
    calls = reply.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls if call.type == "function"] == ["get_order_status"]
