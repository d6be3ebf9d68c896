"""Placing an order: a saga of short transactions with the card provider between them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from db.models import Order, PaymentMethod
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus, move
from errors import Conflict, PaymentDeclined, VendorError, VendorTimeout
from operations import drafts, ledger, link_rows, profiles
from operations.drafts import Wanted
from operations.ledger import Attempt
from operations.settling import STILL_OPEN, Transaction, release_unplaced, settle
from vendors.payments import CardPayments

log = structlog.get_logger(__name__)
KITCHEN_LEAD = timedelta(minutes=10)  # a scheduled order reaches its kitchen this long before it must start


@dataclass(frozen=True)
class Placed:
    """An order that stands, paid for or payable in cash."""

    id: UUID
    code: str
    total: Money


@dataclass(frozen=True)
class Begun:
    """An order that is written down; `attempt` is None while it may not be paid, or need not be any more."""

    order: Order
    method: PaymentMethod | None
    attempt: Attempt | None

    @property
    def placed(self) -> Placed:
        """The order as the caller is told of it."""
        return Placed(self.order.id, self.order.code, Money(self.order.total, self.order.currency))


def _yes() -> bool:
    """Nobody takes their agreement back."""
    return True


async def place(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    wanted: Wanted,
    still: Callable[[], bool] = _yes,
) -> Placed:
    """Place an order exactly once per call and cart version, whatever is repeated.

    `still`: asked when there is money; False lets go of it, and the order is not placed.

    Raises:
        PaymentDeclined: the card was refused; the order waits for another way to pay.
        VendorTimeout: whether the card was charged is unknown; the same arguments again find out.
        Conflict: a dish has sold out meanwhile, the bill is not of this cart, an earlier payment of the call
            is still unsettled, or the order is not wanted any more; the message says what to do.
        StoreDown, VendorError: nothing was charged.
    """
    begun = await _begin(transaction, cards, clock, wanted)
    if begun.attempt is None and begun.order.status == OrderStatus.AWAITING_PAYMENT:
        call_id, spare = wanted.state.cart_call_id, attempt_key(wanted)
        await settle(transaction, cards, clock, call_id, wanted=begun.order.id, spare=spare)
        begun = await _begin(transaction, cards, clock, wanted)
    if begun.order.status != OrderStatus.AWAITING_PAYMENT:
        return _standing(begun.order, begun.placed)
    if begun.attempt is None:
        raise Conflict(STILL_OPEN)
    if cards is None or begun.method is None:
        order = await _paid(transaction, clock, wanted, begun.attempt, PaymentStatus.CASH_DUE, None, still)
        return _standing(order, begun.placed)
    reference = await _hold(transaction, cards, clock, begun, begun.attempt, begun.method)
    order = await _paid(transaction, clock, wanted, begun.attempt, PaymentStatus.AUTHORISED, reference, still)
    if order.placed_at is None:
        await release_unplaced(transaction, cards, clock, begun.attempt, reference)
    return _standing(order, begun.placed)


async def give_up(
    transaction: Transaction, cards: CardPayments | None, clock: Clock, cart_call_id: UUID
) -> None:
    """The call is over for good: what it never paid for is cancelled and goes back on the shelf.

    Money that may be held is asked after first and let go. An order whose payment stays unknown is left to its
    recovery job. Not for a call that may be resumed: a cancelled cart version cannot be placed again.
    """
    try:
        await settle(transaction, cards, clock, cart_call_id)
    except Conflict:
        log.warning("order.unsettled", call=str(cart_call_id))
    async with transaction() as session:
        await drafts.lock_call(session, cart_call_id)
        orders = await drafts.waiting(session, cart_call_id)
        unsettled = {end.attempt.order_id for end in await ledger.loose_ends(session, cart_call_id)}
        over = [order for order in orders if order.id not in unsettled]
        await drafts.cancel(session, over, "the call ended before it was paid", clock.now())


def attempt_key(wanted: Wanted) -> str:
    """The provider's idempotency key: one per call, cart version and means of payment."""
    state = wanted.state
    return f"{state.cart_call_id}:{state.cart.version}:{wanted.method_id or ledger.CASH}"


async def _begin(transaction: Transaction, cards: CardPayments | None, clock: Clock, wanted: Wanted) -> Begun:
    """Write the order and an attempt to pay it; no attempt while other money of the call is unsettled."""
    async with transaction() as session:
        order = await drafts.draft(session, wanted, clock)
        if order.status != OrderStatus.AWAITING_PAYMENT:
            return Begun(order, None, None)
        method = await _own_card(session, cards, wanted)
        key, now = attempt_key(wanted), clock.now()
        if await ledger.loose_ends(session, wanted.state.cart_call_id, spare=key):
            return Begun(order, method, None)
        order.payment_kind, order.updated_at = "card" if method else "cash", now
        provider = cards.name if cards and method else ledger.CASH
        return Begun(order, method, await ledger.begin(session, order, provider, key, wanted.method_id, now))


async def _own_card(
    session: AsyncSession, cards: CardPayments | None, wanted: Wanted
) -> PaymentMethod | None:
    """The card to be charged; None for cash. Raises Conflict for a card that is not this customer's."""
    if wanted.method_id is None:
        return None
    method = await session.get(PaymentMethod, wanted.method_id)
    if cards is None or method is None or method.customer_id != wanted.customer_id:
        raise Conflict("That card cannot be taken here; offer cash.")
    return method


async def _hold(
    transaction: Transaction,
    cards: CardPayments,
    clock: Clock,
    begun: Begun,
    attempt: Attempt,
    method: PaymentMethod,
) -> str:
    """The provider's reference of the money it holds. Raises what `place` raises, once it is written down."""
    try:
        held = await cards.authorise(
            attempt.amount,
            method=method.token,
            customer=method.provider_customer,
            key=attempt.key,
            order_code=begun.order.code,
        )
    except PaymentDeclined as refusal:
        await _missed(transaction, clock, attempt, PaymentStatus.DECLINED, refusal.reference, refusal.code)
        raise
    except VendorTimeout:
        await _missed(transaction, clock, attempt, PaymentStatus.UNKNOWN, None, "timeout")
        raise
    except VendorError as failure:
        noted = await _missed(transaction, clock, attempt, ledger.FAILED, None, "provider_failed")
        if noted == ledger.FAILED:
            raise
        raise VendorTimeout(failure.vendor, "an earlier attempt has no answer yet") from failure
    return held.reference


async def _missed(
    transaction: Transaction, clock: Clock, attempt: Attempt, kind: str, reference: str | None, code: str
) -> str | None:
    """Note an attempt that brought no money; returns what was noted, see `ledger.note`."""
    async with transaction() as session:
        _, noted = await ledger.note(session, attempt, kind, reference, code, clock.now())
    return noted


async def _paid(
    transaction: Transaction,
    clock: Clock,
    wanted: Wanted,
    attempt: Attempt,
    status: PaymentStatus,
    reference: str | None,
    still: Callable[[], bool],
) -> Order:
    """Note that there is money, and place the order unless it was given up meanwhile."""
    now = clock.now()
    async with transaction() as session:
        order, noted = await ledger.note(session, attempt, status, reference, None, now)
        if noted and order.status == OrderStatus.AWAITING_PAYMENT and still():
            await stand(session, order, wanted.start_at, now)
            await profiles.brought_to(session, wanted.state, wanted.customer_id, now)
    return order


async def stand(session: AsyncSession, order: Order, start_at: datetime | None, now: datetime) -> None:
    """The order is paid for: it is placed, or waits for its time, and the kitchen's call is due; nobody pays it twice.

    `start_at`: when the kitchen must start a scheduled order. The caller holds the order's row lock.
    """
    to = OrderStatus.SCHEDULED if start_at else OrderStatus.PLACED
    order.status = move(OrderStatus(order.status), to)
    order.placed_at = now
    await ledger.event(session, order, f"order.{to}", now)
    due = max(now, start_at - KITCHEN_LEAD) if start_at else now
    payload = {"order_id": str(order.id)}
    await ledger.job(session, "restaurant.announce", str(order.id), payload, due, now)
    await link_rows.look_now(session, order.id, now)


def start_of(order: Order) -> datetime | None:
    """When the kitchen must start an order that is wanted for later; None for now."""
    return order.wanted_at - timedelta(minutes=order.promise_minutes) if order.wanted_at else None


def _standing(order: Order, placed: Placed) -> Placed:
    """An order that was placed. Raises Conflict for one the caller gave up while it was being paid."""
    if order.placed_at is None:
        raise Conflict("The order was changed while it was being paid, so this version is not placed.")
    return placed
