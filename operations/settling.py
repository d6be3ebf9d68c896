"""Finding out what became of money that may be held, and letting go of it when no order stands on it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from clock import Clock
from db.models import Order, PaymentMethod
from domain.order import PaymentStatus
from errors import AlreadyTaken, Conflict, PaymentDeclined, VendorError
from operations import ledger
from operations.ledger import Attempt, LooseEnd
from vendors.payments import Authorisation, CardPayments

Transaction = Callable[[], AbstractAsyncContextManager[AsyncSession]]
STILL_OPEN = (
    "It is not known yet whether an earlier payment of this call went through. Say so, "
    "and call place_order again with the same arguments in a moment."
)
NOT_LET_GO = (
    "Money held for an earlier version of this order could not be let go of yet. Say so, "
    "and call place_order again with the same arguments in a moment."
)
HELD_AFTER_ALL = (
    "The first payment for this order did go through. Say so, and read the order back "
    "and call place_order again with the same payment as before."
)


async def settle(
    transaction: Transaction,
    cards: CardPayments | None,
    clock: Clock,
    call_id: UUID,
    *,
    wanted: UUID | None = None,
    spare: str | None = None,
    only: UUID | None = None,
) -> None:
    """Ask the provider again, with the same key, about every attempt of a call whose outcome is unknown.

    What is held for an order that does not stand is let go, except for the order that is `wanted`; the key
    `spare` is not asked about, for it is the caller's own. With `only`, no other order's money is touched.

    Raises:
        Conflict: an outcome is still unknown, or the wanted order turns out to be paid already; the message
            says what to do.
    """
    async with transaction() as session:
        ends = await ledger.loose_ends(session, call_id, spare)
    for end in ends:
        if only is not None and end.attempt.order_id != only:
            continue
        if cards is None or cards.name != end.attempt.provider:
            raise Conflict(STILL_OPEN)
        reference = end.reference or await _found_out(transaction, cards, clock, end, wanted)
        if reference:
            await release_unplaced(transaction, cards, clock, end.attempt, reference)


async def _found_out(
    transaction: Transaction, cards: CardPayments, clock: Clock, end: LooseEnd, wanted: UUID | None
) -> str | None:
    """The reference of money that is held in vain; None when nothing is, or the order stands on it."""
    attempt = end.attempt
    try:
        held = await _ask(transaction, cards, attempt)
    except PaymentDeclined as refusal:
        async with transaction() as session:
            status = PaymentStatus.DECLINED
            await ledger.note(session, attempt, status, refusal.reference, refusal.code, clock.now())
        return None
    except VendorError as failure:
        raise Conflict(STILL_OPEN) from failure
    if attempt.order_id == wanted:
        raise Conflict(HELD_AFTER_ALL)
    async with transaction() as session:
        order, _ = await ledger.note(
            session, attempt, PaymentStatus.AUTHORISED, held.reference, None, clock.now()
        )
    return held.reference if order.placed_at is None else None


async def _ask(transaction: Transaction, cards: CardPayments, attempt: Attempt) -> Authorisation:
    """The provider's verdict on an attempt. Raises PaymentDeclined, VendorError, Conflict."""
    async with transaction() as session:
        order = await session.get_one(Order, attempt.order_id)
        method = await session.get(PaymentMethod, attempt.method_id) if attempt.method_id else None
    if method is None:
        raise Conflict(STILL_OPEN)
    return await cards.authorise(
        attempt.amount,
        method=method.token,
        customer=method.provider_customer,
        key=attempt.key,
        order_code=order.code,
    )


async def release(
    transaction: Transaction, cards: CardPayments, clock: Clock, attempt: Attempt, reference: str
) -> None:
    """Let go of what is held, and note it.

    Raises:
        AlreadyTaken: by an earlier request, whose answer may have been lost.
        Conflict: the provider does not do it now.
    """
    try:
        await cards.cancel(reference, key=f"{attempt.key}:release")
    except AlreadyTaken:
        raise
    except VendorError as failure:
        raise Conflict(NOT_LET_GO) from failure
    async with transaction() as session:
        await ledger.note(session, attempt, PaymentStatus.RELEASED, reference, None, clock.now())


async def release_unplaced(
    transaction: Transaction, cards: CardPayments, clock: Clock, attempt: Attempt, reference: str
) -> None:
    """Let go of what is held for an order that never stood, of which nothing is ever taken by us. Raises Conflict."""
    try:
        await release(transaction, cards, clock, attempt, reference)
    except AlreadyTaken as taken:
        raise Conflict(NOT_LET_GO) from taken
