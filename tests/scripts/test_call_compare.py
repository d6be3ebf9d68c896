"""The comparison of a finished call with its scenario, on made-up rows."""

import copy
from typing import Any

import pytest

from scripts.call_compare import Found, FoundOrder, compare, in_order, lost
from scripts.call_expect import Expect, WantedLine
from scripts.care import FoundComplaint, FoundHandoff, FoundRefund

LINE = {"name": "Paneer Tikka", "size": "full", "choices": ["hot"], "quantity": 2, "note": None}
ORDER = FoundOrder(
    code="482913",
    status="placed",
    payment_kind="card",
    payment_status="authorised",
    currency="USD",
    total=3107,
    place={"line": "48 Juniper Lane", "area": "Old Mill"},
    restaurant="Spice Route, Old Mill",
    lines=[LINE | {"unit_amount": 1250, "amount": 2500}],
    price_lines=[
        {"kind": "item", "label": "2 x Paneer Tikka (full)", "amount": 2500},
        {"kind": "delivery", "label": "delivery", "amount": 300},
        {"kind": "platform", "label": "platform fee", "amount": 100},
        {"kind": "tax", "label": "sales tax", "amount": 207},
    ],
    payments=[
        {"kind": "attempted", "key": "call:5:card", "amount": 3107},
        {"kind": "authorised", "key": "call:5:card", "amount": 3107},
    ],
)
SHOWN: dict[str, Any] = {
    "code": "482913",
    "status": "placed",
    "payment_status": "authorised",
    "payment_kind": "card",
    "restaurant": "Spice Route, Old Mill",
    "allergies": [],
    "substitution": "call_me",
    "total": {"amount": 3107, "currency": "USD", "text": "$31.07"},
    "lines": [LINE],
    "address": {"line": "48 Juniper Lane", "area": "Old Mill"},
}
EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("turn.agent", {"text": "Tiffin's AI assistant here. What can I get you?"}),
    ("turn.user", {"text": "Two full paneer tikka, hot."}),
    ("readback.heard", {"cart_version": 5}),
    ("turn.agent", {"text": "Your order is placed."}),
]
EXPECT = Expect(
    lines=[WantedLine(name="Paneer Tikka", quantity=2, size="full", choices=["hot"])],
    total=3107,
    restaurant="Spice Route",
    payment="card",
    address="48 Juniper Lane",
    place={"area": "Old Mill"},
    consents={"recording": True},
    outcome="goodbye",
    events=["readback.heard"],
    never=["payment.declined"],
    agent_says=["what can I get you", "is placed"],
)


@pytest.fixture
def found() -> Found:
    return Found(
        orders=[copy.deepcopy(ORDER)],
        shown=[copy.deepcopy(SHOWN)],
        calls=[{"sid": "CA1", "status": "completed", "outcome": "goodbye", "recording_consent": True}],
        consents={"recording": True},
        events=copy.deepcopy(EVENTS),
        spoken=["Two full paneer tikka, hot!"],
    )


def wrong(expect: Expect, found: Found) -> list[str]:
    return [check.what for check in compare(expect, found) if not check.ok]


def test_what_was_spoken_is_what_is_there(found: Found) -> None:
    assert wrong(EXPECT, found) == []
    assert len(compare(EXPECT, found)) > 20


@pytest.mark.parametrize(
    ("change", "noticed"),
    [
        ({"quantity": 1}, {"lines", "quantity x price", "API: lines"}),
        ({"size": "half"}, {"lines", "API: lines"}),
        ({"choices": ["mild"]}, {"lines", "API: lines"}),
        ({"note": "no onion"}, {"lines", "API: lines"}),
        ({"amount": 2000}, {"dishes on the bill", "quantity x price"}),
    ],
)
def test_a_line_that_differs_is_noticed(found: Found, change: dict[str, Any], noticed: set[str]) -> None:
    found.orders[0].lines[0] |= change
    assert set(wrong(EXPECT, found)) == noticed


@pytest.mark.parametrize(
    ("field", "value", "noticed"),
    [
        ("total", 3000, {"total", "price lines add up", "every payment is the total", "API: total"}),
        ("status", "awaiting_payment", {"status", "API: facts"}),
        ("payment_kind", "cash", {"paid by", "API: facts"}),
        ("payment_status", "declined", {"payment", "API: facts"}),
        ("restaurant", "Green Bowl, Downtown", {"restaurant", "API: facts"}),
        ("place", {"line": "7 Dock Street", "area": "Harbor"}, {"address", "address: area", "API: address"}),
        ("allergies", ["peanut"], {"allergies", "API: facts"}),
        ("substitution", "refund", {"if sold out", "API: facts"}),
        ("note", "ring twice", {"order note"}),
        ("code", "000000", {"orders in the API", "API: facts"}),
    ],
)
def test_a_fact_that_differs_is_noticed(found: Found, field: str, value: object, noticed: set[str]) -> None:
    setattr(found.orders[0], field, value)
    assert set(wrong(EXPECT, found)) == noticed


def test_a_second_order_is_noticed(found: Found) -> None:
    found.orders.append(copy.deepcopy(ORDER))
    assert "orders" in wrong(EXPECT, found)


def test_an_order_where_there_should_be_none_is_noticed(found: Found) -> None:
    assert "orders" in wrong(Expect(consents={"recording": True}), found)
    found.orders, found.shown = [], []
    assert wrong(Expect(consents={"recording": True}), found) == []


def test_a_payment_recorded_twice_is_noticed(found: Found) -> None:
    found.orders[0].payments.append({"kind": "authorised", "key": "call:5:card", "amount": 3107})
    assert {"payments recorded once", "payment ledger"} <= set(wrong(EXPECT, found))


def test_consents_outcome_and_calls_are_looked_at(found: Found) -> None:
    found.consents = {"recording": False}
    found.calls = [*found.calls, found.calls[0] | {"outcome": "dropped"}]
    assert set(wrong(EXPECT, found)) == {"consents", "calls", "outcome"}


def test_words_the_system_did_not_get_are_noticed(found: Found) -> None:
    found.spoken.append("And a garlic naan.")
    assert wrong(EXPECT, found) == ["words the transcript lacks"]


def test_one_misheard_word_of_many_is_let_pass() -> None:
    assert (
        lost(
            "one two three four five six seven eight nine ten", "one two three four six seven eight nine ten"
        )
        == []
    )
    assert lost("yes that's fine", "yes fine") == ["that's"]


def test_phrases_must_come_in_their_order(found: Found) -> None:
    found.events.reverse()
    assert wrong(EXPECT, found) == ["agent says"]


def test_an_event_that_must_not_happen_is_noticed(found: Found) -> None:
    found.events.append(("payment.declined", {}))
    assert wrong(EXPECT, found) == ["never"]


def test_words_the_agent_must_not_say_are_noticed(found: Found) -> None:
    assert wrong(EXPECT.model_copy(update={"agent_never_says": ["Your order"]}), found) == [
        "agent never says"
    ]


def test_events_are_searched_in_order() -> None:
    assert in_order(["a", "b"], ["x", "a", "y", "b"]) == ["a", "b"]
    assert in_order(["b", "a"], ["a", "b"]) == ["b"]


CARE = {
    "given": {"yesterday": {"restaurant": "Spice Route, Old Mill", "dishes": [{"dish": "Garlic Naan"}]}},
    "complaints": [{"kind": "missing_items", "order": "yesterday"}],
    "refunds": [{"order": "yesterday", "amount": 379}],
    "stars": {"yesterday": 4},
    "handoffs": ["customer_order > customer_support"],
}


def test_what_was_done_about_given_orders_is_looked_at(found: Found) -> None:
    expect = Expect.model_validate(EXPECT.model_dump() | CARE)
    found.complaints = [FoundComplaint("missing_items", "yesterday", "open")]
    found.refunds = [FoundRefund("yesterday", 379, "refunded", "card", "missing_items", "rule", [379])]
    found.stars = {"yesterday": 4}
    found.handoffs = [FoundHandoff("customer_order", "customer_support", "A complaint", 91.5)]
    assert wrong(expect, found) == []
    found.complaints, found.stars = [], {"yesterday": 5}
    found.refunds[0].ledger = []
    found.handoffs[0].latency_ms = None
    assert wrong(expect, found) == [
        "new complaints",
        "refund of yesterday: ledger",
        "stars",
        "handoffs without reason or latency",
    ]


def test_a_complaint_or_a_refund_nobody_expects_is_noticed(found: Found) -> None:
    found.complaints = [FoundComplaint("late", "new", "open")]
    found.refunds = [FoundRefund("new", 300, "refunded", "card", "late", "rule", [300])]
    found.handoffs = [FoundHandoff("customer_order", "customer_support", "A complaint", 91.5)]
    assert wrong(EXPECT, found) == ["new complaints", "new refunds"]
