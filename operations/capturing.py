"""Taking what a card holds once the kitchen has said yes: what the order costs by then, once, and never more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Order, Payment, Refund
from domain import refunds
from domain.jobs import Done, Dropped, Ending, Later
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus
from errors import AlreadyTaken, Conflict, NotFound, VendorError
from operations import giving, ledger
from operations.ledger import RECOVER_AFTER, Attempt, LooseEnd
from operations.letting_go import let_go_at_once
from operations.settling import NOT_LET_GO, Transaction
from operations.taking import OVER, note_taken
from vendors.payments import CardPayments

S = OrderStatus
NOT_YET = frozenset({S.AWAITING_PAYMENT, S.SCHEDULED, S.PLACED})
LOOK_AGAIN = timedelta(minutes=5)
OVERTAKEN = "payment.overtaken"
"""Event: more was taken than the order costs by now."""
TAKEN_BEFORE = "it was taken before it could be let go of; it is given back"


@dataclass(frozen=True)
class Hold:
    """What is taken, and of which attempt's hold."""

    attempt: Attempt
    reference: str
    amount: Money


async def capture(
    transaction: Transaction, cards: CardPayments | None, clock: Clock, order_id: UUID
) -> Ending:
    """Take the money of an order that its kitchen cooks; of one that is over it is let go instead.

    Raises:
        VendorTimeout, Conflict: it is not known yet; the same again finds out.
        VendorError: the provider has nothing to take.
        NotFound: nothing is held, whatever the order says.
        StoreDown: the money may have been taken without a note of it; the same again finds out.
    """
    async with transaction() as session:
        order, found = await _judge(session, order_id, clock.now())
        money = await ledger.resting(session, order_id)
    if order is None or isinstance(found, Later | Dropped):
        return found or Dropped("there is no such order")
    if order.status in OVER:
        return await release(transaction, cards, clock, order_id)
    hold = _hold(order, money)
    if cards is None or cards.name != hold.attempt.provider:
        raise Conflict("The provider that holds the money is not set up here.")
    try:
        taken = await cards.capture(hold.reference, hold.amount, key=_key(hold))
    except VendorError as failure:
        if failure.retryable or not await _moved_on(transaction, order_id):
            raise
        return Dropped("the money was let go of meanwhile")
    async with transaction() as session:
        await _note(session, hold, taken, clock.now())
    return Done(f"captured {taken.amount} {taken.currency}")


async def release(
    transaction: Transaction, cards: CardPayments | None, clock: Clock, order_id: UUID
) -> Ending:
    """Let go of what is held for an order that is over; what was taken in the same moment is given back.

    Raises:
        Conflict: it is not known yet whether that worked; the same again finds out.
        StoreDown: PostgreSQL cannot be reached.
    """
    async with transaction() as session:
        order = await session.get(Order, order_id, with_for_update=True, populate_existing=True)
        if order is None:
            return Dropped("there is no such order")
        if order.status not in OVER:
            return Dropped(f"the order goes on, it is {order.status}")
        if order.payment_status == PaymentStatus.CAPTURED:
            await give_back_excess(session, order, clock.now())
            return Dropped(TAKEN_BEFORE)
        if order.payment_status != PaymentStatus.AUTHORISED:
            return Dropped(f"nothing is held, the money is {order.payment_status}")
        money = await ledger.resting(session, order_id)
    try:
        gone = await let_go_at_once(transaction, cards, clock, order, money)
    except AlreadyTaken as taken:  # and the answer was lost: nobody has written it down
        async with transaction() as session:
            amount = Money(taken.amount, taken.currency)
            await _note(session, _hold(order, money), amount, clock.now())
        return Dropped(TAKEN_BEFORE)
    if not gone:
        raise Conflict(NOT_LET_GO)
    return Done("released")


async def _judge(
    session: AsyncSession, order_id: UUID, now: datetime
) -> tuple[Order | None, Later | Dropped | None]:
    """The order, and why nothing is to be taken; None when something is, or is to be let go of."""
    order = await session.get(Order, order_id, with_for_update=True, populate_existing=True)
    if order is None:
        return None, None
    if order.payment_status != PaymentStatus.AUTHORISED:
        return order, Dropped(f"nothing is held, the money is {order.payment_status}")
    if order.status in NOT_YET:
        return order, Later(now + LOOK_AGAIN, f"the kitchen has not said yes, the order is {order.status}")
    query = select(Refund.id).where(
        col(Refund.order_id) == order_id,
        col(Refund.means) == "hold",
        col(Refund.status).in_(giving.UNSETTLED),
    )
    if await session.scalar(query.limit(1)) is not None:
        return order, Later(now + RECOVER_AFTER, "what is held is being given back")
    return order, None


def _hold(order: Order, money: LooseEnd | None) -> Hold:
    """What is to be taken of what is held. Raises NotFound."""
    if money is None or money.reference is None:
        raise NotFound("The order says that money is held, and the ledger has no such hold.")
    held = money.attempt.amount
    return Hold(money.attempt, money.reference, Money(min(order.total, held.amount), held.currency))


def _key(hold: Hold) -> str:
    """The provider's idempotency key: another amount is another request."""
    return f"{hold.attempt.key}:capture:{hold.amount.amount}"


async def _moved_on(transaction: Transaction, order_id: UUID) -> bool:
    """Whether somebody has settled the money otherwise since."""
    async with transaction() as session:
        order = await session.get_one(Order, order_id)
        return order.payment_status != PaymentStatus.AUTHORISED


async def _note(session: AsyncSession, hold: Hold, taken: Money, now: datetime) -> None:
    """Write down what was taken, once; what was taken too much is given back."""
    order = await note_taken(session, hold.attempt, hold.reference, taken, now)
    if order is not None:
        await give_back_excess(session, order, now)


async def give_back_excess(
    session: AsyncSession, order: Order, now: datetime, why: str = refunds.OVERTAKEN
) -> None:
    """What was taken beyond what the order costs by now has a refund and its job, once: nothing, if it is over.

    The order may have been cancelled or made cheaper in the very moment in which its money was taken, or later for
    another reason, which `why` names, unique for the order. The caller holds the order's row lock.
    """
    query = select(Payment).where(
        col(Payment.order_id) == order.id,
        col(Payment.kind) == PaymentStatus.CAPTURED,
        col(Payment.provider) != ledger.CASH,
    )
    taken = sum(fact.amount for fact in await session.scalars(query))
    back = select(Refund).where(col(Refund.order_id) == order.id, col(Refund.status) != giving.FAILED)
    given = sum(refund.amount for refund in await session.scalars(back))
    excess = taken - given - (0 if order.status in OVER else order.total)
    key = f"refund:{order.id}:{why}"
    if excess <= 0 or await giving.of_key(session, key) is not None:
        return
    session.add(
        Refund(
            key=key,
            order_id=order.id,
            reason=refunds.OVERTAKEN,
            amount=excess,
            currency=order.currency,
            rule=refunds.OVERTAKEN,
            means="card",
            status=giving.BEGUN,
            created_at=now,
            updated_at=now,
        )
    )
    await ledger.event(session, order, OVERTAKEN, now, excess=excess, currency=order.currency)
    payload = {"order_id": str(order.id), "key": key}
    await ledger.job(session, giving.JOB, key, payload, now, now)
