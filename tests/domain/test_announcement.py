"""What a kitchen is told: short, and never without the allergies."""

from datetime import UTC, datetime

import pytest

from domain.announcement import Portion, Ticket, say_changes, say_count

TIKKA = Portion(1, 1, "Paneer Tikka", "full", ("hot",))
NAAN = Portion(2, 2, "Garlic Naan")


def test_an_order_of_two_is_announced_with_its_allergy() -> None:
    ticket = Ticket((TIKKA, NAAN), ("peanut",))
    assert ticket.announced(2) == (
        "Order one of two: one full paneer tikka hot, two garlic naan. Allergy: peanut. How many minutes?"
    )


def test_a_lone_order_with_notes_and_a_time() -> None:
    dal = Portion(1, 1, "Dal Tadka", "half", (), "no onions")
    ticket = Ticket(
        (dal,), (), "extra napkins.", datetime(2026, 3, 2, 18, tzinfo=UTC), zone="America/Chicago"
    )
    assert ticket.announced(1) == (
        "New order: one half dal tadka, note: no onions. Note: extra napkins. For twelve pm. How many minutes?"
    )


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        (["cancel"], "The order with one full paneer tikka is cancelled. Please don't cook it."),
        (["note", "cancel"], "The order with one full paneer tikka is cancelled. Please don't cook it."),
        (
            ["quantity"],
            "The order with one full paneer tikka has changed. It is now: one full paneer tikka hot, two garlic naan. "
            "Allergy: sesame.",
        ),
        (["note"], "The order with one full paneer tikka has a note: less salt. Allergy: sesame."),
        (
            ["remove", "note"],
            "The order with one full paneer tikka has changed. It is now: one full paneer tikka hot, two garlic naan. "
            "Allergy: sesame. It has a note: less salt.",
        ),
        (
            ["address"],
            "The order with one full paneer tikka goes to another address. Nothing changes for you. Allergy: sesame.",
        ),
    ],
)
def test_changes_are_told_by_what_they_are_to_a_cook(actions: list[str], said: str) -> None:
    assert say_changes(Ticket((TIKKA, NAAN), ("sesame",), "less salt"), actions) == said


def test_an_order_without_dishes_still_has_a_name() -> None:
    assert Ticket(()).name == "the order"


def test_counts_are_said() -> None:
    assert say_count(1, "order waits", "orders wait") == "One order waits."
    assert say_count(3, "order waits", "orders wait") == "Three orders wait."
