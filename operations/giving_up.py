"""An order that came to nothing without its customer: the system or a person of ours ends it, with all money back."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Audit, Order
from domain.ids import Prefix, show
from domain.order import OrderStatus, PaymentStatus, move
from operations import capturing, drafts, informing, ledger, tracking, under_way
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
    await end(session, order, OrderStatus.FAILED, now, why=NOBODY, reason=NOBODY, by=BY_SYSTEM)
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


async def end(
    session: AsyncSession, order: Order, to: OrderStatus, now: datetime, *, why: str, reason: str, by: str
) -> None:
    """The end itself: whoever has it or cooks it is told, as is its customer, and its money goes back.

    `why` names the refund, once an order; `reason` stands in the event. The caller holds the order's row lock. Raises
    Conflict where it cannot end so.
    """
    money = await ledger.resting(session, order.id)
    waited = order.status in (OrderStatus.PLACED, OrderStatus.SCHEDULED)
    order.status, order.updated_at = move(OrderStatus(order.status), to), now
    if waited:  # nothing was cooked
        lines = await tracking.lines(session, order.id)
        await drafts.put_back(session, [(line.item_id, line.quantity) for line in lines])
    await ledger.event(session, order, f"order.{to}", now, reason=reason, by=by)
    await under_way.call_off(session, order, now)
    if order.payment_status == PaymentStatus.CAPTURED:
        await capturing.give_back_excess(session, order, now, why)
    else:
        await owed_back(session, order, money, now)
    payload = {"order_id": str(order.id)}
    for kind in (TELL_KITCHEN, TELL_CUSTOMER):
        await ledger.job(session, kind, str(order.id), payload, now, now)
