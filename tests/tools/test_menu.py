"""Searching: three dishes at most, from kitchens that come here, nothing the caller must not eat."""

from datetime import timedelta

import pytest

from db.menu_index import Filters, Hit, MenuIndex
from tests.fakes.call import run
from tests.fakes.shop import BEN, MARIA, ROHAN, Shop
from tests.tools.conftest import Phoned
from tools.caller import get_customer_profile
from tools.cart import add_to_order, set_allergies
from tools.menu import search_menu
from tools.result import Result

pytestmark = pytest.mark.db


def names(result: Result) -> list[str]:
    return [dish["name"] for dish in result["dishes"]]


async def test_a_dish_is_found_by_name_with_everything_to_ask_about(phoned: Phoned) -> None:
    talk = await phoned()
    await run(talk.call, get_customer_profile)  # the nearest branch is known from the address on file
    found = (await run(talk.call, search_menu, query="paneer tikka"))["dishes"][0]
    assert found["dish"] in talk.state.dishes
    assert {key: found[key] for key in found if key != "dish"} == {
        "name": "Paneer Tikka",
        "restaurant": "Spice Route, Old Mill",
        "price": "$8.50",
        "sizes": ["half", "full"],
        "choices": [{"choice": "spice level", "required": True, "options": ["mild", "medium", "hot"]}],
        "tags": ["veg", "bestseller", "smoky", "grilled"],
        "contains": ["dairy"],
        "sold_out": False,
    }


async def test_at_most_three_are_offered_and_prices_may_then_be_repeated(phoned: Phoned) -> None:
    talk = await phoned()
    found = (await run(talk.call, search_menu, query="something spicy"))["dishes"]
    assert 1 < len(found) <= 3
    assert all(dish["price"] in talk.state.facts for dish in found)


async def test_a_dish_keeps_its_handle(phoned: Phoned) -> None:
    talk = await phoned()
    first, second = [await run(talk.call, search_menu, query="garlic naan") for _ in range(2)]
    assert first["dishes"][0]["dish"] == second["dishes"][0]["dish"]


@pytest.mark.parametrize(
    ("limits", "holds"),
    [
        ({"without": ["dairy"]}, lambda dish: "dairy" not in dish["contains"]),
        ({"diet": "vegan"}, lambda dish: "vegan" in dish["tags"]),
        ({"max_price": 12}, lambda dish: float(dish["price"].lstrip("$")) <= 12),
        ({"restaurant": "spice root"}, lambda dish: dish["restaurant"].startswith("Spice Route")),
    ],
)
async def test_limits_hold(phoned: Phoned, limits: Result, holds: object) -> None:
    talk = await phoned()
    found = (await run(talk.call, search_menu, query="something spicy", **limits))["dishes"]
    assert found
    assert callable(holds)
    assert all(holds(dish) for dish in found)


async def test_what_the_caller_is_allergic_to_is_left_out_without_being_asked(phoned: Phoned) -> None:
    talk = await phoned(MARIA)
    await run(talk.call, set_allergies, allergens=["peanut"])
    assert "Peanut Noodle Salad" not in names(await run(talk.call, search_menu, query="peanut noodle salad"))


async def test_prices_are_rupees_in_india(phoned: Phoned) -> None:
    talk = await phoned(ROHAN, "IN")
    found = (await run(talk.call, search_menu, query="paneer tikka"))["dishes"][0]
    assert found["price"] == "₹220"


async def test_an_unknown_restaurant_is_answered_with_the_known_ones(phoned: Phoned) -> None:
    talk = await phoned(BEN)
    note = (await run(talk.call, search_menu, query="burger", restaurant="Quuxburger"))["note"]
    assert "There is no Quuxburger" in note
    assert "Spice Route" in note


async def test_once_an_order_has_begun_only_its_kitchen_is_searched(phoned: Phoned, shop: Shop) -> None:
    talk = await phoned()
    naan = talk.offer(await shop.dish("Garlic Naan"))
    await run(talk.call, add_to_order, dish=naan)
    found = await run(talk.call, search_menu, query="pizza", restaurant="Slice Society")
    assert {dish["restaurant"] for dish in found["dishes"]} <= {"Spice Route, Old Mill"}
    assert "from Spice Route, Old Mill" in found["note"]


async def test_nothing_found_says_what_to_do(phoned: Phoned) -> None:
    talk = await phoned()
    found = await run(talk.call, search_menu, query="garlic naan", max_price=1)
    assert found["dishes"] == []
    assert "ask what else" in found["note"]


async def test_a_closed_kitchens_dishes_say_so(phoned: Phoned, shop: Shop) -> None:
    talk = await phoned()
    shop.clock.advance(timedelta(hours=12))
    found = (await run(talk.call, search_menu, query="paneer tikka"))["dishes"][0]
    assert found["closed"] == "closed"
    assert found["opens"] == "2026-03-03T17:00:00+00:00"


async def test_the_index_is_asked_outside_any_transaction(phoned: Phoned, shop: Shop) -> None:
    seen: list[int] = []

    class Watching(MenuIndex):
        async def search(self, query: str, filters: Filters | None = None, limit: int = 5) -> list[Hit]:
            seen.append(shop.sessions.kw["bind"].pool.checkedout())
            return await super().search(query, filters, limit)

    talk = await phoned()
    watching = Watching.__new__(Watching)
    watching.__dict__.update(talk.call.menu.__dict__)
    talk.call.menu = watching
    assert (await run(talk.call, search_menu, query="garlic naan"))["dishes"]
    assert seen == [0]
