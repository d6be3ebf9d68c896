"""The kitchen's side of an order: its yes with minutes, ready, what it has heard, a break. Its own orders only.

Every change is one short transaction under the order's row lock: the row, its event, the jobs of whoever is next.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, Audit, Order, OrderEvent, Restaurant
from domain.ids import Prefix, show
from domain.kitchen import Kitchen
from domain.order import OrderStatus, PaymentStatus, move
from errors import ToolError
from operations import jobs, ledger, menus
from operations.kitchen_queue import (
    BY_CUSTOMER,
    BY_KITCHEN,
    BY_SYSTEM,
    CONFIRMED,
    COOKING,
    TOLD,
    UP_TO,
    Slip,
    Who,
    asked_about,
    slip,
    untold,
)

S = OrderStatus
REMIND, SEARCH, CAPTURE, FETCH = "restaurant.remind", "dispatch.search", "payments.capture", "driver.ready"
"""Jobs: remind the kitchen, find a driver, take the money that is held, tell the driver it is ready."""
WATCH = "tracking.watch"
"""The job that looks at the order until it is over."""
PREPARING, READY, MOVED, REMINDED = "order.preparing", "order.ready", "order.ready_by", "kitchen.reminded"
SAME = timedelta(minutes=1)
"""Two times nearer than this are one, said twice."""
BEFORE_PICKUP = timedelta(minutes=5)
"""How long before the food should be cooked a kitchen is reminded."""
NOT_THEIRS = "That order is not this kitchen's. Say you cannot see it, and call notify_restaurant."
CHANGED_SINCE = (
    "The customer has changed that order since the kitchen heard it. Call pass_on_change: the system tells them, and "
    "asks again how many minutes."
)
NOT_HEARD = (
    "The kitchen has not heard that order to its end. Call notify_restaurant with it: the system tells it once more, "
    "and asks how many minutes."
)
WAITS = (
    "The customer is being asked about the {dish}, so that order waits. Say so, and that we call when they have "
    "answered; then notify_restaurant for the next one."
)
UNDECIDED = (
    "The customer is being asked about the {dish}, so that order cannot be ready yet. Say so; it is minutes, and then "
    "they can say again that it is."
)
OVER = "That order is {status}, so there is nothing to do about it. Say so, and call notify_restaurant."


async def confirm(
    session: AsyncSession, who: Who, order_id: UUID, minutes: int, heard: int | None = None
) -> bool:
    """The kitchen takes an order and says when it is cooked; said again of one that is cooked, the time moves.

    `heard`: up to which event of the order they have heard it in this call; None when they have not.

    Returns:
        Whether it was news: False when the same was said before.

    Raises:
        ToolError: not theirs, not to be cooked, or not as they heard it; the message says what to do.
    """
    order = await theirs(session, who, order_id)
    if heard is not None:
        await note_told(session, who, order, heard)
    ready_by = who.now + timedelta(minutes=minutes)
    if order.status in COOKING:
        return await _later(session, who, order, minutes, ready_by)
    if order.status == S.SCHEDULED:
        order.status = move(S.SCHEDULED, S.PLACED)
    if order.status != S.PLACED:
        raise ToolError(OVER.format(status=order.status.replace("_", " ")))
    told, changes = await untold(session, order)
    if not told or changes:
        raise ToolError(CHANGED_SINCE if told else NOT_HEARD)
    if asked := await asked_about(session, order):
        raise ToolError(WAITS.format(dish=asked[0]))
    order.status = move(S.PLACED, S.CONFIRMED)
    order.ready_by, order.updated_at = ready_by, who.now
    await ledger.event(session, order, CONFIRMED, who.now, minutes=minutes, ready_by=ready_by.isoformat())
    order.status = move(S.CONFIRMED, S.PREPARING)
    await ledger.event(session, order, PREPARING, who.now)
    payload = {"order_id": str(order.id)}
    await ledger.job(session, SEARCH, str(order.id), payload, who.now, who.now)
    await ledger.job(session, WATCH, str(order.id), payload, who.now, who.now)
    await ledger.job(session, REMIND, str(order.id), payload, _remind_at(who, ready_by), who.now)
    if order.payment_status == PaymentStatus.AUTHORISED:
        await ledger.job(session, CAPTURE, str(order.id), payload, who.now, who.now)
    audit(session, order, CONFIRMED, who)
    return True


async def _later(session: AsyncSession, who: Who, order: Order, minutes: int, ready_by: datetime) -> bool:
    """Another time for an order that is cooked already."""
    if order.ready_by is not None and abs(order.ready_by - ready_by) < SAME:
        return False
    order.ready_by, order.updated_at = ready_by, who.now
    await ledger.event(session, order, MOVED, who.now, minutes=minutes, ready_by=ready_by.isoformat())
    audit(session, order, MOVED, who)
    return True


def _remind_at(who: Who, ready_by: datetime) -> datetime:
    return max(who.now, ready_by - BEFORE_PICKUP)


async def mark_ready(session: AsyncSession, who: Who, order_id: UUID) -> bool:
    """The food is cooked: whoever fetches it is to be told. False when that was known.

    Raises:
        ToolError: not theirs, not being cooked, or a dish of it is undecided.
    """
    order = await theirs(session, who, order_id)
    if order.status in (S.READY, S.PICKED_UP, S.DELIVERED):
        return False
    if order.status not in COOKING:
        waits = order.status in (S.PLACED, S.SCHEDULED)
        first = "They have not taken that order yet. Ask how many minutes, and confirm_preparation_time."
        raise ToolError(first if waits else OVER.format(status=order.status.replace("_", " ")))
    await cooked(session, order, who.now)
    order.ready_by = who.now
    await ledger.job(session, FETCH, str(order.id), {"order_id": str(order.id)}, who.now, who.now)
    await _search_sooner(session, order, who.now)
    return True


async def cooked(session: AsyncSession, order: Order, now: datetime, **by: str) -> None:
    """An order that is cooked is ready; `by`: who says so, where it is not its kitchen. The caller holds its row lock.

    Raises:
        ToolError: its customer is being asked about a dish of it.
    """
    if asked := await asked_about(session, order):
        raise ToolError(UNDECIDED.format(dish=asked[0]))
    if order.status == S.CONFIRMED:
        order.status = move(S.CONFIRMED, S.PREPARING)
    order.status, order.updated_at = move(OrderStatus(order.status), S.READY), now
    await ledger.event(session, order, READY, now, **by)


async def _search_sooner(session: AsyncSession, order: Order, now: datetime) -> None:
    """Whoever looks for its driver waits no more for the time the kitchen had named."""
    tried = await session.scalars(select(Assignment.id).where(col(Assignment.order_id) == order.id))
    for key in (order.id, *tried):  # each that came to nothing has caused a search of its own
        await jobs.wake(session, f"{SEARCH}:{key}", now)


async def read_out(session: AsyncSession, who: Who, order_id: UUID) -> Slip:
    """An order as it is now and what was changed, for the kitchen to hear. Raises ToolError: not theirs."""
    return await slip(session, await theirs(session, who, order_id))


async def heard(session: AsyncSession, who: Who, order_id: UUID, up_to: int) -> None:
    """The kitchen has heard an order to its end, as it was at that event; one they cook is a reminder, noted once.

    Raises ToolError: not theirs.
    """
    order = await theirs(session, who, order_id)
    if not await note_told(session, who, order, up_to) and order.status in COOKING:
        await _remind(session, who, order)


async def reminded(session: AsyncSession, who: Who, order_id: UUID) -> bool:
    """The kitchen was reminded of an order it cooks; of its changes it has not heard. Raises ToolError: not theirs."""
    order = await theirs(session, who, order_id)
    if order.status in COOKING:
        await _remind(session, who, order)
    return order.status in COOKING


async def note_told(session: AsyncSession, who: Who, order: Order, up_to: int) -> bool:
    """Note what the kitchen has heard, unless it knew. The caller holds the order's row lock. Whether it was news."""
    told, changes = await untold(session, order)
    if told and not any(change.seq <= up_to for change in changes):
        return False
    await ledger.event(session, order, TOLD, who.now, **{UP_TO: up_to})
    return True


async def was_reminded(session: AsyncSession, order: Order, now: datetime) -> bool:
    """Whether the kitchen was reminded since the time it named; before that time, whether it ever was."""
    known = select(OrderEvent.seq).where(
        col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == REMINDED
    )
    if order.ready_by is not None and now >= order.ready_by:
        known = known.where(col(OrderEvent.at) >= order.ready_by)
    return await session.scalar(known.limit(1)) is not None


async def _remind(session: AsyncSession, who: Who, order: Order) -> None:
    if not await was_reminded(session, order, who.now):
        await ledger.event(session, order, REMINDED, who.now)


async def pause(session: AsyncSession, who: Who, until: datetime | None) -> Kitchen:
    """No new orders until then; None ends the break. Orders that were taken go on."""
    row = await session.get_one(Restaurant, who.kitchen_id, with_for_update=True)
    if row.paused_until != until:
        row.paused_until = until
        session.add(
            Audit(
                actor=show(Prefix.RESTAURANT, who.kitchen_id),
                action="restaurant.paused" if until else "restaurant.resumed",
                subject=show(Prefix.RESTAURANT, who.kitchen_id),
                source="call",
                call_id=who.call_id,
                at=who.now,
                data={"until": until.isoformat()} if until else {},
            )
        )
        await session.flush()
    return await menus.kitchen(session, who.kitchen_id)


async def theirs(session: AsyncSession, who: Who, order_id: UUID) -> Order:
    """An order of this kitchen, locked. Raises ToolError for anybody else's, and for one that never stood."""
    order = await session.get(Order, order_id, with_for_update=True)
    if order is None or order.restaurant_id != who.kitchen_id or order.placed_at is None:
        raise ToolError(NOT_THEIRS)
    return order


def audit(session: AsyncSession, order: Order, kind: str, who: Who, **data: object) -> None:
    """Who did it: the kitchen, the caller or the system, and in which call."""
    actors = {BY_KITCHEN: show(Prefix.RESTAURANT, who.kitchen_id), BY_CUSTOMER: "caller"}
    session.add(
        Audit(
            actor=actors.get(who.by, who.by),
            action=kind,
            subject=show(Prefix.ORDER, order.id),
            source="job" if who.by == BY_SYSTEM else "call",
            call_id=who.call_id,
            at=who.now,
            data=dict(data),
        )
    )
