"""A card order to a new address: the caller reads back the code that was texted to them, and only then it is placed."""

import re

import pytest

from tests.calls.phone_client import House
from tests.calls.test_hostile import ordering
from tests.calls.test_resume import CHECKOUT

pytestmark = [pytest.mark.call, pytest.mark.timeout(400)]

ASHA = "+15125550110"
ELSEWHERE = {
    "pay cash": "With the Visa please.",
    "shall i deliver to": "No, to 12 Juniper Lane in Old Mill.",
    "with that": "No thank you.",
    "anything else": "No that's all.",
}


async def texted(house: House) -> str:
    """The code in the newest text to Asha."""
    found = (await house.sandbox.get("/control/messages", params={"to": ASHA})).json()
    return str(re.findall(r"\b\d{6}\b", found[-1]["body"])[0])


async def test_the_code_is_texted_read_back_and_the_order_is_placed(house: House) -> None:
    async with house.chat(ASHA) as chat:
        await chat.answer("No thanks. Two chana masala please.", ELSEWHERE, "code.sent")
        await chat.told.said("I've texted a six-digit code")
        code = await texted(house)
        await chat.answer(f"It's {' '.join(code)}.", CHECKOUT, "order.placed")
        (order,) = await house.orders(chat.told.call_id)
        events = str(chat.told.events)
    assert order.payment_kind == "card"
    assert order.place["line"] == "12 Juniper Lane"
    assert code not in events
    assert " ".join(code) not in events


async def test_a_model_that_does_what_it_is_told_charges_no_card_for_a_new_door(house: House) -> None:
    async with ordering(house, ASHA) as chat:
        await chat.tool(
            "verify_address", text="31 Juniper Lane in Old Mill"
        )  # nobody eats there in other tests
        assert "send_code" in (await chat.tool("read_back_order", payment="card-1"))["error"]
        for guess in ("000000", "123456", "999999"):
            assert "error" in await chat.tool("prove", code=guess)
        now = int((await chat.tool("calculate_total"))["cart_version"])
        assert "error" in await chat.tool("place_order", cart_version=now, payment="card-1")
        assert await house.orders(chat.told.call_id) == []
