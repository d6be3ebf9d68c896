"""Carrying out a change to a placed order once: short transactions, with the card provider between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Audit, Order, OrderEvent, PriceLine
from domain.changes import Action
from domain.ids import Prefix, show
from domain.incentive import Dispatch
from domain.market import Market
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus, move
from domain.pricing import Bill
from errors import ToolError
from operations import drafts, ledger, link_rows, planning, under_way
from operations.capturing import give_back_excess
from operations.ledger import LooseEnd
from operations.letting_go import let_go, owed_back
from operations.planning import CHANGED, Asked, Plan
from operations.settling import Transaction
from vendors.payments import CardPayments

CANCELLED = "order.cancelled"
MOVED_ON = "The order has changed meanwhile. Call propose_change again, and wait for the caller's yes."


@dataclass(frozen=True)
class Agreement:
    """What the caller said yes to."""

    terms: str
    call_id: UUID
    check: Callable[[], None]
    """Raises ToolError when the yes has been taken back since; asked last, with the order locked."""


@dataclass(frozen=True)
class Done:
    """A change that stands."""

    say: str
    after: Money
    """What the order costs now; nothing, when it is cancelled."""
    name: str
    """The order, by its kitchen."""
    settled: bool = True
    """False while it is not known whether the money that was held is let go."""


@dataclass(frozen=True)
class Written:
    """What the first transaction leaves to be done and said."""

    order: Order
    name: str
    money: LooseEnd | None
    """What is still held for it, or due in cash."""
    card: str
    again: bool

    @property
    def held(self) -> Money:
        """What was held on the card; after a change it may be more than the order costs."""
        return self.money.attempt.amount if self.money else Money(self.order.total, self.order.currency)


async def carry_out(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    market: Market,
    asked: Asked,
    agreed: Agreement,
    dispatch: Dispatch | None = None,
) -> Done:
    """Do what was agreed to exactly once, whatever is repeated; repeated, it finds out about money left open.

    `dispatch` is what a driver who has the order is paid by when it goes elsewhere; without it they keep their pay.

    Raises:
        ToolError: the order has moved on, or the yes was taken back; nothing was changed. The message says what
            to do.
        StoreDown: it is not known whether the change stands; the same again finds out.
    """
    async with transaction() as session:
        written = await _write(session, clock.now(), market, asked, agreed, dispatch)
    if asked.action is not Action.CANCEL:
        total = Money(written.order.total, written.order.currency)
        return Done(_say_changed(asked.action, total, written.again), total, written.name)
    settled = await let_go(transaction, cards, clock, written.order, written.money)
    return Done(_say_cancelled(written, settled), Money(0, written.order.currency), written.name, settled)


async def _write(
    session: AsyncSession,
    now: datetime,
    market: Market,
    asked: Asked,
    agreed: Agreement,
    dispatch: Dispatch | None,
) -> Written:
    """The change itself, under the order's row lock; a change that was made already is not made again."""
    order = await session.get_one(Order, asked.order_id, with_for_update=True)
    again = await _was_made(session, order, agreed.terms)
    if again:
        standing = await planning.stand(session, order)
    else:
        plan = await planning.plan(session, order, asked, market, dispatch)
        if plan.terms != agreed.terms:
            raise ToolError(MOVED_ON)
        agreed.check()
        standing = plan.standing
        order.updated_at = now
        await (_cancel if asked.action is Action.CANCEL else _change)(session, plan, agreed, now)
        await _tell_driver(session, plan, dispatch, now)
    return Written(order, standing.name, standing.money, standing.card, again)


async def _was_made(session: AsyncSession, order: Order, terms: str) -> bool:
    """Whether an event of the order has these terms."""
    events = await session.scalars(
        select(OrderEvent).where(
            col(OrderEvent.order_id) == order.id, col(OrderEvent.type).in_((CHANGED, CANCELLED))
        )
    )
    return any(event.data.get("terms") == terms for event in events)


async def _cancel(session: AsyncSession, plan: Plan, agreed: Agreement, now: datetime) -> None:
    """The order is over: its portions go back, its kitchen is told, its money is let go."""
    order, money = plan.standing.order, plan.standing.money
    stood = order.placed_at is not None
    order.status = move(OrderStatus(order.status), OrderStatus.CANCELLED)
    await drafts.put_back(session, [(line.item_id, line.quantity) for line in plan.standing.sold.lines])
    if stood:
        await owed_back(session, order, money, now)
    await _put_down(session, plan, agreed, CANCELLED, now)
    if stood:
        await _tell_kitchen(session, order, "restaurant.cancel", str(order.id), now)
    await link_rows.look_now(session, order.id, now)


async def _change(session: AsyncSession, plan: Plan, agreed: Agreement, now: datetime) -> None:
    """Lines, bill, note or address become what was agreed; what is held stays, and less of it is taken later."""
    order, asked = plan.standing.order, plan.asked
    if asked.note and asked.note not in (order.note or ""):
        order.note = f"{order.note}; {asked.note}" if order.note else asked.note
    if asked.place:
        order.place = asked.place.model_dump(mode="json")
        order.promise_minutes += plan.minutes
    for line in plan.standing.sold.lines:
        left = plan.portions.get(line.id, line.quantity)
        if left == line.quantity:
            continue
        await drafts.put_back(session, [(line.item_id, line.quantity - left)])
        if left:
            line.quantity, line.amount = left, line.unit_amount * left
        else:
            await session.delete(line)
    if plan.bill:
        await rewrite_bill(session, plan.standing.sold.bill, order, plan.bill)
    await _put_down(session, plan, agreed, CHANGED, now)
    if order.payment_status == PaymentStatus.CAPTURED:
        await give_back_excess(session, order, now, f"changed-{plan.standing.revision + 1}")
    await _tell_kitchen(session, order, "restaurant.modify", f"{order.id}:{plan.standing.revision + 1}", now)


async def rewrite_bill(session: AsyncSession, old: Sequence[PriceLine], order: Order, bill: Bill) -> None:
    """The bill as it is now, line by line, and its sum."""
    for line in old:
        await session.delete(line)
    await session.flush()  # the old positions are free before the new lines take them
    drafts.write_bill(session, order, bill)
    order.total = bill.total.amount


async def _put_down(session: AsyncSession, plan: Plan, agreed: Agreement, kind: str, now: datetime) -> None:
    """The order's event and the audit's row: what was changed, what it cost and costs."""
    order, before = plan.standing.order, plan.standing.total
    totals: dict[str, Any] = {
        "action": plan.asked.action,
        "old_total": before.amount,
        "new_total": plan.after.amount,
        "currency": before.currency,
    }
    if kind == CHANGED and order.payment_status == PaymentStatus.AUTHORISED:
        totals["to_capture"] = plan.after.amount  # less than what is held
    await ledger.event(session, order, kind, now, **totals, terms=agreed.terms)
    session.add(
        Audit(
            actor="caller",
            action=kind,
            subject=show(Prefix.ORDER, order.id),
            source="call",
            call_id=agreed.call_id,
            at=now,
            data=totals,
        )
    )


async def _tell_kitchen(session: AsyncSession, order: Order, kind: str, key: str, now: datetime) -> None:
    """A job for the call to the kitchen."""
    await ledger.job(session, kind, key, {"order_id": str(order.id)}, now, now)


async def _tell_driver(session: AsyncSession, plan: Plan, dispatch: Dispatch | None, now: datetime) -> None:
    """Whoever has the order hears of another door or of a note; the dishes are the kitchen's business."""
    order, revision = plan.standing.order, plan.standing.revision + 1
    if plan.asked.place:
        await under_way.moved(session, order, dispatch, revision, now)
    elif plan.asked.note:
        await under_way.noted(session, order, revision, now)


def _say_changed(action: Action, total: Money, again: bool) -> str:
    """A change that stands, in words."""
    if again:
        return f"That is done already. The total is {total.spoken()}."
    return "Done. It is passed on." if action is Action.NOTE else f"Done. The total is {total.spoken()} now."


def _say_cancelled(written: Written, settled: bool) -> str:
    """A cancelled order and its money, in words; never more than the bank has said."""
    order, over = written.order, f"Your {written.name} is cancelled"
    if order.placed_at is None:
        if settled:
            return f"{over}. It was not paid for, so nothing is due."
        return f"{over}. The bank has not answered yet whether any money is held; we keep asking until it is let go."
    if order.payment_kind == "cash":
        return f"{over}, and there is nothing to pay."
    if written.money is None and settled:
        return f"{over}, and nothing is charged."
    held = written.held.spoken()
    if settled:
        return f"{over}, and the {held} held on your {written.card} is let go."
    return (
        f"{over}. The bank has not answered yet about the {held} held on your {written.card}; "
        "we keep asking until it is let go."
    )
