"""An order is turned down, by its kitchen or for want of its answer: portions and money go back, people are told."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from db.models import Order
from domain.order import OrderStatus, move
from errors import ToolError
from operations import drafts, ledger, tracking
from operations.kitchen_desk import OVER, audit, theirs
from operations.kitchen_queue import BY_KITCHEN, COOKING, Who, untold
from operations.ledger import LooseEnd
from operations.letting_go import let_go, owed_back
from operations.settling import Transaction
from vendors.payments import CardPayments

S = OrderStatus
REJECTED, TELL_CUSTOMER, TELL_KITCHEN = "order.rejected", "customer.rejected", "restaurant.cancel"
COOKED = (
    "They have taken that order already, so only a person can call it off. Say so, and offer ask_for_person; "
    "a dish that is missing is handle_unavailable_item."
)


class Reason(StrEnum):
    """Why a kitchen does not cook an order."""

    BUSY = "busy"
    CLOSING = "closing"
    OUT_OF_STOCK = "out_of_stock"
    NO_RIDER = "no_rider"
    OTHER = "other"


class NoAnswer(StrEnum):
    """Why the system turns an order down that its kitchen has not answered."""

    UNREACHABLE = "unreachable"
    """Nobody there has said yes or no in time."""
    SHUT = "shut"
    """It is closed, or takes a break, for longer than anybody waits."""


@dataclass(frozen=True)
class TurnedDown:
    """An order that is over; `settled` is False while it is not known whether its money is let go."""

    order: Order
    settled: bool


async def reject(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    who: Who,
    order_id: UUID,
    reason: Reason,
) -> TurnedDown:
    """Turn an order down exactly once; said again, it finds out about money left open.

    Raises:
        ToolError: not theirs, or they have taken it already; the message says what to do.
    """
    async with transaction() as session:
        order = await theirs(session, who, order_id)
        money = await ledger.resting(session, order.id)
        if order.status != S.REJECTED:
            await write(session, who, order, money, reason)
    return TurnedDown(order, await let_go(transaction, cards, clock, order, money))


async def write(
    session: AsyncSession, who: Who, order: Order, money: LooseEnd | None, reason: Reason | NoAnswer
) -> None:
    """The rejection itself; a kitchen that knows of the order and did not do it is told.

    The caller holds the order's row lock. Raises ToolError when it is too late.
    """
    if order.status in COOKING:
        raise ToolError(COOKED)
    if order.status == S.SCHEDULED:
        order.status = move(S.SCHEDULED, S.PLACED)
    if order.status != S.PLACED:
        raise ToolError(OVER.format(status=order.status.replace("_", " ")))
    told, _ = await untold(session, order)
    order.status, order.updated_at = move(S.PLACED, S.REJECTED), who.now
    lines = await tracking.lines(session, order.id)
    await drafts.put_back(session, [(line.item_id, line.quantity) for line in lines])
    await owed_back(session, order, money, who.now)
    await ledger.event(session, order, REJECTED, who.now, reason=reason, by=who.by)
    payload = {"order_id": str(order.id), "reason": str(reason)}
    await ledger.job(session, TELL_CUSTOMER, str(order.id), payload, who.now, who.now)
    if told and who.by != BY_KITCHEN:
        of_it = {"order_id": str(order.id)}
        await ledger.job(session, TELL_KITCHEN, str(order.id), of_it, who.now, who.now)
    audit(session, order, REJECTED, who, reason=reason, total=order.total, currency=order.currency)
