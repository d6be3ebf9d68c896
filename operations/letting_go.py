"""The money of an order that is over: a job in the transaction that ends it, the card provider after it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from db.models import Order
from domain.order import PaymentStatus, pay
from errors import AlreadyTaken, Conflict
from operations import ledger
from operations.ledger import LooseEnd
from operations.settling import Transaction, release, settle
from vendors.payments import CardPayments


async def owed_back(session: AsyncSession, order: Order, money: LooseEnd | None, now: datetime) -> None:
    """An order that stood is over: cash is no longer due; what a card holds, or a link has brought, has a job.

    The caller holds the order's row lock.
    """
    if order.payment_kind == "cash":
        order.payment_status = pay(PaymentStatus(order.payment_status), PaymentStatus.RELEASED)
        if money:
            await ledger.note(session, money.attempt, PaymentStatus.RELEASED, None, None, now)
    elif money:
        payload = {"order_id": str(order.id), "key": money.attempt.key}
        due = now + ledger.RECOVER_AFTER
        await ledger.job(session, "payments.release", money.attempt.key, payload, due, now)
    elif order.payment_status == PaymentStatus.CAPTURED:  # through a link: taken before the kitchen said yes
        await ledger.job(session, "payments.release", str(order.id), {"order_id": str(order.id)}, now, now)


async def let_go(
    transaction: Transaction, cards: CardPayments | None, clock: Clock, order: Order, money: LooseEnd | None
) -> bool:
    """Let go of what is held for an order that is over; False while it is not known whether that worked.

    Whoever ended the order is told first, so that nothing waits for a bank's answer; its job asks again, and gives
    back what turns out to have been taken.
    """
    try:
        return await let_go_at_once(transaction, cards, clock, order, money)
    except AlreadyTaken:
        return False


async def let_go_at_once(
    transaction: Transaction, cards: CardPayments | None, clock: Clock, order: Order, money: LooseEnd | None
) -> bool:
    """As let_go, for the job. Raises AlreadyTaken."""
    try:
        if order.placed_at is None:
            if order.call_id:
                await settle(transaction, cards, clock, order.call_id, only=order.id)
            return True
        if order.payment_status != PaymentStatus.AUTHORISED:
            return True
        if money:
            if cards is None or cards.name != money.attempt.provider or money.reference is None:
                return False
            await release(transaction, cards, clock, money.attempt, money.reference)
    except Conflict:
        return False
    async with transaction() as session:
        order = await session.get_one(Order, order.id, with_for_update=True)
        if order.payment_status == PaymentStatus.AUTHORISED:
            order.payment_status, order.updated_at = PaymentStatus.RELEASED, clock.now()
            await ledger.event(session, order, "payment.released", clock.now())
    return True
