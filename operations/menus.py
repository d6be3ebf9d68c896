"""Kitchens and dishes as the database has them now."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.cache import Kind, through
from db.models import Brand, MenuCategory, MenuItem, MenuVariant, Modifier, ModifierGroup, Restaurant
from db.stale import CITY, DISH
from domain.address import Point
from domain.hours import Hours
from domain.kitchen import Kitchen
from domain.menu import Choice, Dish, Option, Size
from errors import NotFound

KITCHENS: Kind[list[Kitchen]] = Kind(CITY, 1, TypeAdapter(list[Kitchen]), seconds=60)
DISHES: Kind[Dish] = Kind(DISH, 1, TypeAdapter(Dish), seconds=60)


async def kitchens(session: AsyncSession, city: str) -> list[Kitchen]:
    """Every kitchen of a city, by name."""

    async def read(cities: list[str]) -> dict[str, list[Kitchen]]:
        return {city: await _kitchens(session, city) for city in cities}

    return (await through(session, KITCHENS, [city], read))[city]


async def _kitchens(session: AsyncSession, city: str) -> list[Kitchen]:
    query = select(Restaurant, Brand).join(Brand, col(Brand.id) == col(Restaurant.brand_id))
    rows = await session.execute(
        query.where(col(Restaurant.city) == city).order_by(Brand.name, Restaurant.branch)
    )
    return [_kitchen(restaurant, brand) for restaurant, brand in rows]


async def kitchen(session: AsyncSession, restaurant_id: UUID) -> Kitchen:
    """One kitchen. Raises NotFound."""
    query = select(Restaurant, Brand).join(Brand, col(Brand.id) == col(Restaurant.brand_id))
    found = (await session.execute(query.where(col(Restaurant.id) == restaurant_id))).first()
    if found is None:
        raise NotFound("no such restaurant")
    return _kitchen(*found)


def _kitchen(row: Restaurant, brand: Brand) -> Kitchen:
    return Kitchen(
        id=row.id,
        brand=brand.name,
        branch=row.branch,
        city=row.city,
        zone=row.zone,
        currency=row.currency,
        point=Point(lat=row.lat, lng=row.lng),
        radius_km=row.radius_km,
        hours=Hours(row.hours, row.zone, frozenset(row.holidays)),
        prep_minutes=row.prep_minutes,
        min_order=row.min_order,
        accepts_cash=row.accepts_cash,
        paused_until=row.paused_until,
    )


def one_per_brand(found: Sequence[Kitchen], point: Point | None, now: datetime) -> list[Kitchen]:
    """The branch of each brand that would cook: one that cooks now before one that does not, then the nearest.

    With a point, only branches that reach it.
    """
    chosen: dict[str, Kitchen] = {}
    best = sorted(found, key=lambda k: (not k.cooks_at(now), k.point.km_to(point) if point else 0.0))
    for kitchen in best:
        if point is None or kitchen.reaches(point):
            chosen.setdefault(kitchen.brand, kitchen)
    return list(chosen.values())


async def dishes(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Dish]:
    """Dishes by id, with sizes, choices and stock as the last commit left them; unknown ids are left out.

    What is sold is counted again under a lock when an order is placed.
    """
    return await through(session, DISHES, list(ids), lambda missing: _dishes(session, missing))


async def _dishes(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Dish]:
    rows = await session.execute(
        select(MenuItem, MenuCategory)
        .join(MenuCategory, col(MenuCategory.id) == col(MenuItem.category_id))
        .where(col(MenuItem.id).in_(ids))
    )
    variants = await session.scalars(
        select(MenuVariant).where(col(MenuVariant.item_id).in_(ids)).order_by(col(MenuVariant.position))
    )
    sizes: dict[UUID, list[Size]] = defaultdict(list)
    for variant in variants:
        sizes[variant.item_id].append(Size(name=variant.name, price=variant.price))
    choices = await _choices(session, ids)
    return {
        item.id: Dish(
            id=item.id,
            restaurant_id=item.restaurant_id,
            slug=item.slug,
            name=item.name,
            description=item.description,
            category=category.name,
            price=item.price,
            sizes=tuple(sizes[item.id]),
            choices=tuple(choices[item.id]),
            diets=tuple(item.diets),
            allergens=tuple(item.allergens),
            tags=tuple(item.tags),
            available=item.available,
            stock=item.stock,
        )
        for item, category in rows
    }


async def _choices(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[Choice]]:
    rows = await session.execute(
        select(ModifierGroup, Modifier)
        .join(Modifier, col(Modifier.group_id) == col(ModifierGroup.id))
        .where(col(ModifierGroup.item_id).in_(ids))
        .order_by(col(ModifierGroup.position), col(Modifier.position))
    )
    groups: dict[UUID, ModifierGroup] = {}
    options: dict[UUID, list[Option]] = defaultdict(list)
    for group, modifier in rows:
        groups[group.id] = group
        options[group.id].append(
            Option(name=modifier.name, price=modifier.price, allergens=tuple(modifier.allergens))
        )
    found: dict[UUID, list[Choice]] = defaultdict(list)
    for group in groups.values():
        found[group.item_id].append(
            Choice(
                name=group.name,
                minimum=group.minimum,
                maximum=group.maximum,
                options=tuple(options[group.id]),
            )
        )
    return found


async def same_dish_at(session: AsyncSession, slug: str, restaurant_id: UUID) -> Dish | None:
    """The dish of that slug at another branch."""
    query = select(MenuItem.id).where(
        col(MenuItem.restaurant_id) == restaurant_id, col(MenuItem.slug) == slug
    )
    found = await session.scalar(query)
    return (await dishes(session, [found])).get(found) if found else None


async def similar(session: AsyncSession, dish: Dish, avoiding: Sequence[str]) -> Dish | None:
    """Something of the same kitchen and category that can be sold and holds none of these allergens."""
    row = await session.get(MenuItem, dish.id)
    if row is None:
        return None
    query = select(MenuItem).where(
        col(MenuItem.restaurant_id) == dish.restaurant_id,
        col(MenuItem.category_id) == row.category_id,
        col(MenuItem.id) != dish.id,
        col(MenuItem.available),
    )
    rows = await session.scalars(query.order_by(col(MenuItem.position)))
    fitting = [
        item
        for item in rows
        if item.stock != 0
        and not set(item.allergens).intersection(avoiding)
        and ("veg" not in row.diets or "veg" in item.diets)
    ]
    if not fitting:
        return None
    best = min(fitting, key=lambda item: abs(item.price - row.price))
    return (await dishes(session, [best.id])).get(best.id)


async def companion(
    session: AsyncSession, restaurant_id: UUID, skip: Sequence[UUID], avoiding: Sequence[str]
) -> Dish | None:
    """A bestseller to go with an order: simple to say yes to, so without sizes or required choices."""
    query = select(MenuItem).where(col(MenuItem.restaurant_id) == restaurant_id, col(MenuItem.available))
    rows = await session.scalars(query.order_by(col(MenuItem.position)))
    fitting = [
        item
        for item in rows
        if item.id not in skip and item.stock != 0 and not set(item.allergens).intersection(avoiding)
    ]
    fitting.sort(key=lambda item: (not {"side", "bestseller"}.intersection(item.tags), item.price))
    found = await dishes(session, [item.id for item in fitting[:20]])
    simple = (found[item.id] for item in fitting[:20] if item.id in found)
    return next(
        (dish for dish in simple if not dish.sizes and not any(c.required for c in dish.choices)), None
    )
