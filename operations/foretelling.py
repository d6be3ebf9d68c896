"""Who still has to be spoken with while an order is on its way: a late one's customer, one who does not open, a rider
who stands still.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assignment, Customer, Driver, Order
from domain.calling import Kind, Person
from domain.delivery import HELD, AssignmentStatus
from domain.dialling import Topic
from domain.errand import Errand, Found
from domain.eta import Progress
from domain.jobs import Done, Dropped, Later
from domain.kitchen import Kitchen
from domain.order import OrderStatus
from domain.watching import TrackingRules
from errors import NotFound
from operations import ledger, menus, no_show, telling, tracking
from operations.announcing import locked
from operations.progress import came_nearer

STUCK = "A rider with food does not come nearer to the door, and was not reached: please call them."
AT_DOOR_UNTOLD = "A rider stands at a door, and nobody opens or answers: please call the customer."


@dataclass(frozen=True)
class Delay:
    """A delay that its customer does not know of yet, with what is said of it."""

    errand: Errand
    progress: Progress
    kitchen: Kitchen


async def late(
    session: AsyncSession, order_id: UUID, since: datetime, now: datetime, rules: TrackingRules
) -> Delay | Done | Dropped | Later:
    """Whether an order is late and its customer has not heard of it. Raises NotFound."""
    order = await locked(session, order_id)
    progress = tracking.progress(order, came=await tracking.has_come(session, order.id))
    if not progress.under_way:
        return Dropped(f"the order is {progress.status}")
    if order.told_late_at is not None and order.told_late_at >= since:
        return Done(telling.HEARD)
    if not progress.will_be_late(now):
        return Later(now + timedelta(seconds=rules.look_seconds), "it is in time again")
    customer, kitchen = await _whose(session, order)
    if customer is None:
        return Dropped("they have asked us to forget them")
    return Delay(_errand(order, customer, kitchen, Topic.LATE, since), progress, kitchen)


async def note_told(session: AsyncSession, order: Order, by: str, now: datetime) -> None:
    """Its customer knows of the delay there is now; `by`: text, or a call of theirs. The caller holds the row lock."""
    minutes = int(tracking.progress(order).behind(now) / timedelta(minutes=1))
    order.told_late_at = now
    await ledger.event(session, order, telling.CUSTOMER_TOLD, now, topic=Topic.LATE, by=by, minutes=minutes)


async def at_door(session: AsyncSession, assignment_id: UUID, since: datetime) -> Found:
    """Whether a rider waits at a door, and its customer has not heard of it. Raises NotFound."""
    row = await session.get(Assignment, assignment_id)
    if row is None:
        raise NotFound("there is no such delivery")
    order = await locked(session, row.order_id)
    await session.refresh(row)
    if row.status not in HELD or order.status != OrderStatus.PICKED_UP:
        return Dropped(f"the order is {order.status}, the delivery {row.status}")
    if await telling.told(session, order.id, telling.CUSTOMER_TOLD, Topic.AT_DOOR, since):
        return Done(telling.HEARD)
    if await no_show.agreed(session, order):
        return Done("it may be left")
    customer, kitchen = await _whose(session, order)
    if customer is None:
        return Dropped("they have asked us to forget them")
    return _errand(order, customer, kitchen, Topic.AT_DOOR, since, AT_DOOR_UNTOLD)


async def stuck(session: AsyncSession, assignment_id: UUID, since: datetime) -> Found:
    """Whether a rider who has the food and stood still has still to be asked what keeps them. Raises NotFound."""
    row = await session.get(Assignment, assignment_id)
    if row is None:
        raise NotFound("there is no such delivery")
    order = await locked(session, row.order_id)
    await session.refresh(row)
    if row.status != AssignmentStatus.PICKED_UP:
        return Dropped(f"the delivery is {row.status}")
    moved_at = await came_nearer(session, row.driver_id)
    if moved_at is not None and moved_at > since:
        return Done("they come nearer")
    if await telling.told(session, order.id, telling.DRIVER_TOLD, Topic.WHERE, since):
        return Done(telling.HEARD)
    driver = await session.get_one(Driver, row.driver_id)
    name = (await menus.kitchen(session, order.restaurant_id)).name
    person = Person(Kind.DRIVER, driver.id, order.id)
    return Errand(Topic.WHERE, person, since, driver.market, driver.city, name, note=STUCK)


async def _whose(session: AsyncSession, order: Order) -> tuple[Customer | None, Kitchen]:
    """An order's customer, unless they are forgotten, and its kitchen."""
    customer = await session.get_one(Customer, order.customer_id)
    kitchen = await menus.kitchen(session, order.restaurant_id)
    return (None if customer.erased_at is not None else customer), kitchen


def _errand(
    order: Order, customer: Customer, kitchen: Kitchen, topic: Topic, since: datetime, note: str = ""
) -> Errand:
    person = Person(Kind.CUSTOMER, customer.id, order.id)
    return Errand(
        topic, person, since, customer.market, kitchen.city, kitchen.brand, customer.language, note=note
    )
