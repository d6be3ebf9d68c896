"""The gate in the seeded city, and the people it is asked about."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col

from compliance import wording
from compliance.gate import Gate
from compliance.reach import Reach
from db.models import Consent, Driver, Restaurant
from db.seeding.calling import localities, read_calling
from db.seeding.catalogue import read_catalogue
from db.types import held
from domain.calling import Kind, Person
from domain.calling_rules import Purpose
from operations import profiles
from tests.fakes.shop import ASHA, Shop
from tests.fakes.standing import order_of

PLAYED = Reach(everyone=True, played=True)
REAL = Reach(everyone=True)


def gate(reach: Reach = PLAYED) -> Gate:
    """The rules as they are shipped, and the cities of the seed."""
    return Gate(read_calling(), reach, localities(read_catalogue().cities.values()))


async def customer_of(shop: Shop, phone: str, order_id: UUID | None = None) -> Person:
    """A seeded customer."""
    async with shop.sessions() as session:
        row = await profiles.by_phone(session, held().phone_hash(phone))
    assert row is not None
    return Person(Kind.CUSTOMER, row.id, order_id)


async def eater(shop: Shop, phone: str = ASHA) -> Person:
    """A customer with an order on its way, who said it is all right to call about it."""
    order = await order_of(shop, phone)
    await answered(shop, phone, Purpose.ORDER_SERVICE, True)
    return await customer_of(shop, phone, order.id)


async def answered(
    shop: Shop,
    phone: str,
    purpose: Purpose,
    granted: bool,
    *,
    asked: str = wording.CONTACT_QUESTION,
    at: datetime | None = None,
    holds: timedelta | None = None,
) -> None:
    """One more answer on record; without `at` of a moment ago."""
    at = at or shop.clock.now() - timedelta(minutes=1)
    async with shop.transaction() as session:
        session.add(
            Consent(
                phone_hash=held().phone_hash(phone),
                purpose=purpose.value,
                granted=granted,
                wording=asked,
                wording_version=wording.VERSION,
                call_id=None,
                at=at,
                expires_at=at + holds if holds else None,
            )
        )


async def kitchen_of(shop: Shop, name: str = "Spice Route, Old Mill") -> tuple[Person, Restaurant]:
    """A seeded kitchen."""
    kitchen_id = await shop.kitchen(name)
    (row,) = await shop.rows(Restaurant, col(Restaurant.id) == kitchen_id)
    assert isinstance(row, Restaurant)
    return Person(Kind.RESTAURANT, row.id), row


async def driver_of(shop: Shop, phone: str) -> tuple[Person, Driver]:
    """A seeded driver."""
    (row,) = await shop.rows(Driver, col(Driver.phone_hash) == held().phone_hash(phone))
    assert isinstance(row, Driver)
    return Person(Kind.DRIVER, row.id), row
