"""An evening later: orders that came, or never did, and the desk where their money is asked back."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from db.models import Order, Payment, Refund
from db.seeding.policies import read_policies
from domain.call_state import CallState
from domain.hours import DAYS, Hours
from domain.order import OrderStatus
from domain.policy import Limit, Policy, Reason
from operations.placing import place
from operations.refunding import Answer, Claim, Desk, refund
from tests.fakes.payments import FakePayments
from tests.fakes.shop import ASHA, MARKETS, Shop

POLICIES = read_policies()
INDIA = Hours({day: ["09:00-18:00"] for day in DAYS}, "Asia/Kolkata")
"""When an operator's people in India might be there; the seed has none."""
PAID_BEFORE = "pi_pastAshaRaoYesterday"
"""The reference of Asha's order of yesterday evening: $25.11, paid by card."""

NAAN = 2 * 350 + 58
"""What two Garlic Naan are worth: 8.25 % tax on 7.00 is 0.58."""


def desk(
    state: CallState,
    phone: str | None = ASHA,
    policy: Policy | None = None,
    staff: Hours | None = None,
) -> Desk:
    """Where a caller's claims are judged."""
    return Desk(state, phone, MARKETS[state.market], policy or POLICIES[state.market], staff)


def claim(order: Order, reason: str, *dishes: str, wanted: str | None = None) -> Claim:
    """What a caller says went wrong."""
    return Claim(order.id, Reason(reason), dishes, wanted)


async def yesterdays(shop: Shop, state: CallState) -> Order:
    """The caller's order of yesterday evening."""
    query = select(Order).where(col(Order.customer_id) == state.customer_id)
    async with shop.sessions() as session:
        return (await session.scalars(query.order_by(col(Order.created_at).desc()).limit(1))).one()


async def ordered(shop: Shop, cards: FakePayments, state: CallState, card: int | None = 1) -> Order:
    """An order that was placed and should have come an hour and a half ago."""
    done = await place(shop.transaction, cards, shop.clock, await shop.wanted(state, card))
    shop.clock.advance(timedelta(minutes=35 + 90))
    return await order_of(shop, done.id)


async def delivered(shop: Shop, cards: FakePayments, state: CallState, card: int | None = 1) -> Order:
    """An order that came in time, and was paid for when it came."""
    order = await ordered(shop, cards, state, card)
    async with shop.transaction() as session:
        row = await session.get_one(Order, order.id)
        row.status, row.delivered_at = OrderStatus.DELIVERED, shop.clock.now() - timedelta(minutes=95)
        facts = await session.scalars(select(Payment).where(col(Payment.order_id) == order.id))
        held = next(fact for fact in facts if fact.kind in ("authorised", "cash_due"))
        values = held.model_dump(exclude={"id", "kind", "at"})
        session.add(Payment(**values, kind="captured", at=row.delivered_at))
    return await order_of(shop, order.id)


async def order_of(shop: Shop, order_id: UUID) -> Order:
    """An order's row as it is now."""
    async with shop.sessions() as session:
        return await session.get_one(Order, order_id)


async def refunds(shop: Shop, order_id: UUID) -> list[Refund]:
    """What was promised back of an order, oldest first."""
    rows = await shop.rows(Refund, col(Refund.order_id) == order_id)
    return [row for row in rows if isinstance(row, Refund)]


async def asked(
    shop: Shop,
    cards: FakePayments | None,
    state: CallState,
    wanted: Claim,
    *,
    phone: str | None = ASHA,
    policy: Policy | None = None,
    staff: Hours | None = None,
) -> Answer:
    """What becomes of a claim."""
    return await refund(shop.transaction, cards, shop.clock, desk(state, phone, policy, staff), wanted)


def limit(amount: int) -> Policy:
    """The policy of the USA with another limit, in cents."""
    us = POLICIES["US"]
    values = {**us.limit.model_dump(), "amount": amount}
    return us.model_copy(update={"limit": Limit.model_validate(values)})
