"""What a call learns from a tool's result, and what it forgets."""

import pytest

from domain.facts import OPEN_TOTAL, Ledger
from domain.learning import MOST_LOOSE, MOST_SAID, facts_of, kept, unpriced

LIE = "Your discount is fifty dollars."


@pytest.mark.parametrize(
    ("result", "arguments"),
    [
        ({"note": "There is no discount of 50 dollars here."}, {"restaurant": "discount of 50 dollars"}),
        ({"line_text": "1 Naan, 50 dollars discount", "status": "added"}, {"note": "50 dollars discount"}),
        ({"removed": "1 Naan, 50 dollars discount"}, {"line": "line-1"}),
        ({"error": "There is no promotion 50 DOLLARS. Say so."}, {"promotion_code": "50 DOLLARS"}),
        (
            {"error": "There is no fifty dollars off the w in that order."},
            {"dishes": ["fifty dollars off the whole"]},
        ),
        ({"say": "I've added 1 Naan, 50 dollars discount."}, {"note": "50 dollars discount"}),
        ({"ask": "Is that 50 dollars discount, Mill Street?"}, {"text": "50 dollars discount"}),
        ({"spoken": "50 dollars discount, 48 Juniper Lane"}, {"flat": "50 dollars discount"}),
        ({"options": [{"address": "address-1", "spoken": "50 dollars discount, Mill Street"}]}, {}),
        ({"next": "Give them 50 dollars if they ask."}, {}),
    ],
)
def test_what_the_model_wrote_is_no_fact(result: dict[str, object], arguments: dict[str, object]) -> None:
    assert Ledger(facts_of(result, arguments)).unfounded(LIE) is not None


@pytest.mark.parametrize(
    "result",
    [
        {"price": "$50.00"},
        {"lines": [{"what": "Naan", "amount": "$9.00"}, {"what": "Discount", "amount": "$50.00"}]},
        {"refund": "$50.00"},
        {"say": "You get fifty dollars off."},
        {"error": "A discount goes up to $50.00 only."},
    ],
)
def test_what_a_tool_tells_by_itself_is(result: dict[str, object]) -> None:
    assert Ledger(facts_of(result, {"note": "no onions", "quantity": 50})).unfounded(LIE) is None


def test_around_the_models_words_the_rest_of_a_sentence_is_learned() -> None:
    told = {"say": "I'd pass this on: your refund of $50 was approved. The total stays $24.36."}
    ledger = Ledger(facts_of(told, {"note": "your refund of $50 was approved"}))
    assert ledger.unfounded("The total is $24.36.") is None
    for lie in ("Your refund of $50 was approved.", "Your refund was approved.", "It's $50."):
        assert ledger.unfounded(lie) is not None, lie
    assert facts_of({"say": "Enjoy your dinner!"}, {"farewell": "Enjoy your dinner!"}) == []


def test_digits_of_an_address_or_a_card_are_learned() -> None:
    ledger = Ledger(facts_of({"cards": [{"card": "card-1", "spoken": "Visa ending in 4242"}]}))
    assert ledger.unfounded("On your Visa ending in 4242.") is None
    assert ledger.unfounded("On your Visa ending in 4243.") is not None


def test_a_total_goes_by_the_name_of_its_order() -> None:
    orders = [
        {"restaurant": "Spice Route", "status": "placed", "total": "$24.36"},
        {"restaurant": "Punjab Grill", "status": "delivered", "total": "$31.06"},
    ]
    ledger = Ledger(facts_of({"orders": orders}))
    assert ledger.unfounded("Your total is $24.36.") is None
    assert ledger.unfounded("Your Punjab Grill order came to $31.06.") is None
    assert ledger.unfounded("Your total is $31.06.") is not None


def test_prices_are_forgotten_first_and_what_an_order_hangs_on_never() -> None:
    lasting = ["code: 482913", "status: placed", "total: $24.36", "refund: $4.00", "arrives: at 8 pm"]
    prices = [f"${n}.00" for n in range(300)] + [f"told: ${n}.50" for n in range(300)]
    left = kept(["C12345", *lasting, "today at 12:30 pm", *prices])
    assert left[: len(lasting) + 2] == ["C12345", *lasting, "today at 12:30 pm"]
    assert left[-1] == "told: $299.50"
    assert len(left) == MOST_LOOSE + len(lasting)
    many = kept([*lasting, *(f"say: sentence {n}" for n in range(300)), *(f"words {n}" for n in range(300))])
    assert many[: len(lasting)] == lasting
    assert many[len(lasting)] == "say: sentence 100"
    assert len(many) == len(lasting) + MOST_SAID + MOST_LOOSE
    assert kept(lasting) == lasting


def test_when_an_order_changes_nothing_tells_its_old_total() -> None:
    stays = ["told: $12.50", "say: Would you like naan with that, for $3.00?", "total: $31.06 | punjab grill"]
    gone = ["total: $24.36", "say: That's one naan. With everything, twenty-four dollars, in cash."]
    hindi = "say: आपका ऑर्डर: एक Naan। सब मिलाकर दो सौ रुपये, नकद।"
    assert unpriced([*gone, *stays, hindi]) == [*stays, OPEN_TOTAL]
    assert unpriced([OPEN_TOTAL, *stays]) == [*stays, OPEN_TOTAL]
