"""A dish that has run out is taken off an order, or another stands in for it; the bill is never more than before."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import MenuItem, Order, OrderEvent, OrderLine, PriceLine
from domain.address import Place
from domain.announcement import Portion
from domain.cart import CartLine
from domain.market import Market
from domain.order import PaymentStatus
from errors import ToolError
from operations import capturing, changing, ledger
from operations.kitchen_desk import audit
from operations.kitchen_queue import BY_CUSTOMER, BY_KITCHEN, UNAVAILABLE, Who
from operations.planning import CHANGED, Standing
from operations.repricing import Repriced, Sold, reprice

TELL_CUSTOMER, TELL_KITCHEN = "customer.changed", "restaurant.modify"
REMOVED, REPLACED = "removed", "substituted"


async def without(session: AsyncSession, now: Standing, line: OrderLine, market: Market, who: Who) -> None:
    """The dish is taken off, and the bill is made again: never for more than before."""
    priced = priced_without(now, line, market)
    await note(session, now.order, line, who, REMOVED)
    await session.delete(line)
    await _rewrite(session, now, priced, who)


async def with_instead(
    session: AsyncSession,
    now: Standing,
    line: OrderLine,
    twin: CartLine,
    market: Market,
    who: Who,
    *,
    own_price: bool = False,
) -> Portion:
    """Another dish for the missing one, priced as `stand_in` says; its line has a number of its own.

    Raises ToolError when that one has sold out, too.
    """
    item = await session.get_one(MenuItem, twin.dish.id, with_for_update=True)
    if not item.available or (item.stock is not None and item.stock < line.quantity):
        raise ToolError(f"{item.name} has just sold out too. Say so, and ask for another dish.")
    if item.stock is not None:
        item.stock -= line.quantity
    fresh = stand_in(now, line, twin, own_price=own_price)
    fresh.position = await _next_number(session, now)
    priced = priced_with(now, line, fresh, market)
    await note(session, now.order, line, who, REPLACED, instead=str(twin.dish.id))
    await session.delete(line)
    session.add(fresh)
    await _rewrite(session, now, priced, who)
    return Portion(fresh.position, fresh.quantity, fresh.name, fresh.size, tuple(fresh.choices), fresh.note)


def stand_in(now: Standing, line: OrderLine, twin: CartLine, *, own_price: bool = False) -> OrderLine:
    """The line of a dish in place of the missing one, not in the order yet.

    It costs what the missing one cost, or less; with `own_price` what it costs on the menu, as its customer named it.
    """
    price = twin.unit_base + twin.unit_extras
    unit = price if own_price else min(price, line.unit_amount)
    return OrderLine(
        order_id=now.order.id,
        position=0,
        item_id=twin.dish.id,
        name=twin.dish.name,
        size=twin.size,
        choices=twin.choices,
        quantity=line.quantity,
        note=line.note,
        unit_amount=unit,
        amount=unit * line.quantity,
    )


def priced_without(now: Standing, line: OrderLine, market: Market) -> Repriced:
    """The bill without the missing dish."""
    return _priced(now, now.sold, {line.id: 0}, market)


def priced_with(now: Standing, line: OrderLine, fresh: OrderLine, market: Market) -> Repriced:
    """The bill with another dish for the missing one."""
    return _priced(now, _swapped(now.sold, line, fresh), {}, market)


async def _next_number(session: AsyncSession, now: Standing) -> int:
    """A number that no line of the order has had, not even one that was taken off because it had run out."""
    gone = await session.scalars(
        select(OrderEvent).where(
            col(OrderEvent.order_id) == now.order.id, col(OrderEvent.type) == UNAVAILABLE
        )
    )
    used = [line.position for line in now.sold.lines] + [int(event.data["line"]) for event in gone]
    return max(used) + 1


def _swapped(sold: Sold, line: OrderLine, fresh: OrderLine) -> Sold:
    """The order's dishes with one for another, last; all that it costs stands in one line of the bill."""
    lines = [*(other for other in sold.lines if other.id != line.id), fresh]
    items = [priced for priced in sold.bill if priced.kind == "item"]
    kept = [priced for other, priced in zip(sold.lines, items, strict=True) if other.id != line.id]
    new = PriceLine(
        order_id=fresh.order_id,
        position=0,
        kind="item",
        label=fresh.name,
        amount=fresh.amount,
        currency=items[0].currency,
    )
    rest = [priced for priced in sold.bill if priced.kind != "item"]
    return Sold(sold.restaurant_id, lines, [*kept, new, *rest])


def _priced(now: Standing, sold: Sold, portions: dict[UUID, int], market: Market) -> Repriced:
    """The new bill. What is missing is the kitchen's doing: no fee begins by it, and no promotion ends."""
    update: dict[str, object] = {
        "promotions": tuple(one.model_copy(update={"min_items": 0}) for one in market.promotions)
    }
    if not sold.sum("small_order"):
        update["small_order_fee"] = 0
    place = Place.model_validate(now.order.place)
    km = now.kitchen.point.km_to(place.point)
    return reprice(sold, portions, market.model_copy(update=update), postcode=place.postcode, km=km)


async def _rewrite(session: AsyncSession, now: Standing, priced: Repriced, who: Who) -> None:
    """Bill, event, audit; money that was taken already goes back, and whoever did not do it is told."""
    order, before = now.order, now.total
    await changing.rewrite_bill(session, now.sold.bill, order, priced.bill)
    order.updated_at = who.now
    totals: dict[str, object] = {
        "action": "unavailable" if who.by == BY_KITCHEN else "remove",
        "by": who.by,
        "old_total": before.amount,
        "new_total": order.total,
        "currency": order.currency,
    }
    taken = order.payment_status == PaymentStatus.CAPTURED
    if order.payment_kind == "card" and not taken:
        totals["to_capture"] = order.total
    await ledger.event(session, order, CHANGED, who.now, **totals)
    audit(session, order, CHANGED, who, **totals)
    if taken:
        await capturing.give_back_excess(session, order, who.now, f"change-{now.revision + 1}")
    key, payload = f"{order.id}:{now.revision + 1}", {"order_id": str(order.id)}
    if who.by != BY_CUSTOMER:
        await ledger.job(session, TELL_CUSTOMER, key, payload, who.now, who.now)
    if who.by != BY_KITCHEN:
        await ledger.job(session, TELL_KITCHEN, key, payload, who.now, who.now)


async def note(
    session: AsyncSession, order: Order, line: OrderLine, who: Who, outcome: str, **more: object
) -> None:
    """The order's event: which line cannot be cooked, and what becomes of it. Portions left are nobody's."""
    await ledger.event(
        session,
        order,
        UNAVAILABLE,
        who.now,
        line=line.position,
        item=str(line.item_id),
        outcome=outcome,
        **more,
    )
