"""The bill: every fee and tax a line, the total their sum, in each market."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from domain.cart import Cart
from domain.market import Market, Promotion
from domain.money import share
from domain.pricing import Bill, BillLine, delivery_fee, price
from errors import Invalid
from tests.fakes.menu import dish, naan, put, tikka
from tests.test_layers import ROOT

MARKETS = {
    row["code"]: Market.model_validate(row)
    for row in yaml.safe_load((ROOT / "data/markets.yaml").read_text())["markets"]
}
US, IN = MARKETS["US"], MARKETS["IN"]


def cart_of(*amounts: int) -> Cart:
    cart = Cart()
    for number, amount in enumerate(amounts):
        put(cart, dish(f"Dish {number}", amount))
    return cart


def lines(bill: Bill) -> list[tuple[str, int]]:
    return [(line.kind, line.amount) for line in bill.lines]


def test_a_bill_in_texas() -> None:
    cart = Cart()
    put(cart, tikka(), 2, "full", "hot", "extra gravy")
    bill = price(cart, US, postcode="75990", km=5.2, tip=300)
    assert bill.lines == (
        BillLine("item", "2 x Paneer Tikka (full)", 2500),
        BillLine("modifiers", "hot, extra gravy", 300),
        BillLine("delivery", "delivery", 300 + 2 * 60),
        BillLine("platform", "platform fee", 100),
        BillLine("tip", "tip", 300),
        BillLine("tax", "sales tax", 231, 825),
    )
    assert str(bill.total) == "$38.51"


def test_a_bill_in_india_is_taxed_twice_and_rounded_to_whole_rupees() -> None:
    bill = price(cart_of(24930), IN, postcode="599001", km=1)
    assert lines(bill) == [
        ("item", 24930),
        ("packaging", 500),
        ("delivery", 2900),
        ("platform", 500),
        ("tax", 1272),  # 5 % of food and packaging: 1271.5
        ("tax", 612),  # 18 % of delivery and platform
        ("rounding", -14),
    ]
    assert str(bill.total) == "₹307"


@pytest.mark.parametrize(
    ("postcode", "rate"),
    [("75989", 825), ("75997", 775), ("75998", 675), ("75998-1234", 675), ("10001", 625), ("", 625)],
)
def test_sales_tax_depends_on_the_address(postcode: str, rate: int) -> None:
    bill = price(cart_of(10_000), US, postcode=postcode, km=0)
    assert [(line.rate_bp, line.amount) for line in bill.lines if line.kind == "tax"] == [(rate, rate)]


def test_the_longest_prefix_wins() -> None:
    tax = US.taxes[0].model_copy(update={"by_postcode": {"7": 100, "759": 300, "75": 200}})
    assert [tax.rate(code) for code in ("70000", "75000", "75998", "60000")] == [100, 200, 300, 625]


@pytest.mark.parametrize(("km", "fee"), [(0, 300), (4.0, 300), (4.01, 360), (5.0, 360), (5.01, 420)])
def test_every_started_kilometre_beyond_the_free_ones_counts(km: float, fee: int) -> None:
    assert delivery_fee(US, km) == fee


@pytest.mark.parametrize(("items", "fee"), [(1499, 200), (1500, 0)])
def test_a_small_order_pays_a_fee(items: int, fee: int) -> None:
    assert price(cart_of(items), US, postcode="75989", km=0).sum("small_order") == fee


TEN = Promotion(code="TEN", percent_bp=1000, most=800, min_items=2000)


@pytest.mark.parametrize(
    ("promotion", "items", "first", "off"),
    [
        (TEN, 2000, False, 200),
        (TEN, 8000, False, 800),
        (TEN, 20_000, False, 800),  # never more than its limit
        (Promotion(code="FIVE", amount=500), 300, False, 300),  # never more than the food
        (Promotion(code="FIRST", percent_bp=5000, first_order_only=True), 1000, True, 500),
    ],
)
def test_a_promotion_lowers_the_items_within_its_limits(
    promotion: Promotion, items: int, first: bool, off: int
) -> None:
    bill = price(cart_of(items), US, postcode="75989", km=0, promotion=promotion, first_order=first)
    assert bill.sum("promotion") == -off
    assert bill.sum("tax") == share(items - off, 825)


@pytest.mark.parametrize(
    ("promotion", "says"),
    [
        (TEN, r"needs \$10\.00 more"),
        (Promotion(code="FIRST", percent_bp=5000, first_order_only=True), "first order"),
    ],
)
def test_a_promotion_that_does_not_apply_says_why(promotion: Promotion, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        price(cart_of(1000), US, postcode="75989", km=0, promotion=promotion)


@pytest.mark.parametrize(("said", "known"), [("tiffin10", True), ("Tiffin 10", True), ("TIFFIN11", False)])
def test_a_code_is_known_however_it_is_said(said: str, known: bool) -> None:
    assert (US.promotion(said) is not None) is known


@given(
    market=st.sampled_from([US, IN]),
    amounts=st.lists(st.tuples(st.integers(1, 100_000), st.integers(1, 20)), min_size=1, max_size=8),
    km=st.floats(0, 30),
    postcode=st.sampled_from(["75989", "75998", "10001", "599001"]),
    tip=st.integers(0, 5_000),
    off=st.one_of(st.none(), st.integers(0, 10_000)),
)
def test_the_total_is_the_sum_of_its_lines(
    market: Market, amounts: list[tuple[int, int]], km: float, postcode: str, tip: int, off: int | None
) -> None:
    cart = Cart()
    for number, (amount, quantity) in enumerate(amounts):
        put(cart, dish(f"Dish {number}", amount), quantity)
    promotion = None if off is None else Promotion(code="OFF", percent_bp=off)
    bill = price(cart, market, postcode=postcode, km=km, promotion=promotion, tip=tip)
    assert bill.total.amount == sum(line.amount for line in bill.lines)
    assert bill.sum("item", "modifiers") == cart.items_amount
    assert bill.total.amount % market.round_to == 0
    assert abs(bill.sum("rounding")) * 2 <= market.round_to
    assert bill.total.amount >= bill.sum("delivery", "platform", "tip")


def test_the_same_bread_costs_what_the_menu_says() -> None:
    cart = Cart()
    put(cart, naan(), 3)
    assert price(cart, US, postcode="75989", km=0).sum("item") == 1050
