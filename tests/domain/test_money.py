"""Money is exact, written as people write it and said as people say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money, grouped_indian, share


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (3106, "USD", "$31.06"),
        (3100, "USD", "$31.00"),
        (5, "USD", "$0.05"),
        (0, "USD", "$0.00"),
        (-300, "USD", "-$3.00"),
        (123456789, "USD", "$1,234,567.89"),
        (24900, "INR", "₹249"),
        (24950, "INR", "₹249.50"),
        (-5, "INR", "-₹0.05"),
        (12345600, "INR", "₹1,23,456"),
        (100, "EUR", "EUR 1.00"),
    ],
)
def test_is_written_as_on_a_menu(amount: int, currency: str, written: str) -> None:
    assert str(Money(amount, currency)) == written


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (3106, "USD", "thirty-one dollars and six cents"),
        (100, "USD", "one dollar"),
        (101, "USD", "one dollar and one cent"),
        (99, "USD", "ninety-nine cents"),
        (0, "USD", "zero dollars"),
        (-250, "USD", "minus two dollars and fifty cents"),
        (24900, "INR", "two hundred and forty-nine rupees"),
        (24901, "INR", "two hundred and forty-nine rupees and one paisa"),
        (100, "INR", "one rupee"),
        (12500000, "INR", "one lakh twenty-five thousand rupees"),
    ],
)
def test_is_said_as_on_the_phone(amount: int, currency: str, said: str) -> None:
    assert Money(amount, currency).spoken() == said


@pytest.mark.parametrize(
    ("whole", "grouped"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (99999, "99,999"),
        (100000, "1,00,000"),
        (1234567, "12,34,567"),
        (1234567890, "1,23,45,67,890"),
    ],
)
def test_india_groups_by_lakh_and_crore(whole: int, grouped: str) -> None:
    assert grouped_indian(whole) == grouped


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="USD and INR"):
        Money(1, "USD") + Money(1, "INR")


def test_sums_and_multiples_stay_in_minor_units() -> None:
    assert Money(1250, "USD") * 2 + Money(6, "USD") == Money(2506, "USD")


@pytest.mark.parametrize(
    ("amount", "basis_points", "taken"),
    [
        (2500, 825, 206),  # 206.25
        (1000, 625, 63),  # 62.5, halves go up
        (-1000, 625, -63),  # and down below zero: away from it
        (0, 1800, 0),
        (999, 10_000, 999),
        (1, 4999, 0),
        (1, 5000, 1),
    ],
)
def test_a_share_rounds_halves_away_from_zero(amount: int, basis_points: int, taken: int) -> None:
    assert share(amount, basis_points) == taken


@given(st.integers(-(10**12), 10**12), st.integers(0, 10_000))
def test_a_share_is_never_more_than_half_a_unit_off(amount: int, basis_points: int) -> None:
    assert abs(share(amount, basis_points) * 10_000 - amount * basis_points) <= 5_000


@given(st.integers(0, 10**13))
def test_grouping_only_adds_commas(whole: int) -> None:
    assert int(grouped_indian(whole).replace(",", "")) == whole
