"""Writes what a scenario is given, as the product would have: people as seeding does, orders as placing does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from compliance import wording
from db.models import Brand, CallRow, Complaint, Customer, MenuItem, Order, Payment, Restaurant
from db.seeding.people import HomeShape, People
from db.seeding.residents import add_people, place_of
from domain.address import Place
from domain.call_state import CallState, Level
from domain.ids import new_id
from domain.order import OrderStatus, PaymentStatus, move
from domain.pricing import price
from evals.given import AT_THE_DOOR, CALLER, GivenComplaint, GivenOrder, way_to
from evals.house import House, Then
from evals.partners import copy_of_driver, copy_of_kitchen, driver_numbers, hand_over, kitchen_numbers
from evals.scenario import UNKNOWN, WITHHELD, Scenario
from evals.stage import Stage
from operations import ledger, menus, placing, profiles
from operations.drafts import Wanted
from operations.profiles import CardOnFile

SPARE = {"US": ("+1512555", 4, count(2000)), "IN": ("+911000", 6, count(200000))}
"""Numbers that nobody has, per market: how they begin, digits after that, the next one. The product dials none of
them outside production; seeded people have 555-01xx and the lowest of the Indian ones."""
ACKNOWLEDGED, SETTLED = timedelta(hours=24), timedelta(days=7)
"""When a past complaint was to be acknowledged and settled."""
GONE_BY = timedelta(minutes=5)
"""Between one step of a past order's life and the next, if there is time."""


async def arrange(house: House, scenario: Scenario) -> Stage:
    """The stage of one run: a fresh number, copies of the people, and their past."""
    market = next(each.market for each in house.world.numbers.numbers if each.number == scenario.line)
    phone = None if scenario.caller == WITHHELD else await spare_number(house, market)
    stage = Stage(phone, new_id())
    people: dict[str, UUID] = {}
    branch = kitchen_numbers(house.world).get(scenario.caller)
    drivers: dict[str, UUID] = {}
    if stage.phone is not None:
        if branch is not None:
            stage.kitchen_id = await copy_of_kitchen(house, scenario.caller, stage.phone)
        elif scenario.caller in driver_numbers(house.world):
            stage.driver_id = await copy_of_driver(house, scenario.caller, stage.phone)
            drivers[CALLER] = stage.driver_id
        elif scenario.caller != UNKNOWN:
            stage.customer_id = people[CALLER] = await copy_of(house, scenario.caller, stage.phone)
        await consents(house, stage, scenario)
    for name, given in scenario.given.orders.items():
        if given.of not in people:
            people[given.of] = await copy_of(house, given.of, await spare_number(house, market))
        kitchen = stage.kitchen_id if given.restaurant == branch else None
        await past_order(house, stage, scenario.line, name, given, people[given.of], kitchen)
        if given.delivery is not None:
            whose = given.delivery.driver
            if whose not in drivers:
                drivers[whose] = await copy_of_driver(house, whose, await spare_number(house, market))
            await hand_over(house, stage.orders[name], drivers[whose], given.delivery)
    for complaint in scenario.given.complaints:
        await past_complaint(house, stage, complaint, market)
    return stage


@asynccontextmanager
async def transaction(house: House) -> AsyncIterator[AsyncSession]:
    """A transaction as operations are given one."""
    async with house.sessions() as session, session.begin():
        yield session


async def spare_number(house: House, market: str) -> str:
    """A number that nobody has called from yet."""
    beginning, digits, numbers = SPARE[market]
    while True:
        number = f"{beginning}{next(numbers):0{digits}d}"
        hashed = house.keyring.phone_hash(number)
        async with house.sessions() as session:
            owner = await session.scalar(select(Customer.id).where(col(Customer.phone_hash) == hashed))
            call = await session.scalar(select(CallRow.id).where(col(CallRow.phone_hash) == hashed))
        if owner is None and call is None:
            return number


async def copy_of(house: House, phone: str, number: str) -> UUID:
    """Somebody of `data/people.yaml` once more, at another number."""
    person = next(each for each in house.world.people.customers if each.phone == phone)
    copied = People(customers=[person.model_copy(update={"phone": number})], drivers=[])
    async with transaction(house) as session:
        await add_people(session, replace(house.world, people=copied), house.now())
        customer = await profiles.by_phone(session, house.keyring.phone_hash(number))
    assert customer is not None
    return customer.id


async def consents(house: House, stage: Stage, scenario: Scenario) -> None:
    """What the caller has once answered, in a call of last month."""
    if stage.phone is None or not scenario.given.consents:
        return
    questions = {"recording": wording.RECORDING_QUESTION, "order_service": wording.CONTACT_QUESTION}
    then = Then(house.now() - timedelta(days=30))
    call_id = await past_call(house, stage, scenario.line, then)
    async with transaction(house) as session:
        for purpose, granted in scenario.given.consents.items():
            await profiles.give_consent(
                session,
                phone_hash=house.keyring.phone_hash(stage.phone),
                customer_id=stage.customer_id,
                purpose=purpose,
                granted=granted,
                wording=questions[purpose],
                version=wording.VERSION,
                call_id=call_id,
                clock=then,
                holds=timedelta(days=365) if purpose == "recording" else None,
            )


async def past_call(
    house: House, stage: Stage, line: str, then: Then, *, customer: UUID | None = None
) -> UUID:
    """A call that went well and is over."""
    async with transaction(house) as session:
        owner = await session.get(Customer, customer or stage.customer_id) if customer else None
        hashed = house.keyring.phone_hash(stage.phone) if stage.phone else None
        call = CallRow(
            sid=f"past-{new_id().hex}",
            channel="eval",
            market="IN" if line.startswith("+91") else "US",
            line=line,
            phone=owner.phone if owner else stage.phone,
            phone_hash=owner.phone_hash if owner else hashed,
            customer_id=customer or stage.customer_id,
            status="completed",
            outcome="goodbye",
            started_at=then.moment,
            answered_at=then.moment,
            ended_at=then.moment,
        )
        session.add(call)
    stage.calls.add(call.id)
    return call.id


async def past_order(
    house: House, stage: Stage, line: str, name: str, given: GivenOrder, owner: UUID, kitchen: UUID | None
) -> None:
    """Place an order as a call would, at its time, and let it live until its status. `kitchen`: a copied one."""
    then = Then(house.now() - timedelta(minutes=given.minutes_ago))
    call_id = await past_call(house, stage, line, then, customer=owner)
    wanted = await basket(house, call_id, line, given, owner, kitchen, then)
    cards = house.cards if wanted.method_id else None
    placed = await placing.place(lambda: transaction(house), cards, then, wanted)
    stage.orders[name], stage.codes[name] = placed.id, placed.code
    await live(house, placed.id, given, then)


async def basket(
    house: House,
    call_id: UUID,
    line: str,
    given: GivenOrder,
    owner: UUID,
    kitchen_id: UUID | None,
    then: Then,
) -> Wanted:
    """What placing takes, priced like any order."""
    async with house.sessions() as session:
        customer = await session.get_one(Customer, owner)
        profile = await profiles.load(session, owner)
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
    place = door(house, seeded.city, given.address) if given.address else profile.places[0][1]
    state = CallState(
        call_id=call_id,
        cart_call_id=call_id,
        channel="eval",
        line=line,
        market=customer.market,
        city=seeded.city,
        started_at=then.moment,
        phone_hash=customer.phone_hash,
        customer_id=owner,
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
        state.wanted_at = house.now() + timedelta(minutes=given.wanted_in_minutes)
    market = house.world.markets[customer.market]
    bill = price(state.cart, market, postcode=place.postcode, km=kitchen.point.km_to(place.point))
    minutes = given.promise_minutes or kitchen.minutes_to(place.point)
    start = state.wanted_at - timedelta(minutes=minutes) if state.wanted_at else None
    return Wanted(state, bill, owner, given.payment, card(profile.cards, given.payment), minutes, start)


def door(house: House, city: str, address: str) -> Place:
    """The place of "12 Juniper Lane, Old Mill". Raises ValueError when the city has no such house."""
    line, _, area = address.rpartition(", ")
    home = HomeShape(label="there", line=line, area=area)
    return place_of(house.world.cities[city], home).model_copy(update={"label": None, "saved": False})


def card(cards: list[CardOnFile], payment: str) -> UUID | None:
    """The customer's first, second, ... card; None for cash."""
    _, _, place = payment.partition("-")
    return cards[int(place) - 1].id if place else None


async def live(house: House, order_id: UUID, given: GivenOrder, then: Then) -> None:
    """Take an order through its life to the status it is given with, money included."""
    now = house.now()
    steps = way_to(given.status)
    delivered = now - timedelta(minutes=given.delivered_minutes_ago or 0)
    room = ((delivered if given.status in AT_THE_DOOR else now) - then.moment) / max(1, len(steps))
    moment = then.moment
    for status in steps:
        moment += min(GONE_BY, room)
        if status is OrderStatus.DELIVERED:
            moment = delivered
            await collect(house, order_id, Then(moment))
        if status is OrderStatus.CANCELLED:
            await let_go(house, order_id, Then(moment))
        async with transaction(house) as session:
            order = await session.get_one(Order, order_id, with_for_update=True)
            order.status, order.updated_at = move(OrderStatus(order.status), status), moment
            if status is OrderStatus.DELIVERED:
                order.delivered_at = moment
            await ledger.event(session, order, f"order.{status}", moment)


async def collect(house: House, order_id: UUID, then: Then) -> None:
    """The food is at the door: the held money is taken, or cash has been paid."""
    await _money(house, order_id, then, PaymentStatus.CAPTURED)


async def let_go(house: House, order_id: UUID, then: Then) -> None:
    """The order is off: held money goes back."""
    await _money(house, order_id, then, PaymentStatus.RELEASED)


async def _money(house: House, order_id: UUID, then: Then, kind: PaymentStatus) -> None:
    held = (PaymentStatus.AUTHORISED, PaymentStatus.CASH_DUE)
    async with house.sessions() as session:
        facts = await session.scalars(
            select(Payment).where(col(Payment.order_id) == order_id, col(Payment.kind).in_(held))
        )
        fact = facts.one()
    if fact.reference is not None:
        act = house.cards.capture if kind is PaymentStatus.CAPTURED else house.cards.cancel
        await act(fact.reference, key=f"{fact.key}:{kind}")
    async with transaction(house) as session:
        values = fact.model_dump(exclude={"id", "kind", "at"})
        session.add(Payment(**values, kind=kind, at=then.moment))
        order = await session.get_one(Order, order_id, with_for_update=True)
        order.payment_status = kind


async def past_complaint(house: House, stage: Stage, given: GivenComplaint, market: str) -> None:
    """A complaint of the caller's that was filed before."""
    at = house.now() - timedelta(minutes=given.minutes_ago)
    order_id = stage.orders[given.order] if given.order else None
    unique = new_id()
    async with transaction(house) as session:
        filed = Complaint(
            key=f"past:{unique}",
            customer_id=stage.customer_id,
            order_id=order_id,
            market=market,
            kind=given.kind,
            said=given.said,
            reference=f"C{unique.int % 100_000:05d}",
            status=given.status,
            acknowledge_by=at + ACKNOWLEDGED,
            settle_by=at + SETTLED,
            settled_at=None if given.status == "open" else at,
            created_at=at,
        )
        session.add(filed)
    stage.complaints.add(filed.id)
