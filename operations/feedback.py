"""After the meal: what a customer thought of it, what may be offered them, and the wish not to be called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from compliance import wording
from db.models import Audit, CallRow, Rating
from domain.call_state import CallState
from domain.ids import Prefix, new_id, show
from domain.market import Market, Promotion
from domain.order import OrderStatus
from errors import ToolError
from operations import ledger, profiles, tracking
from operations.complaints import own_order

PROMOTION, FEEDBACK, ORDER_SERVICE, INBOUND = "promotion", "feedback", "order_service", "inbound"
RATED, OPTED_OUT = "order.rated", "consent.withdrawn"
NOT_YET = (
    "By what we know that order has not come yet, so it cannot be rated. If they say that it came: confirm_receipt, "
    "and then rate_order again. If not, say so, and tell where it is: get_order_status."
)
NEVER_CAME = (
    "That order came to nothing, so there is nothing to rate. Say so; if something is wrong with it, "
    "hand the caller to customer_support."
)


@dataclass(frozen=True)
class Opinion:
    """What a customer thought of an order: 1 to 5 stars, and their words."""

    order_id: UUID
    stars: int
    comment: str | None = None


async def rate(session: AsyncSession, state: CallState, opinion: Opinion, now: datetime) -> None:
    """Keep an opinion of an order of the caller's; the newest one counts, and no words keep the words before.

    Raises:
        ToolError: it is not their order, or it was not delivered.
    """
    order = await own_order(session, state, opinion.order_id, lock=True)
    if order.status in (OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.FAILED):
        raise ToolError(NEVER_CAME)
    came = order.delivered_at is not None or await tracking.has_come(session, order.id)
    if not came:
        raise ToolError(NEVER_CAME if order.status == OrderStatus.CLOSED else NOT_YET)
    values = {"stars": opinion.stars, "call_id": state.call_id, "at": now}
    if opinion.comment:
        values["comment"] = opinion.comment
    row = {"id": new_id(), "order_id": order.id, "customer_id": order.customer_id, **values}
    await session.execute(
        insert(Rating).values(**row).on_conflict_do_update(index_elements=["order_id"], set_=values)
    )
    await ledger.event(session, order, RATED, now, stars=opinion.stars)
    _audit(session, RATED, show(Prefix.ORDER, order.id), state, now, stars=opinion.stars)


async def purpose(session: AsyncSession, state: CallState) -> str:
    """What the call was placed for, as it was fixed before dialling; "inbound" when they called us."""
    return (await session.get_one(CallRow, state.call_id)).purpose


async def promotion_for(session: AsyncSession, state: CallState, market: Market) -> Promotion:
    """What this call may offer.

    Raises:
        ToolError: the call is not a promotion call, they do not want to be offered anything, or there is nothing.
    """
    if await purpose(session, state) != PROMOTION:
        raise ToolError(
            "Nothing may be offered in this call. Do not mention offers; go on with what they want."
        )
    if state.phone_hash is None or state.denied:
        raise ToolError(
            "Nobody of ours is on the line, so nothing may be offered. Say goodbye with end_call."
        )
    consent = await profiles.latest_consent(session, state.phone_hash, PROMOTION)
    if consent is None or not consent.granted:
        raise ToolError("They have not agreed to offers. Do not mention one; go on, or say goodbye.")
    new = await profiles.never_ordered(session, state)
    fitting = [one for one in market.promotions if new or not one.first_order_only]
    if not fitting:
        raise ToolError("There is no offer just now. Do not mention one; go on, or say goodbye.")
    return max(fitting, key=lambda one: (one.percent_bp, one.amount))


async def stop_calls(session: AsyncSession, state: CallState, purposes: Sequence[str], clock: Clock) -> None:
    """Write that nobody of ours calls or texts this number for these purposes. Without a number there is nobody."""
    if state.phone_hash is None:
        return
    for name in purposes:
        await profiles.give_consent(
            session,
            phone_hash=state.phone_hash,
            customer_id=None if state.denied else state.customer_id,
            purpose=name,
            granted=False,
            wording=wording.OPT_OUT,
            version=wording.VERSION,
            call_id=state.call_id,
            clock=clock,
        )
    _audit(session, OPTED_OUT, show(Prefix.CALL, state.call_id), state, clock.now(), purposes=list(purposes))


def _audit(
    session: AsyncSession, action: str, subject: str, state: CallState, now: datetime, **data: object
) -> None:
    session.add(
        Audit(
            actor="caller",
            action=action,
            subject=subject,
            source="call",
            call_id=state.call_id,
            at=now,
            data=data,
        )
    )
