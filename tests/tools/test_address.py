"""Where the food goes: found, unclear, unknown, or too far, each with what to say next."""

import pytest
from sqlmodel import col, select

from agents import grammar
from db.models import MenuItem, Modifier, ModifierGroup
from domain.address import Place, Point
from domain.call_state import ReadBack
from errors import ToolError, VendorTimeout
from tests.fakes.call import Talk, asked, run
from tests.fakes.shop import Shop
from tests.tools.conftest import Phoned
from tools.address import verify_address
from tools.caller import get_customer_profile
from tools.cart import add_to_order
from tools.tool import OURS_IS_DOWN, handle

pytestmark = pytest.mark.db
MILL, HARBOR = Point(lat=30.62882, lng=-97.15114), Point(lat=30.60357, lng=-97.09164)
FAR = Point(lat=30.71719, lng=-96.87348)


def place(line: str, area: str, point: Point, postcode: str = "75990") -> Place:
    return Place(line=line, area=area, city="Larkfield", postcode=postcode, point=point)


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    talk = await phoned()
    talk.maps.knows("12 Juniper Lane", place("12 Juniper Lane", "Old Mill", MILL))
    talk.maps.knows(
        "12 Mill Street",
        place("12 Mill Street", "Old Mill", MILL),
        place("12 Mill Street", "Harbor", HARBOR, "75991"),
    )
    talk.maps.knows("Junper Lane", place("Juniper Lane", "Old Mill", MILL), exact=False)
    talk.maps.knows("9 Summit Trail", place("9 Summit Trail", "Cedar Heights", FAR, "75998"))
    return talk


async def begin(talk: Talk, shop: Shop, kitchen: str) -> None:
    await run(talk.call, add_to_order, dish=talk.offer(await shop.dish("Samosa", kitchen)), quantity=3)


async def test_an_address_in_the_zone_is_taken(talk: Talk, shop: Shop) -> None:
    await begin(talk, shop, "Spice Route, Old Mill")
    version = talk.state.cart.version
    found = await run(talk.call, verify_address, text="12 Juniper Lane", flat="2B", note="ring twice")
    assert found == {
        "status": "deliverable",
        "address": "address-2",
        "spoken": "2B, 12 Juniper Lane, Old Mill",
        "minutes": 35,
        "restaurant": "Spice Route, Old Mill",
    }
    assert talk.state.place is not None
    assert (talk.state.place.note, talk.state.place.saved) == ("ring twice", False)
    assert talk.state.cart.version == version + 1
    assert "35 minutes" in talk.state.facts


async def test_an_address_is_looked_up_with_figures_and_letters(talk: Talk, shop: Shop) -> None:
    await begin(talk, shop, "Spice Route, Old Mill")
    found = await run(
        talk.call,
        verify_address,
        text="twelve Juniper Lane",
        flat="flat four oh two B for Bombay",
        recipient="R for Ravi, A as in apple, M like mango",
    )
    assert found["spoken"] == "flat 402B, 12 Juniper Lane, Old Mill"
    assert talk.state.place is not None
    assert talk.state.place.recipient == "RAM"


async def test_what_is_not_found_is_dictated_again(talk: Talk) -> None:
    await run(talk.call, verify_address, text="nowhere at all")
    assert grammar.dictating(talk.state)
    grammar.hear(talk.call, "Two naan, please.")
    assert not grammar.dictating(talk.state)


async def test_a_choice_between_two_places_is_no_dictation(talk: Talk) -> None:
    await run(talk.call, verify_address, text="12 Mill Street")
    assert talk.state.open_question == "address"
    assert not grammar.dictating(talk.state)


async def test_a_saved_address_is_taken_by_its_handle(talk: Talk) -> None:
    profile = await run(talk.call, get_customer_profile)
    handle = profile["addresses"][0]["address"]
    found = await run(talk.call, verify_address, saved=handle)
    assert (found["status"], found["spoken"]) == ("deliverable", "48 Juniper Lane, Old Mill")
    assert talk.state.saved_address_id == talk.state.saved_places[handle]


async def test_two_places_of_one_name_are_asked_about(talk: Talk) -> None:
    found = await run(talk.call, verify_address, text="12 Mill Street", landmark="the mill")
    assert found["status"] == "unclear"
    assert found["ask"].startswith("Is that 12 Mill Street, Old Mill")
    assert talk.state.place is None
    assert talk.state.open_question == "address"
    second = found["options"][1]["address"]
    chosen = await run(talk.call, verify_address, saved=second)
    assert chosen["spoken"] == "12 Mill Street, Harbor, near the mill"
    assert talk.state.open_question is None


async def test_a_guess_is_asked_about(talk: Talk) -> None:
    found = await run(talk.call, verify_address, text="Junper Lane")
    assert (found["status"], found["ask"]) == ("unclear", "Is that Juniper Lane, Old Mill?")


async def test_an_unknown_address_is_asked_for_again(talk: Talk) -> None:
    found = await run(talk.call, verify_address, text="xyzzy")
    assert found["status"] == "not_found"
    assert "Which street and number" in found["ask"]


@pytest.mark.parametrize("arguments", [{}, {"flat": "2B"}, {"saved": "address-99"}])
async def test_without_an_address_it_is_asked_for(talk: Talk, arguments: dict[str, str]) -> None:
    with pytest.raises(ToolError, match="Ask for the"):
        await verify_address(talk.call, **arguments)


async def test_a_detail_said_later_is_added(talk: Talk) -> None:
    await run(talk.call, verify_address, text="12 Juniper Lane")
    assert (await run(talk.call, verify_address, flat="2B"))["spoken"] == "2B, 12 Juniper Lane, Old Mill"


async def test_beyond_every_kitchen_another_address_is_asked_for(talk: Talk) -> None:
    found = await run(talk.call, verify_address, text="9 Summit Trail")
    assert found["status"] == "out_of_zone"
    assert "another address" in found["say"]
    assert talk.state.place is None


async def test_out_of_one_kitchens_zone_others_are_named(talk: Talk, shop: Shop) -> None:
    await begin(talk, shop, "Spice Route, Old Mill")
    for branch in ("Old Mill", "Downtown"):
        await shop.set_kitchen(await shop.kitchen(f"Spice Route, {branch}"), radius_km=0.1)
    found = await run(talk.call, verify_address, text="12 Juniper Lane", flat="1")
    assert found["status"] == "out_of_zone"
    assert "Spice Route, Old Mill doesn't deliver to 1, 12 Juniper Lane" in found["say"]
    assert "Slice Society" in found["say"]


async def test_the_cart_moves_to_the_branch_that_comes_there(talk: Talk, shop: Shop) -> None:
    await begin(talk, shop, "Spice Route, Old Mill")
    await shop.set_kitchen(await shop.kitchen("Spice Route, Old Mill"), radius_km=0.1)
    found = await run(talk.call, verify_address, text="12 Juniper Lane")
    assert (found["status"], found["restaurant"]) == ("deliverable", "Spice Route, Downtown")
    downtown = await shop.kitchen("Spice Route, Downtown")
    assert talk.state.restaurant_id == downtown
    assert {line.dish.restaurant_id for line in talk.state.cart.lines} == {downtown}


async def test_a_silent_geocoder_is_an_apology(talk: Talk) -> None:
    talk.maps.fails = VendorTimeout("google_maps", "geocoding took too long")
    question = asked(talk.call, verify_address, {"text": "12 Juniper Lane"})
    await handle(verify_address, question.params)
    assert question.result == {"error": OURS_IS_DOWN}
    assert talk.state.place is None


async def spicy_order_leaves_its_zone(talk: Talk, shop: Shop) -> None:
    tikka = talk.offer(await shop.dish("Paneer Tikka"))
    await run(talk.call, add_to_order, dish=tikka, size="full", choices=["hot"])
    await shop.set_kitchen(await shop.kitchen("Spice Route, Old Mill"), radius_km=0.1)


async def test_a_branch_without_the_chosen_option_does_not_get_the_cart(talk: Talk, shop: Shop) -> None:
    await spicy_order_leaves_its_zone(talk, shop)
    twin = await shop.dish("Paneer Tikka", "Spice Route, Downtown")
    async with shop.transaction() as session:
        options = await session.scalars(
            select(Modifier)
            .join(ModifierGroup, col(ModifierGroup.id) == col(Modifier.group_id))
            .where(col(ModifierGroup.item_id) == twin.id, col(Modifier.name) == "hot")
        )
        options.one().name = "blazing"
    found = await run(talk.call, verify_address, text="12 Juniper Lane")
    assert found["status"] == "out_of_zone"
    assert talk.state.restaurant_name == "Spice Route, Old Mill"


@pytest.mark.parametrize(("allergies", "moves"), [([], True), (["sesame"], False), (["milk"], True)])
async def test_a_branch_that_cooks_with_what_the_caller_is_allergic_to_does_not_get_the_cart(
    talk: Talk, shop: Shop, allergies: list[str], moves: bool
) -> None:
    await spicy_order_leaves_its_zone(talk, shop)
    talk.state.allergies = allergies  # milk is in the dish at both, and the caller kept it
    twin = await shop.dish("Paneer Tikka", "Spice Route, Downtown")
    async with shop.transaction() as session:
        item = await session.get_one(MenuItem, twin.id)
        item.allergens = sorted({*item.allergens, "sesame"})
    found = await run(talk.call, verify_address, text="12 Juniper Lane")
    assert (found["status"] == "deliverable") is moves


@pytest.mark.parametrize("agent", ["delivery_tracking", "customer_support"])
@pytest.mark.parametrize("text", ["12 Juniper Lane", "9 Summit Trail"])
async def test_an_address_for_a_placed_order_leaves_the_cart_alone(
    talk: Talk, shop: Shop, agent: str, text: str
) -> None:
    await begin(talk, shop, "Spice Route, Old Mill")
    await run(talk.call, verify_address, text="12 Juniper Lane", flat="2B")
    await shop.set_kitchen(await shop.kitchen("Spice Route, Old Mill"), radius_km=0.1)
    talk.state.agent = agent
    talk.state.read_back = ReadBack(cart_version=talk.state.cart.version, terms="t", payment="cash", mark="m")
    before = talk.state.model_copy(deep=True)
    found = await run(talk.call, verify_address, text=text)
    assert found["status"] == "found"
    assert f"address {found['address']}" in found["next"]
    assert talk.state.places[found["address"]].line == text
    for kept in ("cart", "place", "saved_address_id", "km", "restaurant_id", "read_back"):
        assert getattr(talk.state, kept) == getattr(before, kept), kept


async def test_a_detail_of_a_placed_orders_address_is_not_added_to_the_carts(talk: Talk) -> None:
    await run(talk.call, verify_address, text="12 Juniper Lane")
    talk.state.agent = "customer_support"
    with pytest.raises(ToolError, match="Ask for the street"):
        await verify_address(talk.call, flat="2B")
    assert talk.state.place is not None
    assert talk.state.place.flat is None


async def test_one_of_two_places_for_a_placed_order_is_remembered_as_chosen(talk: Talk) -> None:
    talk.state.agent = "customer_support"
    unclear = await run(talk.call, verify_address, text="12 Mill Street")
    chosen = await run(talk.call, verify_address, saved=unclear["options"][1]["address"])
    assert (chosen["status"], chosen["spoken"]) == ("found", "12 Mill Street, Harbor")
    assert (talk.state.place, talk.state.open_question) == (None, None)
