"""What a driver or a customer still has to be told about an order, by its rows as they are now.

That they were told is an event of the order: `driver.told` or `customer.told`, with the topic, written by the call in
which they heard it.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import (
    Assignment,
    CallRow,
    Complaint,
    Customer,
    DialRow,
    Order,
    OrderEvent,
    Rating,
    Restaurant,
)
from domain.calling import TOLD_WITHIN, Kind, Person
from domain.delivery import HELD, AssignmentStatus
from domain.dialling import Dialled, DialRules, Topic
from domain.errand import Errand, Found
from domain.ids import Prefix, show
from domain.jobs import Done, Dropped, Later
from domain.order import OrderStatus
from errors import NotFound
from operations import link_rows, menus
from operations.announcing import CAME_TO_NOTHING, LOOK, events_of, holder, locked
from operations.complaints import OPEN
from operations.delivering import LATELY
from operations.dispatching import CALLED_OFF, STILL
from operations.kitchen_queue import BY_CUSTOMER, BY_SYSTEM
from operations.planning import CHANGED
from operations.undecided import Question, asked

S = OrderStatus
DRIVER_TOLD, CUSTOMER_TOLD = "driver.told", "customer.told"
HEARD = "they have heard it"
A_DAY = timedelta(hours=24)
"""After that nobody wants to be asked how it was."""
OFF_UNTOLD = "A driver does not know yet that their delivery was called off: please call them."
MOVED_UNTOLD = "A driver does not know yet that the door or a note has changed: please call them."
UNDECIDED = "A dish of an order has run out and its customer was not reached: please ask them what they want."
REJECTED_UNTOLD = "A customer does not know yet that their order came to nothing: please call them."


async def ready(session: AsyncSession, order_id: UUID, since: datetime) -> Found:
    """The food is ready: whoever has the order and has not fetched it is told. Raises NotFound."""
    order = await locked(session, order_id)
    if order.status != S.READY:
        return Dropped(f"the order is {order.status}")
    row = await holder(session, order.id)
    if row is None:
        return Dropped("nobody has it yet; who takes it hears that it is ready")
    if row.status == AssignmentStatus.PICKED_UP:
        return Dropped("it has been picked up")
    return await _driver(session, order, row, Topic.PICKUP, since)


async def off(session: AsyncSession, assignment_id: UUID, since: datetime, now: datetime) -> Found:
    """A delivery was called off: the driver who had it is told. Raises NotFound."""
    row, order = await _delivery(session, assignment_id)
    if row.status != AssignmentStatus.WITHDRAWN or row.reason not in (CALLED_OFF, STILL):
        return Dropped(f"the delivery is {row.status}")
    if now - since > LATELY:
        return Dropped("it is too late to tell")
    return await _driver(session, order, row, Topic.OFF, since, OFF_UNTOLD)


async def moved(session: AsyncSession, assignment_id: UUID, since: datetime) -> Found:
    """The door or a note has changed: the driver who has the order is told. Raises NotFound."""
    row, order = await _delivery(session, assignment_id)
    if row.status not in HELD:
        return Dropped(f"the delivery is {row.status}")
    return await _driver(session, order, row, Topic.MOVED, since, MOVED_UNTOLD)


async def rejected(session: AsyncSession, order_id: UUID, since: datetime, now: datetime) -> Found:
    """An order came to nothing without its customer: they are told. Raises NotFound."""
    order = await locked(session, order_id)
    if order.status not in CAME_TO_NOTHING:
        return Dropped(f"the order is {order.status}")
    if now - since > TOLD_WITHIN:
        return Dropped("it is too late to tell")
    return await _customer(session, order, Topic.REJECTED, since, REJECTED_UNTOLD)


async def payment(session: AsyncSession, order_id: UUID, since: datetime) -> Found:
    """A payment link has run out, and its order still waits: its customer is asked what now. Raises NotFound."""
    order = await locked(session, order_id)
    if order.status != S.AWAITING_PAYMENT:
        return Dropped(f"the order is {order.status}")
    if await link_rows.live(session, order.id):
        return Dropped("they have another link")
    return await _customer(session, order, Topic.PAYMENT, since)


async def changed(session: AsyncSession, order_id: UUID, since: datetime) -> Found:
    """The kitchen, or we, have changed an order: its customer is told. Raises NotFound.

    Whoever has just not answered when they were asked about it gets a text.
    """
    order = await locked(session, order_id)
    if order.status in (*CAME_TO_NOTHING, S.DELIVERED, S.CLOSED):
        return Dropped(f"the order is {order.status}")
    by = [
        event.data.get("by", BY_CUSTOMER)
        for event in await events_of(session, order.id)
        if event.type == CHANGED
    ]
    quiet = bool(by) and by[-1] == BY_SYSTEM
    return await _customer(session, order, Topic.CHANGED, since, quiet=quiet)


async def substitution(
    session: AsyncSession, question: Question, since: datetime, rules: DialRules, now: datetime
) -> Found | None:
    """A dish has run out: its customer is asked. None when they have not decided in time. Raises NotFound."""
    order = await locked(session, question.order_id)
    if not any(one.question == question for one in await asked(session, order)):
        return Done("it is decided")
    deadline = since + timedelta(minutes=rules.substitution_minutes)
    if now >= deadline:
        most = since + timedelta(minutes=rules.kitchen_most_minutes)
        if now < most and await on_the_line(session, order.customer_id):
            return Later(min(now + LOOK, most), "they are on the line")
        return None
    return await _customer(session, order, Topic.SUBSTITUTE, since, UNDECIDED, until=deadline)


async def market_of(session: AsyncSession, order_id: UUID) -> str:
    """Whose prices an order has. Raises NotFound."""
    order = await locked(session, order_id)
    return (await session.get_one(Restaurant, order.restaurant_id)).market


async def on_the_line(session: AsyncSession, customer_id: UUID) -> bool:
    """Whether a customer speaks with us now, in a call of ours or of theirs."""
    dial = select(DialRow.id).where(
        col(DialRow.party_kind) == Kind.CUSTOMER,
        col(DialRow.party_id) == customer_id,
        col(DialRow.status) == Dialled.ANSWERED,
    )
    call = select(CallRow.id).where(col(CallRow.customer_id) == customer_id, col(CallRow.ended_at).is_(None))
    return any([await session.scalar(query.limit(1)) is not None for query in (dial, call)])


async def feedback(session: AsyncSession, order_id: UUID, since: datetime, now: datetime) -> Found:
    """Somebody has eaten: they are asked how it was, once, unless they have said so by themselves. Raises NotFound."""
    order = await locked(session, order_id)
    if order.status not in (S.DELIVERED, S.CLOSED) or order.delivered_at is None:
        return Dropped(f"the order is {order.status}")
    if now - order.delivered_at > A_DAY:
        return Dropped("it is too late to ask")
    rating = select(Rating.id).where(col(Rating.order_id) == order.id)
    if await session.scalar(rating.limit(1)) is not None:
        return Dropped("they have rated it")
    complaint = select(Complaint.id).where(col(Complaint.order_id) == order.id, col(Complaint.status) == OPEN)
    if await session.scalar(complaint.limit(1)) is not None:
        return Dropped("a complaint about it is open")
    return await _customer(session, order, Topic.FEEDBACK, since)


async def told(session: AsyncSession, order_id: UUID, kind: str, topic: Topic, since: datetime) -> bool:
    """Whether somebody has heard it since it came up; `kind` is DRIVER_TOLD or CUSTOMER_TOLD."""
    events = await events_of(session, order_id)
    return any(event.type == kind and _heard(event, topic, since) for event in events)


def _heard(event: OrderEvent, topic: Topic, since: datetime) -> bool:
    return bool(event.data.get("topic") == topic) and event.at >= since


async def _delivery(session: AsyncSession, assignment_id: UUID) -> tuple[Assignment, Order]:
    """A delivery under its order's lock, as it is now. Raises NotFound."""
    found = await session.get(Assignment, assignment_id)
    if found is None:
        raise NotFound("there is no such delivery")
    order = await locked(session, found.order_id)
    await session.refresh(found)
    return found, order


async def _driver(
    session: AsyncSession, order: Order, row: Assignment, topic: Topic, since: datetime, note: str = ""
) -> Found:
    """An errand to a driver, unless they have heard it: another one's events do not count."""
    mine = {None, show(Prefix.DRIVER, row.driver_id)}
    heard = [event for event in await events_of(session, order.id) if event.type == DRIVER_TOLD]
    if any(_heard(event, topic, since) and event.data.get("driver") in mine for event in heard):
        return Done(HEARD)
    kitchen = await session.get_one(Restaurant, order.restaurant_id)
    name = (await menus.kitchen(session, kitchen.id)).name
    person = Person(Kind.DRIVER, row.driver_id, order.id)
    return Errand(topic, person, since, kitchen.market, kitchen.city, name, note=note)


async def _customer(
    session: AsyncSession,
    order: Order,
    topic: Topic,
    since: datetime,
    note: str = "",
    *,
    until: datetime | None = None,
    quiet: bool = False,
) -> Found:
    """An errand to an order's customer, unless they have heard it."""
    if topic is not Topic.SUBSTITUTE and await told(session, order.id, CUSTOMER_TOLD, topic, since):
        return Done(HEARD)
    row = await session.get_one(Customer, order.customer_id)
    if row.erased_at is not None:
        return Dropped("they have asked us to forget them")
    kitchen = await menus.kitchen(session, order.restaurant_id)
    return Errand(
        topic,
        Person(Kind.CUSTOMER, row.id, order.id),
        since,
        row.market,
        kitchen.city,
        kitchen.brand,
        row.language,
        until,
        note,
        quiet,
    )
