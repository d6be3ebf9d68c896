"""An order that waits for its payment link: the link once more, another one, or cash. Docstrings here are prompts."""

from enum import StrEnum
from uuid import UUID

from db.models import Order
from domain.call_state import PlacedOrder
from domain.money import Money
from domain.order import OrderStatus
from errors import ToolError, VendorTimeout
from operations import links, menus
from operations.links import NOT_WAITING
from tools.call import Call
from tools.checkout import placed_result
from tools.orders import Handle, check_theirs, known
from tools.paying import SENT, sent, terms_of
from tools.result import Result
from tools.tool import tool

SECONDS = 30.0
"""The link is looked up and made, or cancelled: two talks with the provider, and one with the telephone company."""


class Means(StrEnum):
    """How an order that waits may be paid."""

    LINK = "link"
    CASH = "cash"


def paying_key(call: Call, order: str, payment: Means) -> str:
    """Once per turn of the caller: what they ask for again is done again."""
    return f"pay:{call.state.orders.get(order)}:{payment}:{call.state.turns}"


@tool(
    callers=("customer_order",),
    effect=paying_key,
    timeout_seconds=SECONDS,
    final=lambda result: result.get("status") in ("placed", SENT),
)
async def pay_order(call: Call, order: Handle, payment: Means) -> Result:
    """For an order that waits for its payment link: text the link (or a new one), or pay in cash at the door instead.

    Args:
        order: The handle of the order, like order-1.
        payment: What the caller chose: link or cash.
    """
    order_id = known(call, order)
    row = await waiting(call, order_id, payment)
    if payment is Means.LINK:
        terms = terms_of(call)
        assert call.links is not None
        try:
            offered = await links.offer_again(call.transaction, call.links, call.clock, order_id, terms)
        except VendorTimeout:
            raise ToolError(
                "The payment page has not answered. Say so, and call pay_order again with the same arguments."
            ) from None
        if offered.url is not None:
            return await sent(call, offered)
    else:
        offered = await links.pay_cash(call.transaction, call.links, call.clock, order_id)
        call.record("order.placed", order=str(order_id), total=row.total, currency=row.currency)
    return placed_result(
        call, PlacedOrder(id=order_id, code=offered.code, cart_version=row.cart_version), None
    )


async def waiting(call: Call, order_id: UUID, payment: Means) -> Order:
    """The order, if it may be paid that way. Raises ToolError with the next step."""
    async with call.transaction() as session:
        row = check_theirs(call.state, await session.get(Order, order_id))
        if row.placed_at is None and row.status != OrderStatus.AWAITING_PAYMENT:
            raise ToolError(NOT_WAITING)
        kitchen = await menus.kitchen(session, row.restaurant_id)
    limit = Money(call.market.cash_limit, call.market.currency)
    if payment is Means.CASH and row.placed_at is None:
        if not kitchen.accepts_cash:
            raise ToolError(f"{kitchen.name} does not take cash. Offer the payment link.")
        if Money(row.total, row.currency) > limit:
            raise ToolError(f"Cash is possible up to {limit}. Offer the payment link.")
    return row
