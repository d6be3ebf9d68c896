"""An order that is under way comes to nothing without its customer's doing: the system ends it, with all money back."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Audit, Order
from domain.ids import Prefix, show
from domain.order import OrderStatus, PaymentStatus, move
from operations import capturing, informing, ledger, under_way
from operations.kitchen_queue import BY_SYSTEM
from operations.letting_go import owed_back

FAILED, TELL_CUSTOMER, TELL_KITCHEN = "order.failed", "customer.rejected", "restaurant.cancel"
NOBODY = "no_rider"
"""Why, in the event: nobody was found who brings it."""
PLEASE_CALL = (
    "Nobody was found to bring an order; it was given up, with all money back. Please call its customer."
)


async def nobody_brings_it(session: AsyncSession, order: Order, now: datetime) -> None:
    """End an order that nobody brings: kitchen and customer are told, the money goes back, a person is informed.

    The caller holds the order's row lock. Raises Conflict when it has gone on meanwhile.
    """
    money = await ledger.resting(session, order.id)
    order.status, order.updated_at = move(OrderStatus(order.status), OrderStatus.FAILED), now
    await ledger.event(session, order, FAILED, now, reason=NOBODY, by=BY_SYSTEM)
    await under_way.call_off(session, order, now)
    if order.payment_status == PaymentStatus.CAPTURED:
        await capturing.give_back_excess(session, order, now, NOBODY)
    else:
        await owed_back(session, order, money, now)
    payload = {"order_id": str(order.id)}
    for kind in (TELL_KITCHEN, TELL_CUSTOMER):
        await ledger.job(session, kind, str(order.id), payload, now, now)
    await informing.inform(session, order, PLEASE_CALL, now)
    session.add(
        Audit(
            actor=BY_SYSTEM,
            action=FAILED,
            subject=show(Prefix.ORDER, order.id),
            source="job",
            at=now,
            data={"reason": NOBODY, "total": order.total, "currency": order.currency},
        )
    )
