"""Whether a driver gets nearer to where they are going: the fewest metres left so far, and since when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, Order
from domain.address import Place, Point
from domain.delivery import AssignmentStatus
from operations import menus

LEAST_M = 50
"""Less than this is the shaking of a satellite fix (a phone between houses is 5 to 50 m off), and no way made."""


async def note_progress(session: AsyncSession, assignment: Assignment, point: Point, now: datetime) -> int:
    """A position of the driver has come: keep the fewest metres left, and when that last became less.

    They go to the kitchen until they have the food, then to the door; metres as the crow flies. Positions may come
    twice or not at all. Returns the metres left now.
    """
    order = await session.get_one(Order, assignment.order_id)
    rides = assignment.status == AssignmentStatus.PICKED_UP
    if rides:
        goal = Place.model_validate(order.place).point
    else:
        goal = (await menus.kitchen(session, order.restaurant_id)).point
    left = round(point.km_to(goal) * 1000)
    new_goal = (
        rides
        and order.picked_up_at is not None
        and (assignment.moved_at is None or assignment.moved_at <= order.picked_up_at)
    )
    if assignment.best_m is None or new_goal or left <= assignment.best_m - LEAST_M:
        assignment.best_m, assignment.moved_at = left, now
    return left


async def came_nearer(session: AsyncSession, driver_id: UUID) -> datetime | None:
    """When a rider last came nearer to any of the doors that they have food for, and away from others."""
    query = select(func.max(col(Assignment.moved_at))).where(
        col(Assignment.driver_id) == driver_id, col(Assignment.status) == AssignmentStatus.PICKED_UP
    )
    at: datetime | None = await session.scalar(query)
    return at
