"""Whole conversations with the polite stand-in, ended by what stands in the order system."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.sandbox.brain.kitchen import ASHA, STRANGER, Kitchen, Line


@dataclass
class Talk:
    """What the caller says; a turn that begins with # is a developer's note."""

    turns: list[str]
    lines: list[str]
    payment: str | None = None
    address: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    kitchen: dict[str, Any] = field(default_factory=dict)
    ended: bool = False


END = ["that's all", "no thanks", "yes", "cash", "yes, place it"]
HOME = "12 Juniper Lane, Old Mill"
TALKS = {
    "plain": Talk(["Hi, I'd like a large mango lassi please", *END], ["1 large Mango Lassi"], "cash", HOME),
    "two dishes in one sentence": Talk(
        ["two full paneer tikka, hot, and a large mango lassi", *END],
        ["2 full Paneer Tikka, hot", "1 large Mango Lassi"],
        "cash",
    ),
    "no commas, as a recogniser writes": Talk(
        ["i'd like two full paneer tikka hot and a large mango lassi please", *END],
        ["2 full Paneer Tikka, hot", "1 large Mango Lassi"],
        "cash",
    ),
    "missing size, then missing spice": Talk(
        ["paneer tikka please", "the full one", "hot", *END], ["1 full Paneer Tikka, hot"], "cash"
    ),
    "both missing answered at once": Talk(
        ["one paneer tikka", "full and medium please", *END], ["1 full Paneer Tikka, medium"], "cash"
    ),
    "one half and one full": Talk(
        ["one half paneer tikka mild and one full paneer tikka hot"],
        ["1 half Paneer Tikka, mild", "1 full Paneer Tikka, hot"],
    ),
    "choices after with": Talk(
        ["a medium margherita pizza with thin crust, olives and mushrooms and a garlic naan"],
        ["1 medium Margherita Pizza, thin, olives, mushrooms", "1 Garlic Naan"],
    ),
    "a note for the kitchen": Talk(["a garlic naan, no butter"], ["1 Garlic Naan, no butter"]),
    "mind changed": Talk(
        [
            "two garlic naans and a lassi",
            "large",
            "make that three",
            "change the naan to four",
            "make the lassi regular",
        ],
        ["4 Garlic Naan", "3 regular Mango Lassi"],
    ),
    "swap": Talk(["three garlic naan", "swap the garlic naan for two butter naan"], ["2 Butter Naan"]),
    "removal": Talk(["a dal tadka, full, and two garlic naan", "remove the naan"], ["1 full Dal Tadka"]),
    "one fewer": Talk(["three garlic naan", "remove one naan"], ["2 Garlic Naan"]),
    "ambiguous name keeps its count": Talk(["three naans please", "the garlic one"], ["3 Garlic Naan"]),
    "sold out, substitute taken": Talk(["two rasmalai", "yes please", *END], ["1 Gulab Jamun"], "cash"),
    "sold out, substitute refused": Talk(["a rasmalai and a garlic naan", "no"], ["1 Garlic Naan"]),
    "allergy": Talk(
        ["a large peanut satay pizza, thin", "oh, I'm allergic to peanuts", "yes take it off"],
        [],
        facts={"allergens": ["peanut"]},
    ),
    "by meaning": Talk(
        ["something spicy without dairy under ten", "the first one", *END], ["1 Chana Masala"], "cash"
    ),
    "question about the menu": Talk(
        ["how much is the mango lassi?", "yes, two", "large"], ["2 large Mango Lassi"]
    ),
    "upsell accepted": Talk(
        ["a dal tadka, full", "that's all", "yes, two", "yes", "cash", "yes"],
        ["1 full Dal Tadka", "2 Garlic Naan"],
        "cash",
    ),
    "unclear address": Talk(
        ["two garlic naan", "that's all", "no, deliver it to 9 Mill Street", "the harbor one", "cash", "yes"],
        ["2 Garlic Naan"],
        "cash",
        "9 Mill Street, Harbor",
    ),
    "address that is not found": Talk(
        [
            "two garlic naan",
            "that's all",
            "mars",
            "44 Dock Street, apartment 4B, near the pier",
            "cash",
            "yes",
        ],
        ["2 Garlic Naan"],
        "cash",
        "44 Dock Street",
        {"flat": "4B", "landmark": "near the pier"},
        {"profile": STRANGER},
    ),
    "card declined, then another": Talk(
        ["two garlic naan", "that's all", "yes", "the visa", "yes", "the other card", "yes"],
        ["2 Garlic Naan"],
        "card-2",
        kitchen={"declining": {"card-1"}},
    ),
    "read-back interrupted by a change": Talk(
        ["a large lassi", "that's all", "no", "yes", "cash", "wait, make it regular", "yes"],
        ["1 regular Mango Lassi"],
        "cash",
    ),
    "read-back not heard": Talk(
        [
            "a large lassi",
            "that's all",
            "no",
            "yes",
            "cash",
            "#[The read-back was interrupted and not heard.]",
            "yes",
            "yes",
        ],
        ["1 large Mango Lassi"],
        "cash",
    ),
    "objection to the read-back": Talk(
        ["a large lassi", "that's all", "no", "yes", "cash", "no", "make it two", "yes"],
        ["2 large Mango Lassi"],
        "cash",
    ),
    "being there is no yes": Talk(
        ["a large lassi", "that's all", "no", "yes", "cash", "Yes, I'm here."], ["1 large Mango Lassi"], None
    ),
    "not Asha": Talk(
        ["I'm not Asha", "two butter naan", "no", "no", "44 Dock Street", "cash", "yes"],
        ["2 Butter Naan"],
        "cash",
        "44 Dock Street",
        {"forgotten": True},
        {"profile": STRANGER},
    ),
    "a person, please": Talk(["I want to talk to a human"], [], facts={"person": True}),
    "later, and a refund when sold out": Talk(
        ["two garlic naan at eight pm", "refund it if it is sold out", "that's all", "yes", "cash", "yes"],
        ["2 Garlic Naan"],
        "cash",
        facts={"time": ("today", "20:00"), "substitution": "refund"},
    ),
    "everything at once": Talk(
        ["two full paneer tikka hot to 44 Dock Street, I'll pay cash, that's all", "no", "yes"],
        ["2 full Paneer Tikka, hot"],
        "cash",
        "44 Dock Street",
    ),
    "Hindi and English": Talk(
        ["do paneer tikka", "full", "hot", "bas", "nahi", "haan", "cash", "haan"],
        ["2 full Paneer Tikka, hot"],
        "cash",
    ),
    "the usual": Talk(
        ["the usual please", "that's all", "no", "yes", "cash", "yes"],
        ["1 Butter Naan"],
        "cash",
        kitchen={"profile": {**ASHA, "usual": [{"dish": "dish-5", "name": "Butter Naan"}]}},
    ),
    "to the goodbye": Talk(
        ["a large lassi", *END, "yes, that's fine"], ["1 large Mango Lassi"], "cash", HOME, ended=True
    ),
    "never mind": Talk(["a garlic naan", "cancel the order"], ["1 Garlic Naan"], ended=True),
}


@pytest.mark.parametrize("name", TALKS)
def test_the_order_is_what_the_caller_said(name: str) -> None:
    talk = TALKS[name]
    line = Line(Kitchen(**talk.kitchen))
    for turn in talk.turns:
        if turn.startswith("#"):
            line.note(turn.removeprefix("#"))
        else:
            line.say(turn)
    kitchen = line.kitchen
    assert kitchen.what() == talk.lines
    assert (kitchen.placed or {}).get("payment") == talk.payment
    if talk.address:
        assert kitchen.address == talk.address
    assert {key: kitchen.facts.get(key) for key in talk.facts} == talk.facts
    assert kitchen.ended == talk.ended


def test_dishes_of_one_sentence_are_searched_and_added_in_parallel() -> None:
    line = Line()
    line.say("two full paneer tikka, hot, and a large mango lassi")
    assert line.batches == [
        ["get_customer_profile", "search_menu", "search_menu"],
        ["add_to_order", "add_to_order"],
    ]


def test_without_parallel_calls_the_order_is_the_same() -> None:
    line = Line(parallel=False)
    line.say("two full paneer tikka, hot, and a large mango lassi")
    assert line.kitchen.what() == ["2 full Paneer Tikka, hot", "1 large Mango Lassi"]
    assert all(len(batch) == 1 for batch in line.batches)


def test_the_tools_own_question_is_asked() -> None:
    assert Line().say("a paneer tikka") == "Which size of Paneer Tikka: half or full?"


def test_an_error_is_told_in_plain_words() -> None:
    assert Line().say("a rasmalai") == "Rasmalai is sold out. Would you like Gulab Jamun instead?"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("are you a robot?", "AI assistant"),
        ("am I talking to a real person?", "not a person"),
        ("which model are you?", "stand-in"),
        ("do you have sushi?", "nothing like that"),
        ("where is my order?", "being prepared"),
    ],
)
def test_questions_are_answered_and_the_order_goes_on(asked: str, told: str) -> None:
    line = Line()
    line.say("two garlic naan")
    answer = line.say(asked)
    assert told in answer
    assert answer.endswith("?")
    assert line.say("and a butter naan") == "Got it: one Butter Naan. Anything else?"


def test_a_late_outcome_in_a_note_is_taken_into_account() -> None:
    line = Line()
    for turn in ("two garlic naan", "that's all", "yes", "cash"):
        line.say(turn)
    outcome = '{"status": "placed", "order": "order-1", "say": "Your order is placed."}'
    line.note(f"The caller interrupted while place_order ran. Its outcome is now known: {outcome}")
    assert line.say("so is it done?") == "Your order is placed."
    assert line.kitchen.placed is None


def test_an_answer_broken_off_by_a_fault_is_finished() -> None:
    line = Line()
    line.say("two garlic naan")
    line.events.pop()
    line.note(
        "Your answer was cut off by a fault after these words, which the caller has heard: 'Got it: two'. "
        "Finish it in one short sentence; do not greet and do not repeat them."
    )
    assert line.run() == "Garlic Naan. Anything else?"


def test_nothing_is_named_that_no_tool_told() -> None:
    line = Line(Kitchen(profile=STRANGER))
    assert line.say("a margherita burger with unicorn") == (
        "I could not find margherita burger. I have Margherita Pizza. Would you like that?"
    )
