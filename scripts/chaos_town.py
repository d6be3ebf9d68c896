"""Who lives in the town of a run: the seeded city, with as many customers and drivers as its orders need."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.engine import Sessions
from db.models import Address, Customer, Driver, PaymentMethod
from db.seeding.calling import add_agreements, read_calling
from db.types import held
from domain.calling_rules import Purpose
from scripts.agreed import agreed

ORDERS_A_DRIVER = 4
ORDERS_A_CUSTOMER = 3
NUMBERS = {"US": "+1512555{:04d}", "IN": "+9110000{:05d}"}
"""Numbers that nobody can dial: 555-01xx, and Indian ones that are none."""
NEW_DRIVERS = {"US": range(140, 160), "IN": range(1000, 1100)}
NEW_CUSTOMERS = {"US": range(160, 200), "IN": range(2000, 2100)}


async def people(sessions: Sessions, orders: int, now: datetime) -> dict[str, list[str]]:
    """Let enough people live there; the customers' numbers by market, in their order."""
    found: dict[str, list[str]] = {}
    async with sessions() as session, session.begin():
        for market, share in (("US", 0.8), ("IN", 0.2)):
            mine = max(1, round(orders * share))
            await _drivers(session, market, mine // ORDERS_A_DRIVER, now)
            found[market] = await _customers(session, market, mine // ORDERS_A_CUSTOMER, now)
        await add_agreements(session, read_calling().partner_terms, now)
        for number in [one for each in found.values() for one in each]:
            session.add(agreed(held().phone_hash(number), Purpose.FEEDBACK, now))
    return found


async def _drivers(session: AsyncSession, market: str, wanted: int, now: datetime) -> None:
    on_shift = select(Driver).where(col(Driver.market) == market, col(Driver.status) == "available")
    known = list(await session.scalars(on_shift.order_by(col(Driver.phone_hash))))
    for driver in known:
        driver.seen_at = now
    for step, last in enumerate(NEW_DRIVERS[market]):
        if len(known) + step >= wanted:
            return
        like, number = known[step % len(known)], NUMBERS[market].format(last)
        taken = {"id", "phone", "phone_hash", "name"}
        values = like.model_dump(exclude=taken)
        session.add(
            Driver(**values, name=f"Driver {last}", phone=number, phone_hash=held().phone_hash(number))
        )


async def _customers(session: AsyncSession, market: str, wanted: int, now: datetime) -> list[str]:
    every = select(Customer).where(col(Customer.market) == market).order_by(col(Customer.created_at))
    known: Sequence[Customer] = [one for one in await session.scalars(every) if one.phone]
    homes = {one.customer_id: one for one in await session.scalars(select(Address))}
    known = sorted((one for one in known if one.id in homes), key=lambda one: str(one.phone))
    numbers = [str(one.phone) for one in known]
    for step, last in enumerate(NEW_CUSTOMERS[market]):
        if len(numbers) >= wanted:
            break
        home, number = homes[known[step % len(known)].id], NUMBERS[market].format(last)
        hashed = held().phone_hash(number)
        made = Customer(phone=number, phone_hash=hashed, market=market, created_at=now)
        session.add(made)
        await session.flush()
        place = home.model_dump(exclude={"id", "customer_id"})
        session.add(Address(**place, customer_id=made.id))
        numbers.append(number)
    if market == "US":
        await _cards(session, now)
    return numbers


async def _cards(session: AsyncSession, now: datetime) -> None:
    """Everybody has a card that works."""
    with_card = set(await session.scalars(select(col(PaymentMethod.customer_id))))
    us = select(Customer.id).where(col(Customer.market) == "US")
    for customer_id in await session.scalars(us):
        if customer_id not in with_card:
            session.add(
                PaymentMethod(
                    customer_id=customer_id,
                    provider="stripe",
                    token="pm_card_visa",
                    brand="Visa",
                    last4="4242",
                    created_at=now,
                )
            )
