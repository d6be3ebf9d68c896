"""A refund that was given and came back from the bank: it counts as not given, and a person finds another way."""

from sqlmodel import col, select

from clock import Clock
from db.models import Order, Payment, Refund
from domain.jobs import Done, Dropped, Ending
from domain.money import Money
from domain.order import PaymentStatus, pay
from errors import Conflict, VendorError
from operations import giving, ledger
from operations.refund_facts import source_of
from operations.settling import Transaction
from vendors.payments import Books, CardPayments, at_hand

CAME_BACK = "payment.refund_failed"


async def look(
    transaction: Transaction, cards: CardPayments | None, clock: Clock, key: str, links: Books | None = None
) -> Ending:
    """Ask the provider how a refund stands, by asking for it again with its key.

    Raises:
        VendorTimeout, Conflict: not known yet; the same again finds out.
        VendorError: it was not given, or came back; a person has to find another way. That is noted before.
    """
    async with transaction() as session:
        row = await giving.of_key(session, key)
        if row is None:
            return Dropped("there is no such refund")
        order = await session.get_one(Order, row.order_id)
        source = await source_of(session, order)
    if row.status in giving.UNSETTLED:
        status = await giving.recover(transaction, cards, clock, key, links)
        if status == giving.UNKNOWN:
            raise Conflict("It is not known yet whether the money was given back.")
        return Done(f"the refund is {status}")
    if row.status != giving.REFUNDED or row.means == "hold" or source is None:
        return Dropped(f"the refund is {row.status}")
    provider = at_hand(source.provider, cards, links)
    if provider is None:
        raise Conflict(giving.NOT_SET_UP)
    try:
        await provider.refund(source.reference, Money(row.amount, row.currency), key=key)
    except VendorError as failure:
        if not failure.retryable:
            await _note(transaction, clock, key, source.provider)
        raise
    return Done("the refund stands")


async def _note(transaction: Transaction, clock: Clock, key: str, provider: str) -> None:
    """The ledger, the refund and the order say that the money is not on its way any more, once."""
    now = clock.now()
    async with transaction() as session:
        row = (await session.scalars(select(Refund).where(col(Refund.key) == key))).one()
        order = await session.get_one(Order, row.order_id, with_for_update=True)
        await session.refresh(row)
        if row.status != giving.REFUNDED:
            return
        last = await session.scalars(
            select(Payment.attempt).where(col(Payment.key) == key, col(Payment.kind) == giving.REFUNDED)
        )
        number = max(last, default=1)
        session.add(giving.fact(row, number, giving.FACTS[giving.FAILED], provider, row.reference, now))
        row.status, row.updated_at = giving.FAILED, now
        order.payment_status = pay(PaymentStatus(order.payment_status), PaymentStatus.CAPTURED)
        order.updated_at = now
        await ledger.event(session, order, CAME_BACK, now, amount=row.amount, reason=row.reason)
