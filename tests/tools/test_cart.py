"""Filling the cart through the tools: one question at a time, and every refusal with a next step."""

import asyncio
from datetime import timedelta

import pytest

from domain.call_state import ReadBack
from errors import Conflict, Invalid, ToolError
from tests.fakes.call import Talk, run
from tests.fakes.shop import Shop
from tests.tools.conftest import Phoned
from tools.cart import add_to_order, change_order_line, remove_from_order, suggest_addition
from tools.tool import Tool

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    return await phoned()


async def offered(talk: Talk, shop: Shop, name: str, kitchen: str = "Spice Route, Old Mill") -> str:
    return talk.offer(await shop.dish(name, kitchen))


async def test_a_dish_is_added_as_it_was_said(talk: Talk, shop: Shop) -> None:
    handle = await offered(talk, shop, "Paneer Tikka")
    assert await run(talk.call, add_to_order, dish=handle, quantity=2, size="full", choices=["hot"]) == {
        "status": "added",
        "line": "line-1",
        "line_text": "2 full Paneer Tikka, hot",
        "cart_version": 1,
        "subtotal": "$25.00",
    }
    assert talk.state.restaurant_name == "Spice Route, Old Mill"
    assert "$25.00" in talk.state.facts


async def test_what_is_missing_is_asked_one_thing_at_a_time(talk: Talk, shop: Shop) -> None:
    handle = await offered(talk, shop, "Paneer Tikka")
    first = await run(talk.call, add_to_order, dish=handle)
    assert (first["status"], first["missing"], first["options"]) == ("incomplete", "size", ["half", "full"])
    assert first["ask"] == "Which size for the Paneer Tikka: half or full?"
    assert (talk.state.open_question, talk.state.open_options) == ("size", ["half", "full"])
    second = await run(talk.call, change_order_line, line="line-1", size="full")
    assert second["ask"] == "Which spice level for the Paneer Tikka: mild, medium, or hot?"
    third = await run(talk.call, change_order_line, line="line-1", choices=["hot"])
    assert (third["status"], third["cart_version"]) == ("changed", 3)
    assert talk.state.open_question is None


async def test_unknown_handles_are_refused(talk: Talk) -> None:
    with pytest.raises(ToolError, match=r"There is no dish-99\. Search the menu"):
        await add_to_order(talk.call, dish="dish-99")
    for refused in (
        change_order_line(talk.call, line="line-9", quantity=2),
        remove_from_order(talk.call, line="line-9"),
    ):
        with pytest.raises(Invalid, match="there is no line-9"):
            await refused
    assert talk.state.cart.version == 0


async def test_a_sold_out_dish_is_answered_with_a_substitute(talk: Talk, shop: Shop) -> None:
    handle = await offered(talk, shop, "Rasmalai")
    with pytest.raises(ToolError, match=r"Rasmalai is sold out\. Apologise\. Offer") as refused:
        await add_to_order(talk.call, dish=handle)
    substitute = next(known for known in talk.state.dishes if f"({known})" in refused.value.message)
    assert talk.state.dishes[substitute].category == "desserts"
    assert not talk.state.cart.lines


async def test_a_dish_that_sold_out_after_it_was_offered_is_refused(talk: Talk, shop: Shop) -> None:
    samosa = await shop.dish("Samosa")
    handle = talk.offer(samosa)
    await shop.set_item(samosa, stock=0)
    with pytest.raises(ToolError, match="Samosa is sold out"):
        await add_to_order(talk.call, dish=handle)


async def test_the_price_is_the_one_of_now(talk: Talk, shop: Shop) -> None:
    naan = await shop.dish("Garlic Naan")
    handle = talk.offer(naan)
    await shop.set_item(naan, price=400)
    assert (await run(talk.call, add_to_order, dish=handle))["subtotal"] == "$4.00"


async def test_a_closed_kitchen_says_when_it_opens_and_who_is_open(talk: Talk, shop: Shop) -> None:
    handle = await offered(talk, shop, "Garlic Naan", "Spice Route, Downtown")
    shop.clock.advance(timedelta(hours=3))  # half past three: between lunch and dinner there
    with pytest.raises(ToolError) as refused:
        await add_to_order(talk.call, dish=handle)
    assert "Spice Route, Downtown is closed now. It opens today at 5 pm." in refused.value.message
    assert "set_delivery_time" in refused.value.message
    assert "Open now: " in refused.value.message


async def test_a_paused_kitchen_says_until_when(talk: Talk, shop: Shop) -> None:
    naan = await shop.dish("Garlic Naan")
    await shop.set_kitchen(naan.restaurant_id, paused_until=shop.clock.now() + timedelta(minutes=45))
    with pytest.raises(ToolError, match="has paused orders until today at 1:15 pm"):
        await add_to_order(talk.call, dish=talk.offer(naan))


async def test_an_order_for_later_needs_no_open_kitchen_now(talk: Talk, shop: Shop) -> None:
    handle = await offered(talk, shop, "Garlic Naan")
    shop.clock.advance(timedelta(hours=12))
    talk.state.wanted_at = shop.clock.now() + timedelta(hours=15)
    assert (await run(talk.call, add_to_order, dish=handle))["status"] == "added"


async def test_one_order_comes_from_one_restaurant(talk: Talk, shop: Shop) -> None:
    naan = await offered(talk, shop, "Garlic Naan")
    pizza = await offered(talk, shop, "Garlic Bread", "Slice Society, Riverside")
    await run(talk.call, add_to_order, dish=naan)
    with pytest.raises(ToolError, match=r"from Spice Route, Old Mill.*ask which of the two"):
        await add_to_order(talk.call, dish=pizza)


async def test_not_even_when_two_are_added_at_once(talk: Talk, shop: Shop) -> None:
    handles = [
        await offered(talk, shop, "Garlic Naan"),
        await offered(talk, shop, "Garlic Bread", "Slice Society, Riverside"),
    ]
    ends = await asyncio.gather(
        *(add_to_order(talk.call, dish=handle) for handle in handles), return_exceptions=True
    )
    assert sum(isinstance(end, ToolError) for end in ends) == 1
    (line,) = talk.state.cart.lines
    assert line.dish.restaurant_id == talk.state.restaurant_id


async def test_a_dish_offered_from_another_branch_is_taken_from_the_orders_own(
    talk: Talk, shop: Shop
) -> None:
    elsewhere = await offered(talk, shop, "Samosa", "Spice Route, Downtown")
    await run(talk.call, add_to_order, dish=await offered(talk, shop, "Garlic Naan"))
    assert (await run(talk.call, add_to_order, dish=elsewhere))["status"] == "added"
    assert {line.dish.restaurant_id for line in talk.state.cart.lines} == {talk.state.restaurant_id}


async def test_every_change_ends_an_earlier_read_back(talk: Talk, shop: Shop) -> None:
    naan, samosa = [await offered(talk, shop, name) for name in ("Garlic Naan", "Samosa")]
    await run(talk.call, add_to_order, dish=naan)
    changes: list[tuple[Tool, dict[str, object]]] = [
        (add_to_order, {"dish": samosa}),
        (change_order_line, {"line": "line-1", "quantity": 2}),
        (remove_from_order, {"line": "line-2"}),
    ]
    for tool, arguments in changes:
        talk.state.read_back = ReadBack(cart_version=1, terms="", payment="cash", mark="m", heard=True)
        await run(talk.call, tool, **arguments)
        assert talk.state.read_back is None


async def test_an_emptied_order_may_come_from_anywhere(talk: Talk, shop: Shop) -> None:
    await run(talk.call, add_to_order, dish=await offered(talk, shop, "Garlic Naan"))
    gone = await run(talk.call, remove_from_order, line="line-1")
    assert gone == {"status": "removed", "removed": "1 Garlic Naan", "cart_version": 2}
    bread = await offered(talk, shop, "Garlic Bread", "Slice Society, Riverside")
    assert (await run(talk.call, add_to_order, dish=bread))["status"] == "added"


async def test_one_thing_is_suggested_once_and_only_for_a_complete_order(talk: Talk, shop: Shop) -> None:
    assert (await run(talk.call, suggest_addition))["suggest"] is None
    tikka = await offered(talk, shop, "Paneer Tikka")
    await run(talk.call, add_to_order, dish=tikka)
    assert (await run(talk.call, suggest_addition))["suggest"] is None
    await run(talk.call, change_order_line, line="line-1", size="full", choices=["hot"])
    offer = await run(talk.call, suggest_addition)
    dish = talk.state.dishes[offer["suggest"]["dish"]]
    assert (dish.restaurant_id, dish.sizes, dish.sold_out) == (talk.state.restaurant_id, (), False)
    assert dish.name in offer["say"]
    assert offer["suggest"]["price"] in talk.state.facts
    assert (await run(talk.call, suggest_addition))["suggest"] is None


async def test_refusals_of_the_cart_reach_the_model_as_they_are(talk: Talk, shop: Shop) -> None:
    tikka = await offered(talk, shop, "Paneer Tikka")
    with pytest.raises((Invalid, Conflict), match="mild, medium, hot"):
        await add_to_order(talk.call, dish=tikka, size="full", choices=["volcanic"])


async def test_while_the_model_in_reserve_answers_every_change_is_confirmed(talk: Talk, shop: Shop) -> None:
    talk.call.degraded = lambda: True
    handle = await offered(talk, shop, "Paneer Tikka")
    asked = await run(talk.call, add_to_order, dish=handle, size="full")
    assert "say" not in asked  # the question about the spice level comes first
    done = await run(talk.call, change_order_line, line="line-1", choices=["hot"])
    assert done["say"] == "That's 1 full Paneer Tikka, hot now."
    naan = await run(talk.call, add_to_order, dish=await offered(talk, shop, "Garlic Naan"))
    assert naan["say"] == "I've added 1 Garlic Naan."
