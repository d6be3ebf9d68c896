"""A tip in the caller's own words: one amount, in the money of the market."""

import pytest

from domain.tips import named_amount


@pytest.mark.parametrize(
    ("said", "currency", "amount"),
    [
        ("two dollars", "USD", 200),
        ("a two dollar", "USD", 200),
        ("$2.50", "USD", 250),
        ("2", "USD", 200),
        ("50 cents", "USD", 50),
        ("a dollar", "USD", 100),
        ("fifty rupees", "INR", 5000),
        ("पचास रुपये", "INR", 5000),
        ("0", "USD", 0),
        ("fifty rupees", "USD", None),
        ("ten percent", "USD", None),
        ("two dollars or three dollars", "USD", None),
        ("two or three", "USD", None),
        ("something nice", "USD", None),
    ],
)
def test_one_amount_is_named_or_none(said: str, currency: str, amount: int | None) -> None:
    assert named_amount(said, currency) == amount
