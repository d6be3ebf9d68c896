"""A driver who has taken an order and does not come: they are called, and then it goes to somebody else.

Whoever is not heard of does not come either. Nobody is asked before they have to be on their way, nor at the counter
before the food has been ready for a while.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, Driver, Order, Outbox
from domain.address import Point
from domain.calling import Kind, Person
from domain.delivery import AssignmentStatus
from domain.dialling import Topic
from domain.errand import Errand, Found
from domain.incentive import Dispatch
from domain.jobs import Done, Dropped, Ending, Later
from domain.kitchen import Kitchen
from domain.order import OrderStatus
from errors import NotFound
from operations import ledger, menus
from operations.delivering import SEARCHING
from operations.dispatching import STILL, WAITING, locked, note, search
from operations.under_way import TELL_OFF

S = AssignmentStatus
WHERE = "driver.where"
"""The job: the driver is called, and asked what keeps them."""
NOT_MOVING = "A driver who took an order does not move, and was not reached: please call them."
COME = "they come"


@dataclass(frozen=True)
class Coming:
    """What is known of a driver on their way to a kitchen."""

    row: Assignment
    order: Order
    driver: Driver
    kitchen: Kitchen

    @property
    def last(self) -> datetime:
        """When they last came nearer; when they took it, before they did."""
        taken = self.row.answered_at or self.row.offered_at
        return max(taken, self.row.moved_at or taken)

    @property
    def left_m(self) -> int:
        """Metres to the kitchen, by their newest position."""
        at = Point(lat=self.driver.lat, lng=self.driver.lng)
        return round(at.km_to(self.kitchen.point) * 1000)

    def here(self, rules: Dispatch, now: datetime) -> bool:
        """Whether a fresh position has them at the kitchen."""
        fresh = timedelta(minutes=rules.moving.still_minutes)
        seen = self.driver.seen_at
        return seen is not None and now - seen < fresh and self.left_m <= rules.moving.there_m

    def patience(self, rules: Dispatch, now: datetime) -> tuple[datetime, timedelta] | None:
        """Since when they keep us waiting, and for how long they may; None while they wait themselves."""
        moving = rules.moving
        at_counter = self.row.status == S.AT_RESTAURANT or self.left_m <= moving.there_m
        if not at_counter:
            return self.still_since(rules), timedelta(minutes=moving.still_minutes)
        if self.order.status != OrderStatus.READY or self.here(rules, now):
            return None
        since = max(self.last, self.order.ready_by or self.last)
        return since, timedelta(minutes=moving.counter_minutes)

    def still_since(self, rules: Dispatch) -> datetime:
        """Since when they should have come nearer: before they have to leave, standing still is no fault."""
        ride = timedelta(minutes=rules.roads.minutes(self.left_m / 1000, self.driver.vehicle))
        return max(self.last, self.order.ready_by - ride) if self.order.ready_by else self.last


async def coming(session: AsyncSession, assignment_id: UUID) -> Coming | Ending:
    """A delivery whose driver has not fetched it yet, its order locked; or that there is nothing to watch.

    Raises NotFound.
    """
    row = await session.get(Assignment, assignment_id)
    if row is None:
        raise NotFound("there is no such delivery")
    order = await locked(session, row.order_id)
    await session.refresh(row)
    if row.status not in (S.ACCEPTED, S.AT_RESTAURANT):
        return Done(f"the delivery is {row.status}")
    if order.status not in WAITING:
        return Dropped(f"the order is {order.status}")
    driver = await session.get_one(Driver, row.driver_id)
    return Coming(row, order, driver, await menus.kitchen(session, order.restaurant_id))


async def watch(session: AsyncSession, assignment_id: UUID, rules: Dispatch, now: datetime) -> Ending:
    """Look whether they come; have them called; take it back. When to look again, or that it is over.

    Raises NotFound.
    """
    found = await coming(session, assignment_id)
    if not isinstance(found, Coming):
        return found
    answer = timedelta(minutes=rules.moving.answer_minutes)
    waiting = found.patience(rules, now)
    if waiting is None:
        return Later(now + timedelta(minutes=rules.moving.still_minutes), "they are at the kitchen")
    since, patience = waiting
    if now - since < patience:
        return Later(since + patience, COME)
    called = await _called(session, found)
    if called is None:
        key = f"{assignment_id}:{int(found.last.timestamp())}"
        payload = {"order_id": str(found.order.id), "assignment_id": str(assignment_id)}
        await ledger.job(session, WHERE, key, payload, now, now)
        return Later(now + answer, "they are asked what keeps them")
    if now - called.created_at < answer:
        return Later(called.created_at + answer, "they are asked what keeps them")
    await _take_back(session, found, now)
    return Done(STILL)


async def where(
    session: AsyncSession, assignment_id: UUID, since: datetime, rules: Dispatch, now: datetime
) -> Found:
    """Whether a driver still has to be asked what keeps them. Raises NotFound."""
    found = await coming(session, assignment_id)
    if not isinstance(found, Coming):
        return found
    if found.last > since or found.here(rules, now):
        return Done(COME)
    return Errand(
        topic=Topic.WHERE,
        person=Person(Kind.DRIVER, found.driver.id, found.order.id),
        since=since,
        market=found.driver.market,
        city=found.driver.city,
        name=found.kitchen.name,
        note=NOT_MOVING,
    )


async def _called(session: AsyncSession, found: Coming) -> Outbox | None:
    """The call that asks what keeps them, since they last came nearer."""
    key = f"{WHERE}:{found.row.id}:{int(found.last.timestamp())}"
    job: Outbox | None = await session.scalar(select(Outbox).where(col(Outbox.key) == key))
    return job


async def _take_back(session: AsyncSession, found: Coming, now: datetime) -> None:
    """It goes to somebody else; they are told. The order is locked."""
    row = found.row
    row.status, row.reason, row.done_at = S.WITHDRAWN, STILL, now
    await note(session, found.order, row, SEARCHING, now, reason=STILL)
    await search(session, row, now)
    payload = {"order_id": str(row.order_id), "assignment_id": str(row.id)}
    await ledger.job(session, TELL_OFF, str(row.id), payload, now, now)
