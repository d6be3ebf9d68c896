"""A delivered order about which nothing is open any more is closed, once its customer cannot complain by telephone."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Complaint, Order, Refund, Restaurant
from domain.jobs import Done, Dropped, Ending, Later
from domain.order import OrderStatus, move
from domain.policy import Policy
from domain.watching import TrackingRules
from errors import NotFound
from operations import giving, ledger
from operations.complaints import OPEN

CLOSED = "order.closed"


async def market_of(session: AsyncSession, order_id: UUID) -> str:
    """Whose policy an order is under. Raises NotFound."""
    order = await session.get(Order, order_id)
    if order is None:
        raise NotFound("there is no such order")
    return (await session.get_one(Restaurant, order.restaurant_id)).market


async def close(
    session: AsyncSession, order_id: UUID, policy: Policy, now: datetime, rules: TrackingRules
) -> Ending:
    """Close it, or say when to look again."""
    order = await session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    if order.status != OrderStatus.DELIVERED or order.delivered_at is None:
        return Dropped(f"the order is {order.status}")
    until = order.delivered_at + timedelta(hours=policy.window.hours)
    if now < until:
        return Later(until, "money may still be asked back")
    if what := await _open(session, order):
        return Later(now + timedelta(hours=rules.close_again_hours), what)
    order.status, order.updated_at = move(OrderStatus(order.status), OrderStatus.CLOSED), now
    await ledger.event(session, order, CLOSED, now)
    return Done("closed")


async def _open(session: AsyncSession, order: Order) -> str | None:
    """What is still to be done about it."""
    complaint = select(Complaint.id).where(col(Complaint.order_id) == order.id, col(Complaint.status) == OPEN)
    if await session.scalar(complaint.limit(1)) is not None:
        return "a complaint about it is open"
    statuses = (*giving.UNSETTLED, giving.OWED)
    refund = select(Refund.id).where(col(Refund.order_id) == order.id, col(Refund.status).in_(statuses))
    return "a refund of it is not settled" if await session.scalar(refund.limit(1)) is not None else None
