"""Allergies: told to the kitchen, never called safe, never served by way of a substitute or an extra."""

import pytest

from domain.call_state import ReadBack
from errors import ToolError
from tests.fakes.call import Talk, run
from tests.fakes.shop import MARIA, Shop
from tests.tools.conftest import Phoned
from tools.caller import get_customer_profile
from tools.cart import add_to_order, change_order_line, set_allergies, suggest_addition

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    return await phoned()


async def test_what_is_noted_is_said_and_never_called_safe(talk: Talk) -> None:
    noted = await run(talk.call, set_allergies, allergens=["tree_nut", "peanut"])
    assert talk.state.allergies == ["peanut", "tree_nut"]
    assert noted["say"] == (
        "I'll tell the kitchen about peanut and tree nut. They cook with it too, so traces can't be ruled out."
    )
    assert "safe" not in noted["say"]


async def test_what_is_already_in_the_order_is_named(talk: Talk, shop: Shop) -> None:
    await run(talk.call, add_to_order, dish=talk.offer(await shop.dish("Vegetable Korma")))
    noted = await run(talk.call, set_allergies, allergens=["tree_nut"])
    assert noted["conflicts"] == [{"line": "line-1", "name": "Vegetable Korma", "contains": "tree nut"}]
    assert "Vegetable Korma contains tree nut." in noted["say"]


async def test_noting_nothing_is_refused(talk: Talk) -> None:
    with pytest.raises(ToolError, match="allergens"):
        await set_allergies(talk.call, allergens=[])


async def test_a_dish_with_the_allergen_is_refused_with_one_that_has_none(talk: Talk, shop: Shop) -> None:
    korma = talk.offer(await shop.dish("Vegetable Korma"))
    await run(talk.call, set_allergies, allergens=["tree_nut"])
    with pytest.raises(ToolError, match=r"contains tree nut, and the caller is allergic\. Offer") as refused:
        await add_to_order(talk.call, dish=korma)
    offered = [dish for handle, dish in talk.state.dishes.items() if f"({handle})" in refused.value.message]
    assert len(offered) == 1
    assert "tree_nut" not in offered[0].allergens
    assert not talk.state.cart.lines


async def test_a_substitute_for_a_sold_out_dish_never_holds_the_allergen(talk: Talk, shop: Shop) -> None:
    await run(talk.call, set_allergies, allergens=["dairy"])
    with pytest.raises(ToolError) as refused:
        await add_to_order(talk.call, dish=talk.offer(await shop.dish("Rasmalai")))
    for handle, dish in talk.state.dishes.items():
        if f"({handle})" in refused.value.message:
            assert "dairy" not in dish.allergens


async def test_an_extra_with_the_allergen_is_refused_too(talk: Talk, shop: Shop) -> None:
    await run(talk.call, set_allergies, allergens=["dairy"])
    chana = await shop.dish("Chana Masala")
    extras = [
        (choice, option.name)
        for choice in chana.choices
        for option in choice.options
        if "dairy" in option.allergens
    ]
    assert "dairy" not in chana.allergens
    assert extras, "the menu has no such extra any more"
    required = [choice.options[0].name for choice in chana.choices if choice.required]
    size = chana.sizes[0].name if chana.sizes else None
    handle = talk.offer(chana)
    with pytest.raises(ToolError, match=f"{extras[0][1]}.*dairy"):
        await add_to_order(talk.call, dish=handle, size=size, choices=[*required, extras[0][1]])
    assert not talk.state.cart.lines
    await run(talk.call, add_to_order, dish=handle, size=size, choices=required)
    with pytest.raises(ToolError, match=f"{extras[0][1]}.*dairy"):
        await change_order_line(talk.call, line="line-1", choices=[extras[0][1]])
    assert extras[0][1] not in talk.state.cart.lines[0].choices


async def test_a_suggestion_never_holds_the_allergen(talk: Talk, shop: Shop) -> None:
    await run(talk.call, add_to_order, dish=talk.offer(await shop.dish("Samosa")), quantity=3)
    await run(talk.call, set_allergies, allergens=["dairy", "gluten"])
    offer = await run(talk.call, suggest_addition)
    if offer["suggest"]:
        dish = talk.state.dishes[offer["suggest"]["dish"]]
        assert not {"dairy", "gluten"} & set(dish.allergens)


async def test_an_allergy_on_file_counts_from_the_start(phoned: Phoned, shop: Shop) -> None:
    talk = await phoned(MARIA)
    assert (await run(talk.call, get_customer_profile))["allergies"] == ["peanut"]
    salad = talk.offer(await shop.dish("Peanut Noodle Salad", "Green Bowl, University Park"))
    with pytest.raises(ToolError, match="contains peanut"):
        await add_to_order(talk.call, dish=salad)


async def test_an_allergy_on_file_that_is_read_late_is_held_against_the_order(
    phoned: Phoned, shop: Shop
) -> None:
    """The file could not be read at first; meanwhile a dish was added and read back."""
    talk = await phoned(MARIA)
    salad = talk.offer(await shop.dish("Peanut Noodle Salad", "Green Bowl, University Park"))
    added = await run(talk.call, add_to_order, dish=salad)
    talk.state.read_back = ReadBack(
        cart_version=added["cart_version"], terms="before", payment="cash", mark="read", heard=True
    )
    profile = await run(talk.call, get_customer_profile)
    assert profile["conflicts"] == [{"line": "line-1", "name": "Peanut Noodle Salad", "contains": "peanut"}]
    assert profile["say"] == "Peanut Noodle Salad contains peanut."
    assert profile["cart_version"] > added["cart_version"]
    assert talk.state.read_back is None


async def test_a_file_that_is_read_again_changes_no_terms(phoned: Phoned) -> None:
    talk = await phoned(MARIA)
    await run(talk.call, get_customer_profile)
    before = talk.state.cart.version
    assert "conflicts" not in await run(talk.call, get_customer_profile)
    assert talk.state.cart.version == before
