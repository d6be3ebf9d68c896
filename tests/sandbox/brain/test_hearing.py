"""What is understood of single sentences."""

from typing import Any

import pytest

from sandbox.policy.hear import hear
from sandbox.policy.match import best, customised
from sandbox.policy.numbers import clock_time, digits_of, quantity
from sandbox.policy.plain import plain


def dishes(text: str) -> list[tuple[str, int | None, str, str]]:
    return [(wish.query, wish.quantity, wish.words, wish.note) for wish in hear(text, "anything").wishes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Can I get two paneer tikka and a lassi?", [("paneer tikka", 2, "", ""), ("lassi", 1, "", "")]),
        ("half a dozen samosas please", [("samosas", 6, "", "")]),
        (
            "butter chicken, medium spicy, and garlic naan",
            [("butter chicken", None, "medium spicy", ""), ("garlic naan", None, "", "")],
        ),
        ("paneer tikka with two garlic naans", [("paneer tikka", None, "", ""), ("garlic naans", 2, "", "")]),
        ("a garlic naan without butter", [("garlic naan", 1, "", "without butter")]),
        ("mujhe do samosa aur ek lassi chahiye", [("samosa", 2, "", ""), ("lassi", 1, "", "")]),
        ("I think my dog is barking", []),
        ("Hello, this is Asha, I want to order dinner", []),
    ],
)  # fmt: skip
def test_dishes(text: str, expected: list[tuple[str, int | None, str, str]]) -> None:
    assert dishes(text) == expected


@pytest.mark.parametrize(
    ("text", "query", "filters"),
    [
        ("something spicy", "something spicy", {}),
        ("what do you have that's vegan under three hundred", "vegan", {"diet": "vegan", "max_price": 300}),
        ("something without dairy or nuts", "something", {"without": ["dairy", "peanut", "tree_nut"]}),
        ("do you have any desserts?", "desserts", {}),
        ("is the vegetable korma vegan?", "vegetable korma", {}),
    ],
)
def test_wishes_by_meaning(text: str, query: str, filters: dict[str, Any]) -> None:
    (wish,) = hear(text, "anything").wishes
    assert (wish.kind, wish.query, wish.filters) == ("browse", query, filters)


@pytest.mark.parametrize(
    ("text", "kind", "query", "quantity", "words"),
    [
        ("make that three", "change", "", 3, ""),
        ("change the lassi to large", "change", "lassi", None, "large"),
        ("can I have the tikka mild instead", "change", "tikka", None, "mild"),
        ("three naans instead of two", "change", "naans", 3, ""),
        ("no, make it two naans", "change", "naans", 2, ""),
        ("remove the naan", "remove", "naan", None, ""),
        ("take the garlic naan off please", "remove", "garlic naan", None, ""),
    ],
)
def test_changes(text: str, kind: str, query: str, quantity: int | None, words: str) -> None:
    (wish,) = hear(text, "anything").wishes
    assert (wish.kind, wish.query, wish.quantity, wish.words) == (kind, query, quantity, words)


@pytest.mark.parametrize(
    ("text", "kind", "arguments"),
    [
        ("I'm allergic to peanuts", "allergies", {"allergens": ["peanut"]}),
        ("my son has a dairy allergy", "allergies", {"allergens": ["dairy"]}),
        ("at eight pm please", "time", {"day": "today", "time": "20:00"}),
        ("tomorrow at half past seven", "time", {"day": "tomorrow", "time": "19:30"}),
        ("refund it if it is sold out", "substitution", {"preference": "refund"}),
        ("if anything is out of stock, call me", "substitution", {"preference": "call_me"}),
        ("deliver it to twelve Juniper Lane", "address", {"text": "12 Juniper Lane"}),
        ("I have a promo code SAVE10", "total", {"promotion_code": "SAVE10"}),
    ],
)
def test_facts(text: str, kind: str, arguments: dict[str, Any]) -> None:
    (wish,) = hear(text, "anything").wishes
    assert (wish.kind, wish.arguments) == (kind, arguments)


@pytest.mark.parametrize("text", ["No allergies.", "I'm not allergic to anything", "I'm not sure"])
def test_what_is_not_so_is_not_noted(text: str) -> None:
    heard = hear(text, "anything")
    assert not heard.not_me
    assert not [wish for wish in heard.wishes if wish.kind == "allergies"]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("I'm not Asha", "not_me", True),
        ("get me a real person", "person", True),
        ("goodbye", "leaving", True),
        ("that's all, thanks", "done", True),
        ("yes please", "answer", True),
        ("No, thank you.", "answer", False),
        ("are you human?", "identity", "robot"),
        ("which model are you", "identity", "model"),
        ("the other card", "payment", "the other card"),
    ],
)
def test_talk(text: str, field: str, value: object) -> None:
    assert getattr(hear(text, "anything"), field) == value


def test_an_address_is_only_heard_where_one_was_asked_for() -> None:
    assert hear("Juniper Lane, Old Mill", "address").address == {"text": "Juniper Lane, Old Mill"}
    assert not hear("Juniper Lane, Old Mill", "anything").address
    assert not hear("make the naan three", "address").address


def test_numbers() -> None:
    assert quantity(["a", "couple", "of"]) == (2, 3)
    assert quantity(["twenty", "five"]) == (25, 2)
    assert clock_time("twelve juniper lane") is None
    assert clock_time("at 20:15") == ("20:15", (0, 8))
    assert digits_of("twenty three Main Street") == "23 Main Street"


def test_names_are_matched_by_likeness() -> None:
    assert best("chicken biriyani", ["Chicken Biryani", "Veg Biryani"]) == [0]
    assert best("naan", ["Garlic Naan", "Butter Naan"]) == [0, 1]
    assert best("sushi", ["Samosa"]) == []


def test_medium_is_a_strength_where_there_is_no_such_size() -> None:
    spice = {"choice": "spice level", "required": True, "options": ["mild", "medium", "hot"]}
    assert customised("medium", {"sizes": ["half", "full"], "choices": [spice]}) == {"choices": ["medium"]}
    assert customised("medium", {"sizes": ["small", "medium"]}) == {"size": "medium"}


@pytest.mark.parametrize(
    ("instruction", "spoken"),
    [
        (
            "Rasmalai is sold out. Apologise. Offer Gulab Jamun (dish-12) instead.",
            "Rasmalai is sold out. I'm sorry about that. Would you like Gulab Jamun instead?",
        ),
        ("Ask which size of lassi: regular or large.", "Which size of lassi: regular or large?"),
        ("Ask where to deliver, and call verify_address.", "Where should I deliver?"),
        ("There is no dish-9. Search the menu and use a handle it gives.", ""),
        (
            "One order comes from one restaurant. Say that it is another's, and ask which of the two they would like.",
            "One order comes from one restaurant. It is another's. Which of the two would you like?",
        ),
    ],
)
def test_instructions_become_sentences(instruction: str, spoken: str) -> None:
    assert plain(instruction).text == spoken


def test_offers_are_found_in_an_instruction() -> None:
    assert plain("X is sold out. Offer Gulab Jamun (dish-12).").offers == (("dish-12", "Gulab Jamun"),)
