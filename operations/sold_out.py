"""A kitchen has run out of a dish: nobody can order it any more, and the order goes on as its customer wished."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import MenuItem, Order, OrderEvent, OrderLine, PriceLine
from domain.address import Place
from domain.announcement import Portion
from domain.cart import CartLine
from domain.market import Market
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus, Substitution
from errors import ToolError
from operations import changing, ledger, planning, substitutes, turning_down
from operations.kitchen_desk import OVER, audit, theirs
from operations.kitchen_queue import ASKED, BY_KITCHEN, COOKING, UNAVAILABLE, Who
from operations.letting_go import let_go
from operations.planning import CHANGED, Standing
from operations.repricing import Repriced, Sold, reprice
from operations.settling import Transaction
from operations.turning_down import Reason
from vendors.payments import CardPayments

S = OrderStatus
ASK_CUSTOMER, TELL_CUSTOMER = "customer.substitution", "customer.changed"
REMOVED, REPLACED, REJECTED, SETTLED = "removed", "substituted", "rejected", "settled"


@dataclass(frozen=True)
class Missing:
    """Which dish of which order, by its line's number, and what the kitchen would cook instead, in its words."""

    order_id: UUID
    line: int
    instead: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What becomes of the order."""

    kind: str
    """removed, substituted, ask_customer, rejected; settled when it had been dealt with before"""
    dish: str
    total: Money
    instead: Portion | None = None


async def mark_gone(transaction: Transaction, who: Who, missing: Missing) -> tuple[str, UUID] | None:
    """Nobody can order the dish from now on; None when that line was dealt with before.

    Returns:
        The dish by name and by its id; whoever keeps an index of the menu is told by it.

    Raises:
        ToolError: not theirs, not to be cooked any more, or no such line.
    """
    async with transaction() as session:
        order = await _cookable(session, who, missing)
        line = await _line(session, order, missing)
        if line is None:
            return None
        item = await session.get_one(MenuItem, line.item_id, with_for_update=True)
        item.available = False
        if item.stock is not None:
            item.stock = 0
        return item.name, item.id


async def handle(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    market: Market,
    who: Who,
    missing: Missing,
) -> Outcome:
    """Go on with the order as its customer wished: without the dish, with a similar one, or once they are asked.

    Raises:
        ToolError: not theirs, no such line, or a substitute that will not do; the message says what to do.
    """
    async with transaction() as session:
        order = await _cookable(session, who, missing)
        line = await _line(session, order, missing)
        money = await ledger.resting(session, order.id)
        if line is None:
            return Outcome(SETTLED, "That dish", Money(order.total, order.currency))
        outcome = await _settle(session, order, line, market, who, missing)
        if outcome.kind == REJECTED:
            await turning_down.write(session, who, order, money, Reason.OUT_OF_STOCK)
    if outcome.kind == REJECTED:
        await let_go(transaction, cards, clock, order, money)
    return outcome


async def _cookable(session: AsyncSession, who: Who, missing: Missing) -> Order:
    order = await theirs(session, who, missing.order_id)
    if order.status not in (S.PLACED, S.SCHEDULED, *COOKING):
        raise ToolError(OVER.format(status=order.status.replace("_", " ")))
    return order


async def _line(session: AsyncSession, order: Order, missing: Missing) -> OrderLine | None:
    """The line of that number; None for one that was dealt with before. Raises ToolError with those there are."""
    lines = await _lines(session, order)
    found = next((line for line in lines if line.position == missing.line), None)
    if found is None:
        known = "; ".join(f"{line.position} = {line.quantity} {line.name}" for line in lines)
        if await _noted(session, order, missing.line):
            return None
        raise ToolError(f"Ask which dish is meant, and give its line: {known}.")
    return found


async def _lines(session: AsyncSession, order: Order) -> Sequence[OrderLine]:
    query = select(OrderLine).where(col(OrderLine.order_id) == order.id)
    return (await session.scalars(query.order_by(col(OrderLine.position)))).all()


async def _noted(session: AsyncSession, order: Order, line: int) -> bool:
    """Whether the kitchen has said before that this line cannot be cooked."""
    events = await session.scalars(
        select(OrderEvent).where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == UNAVAILABLE)
    )
    return any(event.data.get("line") == line for event in events)


async def _settle(
    session: AsyncSession, order: Order, line: OrderLine, market: Market, who: Who, missing: Missing
) -> Outcome:
    """By the order's preference; what cannot be done by it becomes a question to the customer."""
    wish = Substitution(order.substitution)
    if await _noted(session, order, missing.line) or order.payment_status == PaymentStatus.CAPTURED:
        wish = Substitution.CALL_ME
    offered = missing.instead if wish is not Substitution.REFUND else None
    instead = await substitutes.named(session, order, line, offered) if offered else None
    now = await planning.stand(session, order)
    if wish is Substitution.REFUND:
        if len(now.sold.lines) == 1:
            if order.status in (S.PLACED, S.SCHEDULED):
                await _note(session, order, line, who, REJECTED)
                return _outcome(REJECTED, order, line)
            return await _ask(session, order, line, who, None)
        return await _without(session, now, line, market, who)
    if wish is Substitution.SIMILAR:
        instead = instead or await substitutes.similar(session, order, line)
        if instead is not None:
            return await _with(session, now, line, instead, market, who)
    return await _ask(session, order, line, who, instead)


async def _without(
    session: AsyncSession, now: Standing, line: OrderLine, market: Market, who: Who
) -> Outcome:
    """The dish is taken off, and the bill is made again: never for more than before."""
    priced = _priced(now, now.sold, {line.id: 0}, market)
    await _note(session, now.order, line, who, REMOVED)
    await session.delete(line)
    await _rewrite(session, now, priced, who)
    return _outcome(REMOVED, now.order, line)


async def _with(
    session: AsyncSession, now: Standing, line: OrderLine, twin: CartLine, market: Market, who: Who
) -> Outcome:
    """A similar dish for the price of the one it stands in for, or for less; its line has a number of its own."""
    item = await session.get_one(MenuItem, twin.dish.id, with_for_update=True)
    if not item.available or (item.stock is not None and item.stock < line.quantity):
        raise ToolError(f"{item.name} has just sold out too. Say so, and ask for another dish.")
    if item.stock is not None:
        item.stock -= line.quantity
    unit = min(twin.unit_base + twin.unit_extras, line.unit_amount)
    fresh = OrderLine(
        order_id=now.order.id,
        position=max(other.position for other in now.sold.lines) + 1,
        item_id=twin.dish.id,
        name=twin.dish.name,
        size=twin.size,
        choices=twin.choices,
        quantity=line.quantity,
        note=line.note,
        unit_amount=unit,
        amount=unit * line.quantity,
    )
    priced = _priced(now, _swapped(now.sold, line, fresh), {}, market)
    await _note(session, now.order, line, who, REPLACED, instead=str(twin.dish.id))
    await session.delete(line)
    session.add(fresh)
    await _rewrite(session, now, priced, who)
    portion = Portion(
        fresh.position, fresh.quantity, fresh.name, fresh.size, tuple(fresh.choices), fresh.note
    )
    return _outcome(REPLACED, now.order, line, portion)


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
    """Bill, event, audit, and the customer is told."""
    order, before = now.order, now.total
    await changing.rewrite_bill(session, now.sold.bill, order, priced.bill)
    order.updated_at = who.now
    totals: dict[str, object] = {
        "action": "unavailable",
        "by": BY_KITCHEN,
        "old_total": before.amount,
        "new_total": order.total,
        "currency": order.currency,
    }
    if order.payment_kind == "card":
        totals["to_capture"] = order.total
    await ledger.event(session, order, CHANGED, who.now, **totals)
    audit(session, order, CHANGED, who, **totals)
    key = f"{order.id}:{now.revision + 1}"
    await ledger.job(session, TELL_CUSTOMER, key, {"order_id": str(order.id)}, who.now, who.now)


async def _ask(
    session: AsyncSession, order: Order, line: OrderLine, who: Who, instead: CartLine | None
) -> Outcome:
    """The customer decides: a call to them is due, and the order waits with this dish."""
    if not await _noted(session, order, line.position):
        await _note(session, order, line, who, ASKED)
    payload = {"order_id": str(order.id), "line": str(line.position)}
    if instead is not None:
        payload["instead"] = str(instead.dish.id)
    await ledger.job(session, ASK_CUSTOMER, f"{order.id}:{line.position}", payload, who.now, who.now)
    return _outcome(ASKED, order, line)


async def _note(
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


def _outcome(kind: str, order: Order, line: OrderLine, instead: Portion | None = None) -> Outcome:
    return Outcome(kind, line.name, Money(order.total, order.currency), instead)
