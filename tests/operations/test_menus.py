"""Kitchens and dishes as the database has them now, and what may take the place of a dish."""

import pytest

from domain.address import Point
from domain.ids import new_id
from errors import NotFound
from operations import menus
from tests.fakes.shop import Shop

pytestmark = pytest.mark.db
MILL = Point(lat=30.62882, lng=-97.15114)


async def test_a_dish_comes_with_its_sizes_choices_and_allergens_of_extras(shop: Shop) -> None:
    tikka = await shop.dish("Paneer Tikka")
    assert [(size.name, size.price) for size in tikka.sizes] == [("half", 850), ("full", 1250)]
    (spice,) = tikka.choices
    assert (spice.name, spice.required, spice.maximum) == ("spice level", True, 1)
    butter = (await shop.dish("Chana Masala")).option("Extra Butter")
    assert butter is not None
    assert (butter[1].price, butter[1].allergens) == (75, ("dairy",))


async def test_one_branch_of_a_brand_is_the_nearest_that_cooks_and_comes_there(shop: Shop) -> None:
    now = shop.clock.now()
    async with shop.transaction() as session:
        everywhere = await menus.kitchens(session, "Larkfield")
    chosen = {kitchen.brand: kitchen for kitchen in menus.one_per_brand(everywhere, MILL, now)}
    assert set(chosen) == {"Spice Route", "Green Bowl", "Slice Society"}
    assert chosen["Spice Route"].branch == "Old Mill"
    assert all(kitchen.reaches(MILL) for kitchen in chosen.values())


async def test_the_same_dish_is_found_at_a_sister_branch(shop: Shop) -> None:
    here = await shop.dish("Samosa")
    downtown = await shop.kitchen("Spice Route, Downtown")
    async with shop.transaction() as session:
        there = await menus.same_dish_at(session, here.slug, downtown)
        none = await menus.same_dish_at(session, "no-such-dish", downtown)
    assert there is not None
    assert (there.name, there.restaurant_id, there.id == here.id, none) == ("Samosa", downtown, False, None)


@pytest.mark.parametrize("avoiding", [[], ["dairy"], ["dairy", "tree_nut", "gluten"]])
async def test_something_similar_is_of_the_same_kind_to_be_had_and_harmless(
    shop: Shop, avoiding: list[str]
) -> None:
    korma = await shop.dish("Vegetable Korma")
    async with shop.transaction() as session:
        other = await menus.similar(session, korma, avoiding)
    assert other is not None
    assert (other.category, other.restaurant_id, other.sold_out) == (
        korma.category,
        korma.restaurant_id,
        False,
    )
    assert "veg" in other.diets
    assert not set(avoiding) & set(other.allergens)


async def test_nothing_similar_is_better_than_something_harmful(shop: Shop) -> None:
    korma = await shop.dish("Vegetable Korma")
    everything = [
        "dairy",
        "gluten",
        "egg",
        "peanut",
        "tree_nut",
        "soy",
        "fish",
        "shellfish",
        "sesame",
        "mustard",
    ]
    async with shop.transaction() as session:
        curries = [
            dish
            for dish in [await menus.similar(session, korma, everything)]
            if dish is not None and dish.allergens
        ]
    assert curries == []


async def test_a_companion_needs_no_question(shop: Shop) -> None:
    tikka = await shop.dish("Paneer Tikka")
    async with shop.transaction() as session:
        found = await menus.companion(session, tikka.restaurant_id, [tikka.id], ["dairy"])
    assert found is not None
    assert not found.sizes
    assert not any(choice.required for choice in found.choices)
    assert "dairy" not in found.allergens


async def test_an_unknown_kitchen_is_not_found(shop: Shop) -> None:
    async with shop.transaction() as session:
        with pytest.raises(NotFound):
            await menus.kitchen(session, new_id())
