"""What became of a payment link: paid in time, paid too late, or never. Asked of the provider, whoever tells of it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from db.models import Order, PaymentLink
from domain.address import Place
from domain.jobs import Done, Dropped, Ending, Later
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus, move, pay
from errors import Conflict, VendorError
from operations import drafts, ledger, link_rows, placing, profiles, tracking
from operations.link_rows import FAILED, LATE, LIVE, OPEN, OVER, PAID, RETURNED
from operations.settling import Transaction
from vendors.payments import Link, LinkPayments, LinkStatus

LOOK_AGAIN = timedelta(minutes=1)
UNDER_WAY = timedelta(minutes=20)
"""After a link is withdrawn it is looked at once more: a bank's app that was open by then may finish late."""
ASK, GIVE_UP = "customer.payment", "payments.give_up"
DECIDES = timedelta(minutes=10)
"""So long stock and price are held once more while the customer is asked: cash, or a new link."""
NOT_SET_UP = "The provider of this payment link is not set up here."


async def end(
    transaction: Transaction,
    links: LinkPayments | None,
    clock: Clock,
    link_id: UUID,
    *,
    withdrawn: bool = False,
) -> Ending:
    """Find out what became of a link, and do what follows, once. Safe to repeat, in any order, at any time.

    `withdrawn`: it is not wanted any more, although its time has not come, and nobody is to be asked about it.

    Raises:
        VendorTimeout, VendorError, Conflict: not known yet, or money that came late is not given back yet; the same
            again finds out.
        StoreDown: the same again finds out.
    """
    async with transaction() as session:
        row = await session.get(PaymentLink, link_id)
        order = await session.get(Order, row.order_id) if row else None
    if row is None or order is None or row.status in (PAID, RETURNED):
        return Dropped(f"the link is {row.status}" if row else "there is no such link")
    if links is None or links.name != row.provider:
        raise Conflict(NOT_SET_UP)
    found = await (links.look(row.reference) if row.reference else links.find(row.id.hex))
    now = clock.now()
    waits = order.status == OrderStatus.AWAITING_PAYMENT and row.status in LIVE and now < row.expires_at
    if waits and not withdrawn and (found is None or found.status is LinkStatus.OPEN):
        return Later(min(row.expires_at, now + LOOK_AGAIN), "it is not paid yet")
    if found is not None and found.status is LinkStatus.OPEN:
        found = await links.cancel(found.reference)
    if found is not None and found.status is LinkStatus.PAID:
        return await _paid(transaction, links, clock, link_id, found)
    return await _over(transaction, clock, link_id, found, ask=not withdrawn)


async def give_up(transaction: Transaction, clock: Clock, order_id: UUID) -> Ending:
    """Nobody has paid, and nobody has said how they want to: the order has failed, and its portions go back."""
    now = clock.now()
    async with transaction() as session:
        order = await session.get(Order, order_id, with_for_update=True)
        if order is None or order.status != OrderStatus.AWAITING_PAYMENT:
            return Dropped(f"the order is {order.status}" if order else "there is no such order")
        if row := await link_rows.live(session, order_id):
            return Later(row.expires_at + DECIDES, "another link may still be paid")
        order.status, order.updated_at = move(OrderStatus(order.status), OrderStatus.FAILED), now
        lines = await tracking.lines(session, order.id)
        await drafts.put_back(session, [(line.item_id, line.quantity) for line in lines])
        await ledger.event(session, order, "order.failed", now, reason="it was never paid for")
    return Done("the order has failed: it was never paid for")


async def _locked(session: AsyncSession, link_id: UUID) -> tuple[PaymentLink, Order]:
    """A link and its order as they are now, the order's row locked: whoever changes one of them holds that."""
    row = await session.get_one(PaymentLink, link_id)
    order = await session.get_one(Order, row.order_id, with_for_update=True, populate_existing=True)
    await session.refresh(row)
    return row, order


async def _paid(
    transaction: Transaction, links: LinkPayments, clock: Clock, link_id: UUID, found: Link
) -> Ending:
    """There is money: the order stands on it, or it has come too late and is given back in full."""
    now = clock.now()
    async with transaction() as session:
        row, order = await _locked(session, link_id)
        if row.status in (PAID, RETURNED):
            return Dropped(f"the link is {row.status}")
        if found.payment is None:
            raise Conflict("The provider says that the link is paid, and does not say by what.")
        row.reference, row.payment, row.updated_at = found.reference, found.payment, now
        whole = found.amount == Money(row.amount, row.currency)
        if row.status in LIVE and order.status == OrderStatus.AWAITING_PAYMENT and whole:
            await _stand(session, row, order, now)
            return Done(f"paid {found.amount.amount} {found.amount.currency}")
        if row.status != LATE:
            row.status = LATE
            await link_rows.note(session, row, link_rows.CAME_LATE, found.payment, now)
            await ledger.event(session, order, "payment.late", now, amount=found.amount.amount)
    return await _give_back(transaction, links, clock, link_id, found.payment, found.amount)


async def _stand(session: AsyncSession, row: PaymentLink, order: Order, now: datetime) -> None:
    """Paid in time: the order is placed, as one that a card pays for is."""
    row.status = PAID
    await link_rows.note(session, row, PaymentStatus.CAPTURED, row.payment, now)
    order.payment_status = pay(PaymentStatus(order.payment_status), PaymentStatus.CAPTURED)
    order.updated_at = now
    await ledger.event(
        session,
        order,
        "payment.captured",
        now,
        amount=row.amount,
        currency=row.currency,
        provider=row.provider,
    )
    await placing.stand(session, order, placing.start_of(order), now)
    await profiles.use_place(session, Place.model_validate(order.place), order.customer_id, now)


async def _give_back(
    transaction: Transaction, links: LinkPayments, clock: Clock, link_id: UUID, payment: str, amount: Money
) -> Ending:
    """Give back what came too late; asked outside any transaction, by a key that is the link's own."""
    refund = await links.refund(payment, amount, key=f"late:{link_id.hex}")
    now = clock.now()
    async with transaction() as session:
        row, order = await _locked(session, link_id)
        if row.status == RETURNED:
            return Dropped("it was given back before")
        row.status, row.updated_at = RETURNED, now
        await link_rows.note(session, row, link_rows.GAVE_BACK, refund, now)
        await ledger.event(session, order, "payment.late_returned", now, amount=amount.amount)
    return Done(f"it came too late, and {amount.amount} {amount.currency} are given back")


async def _over(
    transaction: Transaction, clock: Clock, link_id: UUID, found: Link | None, *, ask: bool
) -> Ending:
    """It was not paid, and cannot be any more. The customer of an order that still waits is asked what now."""
    now = clock.now()
    async with transaction() as session:
        row, order = await _locked(session, link_id)
        if row.status not in (*LIVE, FAILED):
            return Done(f"nothing has come of it, it is {row.status}")
        if found is None and row.status == OPEN:
            raise VendorError(row.provider, "the link is not there any more")
        row.status, row.updated_at = OVER, now
        if found is not None:
            row.reference = found.reference
            await link_rows.note(session, row, link_rows.ENDED, found.reference, now)
            await link_rows.follow(session, row, now + UNDER_WAY, now, "after")
        await ledger.event(session, order, "payment.link_over", now, number=row.number)
        if order.status == OrderStatus.AWAITING_PAYMENT and not await link_rows.live(session, order.id):
            payload = {"order_id": str(order.id), "link_id": str(row.id)}
            # Also of one that was withdrawn for cash: whoever did that may die before the order stands.
            await ledger.job(session, GIVE_UP, row.id.hex, payload, now + DECIDES, now)
            if ask:
                await ledger.job(session, ASK, row.id.hex, payload, now, now)
    return Done("it was not paid")
