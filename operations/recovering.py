"""What became of a payment nobody has heard of since: found out once its call is over, and never guessed."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import CallRow, Order, Payment
from domain.ids import made_at
from domain.jobs import Done, Dropped, Ending, Later
from domain.order import OrderStatus
from errors import NotFound
from operations import ledger
from operations.jobs import real_now
from operations.placing import give_up
from operations.resuming import FINISHED, WITHIN
from operations.settling import Transaction, settle
from vendors.payments import CardPayments

IN_FLIGHT = timedelta(seconds=20)
"""Real time: one asking takes 18 seconds at most (3 tries of 6), whatever business time does."""
LOOK_AGAIN = timedelta(minutes=1)
KEY_LIVES = timedelta(hours=23)
"""Stripe forgets a key after 24 hours, and then holds the money once more instead of telling what it did."""


async def recover(
    transaction: Transaction, cards: CardPayments | None, clock: Clock, order_id: UUID, key: str
) -> Ending:
    """Ask the provider about all open attempts of the order's call, and give up what was never paid for.

    Left alone while the call goes on or may be resumed: it settles by itself what it wants to pay.

    Raises:
        Conflict: an outcome is still unknown; the same again may find out.
        NotFound: it is too late to ask; a person has to look it up at the provider.
        StoreDown: PostgreSQL cannot be reached.
    """
    now = clock.now()
    async with transaction() as session:
        order = await session.get(Order, order_id)
        if order is None or order.call_id is None:
            return Dropped("there is no such order of a call")
        if order.placed_at is not None:
            return Dropped("the order stands")
        ends = await ledger.loose_ends(session, order.call_id)
        mine = [end for end in ends if end.attempt.order_id == order_id]
        if not mine and order.status != OrderStatus.AWAITING_PAYMENT:
            return Dropped("nothing is open")
        if again := await _too_early(session, order.call_id, key, now):
            return again
        unknown = [end.attempt.key for end in mine if end.reference is None]
        if await _begun_before(session, unknown, now - KEY_LIVES):
            raise NotFound("It is too late to ask what became of this payment; look it up at the provider.")
    await settle(transaction, cards, clock, order.call_id)
    await give_up(transaction, cards, clock, order.call_id)
    async with transaction() as session:
        order = await session.get_one(Order, order_id)
        return Done(f"the order is {order.status}, its money {order.payment_status}")


async def _too_early(session: AsyncSession, call_id: UUID, key: str, now: datetime) -> Later | None:
    """While the asking itself may still be answered, or the call may still want to pay."""
    newest = select(Payment.id).where(col(Payment.key) == key).order_by(col(Payment.id).desc()).limit(1)
    asked = await session.scalar(newest)
    if asked is not None and made_at(asked) > real_now() - IN_FLIGHT:
        return Later(now + LOOK_AGAIN, "the provider was asked a moment ago")
    call = await _last_leg(session, call_id)
    if call is None or call.outcome in FINISHED:
        return None
    if call.ended_at is None:
        return Later(now + LOOK_AGAIN, "the call goes on")
    if call.ended_at + WITHIN > now:
        return Later(call.ended_at + WITHIN, "the call may be resumed")
    return None


async def _last_leg(session: AsyncSession, call_id: UUID) -> CallRow | None:
    """The call, or the last one that took it up again."""
    found = await session.get(CallRow, call_id)
    while found is not None:
        query = select(CallRow).where(col(CallRow.resumed_from) == found.id)
        later = await session.scalar(query.order_by(col(CallRow.id).desc()).limit(1))
        if later is None:
            return found
        found = later
    return None


async def _begun_before(session: AsyncSession, keys: list[str], moment: datetime) -> bool:
    """Whether one of these attempts is so old that its key may be forgotten."""
    query = select(Payment.id).where(
        col(Payment.key).in_(keys), col(Payment.kind) == ledger.ATTEMPTED, col(Payment.at) < moment
    )
    return await session.scalar(query.limit(1)) is not None
