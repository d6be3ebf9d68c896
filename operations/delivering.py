"""A delivery its driver has accepted: at the counter, with the food, at the door; or given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import compare_digest
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, Order, OrderEvent, OrderLine, Payment, PriceLine
from domain.address import Place
from domain.delivery import HELD, AssignmentStatus
from domain.kitchen import Kitchen
from domain.order import OrderStatus, PaymentStatus, move, pay
from errors import ToolError
from operations import kitchen_desk, ledger, menus, under_way
from operations.dispatching import CALLED_OFF, WAITING, Who, audit, locked, note, search, theirs
from operations.kitchen_queue import COOKING

S = AssignmentStatus
MOST_TRIES = 3
"""Wrong codes before a person decides."""
FEEDBACK_AFTER = timedelta(minutes=20)
"""From the door until somebody asks how it was."""
AT_RESTAURANT, PICKED_UP, DELIVERED = "delivery.at_restaurant", "order.picked_up", "order.delivered"
FEEDBACK, CLOSE = "customer.feedback", "orders.close"
"""Jobs: how it was, and that nothing is open about it any more."""
WRONG_CODE, PROBLEM, SEARCHING = "delivery.wrong_code", "delivery.problem", "delivery.searching"
BY_DRIVER = "driver"
NOT_THEIRS = (
    "That delivery is not this driver's. Say you cannot see it; get_pickup_details tells which they have."
)
OVER = "That order was called off: there is nothing to pick up. Say so, and give it back with report_problem."
CALLED_OFF_SINCE = (
    "That order was called off, and is no delivery of theirs any more: nothing is to be done for it. Say so. About "
    "food they have with them already: ask_for_person."
)
LATELY = timedelta(hours=2)
"""So long a driver is told that what they had was called off."""
NOT_READY = (
    "The kitchen has not said yet that it is ready. Say so; once the kitchen tells us, call confirm_pickup again. "
    "If they wait too long or cannot stay: report_problem."
)


@dataclass(frozen=True)
class Delivery:
    """A delivery with what its driver has to know."""

    order: Order
    assignment: Assignment
    kitchen: Kitchen
    place: Place
    lines: Sequence[OrderLine]
    moved: bool = False
    """The customer has given another door since it was accepted."""


@dataclass(frozen=True)
class Proof:
    """What became of a code: whether it was the customer's, and how many more may be tried."""

    right: bool
    left: int
    tip: int = 0
    """Minor units; the driver's, once it is delivered."""


async def current(session: AsyncSession, driver_id: UUID) -> list[Delivery]:
    """What a driver has accepted and not brought yet, oldest first."""
    query = (
        select(Assignment, Order)
        .join(Order, col(Order.id) == col(Assignment.order_id))
        .where(col(Assignment.driver_id) == driver_id, col(Assignment.status).in_(HELD))
        .order_by(col(Assignment.answered_at), col(Assignment.id))
    )
    found = []
    for row, order in (await session.execute(query)).all():
        lines = await session.scalars(select(OrderLine).where(col(OrderLine.order_id) == order.id))
        kitchen = await menus.kitchen(session, order.restaurant_id)
        place, moved = Place.model_validate(order.place), await _moved(session, row)
        found.append(Delivery(order, row, kitchen, place, lines.all(), moved))
    return found


async def called_off(session: AsyncSession, who: Who) -> list[tuple[UUID, Kitchen]]:
    """What they had and was called off a while ago, newest first: orders with their kitchens."""
    query = (
        select(Order.id, Order.restaurant_id)
        .join(Assignment, col(Order.id) == col(Assignment.order_id))
        .where(
            col(Assignment.driver_id) == who.driver_id,
            col(Assignment.status) == S.WITHDRAWN,
            col(Assignment.reason) == CALLED_OFF,
            col(Assignment.done_at) > who.now - LATELY,
        )
        .order_by(col(Assignment.done_at).desc())
    )
    rows = (await session.execute(query)).all()
    return [(order_id, await menus.kitchen(session, kitchen_id)) for order_id, kitchen_id in rows]


async def refusal(session: AsyncSession, who: Who, order_id: UUID) -> str:
    """Why a delivery that this driver does not have is not theirs: it was called off, or never was."""
    mine = await theirs(session, who, order_id)
    return CALLED_OFF_SINCE if mine is not None and mine.reason == CALLED_OFF else NOT_THEIRS


async def at_restaurant(session: AsyncSession, who: Who, order_id: UUID) -> Order:
    """The driver stands at the counter, and said so again does still. Raises ToolError for what is not theirs."""
    order, mine = await held_by(session, who, order_id)
    if mine.status in (S.ACCEPTED, S.AT_RESTAURANT):
        mine.moved_at = who.now
    if mine.status == S.ACCEPTED:
        mine.status = S.AT_RESTAURANT
        await note(session, order, mine, AT_RESTAURANT, who.now)
    return order


async def picked_up(session: AsyncSession, who: Who, order_id: UUID) -> Order:
    """The driver has the food. Once its time has come they are believed where the kitchen has said nothing.

    Raises:
        ToolError: it is not their delivery, the order is off, or it is still being cooked.
    """
    order, mine = await held_by(session, who, order_id)
    if mine.status == S.PICKED_UP:
        return order
    if order.status in COOKING:
        if order.ready_by is None or who.now < order.ready_by:
            raise ToolError(NOT_READY)
        await kitchen_desk.cooked(session, order, who.now, by=BY_DRIVER)
    if order.status != OrderStatus.READY:
        raise ToolError(OVER)
    order.status = move(OrderStatus(order.status), OrderStatus.PICKED_UP)
    order.picked_up_at = order.updated_at = who.now
    mine.status = S.PICKED_UP
    await note(session, order, mine, PICKED_UP, who.now)
    audit(session, order, PICKED_UP, who)
    return order


async def delivered(session: AsyncSession, who: Who, order_id: UUID, code: str) -> Proof:
    """The customer has it, and gave the order's code for it. After three wrong ones no code counts any more.

    Wrong codes are events, so the transaction has to be committed whatever comes back.

    Raises:
        ToolError: it is not their delivery, or the food was not picked up.
    """
    order = await locked(session, order_id)
    mine = await theirs(session, who, order_id)
    if mine is not None and mine.status == S.DELIVERED:
        return Proof(True, 0, await _tip(session, order))
    if mine is None or mine.status not in HELD:
        raise ToolError(await refusal(session, who, order_id))
    if mine.status != S.PICKED_UP or order.status != OrderStatus.PICKED_UP:
        raise ToolError("They have not said that they picked it up. Ask; if they did, confirm_pickup first.")
    left = MOST_TRIES - await _wrong_codes(session, order, mine)
    if left <= 0:
        return Proof(False, 0)
    if not compare_digest(code.encode(), order.code.encode()):
        await note(session, order, mine, WRONG_CODE, who.now)
        return Proof(False, left - 1)
    tip = await handed_over(session, order, mine, who, proof="code")
    audit(session, order, DELIVERED, who)
    return Proof(True, 0, tip)


async def handed_over(session: AsyncSession, order: Order, mine: Assignment, who: Who, *, proof: str) -> int:
    """The order is delivered, its cash taken, its tip the driver's; `proof`: code, left, or whose word.

    The caller holds the order's row lock, and writes down who did it.

    Returns:
        The tip, minor units.
    """
    order.status = move(OrderStatus(order.status), OrderStatus.DELIVERED)
    order.delivered_at = order.updated_at = mine.done_at = who.now
    mine.status = S.DELIVERED
    tip = await _tip(session, order)
    mine.pay += tip
    await note(session, order, mine, DELIVERED, who.now, proof=proof, tip=tip, pay=mine.pay)
    await _take_cash(session, order, who)
    payload = {"order_id": str(order.id)}
    await ledger.job(session, FEEDBACK, str(order.id), payload, who.now + FEEDBACK_AFTER, who.now)
    await ledger.job(session, CLOSE, str(order.id), payload, who.now + FEEDBACK_AFTER, who.now)
    return tip


async def problem(session: AsyncSession, who: Who, order_id: UUID, what: str) -> bool:
    """Something is in the way. Before the food is picked up another driver is looked for; after that a person.

    Returns:
        Whether the delivery was given back.

    Raises:
        ToolError: it is not their delivery.
    """
    order, mine = await held_by(session, who, order_id)
    audit(session, order, PROBLEM, who)
    mine.reason = what
    if mine.status == S.PICKED_UP:
        await note(session, order, mine, PROBLEM, who.now)
        return False
    mine.status, mine.done_at = S.WITHDRAWN, who.now
    if order.status not in WAITING:  # called off meanwhile: nobody is looked for
        await note(session, order, mine, PROBLEM, who.now)
        return True
    await note(session, order, mine, SEARCHING, who.now)
    await search(session, mine, who.now)
    return True


async def held_by(session: AsyncSession, who: Who, order_id: UUID) -> tuple[Order, Assignment]:
    """The order, locked, and the driver's hold on it. Raises ToolError when they have none."""
    order = await locked(session, order_id)
    mine = await theirs(session, who, order_id)
    if mine is None or mine.status not in HELD:
        raise ToolError(await refusal(session, who, order_id))
    return order, mine


async def _tip(session: AsyncSession, order: Order) -> int:
    """What its customer gives whoever brings it, minor units."""
    query = select(PriceLine.amount).where(col(PriceLine.order_id) == order.id, col(PriceLine.kind) == "tip")
    return sum(await session.scalars(query))


async def _moved(session: AsyncSession, row: Assignment) -> bool:
    """Whether the door was changed while the driver had it."""
    events = await session.scalars(
        select(OrderEvent).where(
            col(OrderEvent.order_id) == row.order_id, col(OrderEvent.type) == under_way.CHANGED
        )
    )
    return any(event.data["assignment"] == str(row.id) for event in events)


async def _wrong_codes(session: AsyncSession, order: Order, mine: Assignment) -> int:
    """How many wrong codes this driver gave for this delivery."""
    wrong = await session.scalars(
        select(OrderEvent).where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == WRONG_CODE)
    )
    return sum(event.data["assignment"] == str(mine.id) for event in wrong)


async def _take_cash(session: AsyncSession, order: Order, who: Who) -> None:
    """Cash that was due is in the driver's hand."""
    due = await ledger.resting(session, order.id)
    if order.payment_kind != ledger.CASH or order.payment_status != PaymentStatus.CASH_DUE or due is None:
        return
    order.payment_status = pay(PaymentStatus(order.payment_status), PaymentStatus.CAPTURED)
    session.add(
        Payment(
            order_id=order.id,
            provider=ledger.CASH,
            kind=PaymentStatus.CAPTURED,
            key=due.attempt.key,
            attempt=due.attempt.number,
            amount=order.total,
            currency=order.currency,
            at=who.now,
        )
    )
    await ledger.event(session, order, "payment.captured", who.now)
