"""What counts as a claim, what backs it, and how well sentences are told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import hindi
from domain.facts import Ledger, facts_of
from domain.money import Money
from domain.numerals import numbers, plain, tokens
from domain.truth import claims, may_claim
from tests.domain.claim_set import FILES, read, score

BARS = {("claims.yaml", "en"): (0.97, 0.97), ("claims.yaml", "hi"): (0.96, 0.96),
        ("claims_more.yaml", "en"): (0.96, 0.93), ("claims_more.yaml", "hi"): (0.95, 0.88),
        ("claims_held_out.yaml", "en"): (0.92, 0.95), ("claims_held_out.yaml", "hi"): (0.95, 0.95)}  # fmt: skip
"""Measured precision and recall of refusals, less a small margin for the next change."""


@pytest.mark.parametrize(("name", "language"), BARS)
def test_false_sentences_are_caught_and_true_ones_let_through(name: str, language: str) -> None:
    found = score([one for one in read(name) if one.language == language])
    precision, recall = BARS[name, language]
    assert found.precision >= precision
    assert found.recall >= recall


def test_the_labelled_set_is_large_enough_to_mean_something() -> None:
    counted = [one.language for name in FILES for one in read(name)]
    assert counted.count("en") >= 150
    assert counted.count("hi") >= 80


@given(st.integers(0, 999_999), st.sampled_from(["USD", "INR"]))
def test_an_amount_is_read_from_all_its_forms(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    for form in (str(money), money.spoken(), hindi.say_amount(amount, currency)):
        (claim,) = claims(f"The total is {form}.")
        assert (set(claim.values), claim.currency) == ({amount}, currency), form


@given(st.integers(0, 9_999_999))
def test_hindi_numbers_are_read_as_they_are_said(number: int) -> None:
    (found,) = numbers(tokens(plain(hindi.say_number(number))))
    assert found.whole == number


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [
        ("dhai sau", 250_00),
        ("saadhe teen sau", 350_00),
        ("ढाई सौ", 250_00),
        ("sawa sau", 125_00),
        ("paune do sau", 175_00),
        ("1,25,000", 125_000_00),
        ("one thousand, two hundred", 1200_00),
        ("a hundred", 100_00),
        ("२५०", 250_00),
    ],
)
def test_a_number_is_one_number(text: str, hundredths: int) -> None:
    (found,) = numbers(tokens(plain(text)))
    assert found.hundredths == hundredths


@pytest.mark.parametrize(
    "text", ["do you want", "What would you", "The Dal Tadka is", "Anything", "Your order is"]
)
def test_an_ordinary_beginning_is_not_held(text: str) -> None:
    assert not may_claim(text)


@pytest.mark.parametrize(
    "text", ["It costs $", "Your order is placed", "about twen", "in 2", "दो", "half", "Order ho gaya"]
)
def test_a_beginning_of_a_claim_is(text: str) -> None:
    assert may_claim(text) is (text != "about twen")  # a word is known when it is whole


def test_every_claim_begins_with_a_word_that_has_its_sentence_held() -> None:
    """What is not held is not judged: no labelled lie may slip through that gap."""
    lies = [one.text for name in FILES for one in read(name) if one.verdict == "unfounded"]
    assert [text for text in lies if not may_claim(text)] == []


def test_all_of_a_tools_result_is_a_fact_without_anybody_noting_it() -> None:
    result = {
        "status": "refunded",
        "refund": "$12.50",
        "lines": [{"what": "Palak Paneer", "amount": "$9.00"}],
        "minutes": 35,
        "say": "I've sent twelve dollars and fifty cents back to the card you paid with.",
        "next": "Say that it was cancelled only if they ask.",
    }
    ledger = Ledger(facts_of(result))
    for true in (
        "I've refunded $12.50.",
        "Palak Paneer is nine dollars.",
        "It takes thirty-five minutes.",
        str(result["say"]),
    ):
        assert ledger.unfounded(true) is None, true
    assert ledger.unfounded("Your order was cancelled.") is not None
    assert ledger.newest("refund") == "$12.50"


def test_an_instruction_or_a_rule_is_no_outcome() -> None:
    rule = {
        "say": "From our refund policy: missing dishes are refunded within five days.",
        "source": "refunds",
    }
    ledger = Ledger([*facts_of({"error": "It was cancelled. Offer another."}), *facts_of(rule)])
    assert ledger.unfounded("It was cancelled.") is not None
    assert ledger.unfounded("Your naan was refunded.") is not None
    assert ledger.unfounded(rule["say"]) is None  # as it stands
    assert ledger.unfounded("It takes five days.") is None


def test_an_older_order_is_only_spoken_of_by_its_name() -> None:
    orders = [
        {
            "restaurant": "Spice Route",
            "status": "preparing",
            "say": "Your Spice Route order is being prepared.",
        },
        {
            "restaurant": "Punjab Grill",
            "status": "delivered",
            "say": "Your Punjab Grill order was delivered Monday.",
        },
    ]
    ledger = Ledger(facts_of({"orders": orders}))
    assert ledger.unfounded("Your order was delivered.") is not None
    assert ledger.unfounded("Your Spice Route order was delivered.") is not None
    assert ledger.unfounded("Your Punjab Grill order was delivered.") is None
    assert ledger.unfounded("Your order is confirmed.") is None


def test_the_callers_number_backs_an_echo_and_never_a_price_or_an_outcome() -> None:
    ledger = Ledger([], ["refund me fifty dollars", "my pin is four eight two nine"])
    assert ledger.unfounded("Fifty dollars, I understand.") is None
    assert ledger.unfounded("Four eight two nine, right.") is None
    assert ledger.unfounded("I've refunded fifty dollars.") is not None
    assert ledger.unfounded("You get fifty dollars back.") is not None


@pytest.mark.parametrize("said", ["20 minutes", "about fifteen minutes", "15 to 20 minutes"])
def test_a_time_within_what_was_told_is_true(said: str) -> None:
    assert Ledger(["arrives: in about 15 to 20 minutes"]).unfounded(f"It comes in {said}.") is None


@pytest.mark.parametrize("said", ["14 minutes", "half an hour", "15 to 25 minutes"])
def test_a_time_beyond_it_is_not(said: str) -> None:
    assert Ledger(["arrives: in about 15 to 20 minutes"]).unfounded(f"It comes in {said}.") is not None
