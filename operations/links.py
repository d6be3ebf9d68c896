"""Paying by a link: an order waits, with its stock and price, while its customer pays on a page of the provider."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Order, PaymentLink
from domain.address import Place
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus, pay
from errors import Conflict, NotFound, VendorError, VendorTimeout
from operations import drafts, ledger, link_rows, placing, profiles
from operations.drafts import Wanted
from operations.link_ends import end
from operations.link_rows import BEGUN, FAILED, OPEN, OVER
from operations.placing import Placed
from operations.settling import STILL_OPEN, Transaction, settle
from vendors.payments import CardPayments, Link, LinkPayments, LinkStatus

LOOK_AGAIN = timedelta(minutes=1)
"""Business time: a webhook tells sooner, and a lost one costs the kitchen no more than this."""
MAY_BE_PAID = (
    "It is not known yet whether the link was paid just now. Say so, and call pay_order again with the same arguments "
    "in a moment."
)
NOT_WAITING = "That order does not wait to be paid any more. Call get_order_status and say how it stands."


@dataclass(frozen=True)
class Offered:
    """An order as it stands after its customer was offered a link; without a `url` there is nothing to pay."""

    order_id: UUID
    code: str
    total: Money
    status: OrderStatus
    url: str | None
    until: datetime | None
    """Business time: so long stock and price are held."""
    reference: str | None = None
    """The provider's id of the link."""
    fresh: bool = False
    """It was made just now; a provider that texts its links has texted this one."""

    @property
    def placed(self) -> Placed:
        """The order as the caller is told of it."""
        return Placed(self.order_id, self.code, self.total)


@dataclass(frozen=True)
class Providers:
    """Who is asked: for the link, and for what an earlier attempt on a card may hold."""

    links: LinkPayments
    cards: CardPayments | None = None


@dataclass(frozen=True)
class Terms:
    """To whom a link is made out, and how long it holds."""

    phone: str
    hold: timedelta
    texts: bool = False
    """The provider texts the link itself, under a sender of its own."""


async def offer(
    transaction: Transaction, providers: Providers, clock: Clock, wanted: Wanted, terms: Terms
) -> Offered:
    """Write an order down, and a link that pays it; the same arguments again give the same link.

    Raises:
        VendorTimeout: whether there is a link is unknown; the same arguments again find out.
        VendorError: there is no link, and the order waits for another way to pay.
        Conflict: as `placing.place` raises it.
        StoreDown: the same arguments again find out.
    """

    async def begin() -> tuple[Order, PaymentLink | None]:
        async with transaction() as session:
            order = await drafts.draft(session, wanted, clock)
            if await ledger.loose_ends(session, wanted.state.cart_call_id):
                return order, None
            return order, await _begun(session, order, providers.links.name, terms, clock.now())

    order, row = await _still_good(transaction, providers.links, clock, begin)
    if row is None and order.status == OrderStatus.AWAITING_PAYMENT:
        await settle(transaction, providers.cards, clock, wanted.state.cart_call_id, wanted=order.id)
        order, row = await _still_good(transaction, providers.links, clock, begin)
        if row is None and order.status == OrderStatus.AWAITING_PAYMENT:
            raise Conflict(STILL_OPEN)
    return await _made(transaction, providers.links, clock, order, row, terms)


async def offer_again(
    transaction: Transaction, links: LinkPayments, clock: Clock, order_id: UUID, terms: Terms
) -> Offered:
    """The link of an order that waits: the one that holds still, or a new one for as long again.

    Raises:
        Conflict: the order waits no more; the message says what to do.
        VendorTimeout, VendorError: as `offer`.
    """

    async def begin() -> tuple[Order, PaymentLink | None]:
        async with transaction() as session:
            order = await session.get_one(Order, order_id, with_for_update=True)
            return order, await _begun(session, order, links.name, terms, clock.now())

    order, row = await _still_good(transaction, links, clock, begin)
    if row is None and order.placed_at is None:
        raise Conflict(NOT_WAITING)
    return await _made(transaction, links, clock, order, row, terms)


async def pay_cash(
    transaction: Transaction, links: LinkPayments | None, clock: Clock, order_id: UUID
) -> Offered:
    """An order that waits for its link is paid in cash instead, once the link can be paid no more.

    Paid through the link in the same moment, it stands as paid.

    Raises:
        Conflict: it waits no more, or it is not known yet whether the link was paid; the message says what to do.
        StoreDown: the same again finds out.
    """
    async with transaction() as session:
        row = await link_rows.live(session, order_id)
    if row is not None:
        try:
            await end(transaction, links, clock, row.id, withdrawn=True)
        except VendorError as failure:
            raise Conflict(MAY_BE_PAID) from failure
    now = clock.now()
    async with transaction() as session:
        order = await session.get(Order, order_id, with_for_update=True)
        if order is None:
            raise NotFound("There is no such order.")
        if order.status == OrderStatus.AWAITING_PAYMENT:
            if await link_rows.live(session, order_id):
                raise Conflict(MAY_BE_PAID)
            key = f"{order.call_id}:{order.cart_version}:{ledger.CASH}"
            order.payment_kind, order.updated_at = ledger.CASH, now
            attempt = await ledger.begin(session, order, ledger.CASH, key, None, now)
            await ledger.note(session, attempt, PaymentStatus.CASH_DUE, None, None, now)
            await placing.stand(session, order, placing.start_of(order), now)
            await profiles.use_place(session, Place.model_validate(order.place), order.customer_id, now)
        elif order.placed_at is None:
            raise Conflict(NOT_WAITING)
    return _offered(order, None)


async def _still_good(
    transaction: Transaction,
    links: LinkPayments,
    clock: Clock,
    begin: Callable[[], Awaitable[tuple[Order, PaymentLink | None]]],
) -> tuple[Order, PaymentLink | None]:
    """What is begun; a link whose time has come, before its job has seen that, is ended first and not offered again."""
    order, row = await begin()
    if row is not None and row.provider == links.name and row.expires_at <= clock.now():
        await end(transaction, links, clock, row.id, withdrawn=True)
        order, row = await begin()
    return order, row


async def _begun(
    session: AsyncSession, order: Order, provider: str, terms: Terms, now: datetime
) -> PaymentLink | None:
    """The live link of an order, or a new one with the job that follows it. The caller holds the order's row lock.

    None for an order that is not waiting to be paid.
    """
    if order.status != OrderStatus.AWAITING_PAYMENT:
        return None
    row = await link_rows.live(session, order.id)
    if row is not None:
        return row
    last = await session.scalar(
        select(func.max(col(PaymentLink.number))).where(col(PaymentLink.order_id) == order.id)
    )
    number = (last or 0) + 1
    row = PaymentLink(
        order_id=order.id,
        provider=provider,
        key=f"{order.call_id}:{order.cart_version}:{link_rows.KIND}:{number}",
        number=number,
        amount=order.total,
        currency=order.currency,
        status=BEGUN,
        expires_at=now + terms.hold,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    order.payment_status = pay(PaymentStatus(order.payment_status), PaymentStatus.PENDING)
    order.payment_kind, order.updated_at = link_rows.KIND, now
    await session.flush()
    await link_rows.follow(session, row, min(row.expires_at, now + LOOK_AGAIN), now)
    return row


async def _made(
    transaction: Transaction,
    links: LinkPayments,
    clock: Clock,
    order: Order,
    row: PaymentLink | None,
    terms: Terms,
) -> Offered:
    """The link at the provider, outside any transaction, and its address in the row."""
    if row is None or row.status == OPEN:
        return _offered(order, row)
    if row.provider != links.name:
        raise Conflict(STILL_OPEN)
    try:
        link = await links.make(
            Money(row.amount, row.currency),
            key=row.id.hex,
            order_code=order.code,
            phone=terms.phone,
            lasts_seconds=terms.hold.total_seconds(),
            text=terms.texts,
        )
    except VendorTimeout:
        raise
    except VendorError:
        await _failed(transaction, clock, row.id)
        raise
    return await _opened(transaction, clock, row.id, link)


async def _opened(transaction: Transaction, clock: Clock, link_id: UUID, link: Link) -> Offered:
    """Note a link that is there. One whose order was given up meanwhile is withdrawn by its job."""
    now = clock.now()
    async with transaction() as session:
        row = await session.get_one(PaymentLink, link_id)
        order = await session.get_one(Order, row.order_id, with_for_update=True)
        await session.refresh(row)
        fresh = row.status == BEGUN
        if fresh:
            over = link.status is LinkStatus.OVER
            row.status, row.reference, row.url = OVER if over else OPEN, link.reference, link.url
            row.updated_at = now
            await link_rows.note(session, row, link_rows.MADE, link.reference, now)
            await ledger.event(session, order, "payment.link_made", now, amount=row.amount, number=row.number)
        if row.status != OPEN and order.status == OrderStatus.AWAITING_PAYMENT:
            raise Conflict(STILL_OPEN)
        return _offered(order, row, fresh=fresh)


async def _failed(transaction: Transaction, clock: Clock, link_id: UUID) -> None:
    """The provider made no link. An earlier request with this key may have: it is asked before, so none did."""
    async with transaction() as session:
        row = await session.get_one(PaymentLink, link_id, with_for_update=True)
        if row.status == BEGUN:
            row.status, row.updated_at = FAILED, clock.now()


def _offered(order: Order, row: PaymentLink | None, *, fresh: bool = False) -> Offered:
    total, open = Money(order.total, order.currency), row is not None and row.status == OPEN
    return Offered(
        order.id,
        order.code,
        total,
        OrderStatus(order.status),
        row.url if row and open else None,
        row.expires_at if row and open else None,
        row.reference if row and open else None,
        fresh and open,
    )
