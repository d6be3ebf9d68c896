"""Where drivers are, and who of them could bring something: near, free, with a vehicle that goes that far."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, func, select

from db.models import Assignment, Driver
from domain.address import Point
from domain.delivery import HELD, AssignmentStatus
from domain.incentive import Dispatch
from errors import ToolError
from operations.dispatching import Who

FARTHEST_JUMP_KM = 100.0
"""Nobody gets farther between two calls of a shift: such a place was misheard."""
AVAILABLE = "available"
KM_PER_DEGREE = (
    110.5  # of latitude, at least: a little less than anywhere, so that the box is never too small
)


@dataclass(frozen=True)
class Near:
    """A driver who could be asked, and how far from the pick-up they are."""

    driver: Driver
    km: float
    load: int
    """Deliveries they have accepted and not picked up."""


async def move_to(session: AsyncSession, who: Who, point: Point) -> Driver:
    """Note where a driver is. Raises ToolError for a place they cannot have got to."""
    driver = await session.get_one(Driver, who.driver_id, with_for_update=True)
    if Point(lat=driver.lat, lng=driver.lng).km_to(point) > FARTHEST_JUMP_KM:
        raise ToolError(
            "That is too far from where they were last. Ask for the street or the area in this city."
        )
    driver.lat, driver.lng, driver.seen_at = point.lat, point.lng, who.now
    return driver


async def find_available(
    session: AsyncSession, rules: Dispatch, point: Point, radius_km: float, trip_km: float | None = None
) -> list[Near]:
    """Drivers on shift within the radius, best first; the same question gets the same order.

    Nobody who has food with them. `trip_km`, from the kitchen to the door: only vehicles that are sent so far.
    """
    degrees = radius_km / KM_PER_DEGREE
    drivers = await session.scalars(
        select(Driver).where(
            col(Driver.market) == rules.market,
            col(Driver.status) == AVAILABLE,
            col(Driver.lat).between(point.lat - degrees, point.lat + degrees),
        )
    )
    loads = await _loads(session)
    found = [
        Near(driver, km, load or 0)
        for driver in drivers
        if (load := loads.get(driver.id, 0)) is not None
        and (km := Point(lat=driver.lat, lng=driver.lng).km_to(point)) <= radius_km
        and (trip_km is None or trip_km <= rules.vehicles.get(driver.vehicle, 0.0))
    ]
    return sorted(found, key=lambda near: (_rank(near, rules), near.km, near.driver.id))


async def _loads(session: AsyncSession) -> dict[UUID, int | None]:
    """How many deliveries drivers have accepted; None for those who have food with them."""
    query = (
        select(
            Assignment.driver_id,
            func.count(),
            func.bool_or(col(Assignment.status) == AssignmentStatus.PICKED_UP),
        )
        .where(col(Assignment.status).in_(HELD))
        .group_by(col(Assignment.driver_id))
    )
    rows = (await session.execute(query)).all()
    return {driver_id: None if riding else count for driver_id, count, riding in rows}


def _rank(near: Near, rules: Dispatch) -> float:
    """Kilometres, with what a full bag and missing stars count as; less is better."""
    ranking = rules.ranking
    stars = max(0.0, 5.0 - near.driver.rating)
    return near.km + near.load * ranking.per_delivery_km + stars * ranking.per_star_km
