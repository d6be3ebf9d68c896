"""Kitchens and their menus."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from api.keys import needs
from api.schemas import Amount, Database, Shown, amount
from domain.ids import Prefix, read, show
from domain.menu import Choice, Dish
from operations import reading

router = APIRouter(prefix="/restaurants", tags=["restaurants"], dependencies=[Depends(needs("read"))])


class ShownRestaurant(Shown):
    """One kitchen: a brand's branch."""

    id: str = Field(examples=["rst_0198f2a0c0de7000800000000000abcd"])
    name: str = Field(examples=["Spice Route, Old Mill"])
    market: str
    city: str
    zone: str = Field(description="IANA time zone of the hours.")
    hours: dict[str, list[str]] = Field(description="mon..sun to local `HH:MM-HH:MM`.")
    currency: str
    min_order: Amount
    prep_minutes: int
    radius_km: float
    accepts_cash: bool
    paused_until: datetime | None


class Restaurants(Shown):
    """Every kitchen, by city and name."""

    restaurants: list[ShownRestaurant]


class ShownSize(Shown):
    """A size and its price."""

    name: str
    price: Amount


class ShownOption(Shown):
    """One answer to a choice, with what it adds to the price."""

    name: str
    price: Amount
    allergens: list[str]


class ShownChoice(Shown):
    """A choice about a dish; required when `minimum` is over zero."""

    name: str
    minimum: int
    maximum: int
    options: list[ShownOption]


class ShownDish(Shown):
    """A dish as it can be ordered now."""

    id: str
    name: str
    description: str
    category: str
    price: Amount = Field(description="Of the smallest size.")
    sizes: list[ShownSize]
    choices: list[ShownChoice]
    diets: list[str]
    allergens: list[str]
    tags: list[str]
    sold_out: bool


class Menu(Shown):
    """A kitchen's dishes in menu order."""

    restaurant_id: str
    dishes: list[ShownDish]


@router.get("")
async def list_restaurants(
    session: Database, city: Annotated[str | None, Query(description="Only kitchens of this city.")] = None
) -> Restaurants:
    """Every kitchen, by city and name."""
    found = await reading.restaurants(session, city=city)
    return Restaurants(
        restaurants=[
            ShownRestaurant(
                id=show(Prefix.RESTAURANT, kitchen.row.id),
                name=kitchen.restaurant,
                market=kitchen.row.market,
                city=kitchen.row.city,
                zone=kitchen.row.zone,
                hours=kitchen.row.hours,
                currency=kitchen.row.currency,
                min_order=amount(kitchen.row.min_order, kitchen.row.currency),
                prep_minutes=kitchen.row.prep_minutes,
                radius_km=kitchen.row.radius_km,
                accepts_cash=kitchen.row.accepts_cash,
                paused_until=kitchen.row.paused_until,
            )
            for kitchen in found
        ]
    )


@router.get("/{id}/menu")
async def show_menu(session: Database, id: str) -> Menu:
    """What a kitchen sells."""
    restaurant, found = await reading.menu(session, read(Prefix.RESTAURANT, id))
    return Menu(
        restaurant_id=show(Prefix.RESTAURANT, restaurant.id),
        dishes=[shown_dish(dish, restaurant.currency) for dish in found],
    )


def shown_dish(dish: Dish, currency: str) -> ShownDish:
    """A dish with its prices in the kitchen's currency."""
    return ShownDish(
        id=show(Prefix.DISH, dish.id),
        name=dish.name,
        description=dish.description,
        category=dish.category,
        price=amount(dish.lowest_price, currency),
        sizes=[ShownSize(name=size.name, price=amount(size.price, currency)) for size in dish.sizes],
        choices=[shown_choice(choice, currency) for choice in dish.choices],
        diets=list(dish.diets),
        allergens=list(dish.allergens),
        tags=list(dish.tags),
        sold_out=dish.sold_out,
    )


def shown_choice(choice: Choice, currency: str) -> ShownChoice:
    """A choice with what each option adds."""
    return ShownChoice(
        name=choice.name,
        minimum=choice.minimum,
        maximum=choice.maximum,
        options=[
            ShownOption(
                name=option.name, price=amount(option.price, currency), allergens=list(option.allergens)
            )
            for option in choice.options
        ],
    )
