"""A kitchen that hears orders, takes them, and runs out of dishes, as far as jobs that phone people go."""

from datetime import timedelta

from sqlmodel import col

from db.models import Order, Restaurant
from domain.order import Substitution
from operations import kitchen_desk, sold_out
from operations.kitchen_queue import Who
from operations.sold_out import Missing
from tests.fakes.shop import MARKETS, Shop
from tests.fakes.standing import set_order
from tests.fakes.stove import desk_of


async def heard(shop: Shop, order: Order) -> Who:
    """The kitchen has heard the order as it is now."""
    who = await desk_of(shop)
    async with shop.transaction() as session:
        slip = await kitchen_desk.read_out(session, who, order.id)
        await kitchen_desk.heard(session, who, order.id, slip.seq)
    return who


async def confirmed(shop: Shop, order: Order, minutes: int = 20) -> Who:
    """It has taken the order."""
    await heard(shop, order)
    who = await desk_of(shop)
    async with shop.transaction() as session:
        await kitchen_desk.confirm(session, who, order.id, minutes, None)
    return who


async def phone_of(shop: Shop, order: Order) -> str:
    """The number of its kitchen."""
    (row,) = await shop.rows(Restaurant, col(Restaurant.id) == order.restaurant_id)
    assert isinstance(row, Restaurant)
    return row.phone


async def gone(shop: Shop, order: Order, wish: Substitution = Substitution.CALL_ME, line: int = 2) -> None:
    """The kitchen says that it has run out of a dish of the order it has heard."""
    await set_order(shop, order.id, substitution=wish)
    who = await heard(shop, order)
    shop.clock.advance(timedelta(seconds=15))
    who = Who(who.kitchen_id, shop.clock.now())
    await sold_out.handle(shop.transaction, None, shop.clock, MARKETS["US"], who, Missing(order.id, line))
