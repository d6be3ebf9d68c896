"""An open offer: whom to call about it, how long it holds while they are on the line, and that it ends."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, DialRow, Driver, Order
from domain.calling import Kind, Person
from domain.delivery import AssignmentStatus
from domain.dialling import Dialled, Topic
from domain.errand import Errand, Found
from domain.incentive import Dispatch
from domain.jobs import Done, Dropped, Ending, Later
from errors import NotFound
from operations import menus
from operations.dispatching import NO_ANSWER, WAITING, lapse, locked
from operations.drivers import AVAILABLE
from operations.searching import LEAD, OFFER

S = AssignmentStatus
BUSY = "they ride to a door, or are off shift"


async def to_tell(session: AsyncSession, assignment_id: UUID, since: datetime, now: datetime) -> Found:
    """Whom to call about an offer. One whose driver cannot be asked any more ends at once. Raises NotFound."""
    row, order = await _locked(session, assignment_id)
    if row.status != S.OFFERED:
        return Done(f"the offer is {row.status}")
    if order.status not in WAITING:
        return Dropped(f"the order is {order.status}")
    driver = await session.get_one(Driver, row.driver_id)
    rides = await session.scalar(
        select(func.count())
        .select_from(Assignment)
        .where(col(Assignment.driver_id) == driver.id, col(Assignment.status) == S.PICKED_UP)
    )
    if rides or driver.status != AVAILABLE or row.expires_at <= now:
        await lapse(session, row.id, BUSY if row.expires_at > now else NO_ANSWER, now)
        return Done("the offer has ended")
    kitchen = await menus.kitchen(session, order.restaurant_id)
    return Errand(
        topic=Topic.OFFER,
        person=Person(Kind.DRIVER, driver.id, order.id),
        since=since,
        market=driver.market,
        city=kitchen.city,
        name=kitchen.name,
    )


async def end(session: AsyncSession, assignment_id: UUID, rules: Dispatch, now: datetime) -> Ending:
    """End an offer when its time is; while we are on the telephone with its driver about it, it holds a little longer.

    Raises NotFound.
    """
    row, order = await _locked(session, assignment_id)
    if row.status != S.OFFERED:
        return Done(f"the offer is {row.status}")
    if order.status not in WAITING:
        return Dropped(f"the order is {order.status}")
    if now < row.expires_at - LEAD:
        return Later(row.expires_at - LEAD, "it holds")
    last = row.offered_at + timedelta(seconds=rules.longest_offer_seconds)
    if now < last and await _on_the_line(session, row):
        row.expires_at = min(last, max(row.expires_at, now + timedelta(seconds=rules.talking_seconds)))
        if now < row.expires_at - LEAD:
            return Later(row.expires_at - LEAD, "they are on the line about it")
    if now < row.expires_at:
        return Later(row.expires_at, "it holds")
    await lapse(session, row.id, NO_ANSWER, now)
    return Done("the offer has ended")


async def _on_the_line(session: AsyncSession, row: Assignment) -> bool:
    """Whether a call of ours about this offer rings or is held."""
    live = select(DialRow.id).where(
        col(DialRow.job_key) == f"{OFFER}:{row.id}", col(DialRow.status) != Dialled.OVER
    )
    return await session.scalar(live.limit(1)) is not None


async def _locked(session: AsyncSession, assignment_id: UUID) -> tuple[Assignment, Order]:
    row = await session.get(Assignment, assignment_id)
    if row is None:
        raise NotFound("there is no such offer")
    order = await locked(session, row.order_id)
    await session.refresh(row)
    return row, order
