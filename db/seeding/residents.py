"""People's files as rows: customers with addresses and cards, and drivers."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col, select

from db.models import Address, Customer, Driver, PaymentMethod
from db.seeding.checks import Catalogue
from db.seeding.past_orders import add_past_order, add_past_orders
from db.seeding.people import CustomerShape, DriverShape, HomeShape
from db.seeding.places import City
from db.types import held
from domain.address import Place


async def add_people(session: AsyncSession, world: Catalogue, now: datetime) -> None:
    """Write the customers and drivers whose number is not there yet."""
    known = set(await session.scalars(select(Customer.phone_hash)))
    for person in world.people.customers:
        if held().phone_hash(person.phone) not in known:
            await _add_customer(session, world, person, now)
    riding = set(await session.scalars(select(col(Driver.phone_hash))))
    for driver in world.people.drivers:
        if held().phone_hash(driver.phone) not in riding:
            session.add(_driver(world.cities[driver.city], driver, now))
    await session.flush()


async def _add_customer(
    session: AsyncSession, world: Catalogue, person: CustomerShape, now: datetime
) -> None:
    city = world.cities[person.city]
    customer = Customer(
        phone=person.phone,
        phone_hash=held().phone_hash(person.phone),
        name=person.name,
        market=city.country,
        language=person.language,
        allergies=list(person.allergies),
        created_at=now,
    )
    session.add(customer)
    await session.flush()
    homes = [(home.label, place_of(city, home)) for home in person.addresses]
    rows: list[SQLModel] = [
        Address(
            customer_id=customer.id,
            label=label,
            city=place.city,
            area=place.area,
            postcode=place.postcode,
            place=place.model_dump(mode="json"),
            created_at=now,
        )
        for label, place in homes
    ]
    rows += [
        PaymentMethod(
            customer_id=customer.id,
            provider=card.provider,
            token=card.token,
            brand=card.brand,
            last4=card.last4,
            position=position,
            created_at=now,
        )
        for position, card in enumerate(person.cards)
    ]
    session.add_all(rows)
    await session.flush()
    for usual in person.usual:
        await add_past_orders(session, world, customer.id, usual, homes[0][1], now)
    card = next((row for row in rows if isinstance(row, PaymentMethod)), None)
    for past in person.past:
        await add_past_order(session, world, customer.id, past, homes[0][1], card, now)


def place_of(city: City, home: HomeShape) -> Place:
    """A saved address with its position. Raises ValueError when the city has no such house."""
    area = city.area(home.area)
    if area is None:
        raise ValueError(f"{city.city} has no area {home.area}")
    return Place(
        line=home.line,
        area=home.area,
        city=city.city,
        postcode=area.zip,
        point=city.house(home.line, home.area),
        flat=home.flat,
        landmark=home.landmark,
        note=home.note,
        recipient=home.recipient,
        label=home.label,
        saved=True,
    )


def _driver(city: City, person: DriverShape, now: datetime) -> Driver:
    area = city.area(person.area)
    centre = area.center if area else city.center
    return Driver(
        name=person.name,
        phone=person.phone,
        phone_hash=held().phone_hash(person.phone),
        market=city.country,
        city=city.city,
        vehicle=person.vehicle,
        rating=person.rating,
        status=person.status,
        lat=centre.lat,
        lng=centre.lng,
        seen_at=now,
    )
