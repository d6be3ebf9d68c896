"""Offers of deliveries to drivers, each answered once: all that changes one happens under its order's row lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, func, select

from db.models import Assignment, Audit, Driver, Order
from domain.address import Place
from domain.delivery import HELD, AssignmentStatus, Declined
from domain.ids import Prefix, show
from domain.incentive import Difficulty, Dispatch, pay
from domain.kitchen import Kitchen
from domain.order import OrderStatus
from errors import Conflict, NotFound, ToolError
from operations import ledger, menus

S = AssignmentStatus
WAITING = (OrderStatus.CONFIRMED, OrderStatus.PREPARING, OrderStatus.READY)
"""Orders that a driver can still be found for."""
ACCEPTED, DECLINED, EXPIRED, OFFERED = (
    "delivery.accepted",
    "delivery.declined",
    "delivery.expired",
    "delivery.offered",
)
SEARCH, WATCH = "dispatch.search", "dispatch.watch"
"""The jobs that find the next driver, and look whether the one who has it comes."""
TAKEN, CALLED_OFF, STILL = (
    "another driver took it",
    "the order was called off",
    "they came no nearer to the kitchen",
)
"""Why an offer or a delivery was withdrawn, in its `reason`."""
NO_ANSWER = "no answer"
NOT_OFFERED = "That delivery is not offered to this driver. Say so, and call hear_offer."
GONE = (
    "Another driver has taken that one already. Say so, and that nothing is lost by it; then hear_offer once."
)
RIDES = "They have somebody's food with them: bring that first. Say so; nothing is lost by it."
RUN_OUT = "That offer has run out. Say so, and call hear_offer for another."
OFF = "That order is not to be delivered any more. Say so, and that nothing is to be done."


@dataclass(frozen=True)
class Who:
    """The driver who acts, when, and in which call."""

    driver_id: UUID
    now: datetime
    call_id: UUID | None = None


@dataclass(frozen=True)
class Offered:
    """An offer with what a driver wants to know of it."""

    assignment: Assignment
    kitchen: Kitchen


async def open_offer(session: AsyncSession, driver_id: UUID, now: datetime) -> Offered | None:
    """The oldest offer this driver can still take; None when there is none, or while they ride to a door."""
    if await _riding(session, driver_id):
        return None
    held = select(Assignment.order_id).where(col(Assignment.status).in_(HELD))
    query = (
        select(Assignment, Order.restaurant_id)
        .join(Order, col(Order.id) == col(Assignment.order_id))
        .where(
            col(Assignment.driver_id) == driver_id,
            col(Assignment.status) == S.OFFERED,
            col(Assignment.expires_at) > now,
            col(Order.status).in_(WAITING),
            col(Assignment.order_id).not_in(held),
        )
        .order_by(col(Assignment.offered_at), col(Assignment.id))
    )
    found = (await session.execute(query.limit(1))).first()
    return Offered(found[0], await menus.kitchen(session, found[1])) if found else None


async def offer(
    session: AsyncSession,
    order_id: UUID,
    driver_id: UUID,
    rules: Dispatch,
    now: datetime,
    *,
    step: int = 0,
    in_vain: bool = False,
) -> Assignment:
    """Offer an order to a driver; while that offer holds, the same once more is the same offer.

    `step` counts how often the search radius was widened; `in_vain`: nobody was found at the widest one, so that it
    pays the most there is.

    Raises:
        Conflict: the order needs no driver, or the driver cannot be asked.
    """
    order = await locked(session, order_id)
    driver = await session.get_one(Driver, driver_id)
    before = await of_order(session, order.id)
    if order.status not in WAITING or any(row.status in HELD for row in before):
        raise Conflict("this order needs no driver")
    if driver.status != "available" or await _riding(session, driver_id):
        raise Conflict("this driver cannot be asked now")
    for row in before:
        if row.driver_id == driver_id and row.status == S.OFFERED and row.expires_at > now:
            return row
    for row in before:
        if row.status == S.OFFERED and row.expires_at <= now:
            await _lapsed(session, order, row, NO_ANSWER, now)
    kitchen = await menus.kitchen(session, order.restaurant_id)
    km = kitchen.point.km_to(Place.model_validate(order.place).point)
    paid = pay(rules, Difficulty(km, step, len(before), in_vain))
    made = Assignment(
        order_id=order.id,
        driver_id=driver_id,
        status=S.OFFERED,
        distance_m=round(km * 1000),
        pay=paid.whole.amount,
        incentive=paid.extra.amount,
        currency=rules.currency,
        offered_at=now,
        expires_at=now + timedelta(seconds=rules.offer_seconds),
    )
    session.add(made)
    await note(session, order, made, OFFERED, now, pay=made.pay, incentive=made.incentive)
    return made


async def accept(session: AsyncSession, who: Who, order_id: UUID, heard: UUID | None = None) -> Assignment:
    """Take a delivery. The first who gets the order's lock has it; what others were offered of it is withdrawn.

    `heard` is the assignment the driver agreed to; a newer one has other terms, and is told first.

    Raises:
        ToolError: it is not offered to them, has run out, is taken or is off, or they ride to a door.
    """
    order = await locked(session, order_id)
    mine = await theirs(session, who, order_id)
    if mine is None:
        raise ToolError(NOT_OFFERED)
    if mine.status in HELD:
        return mine
    rows = await of_order(session, order_id)
    if mine.reason == TAKEN or any(row.status in HELD for row in rows):
        raise ToolError(GONE)
    if mine.reason == CALLED_OFF or order.status not in WAITING:
        raise ToolError(OFF)
    if mine.status != S.OFFERED or mine.expires_at <= who.now or heard not in (None, mine.id):
        raise ToolError(RUN_OUT)
    if await _riding(session, who.driver_id):
        raise ToolError(RIDES)
    mine.status, mine.answered_at = S.ACCEPTED, who.now
    for row in rows:
        if row.id != mine.id and row.status == S.OFFERED:
            row.status, row.reason, row.answered_at = S.WITHDRAWN, TAKEN, who.now
    await note(session, order, mine, ACCEPTED, who.now)
    audit(session, order, ACCEPTED, who)
    payload = {"order_id": str(order.id), "assignment_id": str(mine.id)}
    await ledger.job(session, WATCH, str(mine.id), payload, who.now, who.now)
    return mine


async def decline(session: AsyncSession, who: Who, order_id: UUID, reason: Declined) -> Assignment:
    """Leave a delivery to others. One that has gone otherwise stays as it is.

    Raises:
        ToolError: it was never offered to them, or they have accepted it.
    """
    order = await locked(session, order_id)
    mine = await theirs(session, who, order_id)
    if mine is None:
        raise ToolError(NOT_OFFERED)
    if mine.status in HELD:
        raise ToolError("They have accepted it already. To give it back, ask what is wrong: report_problem.")
    if mine.status == S.OFFERED:
        mine.status, mine.reason, mine.answered_at = S.DECLINED, reason, who.now
        await note(session, order, mine, DECLINED, who.now, reason=reason)
        await search(session, mine, who.now)
    return mine


async def expire(session: AsyncSession, now: datetime) -> list[UUID]:
    """Offers nobody answered in time are over, and others are looked for; the orders these were for."""
    query = select(Assignment.order_id).where(
        col(Assignment.status) == S.OFFERED, col(Assignment.expires_at) <= now
    )
    orders = sorted(set(await session.scalars(query)))  # always locked in one order
    for order_id in orders:
        order = await locked(session, order_id)
        for row in await of_order(session, order_id):
            if row.status == S.OFFERED and row.expires_at <= now:
                await _lapsed(session, order, row, NO_ANSWER, now)
                await search(session, row, now)
    return orders


async def lapse(session: AsyncSession, assignment_id: UUID, reason: str, now: datetime) -> Assignment:
    """An offer nobody answers ends before its time, and the next driver is looked for; answered, it stays as it is.

    Raises NotFound.
    """
    row = await session.get(Assignment, assignment_id)
    if row is None:
        raise NotFound("there is no such offer")
    order = await locked(session, row.order_id)
    await session.refresh(row)
    if row.status == S.OFFERED:
        await _lapsed(session, order, row, reason, now)
        await search(session, row, now)
    return row


async def _lapsed(session: AsyncSession, order: Order, row: Assignment, reason: str, now: datetime) -> None:
    """An offer is over unanswered. The caller holds the order's lock."""
    row.status, row.answered_at, row.reason = S.EXPIRED, now, reason
    await note(session, order, row, EXPIRED, now)


async def locked(session: AsyncSession, order_id: UUID) -> Order:
    """The order, locked, as it is now."""
    return await session.get_one(Order, order_id, with_for_update=True, populate_existing=True)


async def theirs(session: AsyncSession, who: Who, order_id: UUID) -> Assignment | None:
    """What this driver has or had to do with an order, the newest; the caller holds the order's lock."""
    rows = await of_order(session, order_id)
    return next((row for row in reversed(rows) if row.driver_id == who.driver_id), None)


async def of_order(session: AsyncSession, order_id: UUID) -> Sequence[Assignment]:
    """Every assignment of an order, oldest first, as they are now."""
    query = select(Assignment).where(col(Assignment.order_id) == order_id).order_by(col(Assignment.id))
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def _riding(session: AsyncSession, driver_id: UUID) -> bool:
    """Whether a driver has somebody's food with them."""
    riding = await session.scalar(
        select(func.count())
        .select_from(Assignment)
        .where(col(Assignment.driver_id) == driver_id, col(Assignment.status) == S.PICKED_UP)
    )
    return bool(riding)


async def search(session: AsyncSession, row: Assignment, now: datetime) -> None:
    """A job for whoever looks for the next driver; one for each assignment that came to nothing."""
    await ledger.job(session, SEARCH, str(row.id), {"order_id": str(row.order_id)}, now, now)


async def note(
    session: AsyncSession, order: Order, row: Assignment, kind: str, now: datetime, **more: Any
) -> None:
    """The order's event of a step of its delivery. The caller holds the order's lock."""
    driver = show(Prefix.DRIVER, row.driver_id)
    await ledger.event(session, order, kind, now, driver=driver, assignment=str(row.id), **more)


def audit(session: AsyncSession, order: Order, kind: str, who: Who) -> None:
    """Who did it: the driver, in which call."""
    session.add(
        Audit(
            actor=show(Prefix.DRIVER, who.driver_id),
            action=kind,
            subject=show(Prefix.ORDER, order.id),
            source="call",
            call_id=who.call_id,
            at=who.now,
        )
    )
