"""Writes orders of the past as the product would have: people as seeding does, orders as placing does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.engine import Sessions
from db.models import Brand, CallRow, Customer, MenuItem, Order, Payment, Restaurant
from db.seeding.checks import Catalogue
from db.seeding.people import HomeShape, People
from db.seeding.residents import add_people, place_of
from db.types import Keyring
from domain.address import Place
from domain.call_state import CallState, Level
from domain.ids import new_id
from domain.order import OrderStatus, PaymentStatus, move
from domain.pricing import price
from operations import ledger, menus, placing, profiles, sold_out, tracking
from operations.drafts import Wanted
from operations.kitchen_queue import Who
from operations.profiles import CardOnFile
from operations.sold_out import Missing
from scripts.given import AT_THE_DOOR, GivenMissing, GivenOrder, way_to
from vendors.payments import CardPayments

SPARE = {"US": ("+1512555", 4, count(2000)), "IN": ("+911000", 6, count(200000))}
"""Numbers that nobody has, per market: how they begin, digits after that, the next one. The product dials none of
them outside production; seeded people have 555-01xx and the lowest of the Indian ones."""
GONE_BY = timedelta(minutes=5)
"""Between one step of a past order's life and the next, if there is time."""


class Books(Protocol):
    """A running product from behind: its rows and keys, its invented world, who takes cards, what time it is."""

    keyring: Keyring
    sessions: Sessions
    world: Catalogue
    cards: CardPayments

    def now(self) -> datetime:
        """Business time, aware, UTC."""
        ...


@dataclass(frozen=True)
class Then:
    """A clock that stands at one moment, for what happened before the call."""

    moment: datetime

    def now(self) -> datetime:
        """That moment, aware, UTC."""
        return self.moment


@dataclass(frozen=True)
class PastCall:
    """The call an order of the past was placed in: where it arrived, how, and whose it was."""

    line: str
    channel: str
    owner: UUID


@dataclass(frozen=True)
class PastOrder:
    """An order that was written."""

    id: UUID
    code: str
    call_id: UUID


@asynccontextmanager
async def transaction(books: Books) -> AsyncIterator[AsyncSession]:
    """A transaction as operations are given one."""
    async with books.sessions() as session, session.begin():
        yield session


async def spare_number(books: Books, market: str) -> str:
    """A number that nobody has called from yet."""
    beginning, digits, numbers = SPARE[market]
    while True:
        number = f"{beginning}{next(numbers):0{digits}d}"
        hashed = books.keyring.phone_hash(number)
        async with books.sessions() as session:
            owner = await session.scalar(select(Customer.id).where(col(Customer.phone_hash) == hashed))
            call = await session.scalar(select(CallRow.id).where(col(CallRow.phone_hash) == hashed))
        if owner is None and call is None:
            return number


async def copy_of(books: Books, phone: str, number: str) -> UUID:
    """Somebody of `data/people.yaml` once more, at another number."""
    person = next(each for each in books.world.people.customers if each.phone == phone)
    copied = People(customers=[person.model_copy(update={"phone": number})], drivers=[])
    async with transaction(books) as session:
        await add_people(session, replace(books.world, people=copied), books.now())
        customer = await profiles.by_phone(session, books.keyring.phone_hash(number))
    assert customer is not None
    return customer.id


def ended_call(line: str, channel: str, then: Then) -> CallRow:
    """The row of a call that went well and is over; whose it was is still to be filled in."""
    return CallRow(
        sid=f"past-{new_id().hex}",
        channel=channel,
        market="IN" if line.startswith("+91") else "US",
        line=line,
        status="completed",
        outcome="goodbye",
        started_at=then.moment,
        answered_at=then.moment,
        ended_at=then.moment,
    )


async def past_order(
    books: Books, given: GivenOrder, call: PastCall, kitchen: UUID | None = None
) -> PastOrder:
    """Place an order as a call would, at its time, and let it live until its status. `kitchen`: a copied one."""
    then = Then(books.now() - timedelta(minutes=given.minutes_ago))
    async with transaction(books) as session:
        owner = await session.get_one(Customer, call.owner)
        row = ended_call(call.line, call.channel, then)
        row.phone, row.phone_hash, row.customer_id = owner.phone, owner.phone_hash, owner.id
        session.add(row)
    wanted = await basket(books, row.id, given, call, kitchen, then)
    cards = books.cards if wanted.method_id else None
    placed = await placing.place(lambda: transaction(books), cards, then, wanted)
    await live(books, placed.id, given, then)
    for missing in given.run_out:
        await lacks(books, placed.id, missing)
    return PastOrder(placed.id, placed.code, row.id)


async def basket(
    books: Books, call_id: UUID, given: GivenOrder, call: PastCall, kitchen_id: UUID | None, then: Then
) -> Wanted:
    """What placing takes, priced like any order."""
    async with books.sessions() as session:
        customer = await session.get_one(Customer, call.owner)
        profile = await profiles.load(session, call.owner)
        assert profile is not None
        brand, _, branch = given.restaurant.partition(", ")
        query = select(Restaurant).join(Brand, col(Brand.id) == col(Restaurant.brand_id))
        found = await session.scalars(query.where(col(Brand.name) == brand, col(Restaurant.branch) == branch))
        seeded = found.one()
        row = await session.get_one(Restaurant, kitchen_id) if kitchen_id else seeded
        kitchen = await menus.kitchen(session, row.id)
        rows = await session.scalars(select(MenuItem).where(col(MenuItem.restaurant_id) == row.id))
        ids = {item.name: item.id for item in rows}
        dishes = await menus.dishes(session, [ids[each.dish] for each in given.dishes])
    place = door(books, seeded.city, given.address) if given.address else profile.places[0][1]
    state = CallState(
        call_id=call_id,
        cart_call_id=call_id,
        channel=call.channel,
        line=call.line,
        market=customer.market,
        city=seeded.city,
        started_at=then.moment,
        phone_hash=customer.phone_hash,
        customer_id=call.owner,
        level=Level.NUMBER,
        restaurant_id=row.id,
        restaurant_name=kitchen.name,
        place=place,
        allergies=list(customer.allergies),
        substitution=given.substitution,
    )
    for each in given.dishes:
        state.cart.add(dishes[ids[each.dish]], each.quantity, each.size, list(each.choices), None)
    if given.wanted_in_minutes is not None:
        state.wanted_at = books.now() + timedelta(minutes=given.wanted_in_minutes)
    market = books.world.markets[customer.market]
    bill = price(state.cart, market, postcode=place.postcode, km=kitchen.point.km_to(place.point))
    minutes = given.promise_minutes or kitchen.minutes_to(place.point)
    start = state.wanted_at - timedelta(minutes=minutes) if state.wanted_at else None
    paid = given.payment
    return Wanted(state, bill, call.owner, paid, card(profile.cards, paid), minutes, start)


def door(books: Books, city: str, address: str) -> Place:
    """The place of "12 Juniper Lane, Old Mill". Raises ValueError when the city has no such house."""
    line, _, area = address.rpartition(", ")
    home = HomeShape(label="there", line=line, area=area)
    return place_of(books.world.cities[city], home).model_copy(update={"label": None, "saved": False})


def card(cards: list[CardOnFile], payment: str) -> UUID | None:
    """The customer's first, second, ... card; None for cash."""
    _, _, place = payment.partition("-")
    return cards[int(place) - 1].id if place else None


async def live(books: Books, order_id: UUID, given: GivenOrder, then: Then) -> None:
    """Take an order through its life to the status it is given with, money included."""
    now = books.now()
    steps = way_to(given.status)
    delivered = now - timedelta(minutes=given.delivered_minutes_ago or 0)
    room = ((delivered if given.status in AT_THE_DOOR else now) - then.moment) / max(1, len(steps))
    moment = then.moment
    for status in steps:
        moment += min(GONE_BY, room)
        if status is OrderStatus.DELIVERED:  # money that was held is taken, or cash has been paid
            moment = delivered
            await settle(books, order_id, Then(moment), PaymentStatus.CAPTURED)
        if status is OrderStatus.CANCELLED:
            await settle(books, order_id, Then(moment), PaymentStatus.RELEASED)
        async with transaction(books) as session:
            order = await session.get_one(Order, order_id, with_for_update=True)
            order.status, order.updated_at = move(OrderStatus(order.status), status), moment
            if status is OrderStatus.DELIVERED:
                order.delivered_at = moment
            await ledger.event(session, order, f"order.{status}", moment)


async def lacks(books: Books, order_id: UUID, given: GivenMissing) -> None:
    """Let the kitchen of an order say that it has run out of a dish, so that its customer is asked."""
    async with transaction(books) as session:
        order = await session.get_one(Order, order_id)
        lines = await tracking.lines(session, order_id)
    who = Who(order.restaurant_id, books.now())
    missing = Missing(
        order_id, next(line.position for line in lines if line.name == given.dish), given.instead
    )
    market = next(one for one in books.world.markets.values() if one.currency == order.currency)
    await sold_out.mark_gone(lambda: transaction(books), who, missing)
    await sold_out.handle(lambda: transaction(books), books.cards, Then(who.now), market, who, missing)


async def settle(books: Books, order_id: UUID, then: Then, kind: PaymentStatus) -> None:
    """The end of an order's payment: captured or released, at the provider and in the ledger."""
    held = (PaymentStatus.AUTHORISED, PaymentStatus.CASH_DUE)
    async with books.sessions() as session:
        facts = await session.scalars(
            select(Payment).where(col(Payment.order_id) == order_id, col(Payment.kind).in_(held))
        )
        fact = facts.one()
    if fact.reference is not None:
        act = books.cards.capture if kind is PaymentStatus.CAPTURED else books.cards.cancel
        await act(fact.reference, key=f"{fact.key}:{kind}")
    async with transaction(books) as session:
        values = fact.model_dump(exclude={"id", "kind", "at"})
        session.add(Payment(**values, kind=kind, at=then.moment))
        order = await session.get_one(Order, order_id, with_for_update=True)
        order.payment_status = kind
