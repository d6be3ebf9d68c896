"""A dish has run out and its customer is asked: what they answer, or what is done when nobody answers in time."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Order, OrderEvent
from domain import deciding
from domain.changes import STANDS
from domain.deciding import Choice
from domain.market import Market
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus, move
from domain.saying import Saying
from errors import NotFound, ToolError
from operations import (
    capturing,
    drafts,
    giving,
    jobs,
    ledger,
    swapping,
    tracking,
    turning_down,
    under_way,
)
from operations.kitchen_desk import audit
from operations.kitchen_queue import ANNOUNCE, BY_CUSTOMER, BY_SYSTEM, Who
from operations.ledger import LooseEnd
from operations.letting_go import let_go, owed_back
from operations.settling import Transaction
from operations.undecided import WAITING, Question, Undecided, asked, undecided
from vendors.payments import Books, CardPayments

__all__ = ["Agreed", "Choice", "Decided", "Question", "asked", "decide"]
S = OrderStatus
DECIDED, CANCELLED = "customer.decided", "order.cancelled"
SETTLED = "settled"
REJECTED = "rejected"
KINDS = {Choice.INSTEAD: swapping.REPLACED, Choice.LEAVE_OUT: swapping.REMOVED, Choice.CANCEL: "cancelled"}
REASON = turning_down.Reason.OUT_OF_STOCK
MOVED_ON = "That has changed meanwhile. Call ask_about_unavailable again, and wait for the caller's answer."
NOT_SO = "That cannot be done about {dish}. Call ask_about_unavailable again: the system tells what can be."


@dataclass(frozen=True)
class Agreed:
    """What the caller chose, as it was put to them."""

    terms: str
    check: Callable[[], None]
    """Raises ToolError when they have taken it back since; asked last, with the order locked."""
    item_id: UUID | None = None
    """The dish they named themselves for the missing one."""


@dataclass(frozen=True)
class Decided:
    """What became of the order."""

    kind: str
    """removed, substituted, cancelled, rejected; settled: it was dealt with otherwise."""
    dish: str
    """What has run out, by its name."""
    total: Money
    """What the order costs now; nothing, when it is over."""
    instead: str | None = None
    by: str = BY_CUSTOMER
    """Who decided it."""
    again: bool = False
    """It had been decided before, and that stands."""
    back: Money | None = None
    """What was charged and goes back."""
    settled: bool = True
    """False while it is not known whether the money that is not due is let go of, or is back."""
    more: tuple[str, ...] = ()
    """Other dishes of the order that the customer is still asked about."""
    paid: Saying = deciding.WHERE_FROM
    """Where the money came from, in words."""


async def decide(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    market: Market,
    question: Question,
    choice: Choice,
    *,
    by: str,
    call_id: UUID | None = None,
    agreed: Agreed | None = None,
    links: Books | None = None,
) -> Decided:
    """Go on with an order as its customer, or for want of an answer the system, decides; the first decision stands.

    `by` is `kitchen_queue.BY_CUSTOMER` or `BY_SYSTEM`. Who did not decide it is told: the kitchen always, the customer
    where the system did. For the system a dish that is all of an order ends the order. `agreed` is what was put to the
    customer: what is done costs exactly that. `links` is who has the money that came through a link.

    Raises:
        NotFound: there is no such order.
        ToolError: it cannot be done so, has changed meanwhile, or the order is over; the message says what to do.
        StoreDown: it is not known whether it stands; the same again finds out.
    """
    async with transaction() as session:
        order = await session.get(Order, question.order_id, with_for_update=True, populate_existing=True)
        if order is None:
            raise NotFound("there is no such order")
        who = Who(order.restaurant_id, clock.now(), call_id, by)
        if (known := await _known(session, order, question)) is not None:
            return known
        item = agreed.item_id if agreed else None
        found = await undecided(session, order, market, question.line, item_id=item)
        if found is None:
            return _gone(order, by)
        if by == BY_SYSTEM and choice is Choice.LEAVE_OUT and found.open.only:
            choice = Choice.CANCEL
        _check(found, choice, agreed)
        kind = await _settle(session, found, market, who, choice)
        await _note(session, found, choice, kind, who, agreed)
        more = tuple(one.dish for one in await asked(session, order))
        if order.status in WAITING and not more:
            await jobs.wake(session, f"{ANNOUNCE}:{order.id}", who.now)
        back = await _back(session, found)
    settled = await _let_go(transaction, cards, clock, order, found.standing.money, back, links)
    over = order.status in (S.CANCELLED, S.REJECTED)
    return Decided(
        kind,
        found.open.dish,
        Money(0 if over else order.total, order.currency),
        found.instead if choice is Choice.INSTEAD else None,
        by,
        back=back[1] if back else None,
        settled=settled,
        more=more,
        paid=found.paid,
    )


def _check(found: Undecided, choice: Choice, agreed: Agreed | None) -> None:
    """Whether it can be done, and costs what was said. Raises ToolError."""
    way = found.way(choice)
    if way is None:
        raise ToolError(NOT_SO.format(dish=found.open.dish))
    if agreed is not None:
        if way.terms != agreed.terms:
            raise ToolError(MOVED_ON)
        agreed.check()


def _gone(order: Order, by: str) -> Decided:
    """Nothing is open: another change has settled it, or the order is over. Raises ToolError for a caller."""
    over = order.status in (S.CANCELLED, S.REJECTED, S.FAILED)
    if by == BY_CUSTOMER and order.status not in (*WAITING, S.CONFIRMED, S.PREPARING):
        raise ToolError(f"{STANDS[S(order.status)]}, so there is nothing to decide any more. Say so.")
    return Decided(SETTLED, "That dish", Money(0 if over else order.total, order.currency), by=by, again=True)


async def _known(session: AsyncSession, order: Order, question: Question) -> Decided | None:
    """What was decided about that dish before; None when nothing was."""
    events = await session.scalars(
        select(OrderEvent).where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == DECIDED)
    )
    event = next((one for one in events if one.data["line"] == question.line), None)
    if event is None:
        return None
    over = order.status in (S.CANCELLED, S.REJECTED)
    more = tuple(one.dish for one in await asked(session, order))
    return Decided(
        str(event.data["became"]),
        str(event.data["dish"]),
        Money(0 if over else order.total, order.currency),
        event.data.get("instead"),
        str(event.data["by"]),
        again=True,
        more=more,
    )


async def _settle(session: AsyncSession, found: Undecided, market: Market, who: Who, choice: Choice) -> str:
    """Do it, under the order's row lock; the kind of what became of it."""
    now, line, way = found.standing, found.open.line, found.way(choice)
    if choice is Choice.CANCEL:
        return await _end(session, found, who)
    if way is not None and way.twin is not None:
        await swapping.with_instead(session, now, line, way.twin, market, who, own_price=found.named)
    else:
        await swapping.without(session, now, line, market, who)
    return KINDS[choice]


async def _end(session: AsyncSession, found: Undecided, who: Who) -> str:
    """Nothing of the order is left, or wanted: portions and money go back, and all who have to do with it hear."""
    order, money = found.standing.order, found.standing.money
    if order.status in WAITING and who.by == BY_SYSTEM:
        await turning_down.write(session, who, order, money, REASON)
        return REJECTED
    order.status, order.updated_at = move(S(order.status), S.CANCELLED), who.now
    missing = {one.line.position for one in await asked(session, order)} | {found.open.question.line}
    lines = await tracking.lines(session, order.id)
    await drafts.put_back(
        session, [(line.item_id, line.quantity) for line in lines if line.position not in missing]
    )
    if order.payment_status == PaymentStatus.CAPTURED:
        await capturing.give_back_excess(session, order, who.now, _why(found))
    else:
        await owed_back(session, order, money, who.now)
    await ledger.event(session, order, CANCELLED, who.now, reason=REASON, by=who.by)
    await under_way.call_off(session, order, who.now)
    payload = {"order_id": str(order.id), "reason": str(REASON)}
    await ledger.job(session, turning_down.TELL_KITCHEN, str(order.id), payload, who.now, who.now)
    if who.by == BY_SYSTEM:
        await ledger.job(session, turning_down.TELL_CUSTOMER, str(order.id), payload, who.now, who.now)
    audit(session, order, CANCELLED, who, reason=REASON, total=order.total, currency=order.currency)
    return KINDS[Choice.CANCEL]


async def _note(
    session: AsyncSession, found: Undecided, choice: Choice, kind: str, who: Who, agreed: Agreed | None
) -> None:
    """The order's event and the audit's row: who chose what for which dish."""
    data: dict[str, object] = {
        "line": found.open.question.line,
        "dish": found.open.dish,
        "choice": choice,
        "became": kind,
        "by": who.by,
    }
    if choice is Choice.INSTEAD:
        data["instead"] = found.instead
    if agreed is not None:
        data["terms"] = agreed.terms
    await ledger.event(session, found.standing.order, DECIDED, who.now, **data)
    audit(session, found.standing.order, DECIDED, who, **data)


def _why(found: Undecided) -> str:
    """The reason in the key of what goes back; that of `swapping` for a change of the bill."""
    return f"change-{found.standing.revision + 1}"


async def _back(session: AsyncSession, found: Undecided) -> tuple[str, Money] | None:
    """What was charged too much by now: the key of its refund, and how much it is."""
    key = f"refund:{found.standing.order.id}:{_why(found)}"
    row = await giving.of_key(session, key)
    return (key, Money(row.amount, row.currency)) if row else None


async def _let_go(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    order: Order,
    money: LooseEnd | None,
    back: tuple[str, Money] | None,
    links: Books | None,
) -> bool:
    """Ask the provider now for what is not due any more; its job asks again. Whether that is settled."""
    if back is not None:
        return await giving.recover(transaction, cards, clock, back[0], links) == giving.REFUNDED
    if order.status in (S.REJECTED, S.CANCELLED):
        return await let_go(transaction, cards, clock, order, money)
    return True
