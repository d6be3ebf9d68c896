"""Orders a customer has had before: a usual to offer and an evening to complain about, priced as ever, long closed."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col, select

from db.models import (
    Brand,
    MenuItem,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    PaymentMethod,
    PriceLine,
    Restaurant,
)
from db.seeding.checks import Catalogue
from db.seeding.people import Past, Usual
from domain.address import Place, Point
from domain.cart import Cart
from domain.ids import new_id
from domain.menu import Choice, Dish, Option, Size
from domain.order import OrderStatus, PaymentStatus
from domain.pricing import Bill, price
from errors import ConfigError

APART = timedelta(days=9)  # between one order and the next
DOOR = timedelta(minutes=15)  # from the kitchen to the customer


@dataclass(frozen=True)
class Meal:
    """What was ordered, by whom, from where, and what it cost."""

    kitchen: Restaurant
    customer_id: UUID
    cart: Cart
    bill: Bill
    home: Place


async def add_past_orders(
    session: AsyncSession, world: Catalogue, customer_id: UUID, usual: Usual, home: Place, now: datetime
) -> None:
    """Write `usual.times` closed orders, paid in cash at the door, the latest of them nine days ago."""
    meal = await _meal(session, world, customer_id, usual, home)
    for back in range(usual.times, 0, -1):
        at = now - APART * back
        order = await _add_order(session, meal, "cash", at)
        session.add(_paid(order, "cash", "captured", at))
        session.add(OrderEvent(order_id=order.id, seq=1, at=at, type="closed", data={}))
        await session.flush()


async def add_past_order(
    session: AsyncSession,
    world: Catalogue,
    customer_id: UUID,
    past: Past,
    home: Place,
    card: PaymentMethod | None,
    now: datetime,
) -> None:
    """Write one delivered order; paid by card, its ledger has the provider's reference.

    Raises ConfigError when the card was charged something else than the order costs.
    """
    meal = await _meal(session, world, customer_id, past, home)
    if past.total not in (None, meal.bill.total.amount):
        costs = f"costs {meal.bill.total.amount}, not {past.total}"
        raise ConfigError([f"people.yaml: {past.restaurant}, {past.days_ago} days ago: {costs}"])
    day = now.astimezone(ZoneInfo(meal.kitchen.zone)).date() - timedelta(days=past.days_ago)
    at = datetime.combine(day, past.time, ZoneInfo(meal.kitchen.zone)).astimezone(now.tzinfo)
    order = await _add_order(session, meal, past.paid, at)
    here = order.delivered_at or at
    if card and past.reference:
        key = f"past:{new_id()}"
        facts = [
            ("attempted", None, at),
            ("authorised", past.reference, at),
            ("captured", past.reference, here),
        ]
        for kind, reference, when in facts:
            session.add(_paid(order, card.provider, kind, when, key, card.id, reference))
    else:
        session.add(_paid(order, "cash", "cash_due", at))
        session.add(_paid(order, "cash", "captured", here))
    events = [("order.placed", at), ("order.delivered", here), ("order.closed", here)]
    for seq, (kind, when) in enumerate(events, 1):
        session.add(OrderEvent(order_id=order.id, seq=seq, at=when, type=kind, data={}))
    await session.flush()


async def _meal(
    session: AsyncSession, world: Catalogue, customer_id: UUID, wanted: Usual | Past, home: Place
) -> Meal:
    name, _, branch = wanted.restaurant.partition(", ")
    query = select(Restaurant).join(Brand, col(Brand.id) == col(Restaurant.brand_id))
    found = await session.scalars(query.where(col(Brand.name) == name, col(Restaurant.branch) == branch))
    kitchen = found.one()
    rows = await session.scalars(select(MenuItem).where(col(MenuItem.restaurant_id) == kitchen.id))
    items = {row.name: row for row in rows}
    cart = Cart()
    for line in wanted.lines:
        dish = _dish(world, name, items[line.dish], kitchen.market)
        cart.add(dish, line.quantity, line.size, list(line.choices), None)
    km = Point(lat=kitchen.lat, lng=kitchen.lng).km_to(home.point)
    bill = price(cart, world.markets[kitchen.market], postcode=home.postcode, km=km)
    return Meal(kitchen, customer_id, cart, bill, home)


async def _add_order(session: AsyncSession, meal: Meal, paid: str, at: datetime) -> Order:
    """A closed order with its lines and its bill, delivered when it was promised."""
    kitchen, bill = meal.kitchen, meal.bill
    promise = timedelta(minutes=kitchen.prep_minutes) + DOOR
    order = Order(
        code=f"{secrets.randbelow(1_000_000):06d}",
        customer_id=meal.customer_id,
        restaurant_id=kitchen.id,
        cart_version=meal.cart.version,
        status=OrderStatus.CLOSED,
        payment_status=PaymentStatus.CAPTURED,
        payment_kind=paid,
        currency=bill.currency,
        total=bill.total.amount,
        place=meal.home.model_dump(mode="json"),
        promise_minutes=int(promise.total_seconds()) // 60,
        placed_at=at,
        delivered_at=at + promise,
        created_at=at,
        updated_at=at + promise,
    )
    session.add(order)
    await session.flush()
    rows: list[SQLModel] = [
        OrderLine(
            order_id=order.id,
            position=position,
            item_id=line.dish.id,
            name=line.dish.name,
            size=line.size,
            choices=list(line.choices),
            quantity=line.quantity,
            unit_amount=line.unit_base + line.unit_extras,
            amount=line.amount,
        )
        for position, line in enumerate(meal.cart.lines, 1)
    ]
    rows += [
        PriceLine(
            order_id=order.id,
            position=position,
            kind=line.kind,
            label=line.label,
            amount=line.amount,
            currency=bill.currency,
            rate_bp=line.rate_bp,
        )
        for position, line in enumerate(bill.lines, 1)
    ]
    session.add_all(rows)
    await session.flush()
    return order


def _paid(
    order: Order,
    provider: str,
    kind: str,
    at: datetime,
    key: str | None = None,
    method_id: UUID | None = None,
    reference: str | None = None,
) -> Payment:
    """One fact of the ledger."""
    return Payment(
        order_id=order.id,
        provider=provider,
        kind=kind,
        key=key or f"past:{order.id}",
        method_id=method_id,
        amount=order.total,
        currency=order.currency,
        reference=reference,
        at=at,
    )


def _dish(world: Catalogue, brand: str, item: MenuItem, market: str) -> Dish:
    file = next(file for file in world.brands.values() if file.brand == brand)
    shape = next(dish for dish in file.dishes if dish.name == item.name)
    choices = [file.modifiers[key] for key in shape.choices]
    return Dish(
        id=item.id,
        restaurant_id=item.restaurant_id,
        slug=item.slug,
        name=item.name,
        price=item.price,
        sizes=tuple(Size(name=size.name, price=size.price[market]) for size in shape.sizes),
        choices=tuple(
            Choice(
                name=choice.name,
                minimum=choice.min,
                maximum=choice.max,
                options=tuple(
                    Option(name=option.name, price=option.price.get(market, 0)) for option in choice.options
                ),
            )
            for choice in choices
        ),
    )
