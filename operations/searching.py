"""Looking for drivers: which orders of a city wait, who could bring them, and the offer that is put to one of them.

Reading is one short transaction and writing another; the road table is asked between them. That is safe because an
offer is written under the locks of its city, its driver and its order, and everything is looked at once more there.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import cos, radians
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, Driver, Order, OrderEvent, Outbox, Restaurant
from domain.address import Place, Point
from domain.delivery import HELD, AssignmentStatus, Declined
from domain.dispatch import Chosen, Rider, Waiting
from domain.incentive import Dispatch
from errors import Conflict, NotFound
from operations import dispatching, ledger
from operations.dispatching import STILL, TAKEN, WAITING
from operations.drivers import AVAILABLE, KM_PER_DEGREE
from operations.under_way import MOVED

S = AssignmentStatus
OFFER, EXPIRE = "driver.offer", "dispatch.expire"
"""The jobs of an offer: its driver is called, and it ends when its time is."""
NONE = "dispatch.none"
"""The order's event: nobody could be asked, and why."""
NOT_ASKED_AWAY = (TAKEN, MOVED)
"""Withdrawn without a word of the driver: they may be asked again at once."""
FOR_GOOD = (STILL, Declined.TOO_FAR, Declined.VEHICLE)
"""Time does not change these."""
LEAD = timedelta(seconds=10)
"""So long before an offer ends it is looked whether its driver is on the telephone about it."""


@dataclass(frozen=True)
class Standing:
    """Where an order stands, as far as a search goes."""

    status: str
    market: str
    city: str
    held: bool
    """A driver has it."""
    offer: Assignment | None
    """It is offered to somebody who may still take it."""
    expires_itself: bool
    """That offer has a job which ends it."""

    @property
    def waits(self) -> bool:
        """Whether a driver is to be found."""
        return self.status in WAITING and not self.held


@dataclass(frozen=True)
class Look:
    """A city as one search sees it."""

    orders: list[Waiting] = field(default_factory=list)
    riders: list[Rider] = field(default_factory=list)

    def only(self, available: Collection[UUID]) -> "Look":
        """The same, with nobody else on shift than these."""
        riders = [
            replace(one, on_shift=one.on_shift and (one.driver_id in available or one.riding))
            for one in self.riders
        ]
        return Look(self.orders, riders)

    def circle(self, rules: Dispatch) -> tuple[Point, float]:
        """A point and the kilometres around it within which everybody is who could be asked."""
        kitchens = [one.kitchen for one in self.orders]
        middle = Point(
            lat=sum(one.lat for one in kitchens) / len(kitchens),
            lng=sum(one.lng for one in kitchens) / len(kitchens),
        )
        return middle, max(middle.km_to(one) for one in kitchens) + rules.search.radius_km[-1]


async def standing(session: AsyncSession, order_id: UUID, now: datetime) -> Standing:
    """Where an order stands now. Raises NotFound."""
    order = await session.get(Order, order_id)
    if order is None:
        raise NotFound("there is no such order")
    kitchen = await session.get_one(Restaurant, order.restaurant_id)
    rows = await dispatching.of_order(session, order_id)
    offer = next((row for row in rows if row.status == S.OFFERED and row.expires_at > now), None)
    job = select(Outbox.id).where(col(Outbox.key) == f"{EXPIRE}:{offer.id if offer else None}")
    return Standing(
        order.status,
        kitchen.market,
        kitchen.city,
        any(row.status in HELD for row in rows),
        offer,
        await session.scalar(job) is not None,
    )


async def look(session: AsyncSession, city: str, rules: Dispatch, now: datetime) -> Look:
    """Every order of a city that waits for a driver and is not offered to anybody, and every driver near them."""
    query = (
        select(Order, Restaurant)
        .join(Restaurant, col(Restaurant.id) == col(Order.restaurant_id))
        .where(col(Restaurant.city) == city, col(Order.status).in_(WAITING))
        .order_by(col(Order.id))
    )
    found = (await session.execute(query)).all()
    before: dict[UUID, list[Assignment]] = defaultdict(list)
    ids = [order.id for order, _ in found]
    for row in await session.scalars(select(Assignment).where(col(Assignment.order_id).in_(ids))):
        before[row.order_id].append(row)
    in_vain = await _in_vain(session, ids)
    orders = [
        Waiting(
            order.id,
            Point(lat=kitchen.lat, lng=kitchen.lng),
            Place.model_validate(order.place).point,
            order.ready_by or now,
            refused(before[order.id], rules, now, forgive=order.id in in_vain),
            order.id in in_vain,
        )
        for order, kitchen in found
        if not any(_open(row, now) for row in before[order.id])
    ]
    return Look(orders, await _riders(session, orders, rules, now)) if orders else Look()


def refused(rows: Sequence[Assignment], rules: Dispatch, now: datetime, *, forgive: bool) -> frozenset[UUID]:
    """Drivers who let an order pass; `forgive`: those of a while ago, and for passing reasons, are asked again."""
    until = now - timedelta(minutes=rules.search.forgive_minutes)
    return frozenset(
        row.driver_id
        for row in rows
        if not (row.status == S.WITHDRAWN and row.reason in NOT_ASKED_AWAY)
        and not (forgive and row.reason not in FOR_GOOD and (row.done_at or row.answered_at or now) <= until)
    )


async def put(
    session: AsyncSession, chosen: Chosen, rules: Dispatch, now: datetime, *, in_vain: bool = False
) -> Assignment:
    """Offer an order to the driver who was chosen, with the jobs that call them and that end it.

    One open offer an order and one a driver, whatever was planned: the locks of the city and of the driver are held,
    and everything is looked at again.

    Raises:
        Conflict: meanwhile the order or the driver has another offer, or cannot be asked.
    """
    order = await session.get_one(Order, chosen.order_id)
    kitchen = await session.get_one(Restaurant, order.restaurant_id)
    for name in (f"dispatch:{kitchen.market}:{kitchen.city}", f"dispatch:{chosen.driver_id}"):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    live = select(Assignment).where(
        col(Assignment.status) == S.OFFERED,
        col(Assignment.expires_at) > now,
        (col(Assignment.order_id) == chosen.order_id) | (col(Assignment.driver_id) == chosen.driver_id),
    )
    for row in (await session.scalars(live)).all():
        if (row.order_id, row.driver_id) != (chosen.order_id, chosen.driver_id):
            raise Conflict("the order or the driver has another offer by now")
    row = await dispatching.offer(
        session, chosen.order_id, chosen.driver_id, rules, now, step=chosen.step, in_vain=in_vain
    )
    payload = {"order_id": str(row.order_id), "assignment_id": str(row.id)}
    await ledger.job(session, OFFER, str(row.id), payload, now, now)
    await ledger.job(session, EXPIRE, str(row.id), payload, row.expires_at - LEAD, now)
    return row


def _open(row: Assignment, now: datetime) -> bool:
    return row.status in HELD or (row.status == S.OFFERED and row.expires_at > now)


async def _in_vain(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    query = select(OrderEvent.order_id).where(col(OrderEvent.order_id).in_(ids), col(OrderEvent.type) == NONE)
    return set(await session.scalars(query))


async def _riders(
    session: AsyncSession, orders: Sequence[Waiting], rules: Dispatch, now: datetime
) -> list[Rider]:
    """Every driver of the market in the box where they could be asked, whatever they do."""
    margin = rules.search.radius_km[-1] / KM_PER_DEGREE
    lats, lngs = [one.kitchen.lat for one in orders], [one.kitchen.lng for one in orders]
    # a degree of longitude is shorter, the farther it is from the equator
    wide = margin / cos(radians(max(map(abs, lats)) + margin))
    query = select(Driver).where(
        col(Driver.market) == rules.market,
        col(Driver.lat).between(min(lats) - margin, max(lats) + margin),
        col(Driver.lng).between(min(lngs) - wide, max(lngs) + wide),
    )
    drivers = (await session.scalars(query.order_by(col(Driver.id)))).all()
    ids = [driver.id for driver in drivers]
    doing: dict[UUID, list[tuple[str, Point]]] = defaultdict(list)
    held = (
        select(Assignment, Restaurant.lat, Restaurant.lng)
        .join(Order, col(Order.id) == col(Assignment.order_id))
        .join(Restaurant, col(Restaurant.id) == col(Order.restaurant_id))
        .where(col(Assignment.driver_id).in_(ids), col(Assignment.status).in_((S.OFFERED, *HELD)))
    )
    for row, lat, lng in (await session.execute(held)).all():
        if _open(row, now):
            doing[row.driver_id].append((row.status, Point(lat=lat, lng=lng)))
    recent = await _recent(session, ids, now - timedelta(hours=rules.weights.recent_hours))
    return [
        Rider(
            driver.id,
            Point(lat=driver.lat, lng=driver.lng),
            driver.vehicle,
            driver.rating,
            driver.seen_at,
            on_shift=driver.status == AVAILABLE,
            riding=any(status == S.PICKED_UP for status, _ in doing[driver.id]),
            offered=any(status == S.OFFERED for status, _ in doing[driver.id]),
            kitchens=tuple(
                point for status, point in doing[driver.id] if status in (S.ACCEPTED, S.AT_RESTAURANT)
            ),
            recent=recent.get(driver.id, 0),
        )
        for driver in drivers
    ]


async def _recent(session: AsyncSession, ids: Collection[UUID], since: datetime) -> dict[UUID, int]:
    """How many deliveries drivers have taken since then and kept."""
    query = (
        select(Assignment.driver_id, func.count())
        .where(
            col(Assignment.driver_id).in_(ids),
            col(Assignment.status).in_((*HELD, S.DELIVERED)),
            col(Assignment.answered_at) > since,
        )
        .group_by(col(Assignment.driver_id))
    )
    return {row[0]: row[1] for row in (await session.execute(query)).all()}
