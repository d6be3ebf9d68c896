"""The seed: written once, complete, and the main characters are who the rest of the suite thinks they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import func, text
from sqlmodel import SQLModel, col, select

from db.engine import Sessions
from db.models import (
    Address,
    Brand,
    Customer,
    Driver,
    MenuItem,
    MenuVariant,
    Modifier,
    ModifierGroup,
    Number,
    Order,
    OrderEvent,
    Payment,
    PaymentMethod,
    PriceLine,
    Restaurant,
)
from db.seeding.catalogue import read_catalogue
from db.seeding.people import Past
from db.seeding.seed import seed
from db.types import Keyring
from domain.address import Place, Point
from errors import ConfigError
from tests.fakes.given import SEEDED_AT

pytestmark = pytest.mark.db


async def counts(sessions: Sessions) -> dict[str, int]:
    async with sessions() as session:
        return {
            name: await session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in SQLModel.metadata.tables.items()
        }


async def test_seeding_again_adds_nothing(seeded: Sessions) -> None:
    before = await counts(seeded)
    await seed(seeded, datetime(2027, 1, 1, tzinfo=UTC))
    assert await counts(seeded) == before
    assert before["customers"] == 15
    assert before["drivers"] == 10
    assert before["restaurants"] >= 6


async def test_a_kitchen_that_changed_its_menu_keeps_the_change(seeded: Sessions) -> None:
    async with seeded() as session, session.begin():
        await session.execute(text("UPDATE menu_items SET price = 1 WHERE slug = 'samosa'"))
    await seed(seeded, datetime(2027, 1, 1, tzinfo=UTC))
    async with seeded() as session:
        prices = await session.scalars(select(MenuItem.price).where(col(MenuItem.slug) == "samosa"))
        assert set(prices) == {1}


async def test_asha_lives_where_the_old_mill_kitchen_delivers(seeded: Sessions, keyring: Keyring) -> None:
    async with seeded() as session:
        hashed = keyring.phone_hash("+15125550110")
        asha = (await session.scalars(select(Customer).where(col(Customer.phone_hash) == hashed))).one()
        assert (asha.name, asha.phone) == ("Asha Rao", "+15125550110")
        homes = await session.scalars(select(Address).where(col(Address.customer_id) == asha.id))
        home = next(Place.model_validate(row.place) for row in homes if row.label == "home")
        assert home.line == "48 Juniper Lane"
        assert home.postcode == "75990"
        kitchen = await branch(seeded, "Spice Route", "Old Mill")
        assert Point(lat=kitchen.lat, lng=kitchen.lng).km_to(home.point) < kitchen.radius_km
        cards = await session.scalars(
            select(PaymentMethod)
            .where(col(PaymentMethod.customer_id) == asha.id)
            .order_by(col(PaymentMethod.position))
        )
        tokens = [(card.token, card.last4) for card in cards]
        assert tokens == [("pm_card_visa", "4242"), ("pm_card_chargeDeclined", "0002")]


async def test_the_number_is_not_readable_in_the_database(seeded: Sessions) -> None:
    async with seeded() as session:
        for stored in await session.scalars(text("SELECT phone FROM customers")):
            assert b"5125550" not in stored
            assert b"9110000" not in stored
            assert stored.startswith(b"\x04test")


async def test_paneer_tikka_has_two_sizes_and_one_question(seeded: Sessions) -> None:
    kitchen = await branch(seeded, "Spice Route", "Old Mill")
    async with seeded() as session:
        query = select(MenuItem).where(col(MenuItem.restaurant_id) == kitchen.id)
        dish = (await session.scalars(query.where(col(MenuItem.name) == "Paneer Tikka"))).one()
        sizes = await session.execute(
            select(MenuVariant.name, MenuVariant.price)
            .where(col(MenuVariant.item_id) == dish.id)
            .order_by(col(MenuVariant.position))
        )
        assert [tuple(row) for row in sizes] == [("half", 850), ("full", 1250)]
        group = (
            await session.scalars(select(ModifierGroup).where(col(ModifierGroup.item_id) == dish.id))
        ).one()
        assert (group.name, group.minimum, group.maximum) == ("spice level", 1, 1)
        options = await session.scalars(
            select(Modifier.name).where(col(Modifier.group_id) == group.id).order_by(col(Modifier.position))
        )
        assert list(options) == ["mild", "medium", "hot"]
        assert "dairy" in dish.allergens


async def test_rasmalai_is_the_dish_that_is_sold_out(seeded: Sessions) -> None:
    async with seeded() as session:
        names = await session.scalars(select(MenuItem.name).where(col(MenuItem.available).is_(False)))
        assert set(names) == {"Rasmalai"}


async def test_each_kitchen_sells_in_its_own_currency_only(seeded: Sessions) -> None:
    async with seeded() as session:
        markets = await session.execute(
            select(Restaurant.market, Restaurant.currency, Restaurant.zone).distinct()
        )
        assert {tuple(row) for row in markets} == {
            ("US", "USD", "America/Chicago"),
            ("IN", "INR", "Asia/Kolkata"),
        }
        names = await session.scalars(select(MenuItem.name).distinct())
        assert len(set(names)) >= 120


async def test_past_orders_add_up(seeded: Sessions) -> None:
    async with seeded() as session:
        orders = list(await session.scalars(select(Order)))
        assert orders
        for order in orders:
            amounts = await session.scalars(
                select(PriceLine.amount).where(col(PriceLine.order_id) == order.id)
            )
            assert sum(amounts) == order.total
            assert order.status == "closed"
            assert order.placed_at is not None
            assert order.delivered_at == order.placed_at + timedelta(minutes=order.promise_minutes)


@pytest.mark.parametrize(
    ("phone", "zone", "ordered", "paid"),
    [
        ("+15125550110", "America/Chicago", "Sunday 19:10", "card"),
        ("+911000000110", "Asia/Kolkata", "Monday 20:15", "cash"),
    ],
)
async def test_two_people_ate_yesterday_evening(
    seeded: Sessions, keyring: Keyring, phone: str, zone: str, ordered: str, paid: str
) -> None:
    """It was Monday noon in Texas and midnight in India when the rows were written."""
    order, facts, events = await newest(seeded, keyring.phone_hash(phone))
    assert order.placed_at is not None
    assert order.delivered_at is not None
    assert f"{order.placed_at.astimezone(ZoneInfo(zone)):%A %H:%M}" == ordered
    assert (order.payment_kind, order.payment_status) == (paid, "captured")
    assert events == ["order.placed", "order.delivered", "order.closed"]
    assert (facts[-1].kind, facts[-1].amount, facts[-1].at) == ("captured", order.total, order.delivered_at)


async def test_the_card_that_paid_is_in_the_ledger_with_its_reference(
    seeded: Sessions, keyring: Keyring
) -> None:
    _, facts, _ = await newest(seeded, keyring.phone_hash("+15125550110"))
    assert [(fact.kind, fact.provider, fact.reference) for fact in facts] == [
        ("attempted", "stripe", None),
        ("authorised", "stripe", "pi_pastAshaRaoYesterday"),
        ("captured", "stripe", "pi_pastAshaRaoYesterday"),
    ]
    assert {fact.amount for fact in facts} == {2511}
    async with seeded() as session:
        card = await session.get_one(PaymentMethod, facts[0].method_id)
    assert card.token == "pm_card_visa"


async def test_a_card_that_was_charged_something_else_than_the_order_costs_is_a_mistake(
    sessions: Sessions,
) -> None:
    world = read_catalogue()
    asha = world.people.customers[0]
    wrong = asha.model_copy(update={"past": (asha.past[0].model_copy(update={"total": 2500}),)})
    people = world.people.model_copy(update={"customers": [wrong]})
    with pytest.raises(ConfigError, match="costs 2511, not 2500"):
        await seed(sessions, SEEDED_AT, replace(world, people=people))


@pytest.mark.parametrize(
    "values",
    [{"paid": "card", "total": 2511}, {"paid": "card", "reference": "pi_1"}, {"paid": "cash", "total": 1}],
)
def test_a_reference_and_a_total_belong_to_cards(values: dict[str, object]) -> None:
    lines = [{"dish": "Garlic Naan", "quantity": 2}]
    past = {"restaurant": "Spice Route, Old Mill", "days_ago": 1, "time": "19:10", "lines": lines}
    with pytest.raises(ValidationError, match="belong to an order paid by card"):
        Past.model_validate({**past, **values})


async def test_both_lines_are_there(seeded: Sessions) -> None:
    async with seeded() as session:
        numbers = await session.scalars(select(Number.e164))
        assert set(numbers) == {"+15125550100", "+911000000100"}
        drivers = await session.scalars(select(Driver))
        assert {driver.market for driver in drivers} == {"US", "IN"}


async def newest(sessions: Sessions, phone_hash: str) -> tuple[Order, list[Payment], list[str]]:
    """Somebody's latest order, its ledger and the names of its events."""
    async with sessions() as session:
        customers = select(Customer.id).where(col(Customer.phone_hash) == phone_hash)
        mine = select(Order).where(col(Order.customer_id).in_(customers))
        order = (await session.scalars(mine.order_by(col(Order.created_at).desc()).limit(1))).one()
        facts = select(Payment).where(col(Payment.order_id) == order.id).order_by(col(Payment.id))
        events = select(OrderEvent.type).where(col(OrderEvent.order_id) == order.id)
        types = await session.scalars(events.order_by(col(OrderEvent.seq)))
        return order, list(await session.scalars(facts)), list(types)


async def branch(sessions: Sessions, brand: str, name: str) -> Restaurant:
    async with sessions() as session:
        query = select(Restaurant).join(Brand, col(Brand.id) == col(Restaurant.brand_id))
        found = await session.scalars(query.where(col(Brand.name) == brand, col(Restaurant.branch) == name))
        return found.one()
