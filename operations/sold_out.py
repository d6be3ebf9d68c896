"""A kitchen has run out of a dish: nobody can order it any more, and the order goes on as its customer wished."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import MenuItem, Order, OrderEvent, OrderLine
from domain.announcement import Portion
from domain.cart import CartLine
from domain.market import Market
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus, Substitution
from errors import ToolError
from operations import ledger, planning, substitutes, turning_down
from operations.kitchen_desk import OVER, theirs
from operations.kitchen_queue import ASKED, COOKING, UNAVAILABLE, Who
from operations.letting_go import let_go
from operations.settling import Transaction
from operations.swapping import REMOVED, REPLACED, note, with_instead, without
from operations.turning_down import Reason
from vendors.payments import CardPayments

S = OrderStatus
ASK_CUSTOMER = "customer.substitution"
REJECTED, SETTLED = "rejected", "settled"


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


async def _noted(session: AsyncSession, order: Order, line: int, **said: str) -> bool:
    """Whether the kitchen has said before that this line cannot be cooked, and `said` with it."""
    events = await session.scalars(
        select(OrderEvent).where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == UNAVAILABLE)
    )
    return any(event.data.get("line") == line and said.items() <= event.data.items() for event in events)


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
                await note(session, order, line, who, REJECTED)
                return _outcome(REJECTED, order, line)
            return await _ask(session, order, line, who, None)
        await without(session, now, line, market, who)
        return _outcome(REMOVED, order, line)
    if wish is Substitution.SIMILAR:
        instead = instead or await substitutes.similar(session, order, line)
        if instead is not None:
            portion = await with_instead(session, now, line, instead, market, who)
            return _outcome(REPLACED, order, line, portion)
    return await _ask(session, order, line, who, instead)


async def _ask(
    session: AsyncSession, order: Order, line: OrderLine, who: Who, instead: CartLine | None
) -> Outcome:
    """The customer decides: a call to them is due, and the order waits with this dish."""
    offered = {"instead": str(instead.dish.id)} if instead else {}
    if not await _noted(session, order, line.position, **offered):
        await note(session, order, line, who, ASKED, **offered)
    payload = {"order_id": str(order.id), "line": str(line.position)}
    if instead is not None:
        payload["instead"] = str(instead.dish.id)
    await ledger.job(session, ASK_CUSTOMER, f"{order.id}:{line.position}", payload, who.now, who.now)
    return _outcome(ASKED, order, line)


def _outcome(kind: str, order: Order, line: OrderLine, instead: Portion | None = None) -> Outcome:
    return Outcome(kind, line.name, Money(order.total, order.currency), instead)
