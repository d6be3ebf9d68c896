"""Kitchens and drivers who call: copies of the seeded ones, and the deliveries that drivers have been offered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from db.models import (
    Driver,
    MenuCategory,
    MenuItem,
    MenuVariant,
    Modifier,
    ModifierGroup,
    Order,
    Restaurant,
)
from db.seeding.checks import Catalogue
from db.seeding.dispatch import read_dispatch
from db.seeding.people import People
from db.seeding.residents import add_people
from domain.ids import new_id
from evals.house import House
from operations import delivering, dispatching
from operations.dispatching import Who
from scripts.given import GivenDelivery

NOWHERE = "Backstage"
"""The city of copied kitchens, so that no customer is offered their dishes."""

STEPS: dict[str, Sequence[str]] = {
    "accepted": ("accepted", "at_restaurant", "picked_up"),
    "at_restaurant": ("at_restaurant",),
    "picked_up": ("picked_up",),
}
"""The given statuses that each step belongs to."""


def kitchen_numbers(world: Catalogue) -> dict[str, str]:
    """The branch with each telephone number, as "Spice Route, Old Mill"."""
    return {
        branch.phone: f"{file.brand}, {branch.branch}"
        for file in world.brands.values()
        for branch in file.branches
    }


def driver_numbers(world: Catalogue) -> set[str]:
    """The telephone numbers of the seeded drivers."""
    return {driver.phone for driver in world.people.drivers}


async def copy_of_kitchen(house: House, phone: str, number: str) -> UUID:
    """A seeded kitchen once more at another number, with a menu of its own that can sell out."""
    async with house.sessions() as session, session.begin():
        row = (await session.scalars(select(Restaurant).where(col(Restaurant.phone) == phone))).one()
        kitchen = another(row, phone=number, city=NOWHERE, branch=f"{row.branch} {number[-5:]}")
        session.add(kitchen)
        await session.flush()
        names: dict[UUID, UUID] = {row.id: kitchen.id}
        for model, owner in (
            (MenuCategory, "restaurant_id"),
            (MenuItem, "restaurant_id"),
            (MenuVariant, "item_id"),
            (ModifierGroup, "item_id"),
            (Modifier, "group_id"),
        ):
            query = select(model).where(col(getattr(model, owner)).in_(list(names)))
            for found in (await session.scalars(query)).all():
                more = {owner: names[getattr(found, owner)]}
                if isinstance(found, MenuItem):
                    more["category_id"] = names[found.category_id]
                made = another(found, **more)
                names[found.id] = made.id
                session.add(made)
            await session.flush()
        kitchen_id: UUID = kitchen.id
        return kitchen_id


def another(row: Any, **changed: Any) -> Any:
    """A row like this one, with an id of its own."""
    return type(row)(**row.model_dump(exclude={"id"}) | {"id": new_id()} | changed)


async def copy_of_driver(house: House, phone: str, number: str) -> UUID:
    """A driver of `data/people.yaml` once more, on shift, at another number."""
    person = next(each for each in house.world.people.drivers if each.phone == phone)
    copied = People(customers=[], drivers=[person.model_copy(update={"phone": number})])
    async with house.sessions() as session, session.begin():
        await add_people(session, replace(house.world, people=copied), house.now())
        hashed = house.keyring.phone_hash(number)
        driver = (await session.scalars(select(Driver).where(col(Driver.phone_hash) == hashed))).one()
        driver.status = "available"
        return driver.id


async def hand_over(house: House, order_id: UUID, driver_id: UUID, given: GivenDelivery) -> None:
    """Offer an order to a driver and let it come as far as it is given."""
    who = Who(driver_id, house.now())
    async with house.sessions() as session, session.begin():
        order = await session.get_one(Order, order_id)
        rules = read_dispatch()[(await session.get_one(Driver, driver_id)).market]
        await dispatching.offer(session, order.id, driver_id, rules, who.now)
    for status, act in (
        ("accepted", dispatching.accept),
        ("at_restaurant", delivering.at_restaurant),
        ("picked_up", delivering.picked_up),
    ):
        if given.status in STEPS[status]:
            async with house.sessions() as session, session.begin():
                await act(session, who, order_id)
