"""A customer says that they have it, and whoever brought it never gave the code: after a while their word is enough."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assignment, Audit, Order
from domain.ids import Prefix, show
from domain.watching import TrackingRules
from operations import delivering, informing, ledger
from operations.dispatching import Who
from operations.kitchen_queue import BY_SYSTEM

BY_THEIR_WORD = "customer"
"""The proof, in the event."""
NOT_CLOSED = (
    "A customer has said that they have an order, and its driver has not closed it; its cash is not accounted for. "
    "Please ask the driver."
)
NEVER_FETCHED = (
    "A customer says that they have an order which nobody has fetched, as far as we know. Please call them."
)


async def close(
    session: AsyncSession,
    order: Order,
    held: Assignment,
    came_at: datetime,
    now: datetime,
    rules: TrackingRules,
) -> bool:
    """Hand it over by its customer's word, once its driver has had time for the code; cash is a person's business.

    The caller holds the order's row lock.

    Returns:
        Whether it is handed over.
    """
    if now - came_at < timedelta(minutes=rules.receipt_minutes):
        return False
    if order.payment_kind == ledger.CASH:
        await informing.inform(session, order, NOT_CLOSED, now)
        return False
    await delivering.handed_over(session, order, held, Who(held.driver_id, now), proof=BY_THEIR_WORD)
    session.add(
        Audit(
            actor=BY_SYSTEM,
            action=delivering.DELIVERED,
            subject=show(Prefix.ORDER, order.id),
            source="job",
            at=now,
            data={"proof": BY_THEIR_WORD},
        )
    )
    return True
