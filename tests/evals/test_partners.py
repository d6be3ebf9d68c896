"""Kitchens and drivers who call are copies, and what they are given is as the product would have written it."""

from typing import Any

import pytest
from sqlmodel import col, select

from db.engine import Sessions
from db.models import Assignment, Driver, MenuItem, Order, Restaurant
from db.seeding.catalogue import read_catalogue
from evals.arrange import arrange
from evals.found import look
from evals.partners import NOWHERE
from evals.scenario import Scenario
from operations import menus
from tests.evals.rehearsal import Rehearsal

pytestmark = pytest.mark.db
KITCHEN, LUIS, GRACE = "+15125550120", "+15125550130", "+15125550114"
DINNER = {
    "of": GRACE,
    "restaurant": "Spice Route, Old Mill",
    "dishes": [{"dish": "Dal Tadka", "size": "full", "quantity": 2}],
}


@pytest.fixture
def house(seeded: Sessions) -> Rehearsal:
    """The seeded city."""
    return Rehearsal(seeded, read_catalogue())


def scenario(caller: str, **orders: Any) -> Scenario:
    """Somebody who is no customer calls."""
    written = {"name": "some", "title": "some", "agents": ["customer_order"], "turns": [{"user": "Hi."}]}
    return Scenario.model_validate(written | {"caller": caller, "given": {"orders": orders}})


async def test_a_kitchen_is_copied_with_its_whole_menu_and_no_customer_sees_it(house: Rehearsal) -> None:
    stage = await arrange(house, scenario(KITCHEN))
    assert stage.kitchen_id is not None
    async with house.sessions() as session:
        seeded = (await session.scalars(select(Restaurant).where(col(Restaurant.phone) == KITCHEN))).one()
        copied = await session.get_one(Restaurant, stage.kitchen_id)
        menu = {
            kitchen: list(
                await session.scalars(
                    select(MenuItem)
                    .where(col(MenuItem.restaurant_id) == kitchen)
                    .order_by(col(MenuItem.slug))
                )
            )
            for kitchen in (seeded.id, copied.id)
        }
        cooked = [
            await menus.dishes(session, [item.id for item in items if item.slug == "paneer-tikka"])
            for items in menu.values()
        ]
    assert (copied.phone, copied.city) == (stage.phone, NOWHERE)
    assert copied.hours == seeded.hours
    first, second = menu.values()
    assert [item.name for item in first] == [item.name for item in second]
    assert not {item.id for item in first}.intersection(item.id for item in second)
    (one,), (two,) = (list(dishes.values()) for dishes in cooked)
    assert [size.name for size in one.sizes] == [size.name for size in two.sizes] == ["half", "full"]
    assert [choice.name for choice in one.choices] == [choice.name for choice in two.choices]


async def test_orders_of_the_branch_that_calls_are_its_copys_and_others_are_not(house: Rehearsal) -> None:
    elsewhere = DINNER | {"restaurant": "Spice Route, Downtown"}
    stage = await arrange(house, scenario(KITCHEN, here=DINNER, there=elsewhere))
    async with house.sessions() as session:
        here = await session.get_one(Order, stage.orders["here"])
        there = await session.get_one(Order, stage.orders["there"])
    assert here.restaurant_id == stage.kitchen_id != there.restaurant_id
    assert here.substitution == "call_me"


@pytest.mark.parametrize(
    ("order_status", "delivery", "found"),
    [
        ("preparing", "offered", "preparing"),
        ("preparing", "accepted", "preparing"),
        ("ready", "at_restaurant", "ready"),
        ("ready", "picked_up", "picked_up"),
    ],
)
async def test_a_driver_has_what_is_given(
    house: Rehearsal, order_status: str, delivery: str, found: str
) -> None:
    given = DINNER | {"status": order_status, "minutes_ago": 20, "delivery": {"status": delivery}}
    stage = await arrange(house, scenario(LUIS, dinner=given))
    order = (await look(house, stage)).given["dinner"]
    assert (order.status, order.delivery, order.stars) == (found, delivery, None)
    async with house.sessions() as session:
        row = (
            await session.scalars(
                select(Assignment).where(col(Assignment.order_id) == stage.orders["dinner"])
            )
        ).one()
        driver = await session.get_one(Driver, row.driver_id)
        code = (await session.get_one(Order, stage.orders["dinner"])).code
    assert row.driver_id == stage.driver_id
    assert (driver.name, driver.phone) == ("Luis Romero", stage.phone)
    assert stage.codes == {"dinner": code}


async def test_a_delivery_can_be_another_drivers(house: Rehearsal) -> None:
    given = DINNER | {"status": "ready", "minutes_ago": 20, "delivery": {"driver": "+15125550133"}}
    stage = await arrange(house, scenario(LUIS, dinner=given))
    async with house.sessions() as session:
        query = select(Assignment).where(col(Assignment.order_id) == stage.orders["dinner"])
        row = (await session.scalars(query)).one()
        driver = await session.get_one(Driver, row.driver_id)
    assert driver.name == "Mei Tanaka"
    assert driver.id != stage.driver_id
