"""The bill: every amount a line, every tax a line, the total their sum."""

from dataclasses import dataclass

from domain.cart import Cart
from domain.market import Market, Promotion
from domain.money import Money, share
from errors import Invalid


@dataclass(frozen=True)
class BillLine:
    """One line of the bill, minor units."""

    kind: str
    """item, modifiers, packaging, delivery, small_order, platform, tip, promotion, tax, rounding"""
    label: str
    amount: int
    rate_bp: int | None = None


@dataclass(frozen=True)
class Bill:
    """All lines of one cart version; `total` is their sum."""

    lines: tuple[BillLine, ...]
    currency: str

    @property
    def total(self) -> Money:
        """What is paid."""
        return Money(sum(line.amount for line in self.lines), self.currency)

    def sum(self, *kinds: str) -> int:
        """Sum of the lines of these kinds, minor units."""
        return sum(line.amount for line in self.lines if line.kind in kinds)


def price(
    cart: Cart,
    market: Market,
    *,
    postcode: str,
    km: float,
    promotion: Promotion | None = None,
    first_order: bool = False,
    tip: int = 0,
) -> Bill:
    """Price a cart delivered `km` kilometres to `postcode`.

    Taxes are charged on what is paid: a promotion lowers the taxed sum of the items.

    Raises:
        Invalid: the promotion does not apply; the message says why and what would be needed.
    """
    lines: list[BillLine] = []
    for line in cart.lines:
        size = f" ({line.size})" if line.size else ""
        label = f"{line.quantity} x {line.dish.name}{size}"
        lines.append(BillLine("item", label, line.unit_base * line.quantity))
        if line.unit_extras:
            lines.append(BillLine("modifiers", ", ".join(line.choices), line.unit_extras * line.quantity))
    items = cart.items_amount
    if promotion:
        lines.append(BillLine("promotion", promotion.code, -discount(promotion, items, market, first_order)))
    portions = sum(line.quantity for line in cart.lines)
    fees = [
        ("packaging", "packaging", market.packaging_per_item * portions),
        ("delivery", "delivery", delivery_fee(market, km)),
        ("small_order", "small order fee", market.small_order_fee if items < market.small_order_below else 0),
        ("platform", "platform fee", market.platform_fee),
        ("tip", "tip", tip),
    ]
    lines += [BillLine(kind, label, amount) for kind, label, amount in fees if amount]
    for tax in market.taxes:
        rate = tax.rate(postcode)
        kinds = {*tax.on, *(("modifiers", "promotion") if "item" in tax.on else ())}
        amount = share(sum(line.amount for line in lines if line.kind in kinds), rate)
        if amount:
            lines.append(BillLine("tax", tax.label, amount, rate))
    exact = sum(line.amount for line in lines)
    rounded = (exact + market.round_to // 2) // market.round_to * market.round_to
    if rounded != exact:
        lines.append(BillLine("rounding", "rounding", rounded - exact))
    return Bill(tuple(lines), market.currency)


def delivery_fee(market: Market, km: float) -> int:
    """Base fee plus a price for each started kilometre beyond the free ones, minor units."""
    beyond = max(0.0, km - market.delivery_free_km)
    return market.delivery_base + market.delivery_per_km * -int(-beyond // 1)


def discount(promotion: Promotion, items: int, market: Market, first_order: bool) -> int:
    """What a promotion takes off, minor units. Raises Invalid with the reason when it does not apply."""
    if promotion.first_order_only and not first_order:
        raise Invalid(f"{promotion.code} is for a first order only")
    if items < promotion.min_items:
        missing = Money(promotion.min_items - items, market.currency)
        raise Invalid(f"{promotion.code} needs {missing} more of food in the order")
    off = promotion.amount + share(items, promotion.percent_bp)
    return min(off, items, promotion.most if promotion.most is not None else off)
