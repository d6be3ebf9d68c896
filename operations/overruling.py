"""A person of ours moves an order on where nobody else can: legal moves only, with a reason, and who it was is kept."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Audit, Order
from domain.delivery import AssignmentStatus
from domain.ids import Prefix, show
from domain.order import OrderStatus, move
from errors import Conflict, NotFound
from operations import delivering, giving_up
from operations.dispatching import Who, of_order

BY_OPERATOR = "operator"
"""In an event's `by`, and the proof of a delivery."""
NOT_PLACED = "An order that is not paid for yet ends by itself, when its link or its caller is done with it."
NOBODY_HAS_IT = "Nobody has that order, so nobody can have delivered it."


class Moved(StrEnum):
    """Where a person of ours may move an order."""

    DELIVERED = OrderStatus.DELIVERED.value
    CANCELLED = OrderStatus.CANCELLED.value
    FAILED = OrderStatus.FAILED.value


async def overrule(
    session: AsyncSession, order_id: UUID, to: Moved, reason: str, *, actor: str, source: str, now: datetime
) -> Order:
    """Deliver an order by a person's word, or end it with all money back. Moved there before, nothing changes.

    Raises:
        NotFound: no such order.
        Conflict: it cannot become that from where it is.
    """
    order = await session.get(Order, order_id, with_for_update=True)
    if order is None:
        raise NotFound("There is no order with that id.")
    target, before = OrderStatus(to), order.status
    if before == target:
        return order
    move(OrderStatus(before), target)
    if before == OrderStatus.AWAITING_PAYMENT:
        raise Conflict(NOT_PLACED)
    if to is Moved.DELIVERED:
        await _deliver(session, order, now)
    else:
        await giving_up.end(session, order, target, now, why=BY_OPERATOR, reason=reason, by=BY_OPERATOR)
    session.add(
        Audit(
            actor=actor,
            action=f"order.{to}",
            subject=show(Prefix.ORDER, order.id),
            source=source,
            at=now,
            data={"reason": reason, "before": before},
        )
    )
    await session.flush()
    return order


async def _deliver(session: AsyncSession, order: Order, now: datetime) -> None:
    """Whoever rides with it has handed it over; cash is in their hand, their tip is theirs."""
    rows = await of_order(session, order.id)
    mine = next((row for row in rows if row.status == AssignmentStatus.PICKED_UP), None)
    if mine is None:
        raise Conflict(NOBODY_HAS_IT)
    await delivering.handed_over(session, order, mine, Who(mine.driver_id, now), proof=BY_OPERATOR)
