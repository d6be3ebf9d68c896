"""Where a driver says they are: believed if it can be, and what it means for the orders they have."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from db.models import Assignment, Audit, Driver
from domain.address import Point
from domain.delivery import HELD
from domain.ids import Prefix, show
from domain.watching import PingRules, TrackingRules
from errors import Invalid, NotFound
from operations import arriving
from operations.dispatching import locked
from operations.progress import note_progress
from operations.settling import Transaction

JUMPED = "driver.jumped"
"""In the audit: a position nobody can have got to. So many of one telephone are a broken one."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Position:
    """Where a telephone says its driver was."""

    driver_id: UUID
    point: Point
    at: datetime
    """Business time, aware."""


async def report(transaction: Transaction, told: Position, now: datetime, rules: TrackingRules) -> bool:
    """Note where a driver is, and when what they have arrives. One that is old or out of order tells nothing.

    Returns:
        Whether it was news.

    Raises:
        NotFound: no such driver.
        Invalid: the position is of a time to come, or they cannot have got there; that is counted in the audit.
    """
    if told.at > now + timedelta(seconds=rules.pings.ahead_seconds):
        raise Invalid("That position is of a time to come; give `at` in UTC, or leave it out.")
    async with transaction() as session:
        driver = await session.get(Driver, told.driver_id, with_for_update=True, populate_existing=True)
        if driver is None:
            raise NotFound("no such driver")
        if _old(driver, told, now, rules.pings):
            return False
        jumped = _jumps(driver, told, rules.pings)
        if jumped:
            session.add(_counted(told, now))
        else:
            driver.lat, driver.lng, driver.seen_at = told.point.lat, told.point.lng, told.at
    if jumped:
        raise Invalid("Nobody gets that far in that time; the position is not noted.")
    await follow(transaction, told.driver_id, told.point, now, rules)
    return True


async def follow(
    transaction: Transaction, driver_id: UUID, point: Point, now: datetime, rules: TrackingRules
) -> None:
    """A driver is there: whether they come nearer, and when what they have arrives. No road is asked for."""
    async with transaction() as session:
        query = select(Assignment.order_id).where(
            col(Assignment.driver_id) == driver_id, col(Assignment.status).in_(HELD)
        )
        orders = sorted(await session.scalars(query))
    for order_id in orders:
        async with transaction() as session:
            order = await locked(session, order_id)
            mine = await session.scalar(
                select(Assignment).where(
                    col(Assignment.order_id) == order_id,
                    col(Assignment.driver_id) == driver_id,
                    col(Assignment.status).in_(HELD),
                )
            )
            if mine is not None:
                await note_progress(session, mine, point, now)
                await arriving.refresh(session, order, now, rules.eta)


def _old(driver: Driver, told: Position, now: datetime, rules: PingRules) -> bool:
    """It is older than what is known, or too old to tell anything."""
    if driver.seen_at is not None and told.at <= driver.seen_at:
        return True
    return told.at < now - timedelta(minutes=rules.stale_minutes)


def _jumps(driver: Driver, told: Position, rules: PingRules) -> bool:
    """They would have had to be faster than anybody is; where they were never seen, nothing is known of that."""
    if driver.seen_at is None:
        return False
    hours = (told.at - driver.seen_at) / HOUR
    km = Point(lat=driver.lat, lng=driver.lng).km_to(told.point)
    return km > hours * rules.fastest_km_h + rules.slack_km


def _counted(told: Position, now: datetime) -> Audit:
    driver = show(Prefix.DRIVER, told.driver_id)
    return Audit(actor=driver, action=JUMPED, subject=driver, source="position", at=now, data={})
