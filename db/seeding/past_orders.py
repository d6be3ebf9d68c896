"""Orders a customer has had before, so that there is a usual to offer: priced as ever, long closed."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col, select

from db.models import Brand, MenuItem, Order, OrderEvent, OrderLine, Payment, PriceLine, Restaurant
from db.seeding.checks import Catalogue
from db.seeding.people import Usual
from domain.address import Place, Point
from domain.cart import Cart
from domain.ids import new_id
from domain.menu import Choice, Dish, Option, Size
from domain.order import OrderStatus, PaymentStatus
from domain.pricing import Bill, price

APART = timedelta(days=9)  # between one order and the next


async def add_past_orders(
    session: AsyncSession, world: Catalogue, customer_id: UUID, usual: Usual, home: Place, now: datetime
) -> None:
    """Write `usual.times` closed orders, paid in cash at the door, the latest of them nine days ago."""
    name, _, branch = usual.restaurant.partition(", ")
    query = select(Restaurant).join(Brand, col(Brand.id) == col(Restaurant.brand_id))
    found = await session.scalars(query.where(col(Brand.name) == name, col(Restaurant.branch) == branch))
    kitchen = found.one()
    rows = await session.scalars(select(MenuItem).where(col(MenuItem.restaurant_id) == kitchen.id))
    items = {row.name: row for row in rows}
    cart = Cart()
    for line in usual.lines:
        dish = _dish(world, name, items[line.dish], kitchen.market)
        cart.add(dish, line.quantity, line.size, list(line.choices), None)
    km = Point(lat=kitchen.lat, lng=kitchen.lng).km_to(home.point)
    bill = price(cart, world.markets[kitchen.market], postcode=home.postcode, km=km)
    for back in range(usual.times, 0, -1):
        await _add_order(session, kitchen, customer_id, cart, bill, home, now - APART * back)


async def _add_order(
    session: AsyncSession,
    kitchen: Restaurant,
    customer_id: UUID,
    cart: Cart,
    bill: Bill,
    home: Place,
    at: datetime,
) -> None:
    order = Order(
        code=f"{secrets.randbelow(1_000_000):06d}",
        customer_id=customer_id,
        restaurant_id=kitchen.id,
        cart_version=cart.version,
        status=OrderStatus.CLOSED,
        payment_status=PaymentStatus.CAPTURED,
        payment_kind="cash",
        currency=bill.currency,
        total=bill.total.amount,
        place=home.model_dump(mode="json"),
        promise_minutes=kitchen.prep_minutes + 15,
        placed_at=at,
        created_at=at,
        updated_at=at,
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
        for position, line in enumerate(cart.lines, 1)
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
    rows.append(
        Payment(
            order_id=order.id,
            provider="cash",
            kind="captured",
            key=f"past:{new_id()}",
            amount=order.total,
            currency=order.currency,
            at=at,
        )
    )
    rows.append(OrderEvent(order_id=order.id, seq=1, at=at, type="closed", data={}))
    session.add_all(rows)
    await session.flush()


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
