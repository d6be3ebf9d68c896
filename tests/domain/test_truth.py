"""What counts as a claim, what backs it, and how well sentences are told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import hindi
from domain.facts import OPEN_TOTAL, Ledger
from domain.learning import facts_of
from domain.money import Money
from domain.numerals import numbers, plain, tokens
from domain.truth import claims, may_become_claim, may_claim
from tests.domain.claim_set import FILES, read, score

BARS = {("claims.yaml", "en"): (0.97, 0.97), ("claims.yaml", "hi"): (0.96, 0.96),
        ("claims_more.yaml", "en"): (0.96, 0.93), ("claims_more.yaml", "hi"): (0.95, 0.88),
        ("claims_held_out.yaml", "en"): (0.92, 0.95), ("claims_held_out.yaml", "hi"): (0.95, 0.95),
        ("claims_refunds.yaml", "en"): (0.95, 0.95), ("claims_refunds.yaml", "hi"): (0.95, 0.95)}  # fmt: skip
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


@pytest.mark.parametrize(
    "said",
    [
        "Your total comes to 450, shall I place it?",
        "The lassi is 450 rupees, is that okay?",
        "Shall I charge 450 to your card?",
        "Delivery is free, shall I place it?",
        "It comes at eight, okay?",
        "It should be with you in ten minutes; all right?",
        "Would you like twenty percent off?",
        "Is it fine that it comes in ten minutes, or shall I cancel?",
        "You said the total is 450, shall I place it?",
    ],
)
def test_a_question_tells_what_stands_before_it_and_offers_its_price(said: str) -> None:
    assert Ledger([]).unfounded(said) is not None


@pytest.mark.parametrize(
    "said",
    [
        "Would you like it at eight, or at nine?",
        "Is the code four eight two, nine one three?",
        "Did you say fifty dollars?",
        "You said fifty dollars?",
        "Would you like twelve fifty?",
        "Was your refund processed?",
        "If they agree, you'll get a full refund.",
    ],
)
def test_what_is_only_asked_or_supposed_claims_nothing(said: str) -> None:
    assert Ledger([]).unfounded(said) is None


def test_a_total_is_the_newest_one_or_what_was_said_of_it_since() -> None:
    facts = ["told: $12.50", "total: $24.36", "total: $30.00"]
    ledger = Ledger(facts)
    for false in ("The total is $12.50.", "The total is $24.36.", "It comes to $12.50 in all, okay?"):
        assert ledger.unfounded(false) is not None, false
    for true in ("The total is $30.", "The paneer is $12.50.", "Of the total of $30 the paneer is $12.50."):
        assert ledger.unfounded(true) is None, true
    proposed = Ledger([*facts, "say: The total becomes twenty dollars instead of thirty dollars."])
    assert proposed.unfounded("Then the total becomes $20.") is None
    assert proposed.unfounded("The total is thirty dollars.") is None
    assert proposed.unfounded("The total becomes $12.50.") is not None


def test_a_sentence_that_told_an_older_total_is_not_said_again() -> None:
    old = "The total is twenty dollars now."
    assert Ledger([f"say: {old}"]).unfounded(old) is None
    assert Ledger([f"say: {old}", "total: $18.00"]).unfounded(old) is not None


def test_while_nothing_is_priced_any_amount_may_be_a_total_and_none_once_the_order_changed() -> None:
    assert Ledger(["told: $12.50"]).unfounded("The total is $12.50.") is None
    assert Ledger(["told: $12.50", OPEN_TOTAL]).unfounded("The total is $12.50.") is not None


def test_only_a_status_of_its_own_makes_a_thing_true() -> None:
    for status, false in (
        ("deliverable", "Your order is confirmed."),
        ("deliverable", "I've changed your address."),
        ("noted", "I've filed your complaint."),
        ("noted", "I've updated your order."),
        ("added", "I've changed your address."),
        ("accepted", "Your order is confirmed."),
        ("scheduled", "I've booked a call back."),
    ):
        assert Ledger([f"status: {status}"]).unfounded(false) is not None, (status, false)
    assert Ledger(["moved"]).unfounded("I've changed your address.") is None


@pytest.mark.parametrize("text", ["pla", "Twen", "refu", "cancell"])
def test_half_a_word_may_become_a_claim(text: str) -> None:
    assert may_become_claim(text)


@pytest.mark.parametrize("text", ["placed", "is", "pl", "", "please", "total"])
def test_another_word_may_not(text: str) -> None:
    assert not may_become_claim(text)


@pytest.mark.parametrize("said", ["20 minutes", "about fifteen minutes", "15 to 20 minutes"])
def test_a_time_within_what_was_told_is_true(said: str) -> None:
    assert Ledger(["arrives: in about 15 to 20 minutes"]).unfounded(f"It comes in {said}.") is None


@pytest.mark.parametrize("said", ["14 minutes", "half an hour", "15 to 25 minutes"])
def test_a_time_beyond_it_is_not(said: str) -> None:
    assert Ledger(["arrives: in about 15 to 20 minutes"]).unfounded(f"It comes in {said}.") is not None
