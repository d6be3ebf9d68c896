"""Finding dishes. Docstrings here are prompts: the model reads every word."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge, Le, MaxLen
from rapidfuzz import fuzz, process, utils
from sqlalchemy.ext.asyncio import AsyncSession

from db.likeness import candidates
from db.menu_index import Filters
from domain.address import Point
from domain.kitchen import Kitchen
from domain.menu import Dish
from domain.money import Money
from domain.speech import say_list
from operations import menus
from tools.call import Call
from tools.result import Result
from tools.tool import tool

MOST_OFFERED = 3  # more than three choices are forgotten on the phone
NAME_LIKE = 80  # rapidfuzz score, of 100, from which a spoken restaurant name is taken for a brand's


class Diet(StrEnum):
    """What a dish may be restricted to."""

    VEG = "veg"
    EGG = "egg"
    VEGAN = "vegan"
    JAIN = "jain"
    HALAL = "halal"


class Allergen(StrEnum):
    """What a dish may contain."""

    DAIRY = "dairy"
    GLUTEN = "gluten"
    EGG = "egg"
    PEANUT = "peanut"
    TREE_NUT = "tree_nut"
    SOY = "soy"
    FISH = "fish"
    SHELLFISH = "shellfish"
    SESAME = "sesame"
    MUSTARD = "mustard"


Words = Annotated[str, MaxLen(120)]


@tool(callers=("customer_order",))
async def search_menu(
    call: Call,
    query: Words,
    restaurant: Words | None = None,
    diet: Diet | None = None,
    without: list[Allergen] = [],  # noqa: B006  # a schema default; never changed
    max_price: Annotated[int, Ge(1), Le(100_000)] | None = None,
) -> Result:
    """Find dishes by name or by meaning ("something spicy"). Search before adding; never invent a dish.

    Args:
        query: The dish or the wish, in the caller's words, one dish per search.
        restaurant: Only when the caller named a restaurant.
        diet: Only when the caller asked for it.
        without: What the caller must not or will not eat.
        max_price: Highest price of one, in whole rupees or dollars, when the caller set a limit.
    """
    state = call.state
    avoid = sorted({*without, *state.allergies})
    async with call.transaction() as session:
        kitchens = await reachable(call, session)
    searched, note = chosen(call, kitchens, restaurant)
    limit = max_price * 100 if max_price else None
    hits = await call.menu.search(
        query,
        Filters(
            restaurant_ids=[kitchen.id for kitchen in searched],
            diet=diet,
            without=avoid,
            max_price=limit,
        ),
        limit=MOST_OFFERED * 2,
    )
    async with call.transaction() as session:
        found = await menus.dishes(session, [hit.item_id for hit in hits])
    by_id = {kitchen.id: kitchen for kitchen in kitchens}
    ranked = [
        found[hit.item_id]
        for hit in hits
        if hit.item_id in found and found[hit.item_id].restaurant_id in by_id
    ]
    meant = candidates(query, [dish.name for dish in ranked])
    named = [dish.name for dish in ranked if dish.name.lower() in query.lower()]
    first = named or meant
    ranked.sort(key=lambda dish: first.index(dish.name) if dish.name in first else len(first))
    offered = [entry(call, dish, by_id[dish.restaurant_id]) for dish in ranked[:MOST_OFFERED]]
    call.save()
    if not offered:
        return {"dishes": [], "note": note or "Nothing fits. Say so and ask what else they would like."}
    result: Result = {"dishes": offered, **({"note": note} if note else {})}
    if len(meant) > 1 and not named:
        result |= {"unclear": True, "ask": f"Did you mean {say_list(meant, 'or')}?"}
    return result


async def reachable(call: Call, session: AsyncSession) -> list[Kitchen]:
    """Where a dish may come from: the order's own kitchen, and the best branch of each other brand."""
    state, now = call.state, call.clock.now()
    everywhere = await menus.kitchens(session, state.city)
    if state.cart.lines and state.restaurant_id:
        own = [kitchen for kitchen in everywhere if kitchen.id == state.restaurant_id]
        others = [kitchen for kitchen in everywhere if kitchen.id != state.restaurant_id]
        brands = {kitchen.brand for kitchen in own}
        return own + [
            k for k in menus.one_per_brand(others, likely_point(call), now) if k.brand not in brands
        ]
    here = menus.one_per_brand(everywhere, likely_point(call), now)
    return here or menus.one_per_brand(everywhere, None, now)


def likely_point(call: Call) -> Point | None:
    """Where the food probably goes: the verified place, else where this caller had it brought last."""
    return call.state.place.point if call.state.place else call.state.likely_point


def chosen(
    call: Call, kitchens: Sequence[Kitchen], restaurant: str | None
) -> tuple[list[Kitchen], str | None]:
    """The kitchens to search, and what the model must know about the choice."""
    state = call.state
    if state.cart.lines and state.restaurant_id:
        own = [kitchen for kitchen in kitchens if kitchen.id == state.restaurant_id]
        named = like(kitchens, restaurant)
        if named and named[0].id != state.restaurant_id:
            return (
                own,
                f"One order comes from one restaurant; this one is from {own[0].name}. Offer its dishes.",
            )
        return own, None
    if restaurant is None:
        return list(kitchens), None
    named = like(kitchens, restaurant)
    if named:
        return named, None
    names = ", ".join(kitchen.brand for kitchen in kitchens)
    return list(kitchens), f"There is no {restaurant} here. Restaurants that deliver: {names}."


def like(kitchens: Sequence[Kitchen], spoken: str | None) -> list[Kitchen]:
    """The kitchens whose name sounds like what was said."""
    if not spoken:
        return []
    names = {index: kitchen.name for index, kitchen in enumerate(kitchens)}
    found = process.extract(
        spoken, names, scorer=fuzz.partial_ratio, processor=utils.default_process, score_cutoff=NAME_LIKE
    )
    return [kitchens[index] for _, _, index in found]


def entry(call: Call, dish: Dish, kitchen: Kitchen) -> Result:
    """A dish as the model sees it, under a handle of this call."""
    state = call.state
    known = next((handle for handle, other in state.dishes.items() if other.id == dish.id), None)
    handle = known or state.handle("dish")
    state.dishes[handle] = dish
    price = Money(dish.lowest_price, call.market.currency)
    call.facts(price, *(Money(size.price, call.market.currency) for size in dish.sizes))
    shown: Result = {
        "dish": handle,
        "name": dish.name,
        "restaurant": kitchen.name,
        "price": str(price),
        "sizes": [size.name for size in dish.sizes],
        "choices": [
            {
                "choice": choice.name,
                "required": choice.required,
                "options": [option.name for option in choice.options],
            }
            for choice in dish.choices
        ],
        "tags": [*dish.diets, *dish.tags],
        "contains": list(dish.allergens),
        "sold_out": dish.sold_out,
    }
    now = call.clock.now()
    if not kitchen.cooks_at(now):
        opens = kitchen.hours.next_opening(now)
        shown["closed"] = "paused" if kitchen.paused(now) else "closed"
        if opens:
            shown["opens"] = opens.isoformat()
    return shown
