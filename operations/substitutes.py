"""A dish in place of one that has run out: sold, eaten by the same people, without what anybody is allergic to."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import MenuItem, Order, OrderLine
from domain.cart import CartLine
from domain.menu import Dish
from errors import ToolError
from operations import menus

EATEN = ("veg", "vegan", "jain", "halal")
"""Diets a substitute must keep: whoever ordered may have chosen by them."""


async def named(
    session: AsyncSession,
    order: Order,
    line: OrderLine,
    said: str,
    *,
    keeps_diet: bool = True,
    otherwise: str = "call it again without a substitute",
) -> CartLine:
    """What would be cooked instead. Raises ToolError when there is no such dish, or it will not do.

    `keeps_diet`: it is eaten by whoever chose the missing one; not asked of a dish the customer has named themselves.
    `otherwise` is what a model does where there is no dish that will do.
    """
    ids = await session.scalars(
        select(MenuItem.id).where(
            col(MenuItem.restaurant_id) == order.restaurant_id, col(MenuItem.id) != line.item_id
        )
    )
    dishes = await menus.dishes(session, list(ids))
    wanted = said.strip().lower()
    named = [dish for dish in dishes.values() if dish.name.lower() == wanted]
    named = named or [dish for dish in dishes.values() if wanted in dish.name.lower()]
    if len(named) != 1:
        which = ", ".join(sorted(dish.name for dish in named)[:3])
        ask = (
            f"Ask which they mean: {which}."
            if which
            else "Ask what it is called on the menu, or leave it out."
        )
        raise ToolError(ask)
    old = (await menus.dishes(session, [line.item_id]))[line.item_id]
    twin = _twin(named[0], line)
    harmful = sorted(twin.allergens.intersection(order.allergies))
    if harmful:
        bad = " and ".join(name.replace("_", " ") for name in harmful)
        raise ToolError(
            f"{named[0].name} has {bad} in it, and the customer is allergic to that. Say so, and ask for another "
            f"dish; if there is none, {otherwise}."
        )
    if not _fits(old, twin, order, EATEN if keeps_diet else ()):
        raise ToolError(
            f"{named[0].name} will not do for {line.name}: it is sold out, is not eaten by whoever chose {line.name}, "
            f"or a choice about it is open. Ask for another, or {otherwise}."
        )
    return twin


async def offered(
    session: AsyncSession, order: Order, line: OrderLine, item_id: UUID, *, keeps_diet: bool = True
) -> CartLine | None:
    """A dish that was offered for the missing one, as it would be ordered; None when it will not do any more."""
    dishes = await menus.dishes(session, [line.item_id, item_id])
    if item_id not in dishes:
        return None
    twin = _twin(dishes[item_id], line)
    return twin if _fits(dishes[line.item_id], twin, order, EATEN if keeps_diet else ()) else None


async def similar(session: AsyncSession, order: Order, line: OrderLine) -> CartLine | None:
    """What comes nearest in price, of the same heading, and can stand in as it is; None when nothing can."""
    row = await session.get_one(MenuItem, line.item_id)
    ids = await session.scalars(
        select(MenuItem.id).where(
            col(MenuItem.restaurant_id) == order.restaurant_id,
            col(MenuItem.category_id) == row.category_id,
            col(MenuItem.id) != row.id,
        )
    )
    dishes = await menus.dishes(session, [row.id, *ids])
    old = dishes.pop(row.id)
    twins = [_twin(dish, line) for dish in dishes.values()]
    fitting = [twin for twin in twins if _fits(old, twin, order)]
    return min(
        fitting,
        key=lambda twin: (abs(twin.unit_base + twin.unit_extras - line.unit_amount), twin.dish.name),
        default=None,
    )


def _twin(dish: Dish, line: OrderLine) -> CartLine:
    """A dish ordered as the one it stands in for: as many, of its size, made the same way where it can be."""
    size = dish.size(line.size)
    if size is None and dish.sizes:
        affordable = [one for one in dish.sizes if one.price <= line.unit_amount]
        size = max(affordable, key=lambda one: one.price, default=min(dish.sizes, key=lambda one: one.price))
    twin = CartLine(
        handle="instead", dish=dish, quantity=line.quantity, size=size.name if size else None, note=line.note
    )
    twin.choices = [name for name in line.choices if dish.option(name)]
    return twin


def _fits(old: Dish, twin: CartLine, order: Order, diets: tuple[str, ...] = EATEN) -> bool:
    dish = twin.dish
    return (
        not dish.sold_out
        and (dish.stock is None or dish.stock >= twin.quantity)
        and twin.open_question() is None
        and not twin.allergens.intersection(order.allergies)
        and all(diet in dish.diets for diet in diets if diet in old.diets)
    )
