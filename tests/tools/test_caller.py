"""Who is calling: only their own things, nothing of anybody else's, and a way out at any moment."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col

from compliance import wording
from db.models import Callback, Order
from domain.call_state import Level
from errors import ToolError
from tests.fakes.call import Talk, asked, run
from tests.fakes.ordering import agreed, ready
from tests.fakes.shop import ASHA, MARIA, ROHAN, STRANGER, Shop
from tests.tools.conftest import Phoned
from tools.address import verify_address
from tools.call import CONTACT_MARK
from tools.caller import (
    ask_contact_consent,
    ask_for_person,
    end_call,
    get_customer_profile,
    not_this_person,
)
from tools.cart import set_allergies
from tools.checkout import place_order, read_back_order
from tools.menu import likely_point
from tools.orders import get_order_status
from tools.result import Say
from tools.tool import handle

pytestmark = pytest.mark.db


@pytest.fixture
async def talk(phoned: Phoned) -> Talk:
    return await phoned()


async def test_a_known_caller_is_told_what_an_order_needs_and_no_more(talk: Talk) -> None:
    profile = await run(talk.call, get_customer_profile)
    assert profile["known"]
    assert profile["first_name"] == "Asha"
    assert [row["spoken"] for row in profile["addresses"]] == [
        "home, 48 Juniper Lane",
        "office, 12 Commerce Street",
    ]
    assert profile["cards"] == [
        {"card": "card-1", "spoken": "Visa ending in 4242"},
        {"card": "card-2", "spoken": "Mastercard ending in 0002"},
    ]
    assert {row["name"] for row in profile["usual"]} == {"Paneer Tikka", "Garlic Naan"}
    told = str(profile)
    assert "Rao" not in told
    assert "pm_card" not in told
    assert ASHA not in told


async def test_asking_twice_keeps_the_handles(talk: Talk) -> None:
    first, second = [await run(talk.call, get_customer_profile) for _ in range(2)]
    assert first == second


@pytest.mark.parametrize("phone", [STRANGER, None])
async def test_a_stranger_has_no_profile(phoned: Phoned, phone: str | None) -> None:
    talk = await phoned(phone)
    assert (await run(talk.call, get_customer_profile))["known"] is False


async def test_an_erased_customer_has_no_profile(talk: Talk, shop: Shop) -> None:
    assert talk.state.customer_id is not None
    async with shop.transaction() as session:
        row = await session.get_one(type(await shop.customer(talk.state.customer_id)), talk.state.customer_id)
        row.erased_at = shop.clock.now()
    assert await run(talk.call, get_customer_profile) == {"known": False}


async def test_somebody_else_on_the_line_loses_the_profile_at_once(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    await run(talk.call, verify_address, note="ring twice")  # a saved address with a detail of its own
    await run(talk.call, read_back_order, payment="card-1")
    home = talk.state.place
    assert home is not None
    forgotten = await run(talk.call, not_this_person)
    state = talk.state
    assert forgotten["status"] == "forgotten"
    assert (state.denied, state.level, state.first_name) == (True, Level.NOBODY, None)
    assert (state.cards, state.places, state.saved_places, state.orders) == ({}, {}, {}, {})
    assert (state.place, state.saved_address_id, state.read_back) == (None, None, None)
    assert likely_point(talk.call) is None
    assert (await run(talk.call, get_customer_profile))["known"] is False
    assert (await run(talk.call, get_order_status))["orders"] == []
    for handle_ in ("address-1", "address-2", "address-3"):
        with pytest.raises(ToolError, match="Ask for the address"):
            await verify_address(talk.call, saved=handle_)
    talk.maps.knows("12 Mill Street", home.model_copy(update={"line": "12 Mill Street", "saved": False}))
    await run(talk.call, verify_address, text="12 Mill Street")
    with pytest.raises(ToolError, match="Saved cards: none"):
        await read_back_order(talk.call, payment="card-1")


async def test_a_profile_that_is_being_read_when_they_say_so_is_not_used(talk: Talk) -> None:
    profile, orders, _ = await asyncio.gather(
        run(talk.call, get_customer_profile),
        run(talk.call, get_order_status),
        run(talk.call, not_this_person),
    )
    assert profile == {"known": False}
    assert orders["orders"] == []
    assert (talk.state.cards, talk.state.places, talk.state.orders) == ({}, {}, {})


async def test_what_they_said_they_are_allergic_to_stays(phoned: Phoned) -> None:
    talk = await phoned(MARIA)
    await run(talk.call, get_customer_profile)
    await run(talk.call, set_allergies, allergens=["soy"])
    assert talk.state.allergies == ["peanut", "soy"]
    await run(talk.call, not_this_person)
    assert talk.state.allergies == ["soy"]


async def test_their_order_then_belongs_to_somebody_new(talk: Talk, shop: Shop) -> None:
    version = await ready(talk, shop)
    asha, home = talk.state.customer_id, talk.state.place
    assert home is not None
    await run(talk.call, not_this_person)
    talk.maps.knows("12 Mill Street", home.model_copy(update={"line": "12 Mill Street", "saved": False}))
    await run(talk.call, verify_address, text="12 Mill Street")
    done = await run(talk.call, place_order, cart_version=await agreed(talk), payment="cash")
    (order,) = await shop.rows(Order, col(Order.call_id) == talk.state.call_id)
    assert isinstance(order, Order)
    assert (done["code"], order.cart_version > version) == (order.code, True)
    assert order.customer_id != asha
    assert (await shop.customer(order.customer_id)).phone_hash is None


async def test_a_strangers_first_order_makes_them_known(phoned: Phoned, shop: Shop) -> None:
    talk = await phoned(STRANGER)
    assert talk.state.customer_id is None
    asha = await shop.hungry()
    talk.state.cart, talk.state.restaurant_id = asha.cart, asha.restaurant_id
    talk.state.restaurant_name, talk.state.place = asha.restaurant_name, asha.place
    await run(talk.call, place_order, cart_version=await agreed(talk), payment="cash")
    assert talk.state.customer_id is not None
    made = await shop.customer(talk.state.customer_id)
    assert (made.phone_hash, made.phone, made.market) == (talk.state.phone_hash, STRANGER, "US")


async def test_contact_is_asked_for_once_by_the_system(talk: Talk) -> None:
    said = await ask_contact_consent(talk.call)
    assert isinstance(said, Say)
    assert [sentence.text for sentence in said.sentences] == [wording.CONTACT_QUESTION]
    assert talk.state.open_question is None
    talk.call.heard(CONTACT_MARK)
    assert talk.state.open_question == "contact"
    assert (await run(talk.call, ask_contact_consent))["status"] == "known"


async def test_a_withheld_number_is_not_asked(phoned: Phoned) -> None:
    talk = await phoned(None)
    assert (await run(talk.call, ask_contact_consent))["status"] == "known"


async def test_a_person_is_promised_once_with_a_time(talk: Talk, shop: Shop) -> None:
    first = await run(talk.call, ask_for_person, reason="wants a person")
    shop.clock.advance(timedelta(minutes=5))
    second = await run(talk.call, ask_for_person, reason="the driver was rude")
    assert first == second
    assert first["say"] == "A person will call you back within half an hour. Anything else?"
    (row,) = await shop.rows(Callback)
    assert isinstance(row, Callback)
    assert (row.phone, row.call_id) == (ASHA, talk.state.call_id)
    assert row.reason == "wants a person; the driver was rude"


async def test_at_night_the_promise_is_for_the_morning_and_never_for_what_is_past(
    talk: Talk, shop: Shop
) -> None:
    shop.clock.advance(timedelta(hours=11))  # half past eleven in the evening
    first = await run(talk.call, ask_for_person, reason="wants a person")
    assert first["say"] == "A person will call you back tomorrow at 8:30 am at the latest. Anything else?"
    shop.clock.advance(timedelta(hours=9, minutes=1))
    second = await run(talk.call, ask_for_person, reason="wants a person")
    assert second["say"] == "A person will call you back within half an hour. Anything else?"


async def test_where_nobody_of_ours_has_hours_no_time_is_promised(phoned: Phoned, shop: Shop) -> None:
    talk = await phoned(ROHAN, "IN")
    done = await run(talk.call, ask_for_person, reason="wants a person")
    assert done["say"] == "I've passed that on to our team, but I can't promise you a time. Anything else?"
    (row,) = await shop.rows(Callback)
    assert isinstance(row, Callback)
    assert row.reason == "wants a person"


async def test_the_farewell_ends_the_call(talk: Talk) -> None:
    question = asked(talk.call, end_call, {"farewell": "Enjoy your dinner!"})
    await handle(end_call, question.params)
    assert talk.line.farewell == "Enjoy your dinner!"
    assert not question.asks_model


@pytest.mark.parametrize(
    "lie",
    [
        "Your refund of fifty dollars is on its way. Goodbye!",
        "All done, your order is placed. Enjoy!",
        "Goodbye, it arrives in ten minutes.",
    ],
)
async def test_a_farewell_that_is_not_true_is_not_said(talk: Talk, lie: str) -> None:
    await handle(end_call, asked(talk.call, end_call, {"farewell": lie}).params)
    assert talk.line.farewell == wording.GOODBYE
    assert not [fact for fact in talk.state.facts if "refund" in fact or "placed" in fact or "ten" in fact]
    assert [(event["instead"]) for event in talk.recorded("claim.refused")] == ["goodbye"]


async def test_a_farewell_that_is_true_is_said_and_is_no_fact(talk: Talk, shop: Shop) -> None:
    await ready(talk, shop)
    await run(talk.call, place_order, cart_version=await agreed(talk), payment="cash")
    last = "Your order is placed, and it comes in 35 minutes. Enjoy!"
    before = list(talk.state.facts)
    await handle(end_call, asked(talk.call, end_call, {"farewell": last}).params)
    assert talk.line.farewell == last
    assert [fact for fact in talk.state.facts if fact not in before] == ["status: closing"]
