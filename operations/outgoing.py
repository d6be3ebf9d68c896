"""A call that we began, as its rows have it: whom it reached, what is said first, and that it was heard."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from num2words import num2words
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from compliance import outgoing_words as words
from compliance.outgoing_words import Opening
from db.models import CallRow, Customer, MenuItem, Number, Order, OrderEvent
from domain import eta
from domain.call_state import CallState, Level
from domain.calling import Kind
from domain.delivery import counter_number
from domain.dialling import AGENTS, Leg, Topic
from domain.hindi import say_number
from domain.ids import Prefix, show
from domain.masking import PHONE
from domain.money import Money
from domain.order import OrderStatus
from domain.saying import Saying, both
from domain.speech import say_code, say_money
from errors import ToolError
from operations import delivering, dispatching, kitchen_desk, kitchen_queue, ledger, profiles, tracking
from operations.dispatching import Offered
from operations.kitchen_queue import UNAVAILABLE
from operations.swapping import REMOVED, REPLACED
from operations.telling import CUSTOMER_TOLD, DRIVER_TOLD

S = OrderStatus
LONGEST_NOTE = 60
"""Letters of a note that are read out before a driver has said a word: four seconds."""
EVENING = 16
"""The local hour from which yesterday's food was last night's."""


@dataclass(frozen=True)
class Begun:
    """How such a call begins."""

    opening: Opening
    offered: Offered | None = None
    """The delivery that the opening offers."""


async def state_of(
    session: AsyncSession, row: CallRow, number: Number, leg: Leg, channel: str, now: datetime
) -> CallState:
    """The state of a call at its start. Nobody has said who they are: a customer is not known until they answer."""
    customer = leg.party_id if leg.kind is Kind.CUSTOMER else None
    state = CallState(
        call_id=row.id,
        cart_call_id=row.id,
        channel=channel,
        line=row.line,
        market=row.market,
        city=number.city,
        language=await profiles.language_of(session, customer)
        or (number.languages[0] if number.languages else "en"),
        agent=AGENTS[leg.topic],
        started_at=now,
        caller=leg.kind.value,
        topic=leg.topic,
        purpose=leg.purpose,
        dial_id=leg.dial_id,
        about_order=leg.order_id,
        kitchen_id=leg.party_id if leg.kind is Kind.RESTAURANT else None,
        driver_id=leg.party_id if leg.kind is Kind.DRIVER else None,
        phone_hash=row.phone_hash,
        customer_id=customer,
        level=Level.NOBODY,
    )
    if leg.order_id is not None:
        state.orders[state.handle("order")] = leg.order_id
    return state


def reason(leg: Leg) -> str:
    """Why that agent speaks first, for the record."""
    return f"we called a {leg.kind} about: {leg.topic.replace('_', ' ')}"


async def begun(session: AsyncSession, state: CallState, now: datetime) -> Begun:
    """What is said first, from the rows as they are now; what has been dealt with meanwhile is said to be."""
    if state.topic is None:
        raise ValueError("this call was not begun by us")
    topic = Topic(state.topic)
    if topic is Topic.OFFER:
        return await _offer(session, state, now)
    tell = {
        Kind.RESTAURANT: _to_kitchen, Kind.DRIVER: _to_driver, Kind.CUSTOMER: _to_customer,
    }[Kind(state.caller)]  # fmt: skip
    found = await tell(session, state, topic, now)
    return Begun(found or words.settled(topic))


async def _offer(session: AsyncSession, state: CallState, now: datetime) -> Begun:
    assert state.driver_id is not None
    found = await dispatching.open_offer(session, state.driver_id, now)
    if found is None:
        return Begun(words.settled(Topic.OFFER))
    pay = both(partial(say_money, Money(found.assignment.pay, found.assignment.currency)))
    return Begun(words.opening(Topic.OFFER, brand=found.kitchen.brand, pay=pay), found)


async def _to_kitchen(session: AsyncSession, state: CallState, topic: Topic, now: datetime) -> Opening | None:
    assert state.kitchen_id is not None
    who = kitchen_queue.Who(state.kitchen_id, now, state.call_id)
    if topic is Topic.ORDERS:
        waiting = await kitchen_queue.waiting(session, who)
        if len(waiting) > 1:
            return words.orders_wait(_count(len(waiting)))
        if not waiting:
            return None
        items = sum(line.quantity for line in await tracking.lines(session, waiting[0].id))
        return words.opening(topic, items=_items(items))
    if topic is Topic.CHANGES:
        return words.opening(topic) if await kitchen_queue.changed(session, who) else None
    order = await session.get(Order, state.about_order) if state.about_order else None
    if order is None or order.status not in kitchen_queue.COOKING:
        return None
    slip = await kitchen_queue.slip(session, order)
    return words.opening(topic, order=slip.ticket.name)


async def _to_driver(session: AsyncSession, state: CallState, topic: Topic, now: datetime) -> Opening | None:
    assert state.driver_id is not None
    order_id, handle = state.about_order, next(iter(state.orders), None)
    mine = await delivering.current(session, state.driver_id)
    one = next((one for one in mine if one.order.id == order_id), None)
    if topic is Topic.OFF:
        who = dispatching.Who(state.driver_id, now, state.call_id)
        gone = dict(await delivering.called_off(session, who))
        if order_id is None or order_id not in gone:
            return None
        number = both(partial(say_code, counter_number(order_id)))
        return words.opening(topic, brand=gone[order_id].brand, number=number)
    if one is None or handle is None:
        return None
    state.assignments[handle] = one.assignment.id
    brand = one.kitchen.brand
    if topic is Topic.PICKUP:
        if one.order.status != S.READY:
            return None
        return words.opening(topic, brand=brand, number=both(partial(say_code, counter_number(one.order.id))))
    if topic is Topic.MOVED and not one.moved:
        note = one.order.note or one.place.note
        return words.opening(topic, brand=brand, note=_readable(note)) if note else None
    return words.opening(topic, brand=brand, place=one.place.spoken())


async def _to_customer(
    session: AsyncSession, state: CallState, topic: Topic, now: datetime
) -> Opening | None:
    customer = await session.get(Customer, state.customer_id) if state.customer_id else None
    order = await session.get(Order, state.about_order) if state.about_order else None
    if customer is None or order is None or order.customer_id != customer.id:
        return None
    (seen,) = await tracking.look(session, {order.id}, 1)
    more = await _words(session, seen, topic, now)
    if more is None:
        return None
    name = customer.name.split()[0] if customer.name else None
    return words.opening(topic, name, brand=seen.kitchen.brand, **more)


async def _words(
    session: AsyncSession, seen: tracking.Seen, topic: Topic, now: datetime
) -> dict[str, str] | None:
    """What a topic's sentences need beside the restaurant; None when there is nothing to tell any more."""
    order, progress = seen.order, seen.progress
    match topic:
        case Topic.LATE:
            late = progress.behind(now)
            return {"minutes": eta.about(late)} if progress.under_way and late > timedelta() else None
        case Topic.SUBSTITUTE:
            missing = await kitchen_queue.asked_about(session, order)
            return {"dish": missing[0].lower()} if missing else None
        case Topic.REJECTED:
            money = tracking.say_money(order)
            short = money not in (tracking.STILL_HELD, tracking.NOT_SETTLED)  # whoever asks is told those
            return {"money": money if short else words.NOTHING} if order.status in tracking.OVER else None
        case Topic.CHANGED:
            what = await _changed(session, order)
            return {"what": what} if order.status not in (*tracking.OVER, S.DELIVERED, S.CLOSED) else None
        case Topic.AT_DOOR:
            return {} if order.status == S.PICKED_UP else None
        case Topic.PAYMENT:
            return {} if order.status == S.AWAITING_PAYMENT else None
        case _:
            return {"meal": _meal(seen, now)} if order.status in (S.DELIVERED, S.CLOSED) else None


async def _changed(session: AsyncSession, order: Order) -> Saying:
    """What the kitchen did to an order last."""
    event = await session.scalar(
        select(OrderEvent)
        .where(col(OrderEvent.order_id) == order.id, col(OrderEvent.type) == UNAVAILABLE)
        .order_by(col(OrderEvent.seq).desc())
        .limit(1)
    )
    if event is None or event.data.get("outcome") not in (REMOVED, REPLACED):
        return words.NEW_BILL
    dish = await _dish(session, event.data["item"])
    if event.data["outcome"] == REMOVED:
        return words.LEFT_OUT.format(dish=dish)
    return words.INSTEAD.format(dish=dish, instead=await _dish(session, event.data["instead"]))


async def _dish(session: AsyncSession, item: str) -> str:
    return (await session.get_one(MenuItem, UUID(item))).name.lower()


def _meal(seen: tracking.Seen, now: datetime) -> Saying:
    """What was eaten, by when it came: "last night's order"."""
    zone = ZoneInfo(seen.kitchen.zone)
    came = (seen.order.delivered_at or now).astimezone(zone)
    if (now.astimezone(zone).date() - came.date()).days != 1:
        return words.YOURS.format(brand=seen.kitchen.brand)
    return words.LAST_NIGHT if came.hour >= EVENING else words.YESTERDAY


def _readable(note: str) -> str:
    """As much of a note as is read out at once: whole words, and nobody's number."""
    clean = PHONE.sub("", note).strip(" .,")
    return clean if len(clean) <= LONGEST_NOTE else clean[:LONGEST_NOTE].rsplit(" ", 1)[0].strip(" .,")


def _count(number: int) -> Saying:
    return Saying(num2words(number).capitalize(), say_number(number))


def _items(count: int) -> Saying:
    return Saying(f"{num2words(count)} item{'' if count == 1 else 's'}", f"{say_number(count)} आइटम")


def to_be_noted(state: CallState) -> bool:
    """Whether it is an event of the order that they have heard it: an offer and a kitchen's orders have their own."""
    return state.about_order is not None and state.topic not in (
        None,
        Topic.OFFER,
        Topic.ORDERS,
        Topic.CHANGES,
    )


async def heard(session: AsyncSession, state: CallState, now: datetime) -> bool:
    """Whoever we called has heard what we called about: an event of the order, and of a late one when that was.

    Whether anything was written.

    Raises ToolError: the order is not that kitchen's.
    """
    if state.about_order is None or not to_be_noted(state):
        return False
    if state.topic == Topic.REMINDER:
        who = kitchen_queue.Who(_known(state.kitchen_id), now, state.call_id)
        return await kitchen_desk.reminded(session, who, state.about_order)
    order = await session.get_one(Order, state.about_order, with_for_update=True, populate_existing=True)
    call = show(Prefix.CALL, state.call_id)
    if state.caller == "driver":
        driver = show(Prefix.DRIVER, _known(state.driver_id))
        await ledger.event(session, order, DRIVER_TOLD, now, topic=state.topic, driver=driver, call=call)
        return True
    if state.topic == Topic.LATE:
        order.told_late_at = now
    await ledger.event(session, order, CUSTOMER_TOLD, now, topic=state.topic, call=call)
    return True


def _known(party: UUID | None) -> UUID:
    if party is None:
        raise ToolError("Nobody of ours is on this line.")
    return party
