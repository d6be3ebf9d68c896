"""Grading on made-up rows: what is not wanted must not be there."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from db.models import OrderLine
from evals.found import Found, FoundOrder
from evals.rows import Rows
from scripts.care import FoundComplaint, FoundHandoff, FoundRefund


def line(name: str, quantity: int = 1, size: str | None = None, choices: tuple[str, ...] = ()) -> OrderLine:
    """A dish as it was sold."""
    return OrderLine(
        order_id=uuid4(),
        position=1,
        item_id=uuid4(),
        name=name,
        size=size,
        choices=list(choices),
        quantity=quantity,
        unit_amount=100,
        amount=100 * quantity,
    )


ORDER = FoundOrder(
    restaurant="Spice Route, Old Mill",
    status="placed",
    payment="cash",
    payment_status="cash_due",
    total=2782,
    billed=2782,
    promotion=0,
    place="7 Dock Street, Harbor",
    note=None,
    allergies=[],
    substitution="call_me",
    wanted=None,
    stars=None,
    delivery=None,
    lines=[line("Paneer Tikka", 2, "full", ("hot",)), line("Garlic Naan")],
    ledger=["attempted", "cash_due"],
)
WANTED = {
    "lines": [
        {"name": "Garlic Naan"},
        {"name": "Paneer Tikka", "size": "full", "choices": ["hot"], "quantity": 2},
    ],
    "restaurant": "Spice Route",
    "total": 2782,
    "address": "7 dock street",
}


HANDED = FoundHandoff("customer_order", "customer_support", "A complaint", 91.5)


def wrong(wanted: dict[str, Any], after: Found, before: Found | None = None) -> set[str]:
    """The facts that do not hold."""
    checks = Rows.model_validate(wanted).checks(before or Found(), after)
    assert checks
    return {check.what for check in checks if not check.ok}


def test_an_order_as_it_was_wanted_passes_whatever_the_order_of_its_lines() -> None:
    assert wrong({"orders": [WANTED]}, Found(orders=[ORDER])) == set()


@pytest.mark.parametrize(
    ("difference", "fact"),
    [
        ({"total": 2700, "billed": 2700}, "order: total"),
        ({"billed": 2700}, "order: sum of the bill"),
        ({"status": "cancelled"}, "order: status"),
        ({"payment": "card"}, "order: payment"),
        ({"ledger": ["attempted", "declined"]}, "order: ledger"),
        ({"place": "7 Dock Road"}, "order: address"),
        ({"restaurant": "Green Bowl"}, "order: restaurant"),
        ({"allergies": ["peanut"]}, "order: allergies"),
        ({"substitution": "refund"}, "order: substitution"),
        ({"note": "ring twice"}, "order: note"),
        ({"wanted": "19:30"}, "order: wanted at"),
        ({"lines": [line("Garlic Naan")]}, "order: lines"),
        ({"lines": [line("Paneer Tikka", 2, "half", ("hot",)), line("Garlic Naan")]}, "order: lines"),
    ],
)
def test_each_difference_of_an_order_is_a_fact_that_fails(difference: dict[str, Any], fact: str) -> None:
    assert wrong({"orders": [WANTED]}, Found(orders=[replace(ORDER, **difference)])) == {fact}


@pytest.mark.parametrize(
    ("after", "fact"),
    [
        (Found(orders=[ORDER]), "new orders"),
        (Found(complaints=[FoundComplaint("late", None, "open")]), "new complaints"),
        (Found(refunds=[FoundRefund("new", 100, "refunded", "card", "late", "r1", [100])]), "new refunds"),
        (Found(callbacks=1), "call-backs"),
        (Found(gone={"Samosa"}), "dishes that are gone"),
        (Found(paused=True), "paused"),
        (Found(consents={"promotion": True}), "consents"),
        (Found(handoffs=[HANDED]), "handoffs"),
    ],
)
def test_nothing_wanted_means_nothing_new(after: Found, fact: str) -> None:
    assert wrong({}, after) == {fact}
    assert wrong({}, Found()) == set()


@pytest.mark.parametrize(
    ("difference", "fact"),
    [
        ({"status": "cancelled"}, "today: status"),
        ({"payment_status": "released"}, "today: payment status"),
        ({"total": 1, "billed": 1}, "today: total"),
        ({"lines": []}, "today: lines"),
        ({"stars": 1}, "today: stars"),
        ({"delivery": "accepted"}, "today: delivery"),
        ({"ledger": ["attempted", "cash_due", "released"]}, "today: new ledger facts"),
        ({"place": "elsewhere"}, "today: address"),
        ({"note": "ring twice"}, "today: note"),
        ({"payment": "card"}, "today: payment"),
        ({"promotion": 200}, "today: promotion"),
        ({"allergies": ["peanut"]}, "today: allergies"),
        ({"substitution": "refund"}, "today: substitution"),
        ({"wanted": "19:30"}, "today: wanted at"),
    ],
)
def test_a_given_order_stays_as_it_was_unless_a_change_is_wanted(
    difference: dict[str, Any], fact: str
) -> None:
    before, after = Found(given={"today": ORDER}), Found(given={"today": replace(ORDER, **difference)})
    assert wrong({}, after, before) == {fact}


def test_a_wanted_change_of_a_given_order_passes_and_its_absence_fails() -> None:
    wanted = {
        "given": {"today": {"status": "cancelled", "payment_status": "released", "ledger": ["released"]}}
    }
    gone = replace(ORDER, status="cancelled", payment_status="released", ledger=[*ORDER.ledger, "released"])
    before = Found(given={"today": ORDER})
    assert wrong(wanted, Found(given={"today": gone}), before) == set()
    assert wrong(wanted, before, before) == {
        "today: status",
        "today: payment status",
        "today: new ledger facts",
    }


def test_a_refund_is_graded_on_its_amount_and_what_else_is_written() -> None:
    refund = FoundRefund("today", 1250, "refunded", "card", "quality", "dish-cold", [1250])
    found = Found(refunds=[refund])
    wanted = {"order": "today", "amount": 1250, "means": "card"}
    assert wrong({"refunds": [wanted]}, found) == set()
    assert wrong({"refunds": [wanted | {"amount": 5000}]}, found) == {"refund of today"}
    assert wrong({"refunds": [wanted | {"status": "owed"}]}, found) == {"refund of today"}
    assert wrong({"refunds": [wanted, wanted]}, found) == {"new refunds"}
    for ledger in ([], [1200], [1250, 1250]):
        lost = Found(refunds=[replace(refund, ledger=ledger)])
        assert wrong({"refunds": [wanted]}, lost) == {"refund of today: ledger"}
    owed = replace(refund, status="owed", means="person", ledger=[])
    assert (
        wrong({"refunds": [wanted | {"status": "owed", "means": "person"}]}, Found(refunds=[owed])) == set()
    )


def test_words_and_events_are_facts_too() -> None:
    said = ("turn.agent", {"text": "Your Visa is charged."})
    found = Found(events=[("readback.heard", {}), said, ("order.placed", {})], outcome="goodbye")
    assert (
        wrong({"said": ["visa"], "events": ["readback.heard", "order.placed"], "outcome": "goodbye"}, found)
        == set()
    )
    assert wrong({"unsaid": ["VISA"]}, found) == {"never said: VISA"}
    assert wrong({"said": ["Mastercard"]}, found) == {"said: Mastercard"}
    assert wrong({"events": ["order.placed", "readback.heard"]}, found) == {"events in order"}
    assert wrong({"never": ["order.placed"]}, found) == {"never: order.placed"}


def test_a_note_is_graded_by_the_words_in_it() -> None:
    order = replace(ORDER, note="Ring twice, please")
    assert wrong({"orders": [WANTED | {"note": "ring twice"}]}, Found(orders=[order])) == set()
    for note in (None, "knock"):
        left = Found(orders=[replace(ORDER, note=note)])
        assert wrong({"orders": [WANTED | {"note": "ring twice"}]}, left) == {"order: note"}


def test_what_changes_of_a_given_order_may_be_wanted() -> None:
    wanted: dict[str, Any] = {
        "payment": "card",
        "promotion": 200,
        "allergies": ["peanut"],
        "substitution": "refund",
    }
    wanted |= {"wanted": "19:30", "note": "ring"}
    was, found = Found(given={"today": ORDER}), Found(given={"today": replace(ORDER, **wanted)})
    assert wrong({"given": {"today": wanted}}, found, was) == set()
    assert wrong({"given": {"today": wanted}}, was, was) == {
        f"today: {fact}"
        for fact in ("payment", "promotion", "allergies", "substitution", "wanted at", "note")
    }


def test_consents_are_those_before_the_call_and_the_answers_in_it() -> None:
    before = Found(consents={"recording": True, "order_service": False})
    after = Found(consents={"recording": True, "order_service": True})
    assert wrong({"consents": {"order_service": True}}, after, before) == set()
    assert wrong({"consents": {"order_service": True}}, before, before) == {"consents"}
    assert wrong({}, after, before) == {"consents"}
    assert wrong({}, Found(consents={"order_service": False}), before) == {"consents"}, "none may be lost"


@pytest.mark.parametrize("difference", [{"reason": "not said"}, {"reason": ""}, {"latency_ms": None}])
def test_a_handoff_says_why_and_how_long_it_took(difference: dict[str, Any]) -> None:
    wanted = {"handoffs": ["customer_order > customer_support"]}
    assert wrong(wanted, Found(handoffs=[HANDED])) == set()
    untold = Found(handoffs=[replace(HANDED, **difference)])
    assert wrong(wanted, untold) == {"handoffs without reason or latency"}


def test_a_question_comes_once_unless_it_may_come_again() -> None:
    turns = ("Hello. Which order is it?", "Anything else?", "Filed. which  order is it?", "Anything else?")
    found = Found(events=[("turn.agent", {"text": text}) for text in turns])
    (check,) = [one for one in Rows(asked_again=["Anything else?"]).checks(Found(), found) if not one.ok]
    assert (check.what, check.found) == ("questions asked twice", ["which order is it?"])
    assert wrong({"asked_again": ["Anything else?", "Which order is it?"]}, found) == set()
    assert wrong({}, found) == set()


def test_handoffs_are_written_from_one_agent_to_another() -> None:
    with pytest.raises(ValidationError, match="pattern"):
        Rows.model_validate({"handoffs": ["customer_support"]})


def test_a_dish_that_was_gone_before_is_not_gone_by_the_call() -> None:
    before, after = Found(gone={"Kheer"}), Found(gone={"Kheer", "Samosa"})
    assert wrong({"gone": ["Samosa"]}, after, before) == set()
    assert wrong({"gone": ["Kheer", "Samosa"]}, after, before) == {"dishes that are gone"}
