"""What a kitchen still has to be told, by the rows of an order as they are now; an order nobody answers is turned down.

Each look may be the first or the fifth: it does what is true now, and nothing twice.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Assignment, CallRow, DialRow, Order, OrderEvent, Restaurant
from db.types import held
from domain.calling import Kind, Person
from domain.delivery import HELD
from domain.dialling import Dialled, DialRules, Topic
from domain.errand import Errand, Found
from domain.jobs import Done, Dropped, Later
from domain.kitchen import Kitchen
from domain.order import OrderStatus, move
from errors import NotFound
from operations import ledger, menus, turning_down
from operations.kitchen_desk import BEFORE_PICKUP, was_reminded
from operations.kitchen_queue import (
    ASKED,
    BY_SYSTEM,
    COOKING,
    STILL_OF_USE,
    UNAVAILABLE,
    Who,
    asked_about,
    untold,
)
from operations.letting_go import let_go
from operations.placing import KITCHEN_LEAD, start_of
from operations.planning import CHANGED
from operations.settling import Transaction
from operations.turning_down import NoAnswer
from vendors.payments import CardPayments

S = OrderStatus
PLACED = "order.placed"
"""The event from which a kitchen has time to answer; of an order for later, when it is to know of it."""
CANCELLED = "order.cancelled"
CAME_TO_NOTHING = (S.REJECTED, S.CANCELLED, S.FAILED)
LOOK = timedelta(seconds=10)
"""While a kitchen that has heard an order is on the line."""
ASK_AGAIN = timedelta(minutes=1)
"""While a customer decides, or no driver has accepted; what they do wakes the job as well."""
TOO_LATE = timedelta(minutes=10)
"""So long after the food should be cooked a kitchen is not reminded any more."""
LONGEST_CALL = timedelta(minutes=30)
"""A call that began earlier and has no end is one whose process died."""
NO_ANSWER = "A kitchen has not answered an order: please call it. In a few minutes the order is turned down."
NOT_TOLD = "A kitchen does not know yet that an order was changed or is off: please call it."


async def announce(
    transaction: Transaction, cards: CardPayments | None, clock: Clock, rules: DialRules, order_id: UUID
) -> Found:
    """A new order: wake it when its kitchen is to know, have it told, and turn it down when nobody answers in time.

    Raises:
        NotFound: no such order.
        StoreDown: PostgreSQL cannot be reached.
    """
    now = clock.now()
    async with transaction() as session:
        order = await locked(session, order_id)
        found = await _judge(session, order, rules, now)
        if not isinstance(found, NoAnswer):
            return found
        money = await ledger.resting(session, order.id)
        who = Who(order.restaurant_id, now, by=BY_SYSTEM)
        await turning_down.write(session, who, order, money, found)
    await let_go(transaction, cards, clock, order, money)
    return Done(f"turned down: {found}")


async def _judge(session: AsyncSession, order: Order, rules: DialRules, now: datetime) -> Found | NoAnswer:
    """What is to be done about an order that is locked."""
    if order.status in (*CAME_TO_NOTHING, S.AWAITING_PAYMENT):
        return Dropped(f"the order is {order.status}")
    if order.status not in (S.PLACED, S.SCHEDULED):
        return Done(f"the kitchen has answered, the order is {order.status}")
    kitchen = await menus.kitchen(session, order.restaurant_id)
    opens = opening(kitchen, now)
    if order.status == S.SCHEDULED:
        if early := _too_early(order, kitchen, opens, now):
            return early
        order.status, order.updated_at = move(S.SCHEDULED, S.PLACED), now
        await ledger.event(session, order, PLACED, now)
    if await asked_about(session, order):
        return Later(now + ASK_AGAIN, "its customer is being asked about a dish")
    since = await answering_since(session, order)
    deadline = since + timedelta(minutes=rules.kitchen_minutes)
    told, changes = await untold(session, order)
    listens = told and not changes and await on_the_line(session, order.restaurant_id, now)
    most = since + timedelta(minutes=rules.kitchen_most_minutes)
    if listens and now < most:
        return Later(min(now + LOOK, most), "the kitchen has heard it, and is on the line")
    if now >= deadline:
        return NoAnswer.UNREACHABLE
    if opens is None or opens >= deadline:
        return NoAnswer.SHUT
    if opens > now:
        return Later(opens, "the kitchen is shut until then")
    return await _errand(session, order, Topic.ORDERS, since, NO_ANSWER, deadline)


def opening(kitchen: Kitchen, now: datetime) -> datetime | None:
    """When a kitchen cooks again: now, after its break, or when it opens; None where that is not to be seen."""
    moment = kitchen.paused_until if kitchen.paused_until and kitchen.paused(now) else now
    return moment if kitchen.hours.open_at(moment) else kitchen.hours.next_opening(moment)


def _too_early(order: Order, kitchen: Kitchen, opens: datetime | None, now: datetime) -> Later | None:
    """Until when an order for later sleeps; one whose kitchen opens in time to cook it waits for that."""
    start = start_of(order)
    if order.wanted_at is None or start is None:
        return None
    wake_at = start - KITCHEN_LEAD
    if now < wake_at:
        return Later(wake_at, "it is an order for later")
    in_time = order.wanted_at - timedelta(minutes=kitchen.prep_minutes)
    if opens is not None and now < opens <= min(in_time, now + KITCHEN_LEAD):
        return Later(opens, "the kitchen opens before it has to begin")
    return None


async def answering_since(session: AsyncSession, order: Order) -> datetime:
    """From when on its kitchen has time to answer: it was placed, or its customer has decided about a dish since."""
    events = await events_of(session, order.id)
    at = [event.at for event in events if event.type == PLACED]
    asked = [event.seq for event in events if event.type == UNAVAILABLE and event.data["outcome"] == ASKED]
    if asked:
        at += [event.at for event in events if event.type == CHANGED and event.seq > asked[-1]]
    return max(at, default=order.placed_at or order.created_at)


async def on_the_line(session: AsyncSession, kitchen_id: UUID, now: datetime) -> bool:
    """Whether a kitchen speaks with us now, in a call of ours or of theirs."""
    dial = select(DialRow.id).where(
        col(DialRow.party_kind) == Kind.RESTAURANT,
        col(DialRow.party_id) == kitchen_id,
        col(DialRow.status) == Dialled.ANSWERED,
    )
    if await session.scalar(dial.limit(1)) is not None:
        return True
    phone = (await session.get_one(Restaurant, kitchen_id)).phone
    call = select(CallRow.id).where(
        col(CallRow.phone_hash) == held().phone_hash(phone),
        col(CallRow.ended_at).is_(None),
        col(CallRow.started_at) > now - LONGEST_CALL,
    )
    return await session.scalar(call.limit(1)) is not None


async def called_off(session: AsyncSession, order_id: UUID, since: datetime, now: datetime) -> Found:
    """An order that is over: its kitchen is told, if it knew of it. Raises NotFound."""
    order = await locked(session, order_id)
    if order.status not in CAME_TO_NOTHING:
        return Dropped(f"the order is {order.status}")
    return await _tell(session, order, since, now)


async def changed(session: AsyncSession, order_id: UUID, since: datetime, now: datetime) -> Found:
    """A change of an order that its kitchen cooks; one it has not answered is told with the order. Raises NotFound."""
    order = await locked(session, order_id)
    if order.status in CAME_TO_NOTHING:
        return Dropped(f"the order is {order.status}, and that is told by itself")
    if order.status in (S.PLACED, S.SCHEDULED):
        return Dropped("the kitchen has not answered yet, and hears the order as it is")
    return await _tell(session, order, since, now)


async def _tell(session: AsyncSession, order: Order, since: datetime, now: datetime) -> Found:
    """Changes that the kitchen has not heard, while they are of any use to it."""
    if order.picked_up_at is not None or order.status in (S.PICKED_UP, S.DELIVERED, S.CLOSED):
        return Dropped("the food has left the kitchen")
    told, changes = await untold(session, order)
    if not told:
        return Done("the kitchen never heard of the order")
    if not changes:
        return Done("the kitchen has been told")
    if now - max(change.at for change in changes) > STILL_OF_USE:
        return Dropped("it is too late to tell")
    return await _errand(session, order, Topic.CHANGES, since, NOT_TOLD)


async def remind(session: AsyncSession, order_id: UUID, since: datetime, now: datetime) -> Found:
    """A driver comes soon: the kitchen that still cooks is reminded, once before the time it named and once after it.

    Raises NotFound.
    """
    order = await locked(session, order_id)
    if order.status not in COOKING or order.ready_by is None:
        return Dropped(f"the order is {order.status}")
    if await was_reminded(session, order, now):
        return Dropped("the kitchen was reminded")
    if now < order.ready_by - BEFORE_PICKUP:
        return Later(order.ready_by - BEFORE_PICKUP, "the kitchen wants longer")
    if now > order.ready_by + TOO_LATE:
        return Dropped("it should long be cooked")
    if await holder(session, order.id) is None:
        return Later(now + ASK_AGAIN, "no driver has accepted it yet")
    return await _errand(session, order, Topic.REMINDER, since, "")


async def holder(session: AsyncSession, order_id: UUID) -> Assignment | None:
    """Who has an order and has not brought it."""
    row: Assignment | None = await session.scalar(
        select(Assignment).where(
            col(Assignment.order_id) == order_id,
            col(Assignment.status).in_(HELD),
        )
    )
    return row


async def locked(session: AsyncSession, order_id: UUID) -> Order:
    """The order as it is now, locked. Raises NotFound."""
    order = await session.get(Order, order_id, with_for_update=True, populate_existing=True)
    if order is None:
        raise NotFound("there is no such order")
    return order


async def events_of(session: AsyncSession, order_id: UUID) -> list[OrderEvent]:
    """All that has happened to an order, oldest first."""
    query = select(OrderEvent).where(col(OrderEvent.order_id) == order_id).order_by(col(OrderEvent.seq))
    return list(await session.scalars(query))


async def _errand(
    session: AsyncSession,
    order: Order,
    topic: Topic,
    since: datetime,
    note: str,
    until: datetime | None = None,
) -> Errand:
    row = await session.get_one(Restaurant, order.restaurant_id)
    kitchen = await menus.kitchen(session, row.id)
    person = Person(Kind.RESTAURANT, row.id, order.id)
    return Errand(topic, person, since, row.market, row.city, kitchen.name, until=until, note=note)
