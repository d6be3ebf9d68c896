"""A brand's file as rows: the brand, its kitchens, and each kitchen's menu in its market's prices."""

import re
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col, select

from db.models import Brand, MenuCategory, MenuItem, MenuVariant, Modifier, ModifierGroup, Restaurant
from db.seeding.checks import Catalogue
from db.seeding.menus import Branch, BrandFile, Choice, DishShape


async def add_brand(session: AsyncSession, world: Catalogue, file: BrandFile) -> None:
    """Write what of a brand is not there yet; kitchens that are there stay as they are."""
    brand = await session.scalar(select(Brand).where(col(Brand.slug) == file.slug))
    if brand is None:
        brand = Brand(slug=file.slug, name=file.brand)
        session.add(brand)
        await session.flush()
    known = set(await session.scalars(select(Restaurant.branch).where(col(Restaurant.brand_id) == brand.id)))
    for branch in file.branches:
        if branch.branch not in known:
            await _add_kitchen(session, world, file, branch, brand.id)


async def _add_kitchen(
    session: AsyncSession, world: Catalogue, file: BrandFile, branch: Branch, brand_id: UUID
) -> None:
    city = world.cities[branch.city]
    kitchen = Restaurant(
        brand_id=brand_id,
        branch=branch.branch,
        market=city.country,
        city=city.city,
        zone=city.zone,
        currency=world.markets[city.country].currency,
        phone=branch.phone,
        lat=branch.location.lat,
        lng=branch.location.lng,
        radius_km=branch.delivery_radius_km,
        hours=branch.hours.model_dump(),
        holidays=[day.isoformat() for day in branch.holidays],
        prep_minutes=branch.prep_minutes,
        min_order=branch.min_order,
        accepts_cash=branch.accepts_cash,
    )
    categories = {
        name: MenuCategory(restaurant_id=kitchen.id, name=name, position=position)
        for position, name in enumerate(file.categories)
    }
    stages: tuple[list[SQLModel], ...] = ([kitchen], [*categories.values()], [], [], [])
    for position, dish in enumerate(file.dishes):
        price = dish.price_in(kitchen.market)
        if price is None:
            continue
        item = MenuItem(
            restaurant_id=kitchen.id,
            category_id=categories[dish.category].id,
            slug=slug(dish.name),
            name=dish.name,
            description=dish.description,
            price=price,
            diets=list(dish.diets),
            allergens=list(dish.allergens),
            tags=list(dish.tags),
            aliases=list(dish.aliases),
            position=position,
            available=dish.name not in branch.sold_out,
        )
        stages[2].append(item)
        stages[3].extend(_sizes(dish, item.id, kitchen.market))
        for place, key in enumerate(dish.choices):
            group, options = _choice(file.modifiers[key], item.id, place, kitchen.market)
            stages[3].append(group)
            stages[4].extend(options)
    for rows in stages:
        session.add_all(rows)
        await session.flush()


def _sizes(dish: DishShape, item_id: UUID, market: str) -> list[MenuVariant]:
    return [
        MenuVariant(item_id=item_id, name=size.name, price=size.price[market], position=position)
        for position, size in enumerate(dish.sizes)
    ]


def _choice(
    choice: Choice, item_id: UUID, position: int, market: str
) -> tuple[ModifierGroup, list[Modifier]]:
    group = ModifierGroup(
        item_id=item_id, name=choice.name, minimum=choice.min, maximum=choice.max, position=position
    )
    options = [
        Modifier(
            group_id=group.id,
            name=option.name,
            price=option.price.get(market, 0),
            allergens=list(option.allergens),
            position=place,
        )
        for place, option in enumerate(choice.options)
    ]
    return group, options


def slug(name: str) -> str:
    """A name as it stands in addresses: "Paneer Tikka" is `paneer-tikka`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
