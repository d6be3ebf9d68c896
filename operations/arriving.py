"""When an order will be at its door, kept in its row: each position of its driver and each look at it makes it anew.

How long a road takes is asked for outside of any transaction and noted as an event; between, it shrinks with the
distance that is left, so that a position costs no question to anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, Driver, Order, OrderEvent
from domain.address import Place, Point
from domain.arrival import NONE, Estimate, EtaRules, Way, blend, measure
from domain.delivery import HELD, AssignmentStatus
from domain.eta import STILL_TO_DO
from domain.order import OrderStatus
from operations import ledger, menus, tracking

TRAVEL = "delivery.travel"
"""The event of a road's time: whereto, seconds, and metres as the crow flies."""
TO_KITCHEN, TO_DOOR = "kitchen", "door"
SAME_M = 50
"""Two distances nearer than this are the same way: a position is off by so much in itself."""
SHORT_M = 200
"""So near, a road's time says more about a one-way street than about speed."""
USUAL = "scooter"
"""What a way is asked for where nobody's vehicle is known yet: most of those who deliver ride one."""
S = AssignmentStatus


@dataclass(frozen=True)
class Stretch:
    """A way whose road's time is wanted."""

    to: str
    start: Point
    end: Point
    vehicle: str
    assignment: UUID | None = None

    @property
    def metres(self) -> int:
        """As the crow flies."""
        return round(self.start.km_to(self.end) * 1000)


@dataclass(frozen=True)
class Found:
    """Where an order stands on its way: who has it, where they were seen, and the roads that were asked for."""

    order: Order
    held: Assignment | None
    driver: Driver | None
    kitchen: Point
    door: Point
    roads: Sequence[OrderEvent]
    """Newest first."""
    others: Sequence[Point] = ()
    """Where else its driver brings what they have with them."""

    @property
    def rides(self) -> bool:
        """The food is on its way."""
        return self.order.status == OrderStatus.PICKED_UP

    @property
    def since(self) -> datetime | None:
        """From when on the driver has been going where they go."""
        if self.rides:
            return self.order.picked_up_at
        return self.held.answered_at if self.held else None

    @property
    def at(self) -> tuple[Point, datetime | None]:
        """Where its driver is as far as anybody knows, and since when; at the counter when it was picked up."""
        seen, since = self.driver.seen_at if self.driver else None, self.since
        if self.driver is None or (self.rides and since is not None and (seen is None or seen < since)):
            return self.kitchen, since
        return Point(lat=self.driver.lat, lng=self.driver.lng), max(filter(None, (seen, since)), default=None)

    def road(self, to: str, assignment: UUID | None = None) -> OrderEvent | None:
        """The newest road's time to there, of that driver."""
        mine = str(assignment) if assignment else None
        return next((e for e in self.roads if e.data["to"] == to and e.data["assignment"] == mine), None)


async def find(session: AsyncSession, order: Order) -> Found:
    """Read where an order stands."""
    held = await session.scalar(
        select(Assignment).where(col(Assignment.order_id) == order.id, col(Assignment.status).in_(HELD))
    )
    driver = await session.get(Driver, held.driver_id) if held else None
    kitchen = await menus.kitchen(session, order.restaurant_id)
    roads = await session.scalars(
        select(OrderEvent)
        .where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == TRAVEL)
        .order_by(col(OrderEvent.seq).desc())
    )
    door = Place.model_validate(order.place).point
    others = await _others(session, held) if held is not None and held.status == S.PICKED_UP else ()
    return Found(order, held, driver, kitchen.point, door, roads.all(), others)


async def _others(session: AsyncSession, held: Assignment) -> list[Point]:
    """The doors of the other orders in the same bag."""
    places = await session.scalars(
        select(Order.place)
        .join(Assignment, col(Assignment.order_id) == col(Order.id))
        .where(col(Assignment.driver_id) == held.driver_id, col(Assignment.id) != held.id)
        .where(col(Assignment.status) == S.PICKED_UP)
        .order_by(col(Assignment.id))
    )
    return [Place.model_validate(place).point for place in places]


def wanted(found: Found, now: datetime, rules: EtaRules) -> list[Stretch]:
    """The ways whose time has to be asked for now: another door, another driver, or the last answer is too old."""
    stretches = []
    vehicle = found.driver.vehicle if found.driver else USUAL
    held = found.held.id if found.held else None
    if not found.rides:
        stretch = Stretch(TO_DOOR, found.kitchen, found.door, vehicle)
        road = found.road(TO_DOOR)
        if road is None or abs(int(road.data["metres"]) - stretch.metres) > SAME_M:
            stretches.append(stretch)
    if found.held is not None and found.held.status != S.AT_RESTAURANT:
        to, end = (TO_DOOR, found.door) if found.rides else (TO_KITCHEN, found.kitchen)
        stretch = Stretch(to, found.at[0], end, vehicle, held)
        road = found.road(to, held)
        old = road is not None and now - road.at >= timedelta(minutes=rules.travel_minutes)
        if road is None or (old and abs(int(road.data["metres"]) - stretch.metres) > SAME_M):
            stretches.append(stretch)
    return stretches


async def note_road(
    session: AsyncSession, order: Order, stretch: Stretch, seconds: float, source: str, now: datetime
) -> None:
    """A road's time has been told. The caller holds the order's row lock."""
    assignment = str(stretch.assignment) if stretch.assignment else None
    data = {"to": stretch.to, "seconds": round(seconds), "metres": stretch.metres, "source": source}
    await ledger.event(session, order, TRAVEL, now, **data, assignment=assignment)


async def refresh(session: AsyncSession, order: Order, now: datetime, rules: EtaRules) -> Estimate | None:
    """Work the arrival out anew from the rows; None when the order is not under way.

    The caller holds the order's row lock.
    """
    status = OrderStatus(order.status)
    if status not in STILL_TO_DO:
        return None
    measured = measure(way(await find(session, order), now, rules), now, rules)
    before = None
    if order.expected_at is not None and order.spread_seconds is not None:
        before = Estimate(order.expected_at, timedelta(seconds=order.spread_seconds))
    made = blend(before, measured, now, timedelta(minutes=STILL_TO_DO[status]), rules)
    order.expected_at, order.spread_seconds = made.at, round(made.spread.total_seconds())
    return made


def way(found: Found, now: datetime, rules: EtaRules) -> Way:
    """What the rows say of an order's way."""
    order, held = found.order, found.held
    position, seen = found.at
    to_kitchen = None
    unseen = max(NONE, now - seen) if seen and held else NONE
    door = Stretch(TO_DOOR, position if found.rides else found.kitchen, found.door, USUAL)
    if held is not None and not found.rides:
        to_kitchen, unseen = NONE, unseen if held.status != S.AT_RESTAURANT else NONE
        if held.status != S.AT_RESTAURANT:
            metres = Stretch(TO_KITCHEN, position, found.kitchen, USUAL).metres
            to_kitchen = _left(found.road(TO_KITCHEN, held.id), metres, rules)
    road = found.road(TO_DOOR, held.id if held and found.rides else None) or found.road(TO_DOOR)
    direct, metres, stops = _left(road, door.metres, rules), *_round(door.start, found.door, found.others)
    to_door = _left(road, metres, rules) + stops * timedelta(minutes=rules.door_minutes)
    return Way(
        status=OrderStatus(order.status),
        due=tracking.progress(order).due,
        to_door=to_door,
        around=to_door - direct,
        ready_by=order.ready_by,
        to_kitchen=to_kitchen,
        unseen=unseen,
    )


def _round(start: Point, door: Point, others: Sequence[Point]) -> tuple[int, int]:
    """Metres to a door by the doors that come before it, and how many those are: the nearest is always the next."""
    metres, stops, rest = 0.0, 0, list(others)
    while rest:
        nearest = min(rest, key=start.km_to)
        if start.km_to(door) <= start.km_to(nearest):
            break
        metres, stops = metres + start.km_to(nearest) * 1000, stops + 1
        rest.remove(nearest)
        start = nearest
    return round(metres + start.km_to(door) * 1000), stops


def _left(road: OrderEvent | None, metres: int, rules: EtaRules) -> timedelta:
    """How long what is left takes, as fast as the road's own time has it; by the city's speed without one."""
    per_metre = 3.6 / rules.city_km_h
    if road is not None and int(road.data["metres"]) >= SHORT_M:
        per_metre = int(road.data["seconds"]) / int(road.data["metres"])
    return timedelta(seconds=metres * per_metre)
