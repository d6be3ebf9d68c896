"""The bill of an order that is changed: its dishes at the prices they were sold for, everything else as priced now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from db.models import OrderLine, PriceLine
from domain.cart import Cart, CartLine
from domain.market import Market
from domain.menu import Choice, Dish, Option, Size
from domain.pricing import Bill, price
from errors import Invalid


@dataclass(frozen=True)
class Sold:
    """An order's dishes and its bill, both by position."""

    restaurant_id: UUID
    lines: Sequence[OrderLine]
    bill: Sequence[PriceLine]

    def sum(self, kind: str) -> int:
        """Sum of the bill's lines of a kind, minor units."""
        return sum(line.amount for line in self.bill if line.kind == kind)

    @property
    def promotion(self) -> str | None:
        """The code that was applied."""
        return next((line.label for line in self.bill if line.kind == "promotion"), None)


@dataclass(frozen=True)
class Repriced:
    """The new bill, and the code of a promotion that does not apply any more."""

    bill: Bill
    lost: str | None


def reprice(
    sold: Sold, portions: Mapping[UUID, int], market: Market, *, postcode: str, km: float
) -> Repriced:
    """Price an order again, brought `km` kilometres to `postcode`, with other `portions` of lines by their id.

    A promotion stays as long as it applies; one for a first order stays with the order it was given for.
    """
    cart = _cart(sold, portions)
    tip, promotion = sold.sum("tip"), market.promotion(sold.promotion) if sold.promotion else None
    if promotion:
        try:
            bill = price(
                cart, market, postcode=postcode, km=km, promotion=promotion, first_order=True, tip=tip
            )
            return Repriced(bill, None)
        except Invalid:
            pass
    return Repriced(price(cart, market, postcode=postcode, km=km, tip=tip), sold.promotion)


def _cart(sold: Sold, portions: Mapping[UUID, int]) -> Cart:
    """What is left of an order, as a cart; the bill tells a dish from its extras, which its line has in one sum."""
    items = [line.amount for line in sold.bill if line.kind == "item"]
    cart = Cart()
    for line, amount in zip(sold.lines, items, strict=True):
        left = portions.get(line.id, line.quantity)
        if left:
            base = amount // line.quantity
            dish = _dish(sold.restaurant_id, line, base, line.unit_amount - base)
            cart.lines.append(
                CartLine(
                    handle=f"line-{line.position}",
                    dish=dish,
                    quantity=left,
                    size=line.size,
                    choices=line.choices,
                )
            )
    return cart


def _dish(restaurant_id: UUID, line: OrderLine, base: int, extras: int) -> Dish:
    """The dish as it was sold; all that its choices cost is put on the first of them."""
    options = tuple(
        Option(name=name, price=extras if number == 0 else 0) for number, name in enumerate(line.choices)
    )
    return Dish(
        id=line.item_id,
        restaurant_id=restaurant_id,
        slug="",
        name=line.name,
        price=base,
        sizes=(Size(name=line.size, price=base),) if line.size else (),
        choices=(Choice(name="as sold", minimum=0, maximum=len(options), options=options),)
        if options
        else (),
    )
