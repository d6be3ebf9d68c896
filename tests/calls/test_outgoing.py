"""Calls that we begin, through the whole stack: a job, a telephone that rings, a conversation, and what came of it."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from compliance import wording
from db.models import DialRow, Order
from operations import ledger, profiles
from scripts.business_time import TEST_START
from tests.calls.phone_client import House
from tests.calls.telephones import seat
from tests.calls.told import Told
from tests.fakes.clock import FixedClock
from tests.fakes.shop import ASHA, Shop
from tests.fakes.standing import as_it_is, order_of, set_order

pytestmark = [pytest.mark.call, pytest.mark.timeout(400)]

OLD_MILL = "+15125550120"
"""Spice Route's kitchen in Old Mill."""


@pytest.fixture
def shop(house: House) -> Shop:
    """The stack's rows, a little after it began."""
    shop = Shop(house._sessions)
    shop.clock = FixedClock(TEST_START + timedelta(seconds=1))
    return shop


async def outcome(house: House, shop: Shop, order: Order) -> str:
    """What the call about an order came to."""

    async def over() -> str | None:
        async with shop.sessions() as session:
            row = await session.scalar(select(DialRow).where(col(DialRow.order_id) == order.id))
        return row.outcome if row else None

    return str(await house.until(over))


async def status(house: House, shop: Shop, order: Order, wanted: str) -> None:
    """Wait until an order has got so far."""

    async def there() -> bool:
        return (await as_it_is(shop, order.id)).status == wanted

    await house.until(there)


def spoken(told: Told) -> str:
    return " ".join(turn["text"] for turn in told.all("turn.agent"))


async def test_a_kitchen_takes_an_order_by_its_keys_alone(house: House, shop: Shop) -> None:
    await seat(house, OLD_MILL, "kitchen_keypad")
    order = await order_of(shop)
    told = await house._started("twilio")
    await told.until("opening.told")
    await told.until("kitchen.confirmed")
    await status(house, shop, order, "preparing")
    await house.closed(told)
    assert spoken(told).startswith("Tiffin's AI. New order, two items. Press 1 to hear it.")
    assert told.all("caller.pressed")[0] == {"digit": "1", "meaning": "Let me hear the order."}
    assert await outcome(house, shop, order) == "talked"


async def test_a_kitchens_recorded_menu_hears_our_tone_and_its_person_takes_the_order(
    house: House, shop: Shop
) -> None:
    await seat(house, OLD_MILL, "kitchen_ivr")
    order = await order_of(shop)
    told = await house._started("twilio")
    assert (await told.until("callee.menu"))["pressed"] == "2"
    await told.until("kitchen.confirmed")
    await status(house, shop, order, "preparing")
    await house.closed(told)
    assert await outcome(house, shop, order) == "talked"


async def test_an_answering_machine_is_left_a_message_and_the_customer_counts_as_untold(
    house: House, shop: Shop
) -> None:
    await seat(house, ASHA, "voicemail")
    await seat(house, OLD_MILL, "no_answer")
    order = await order_of(shop)
    await set_order(shop, order.id, status="rejected", payment_status="released")
    state = await shop.caller(ASHA)
    assert state.phone_hash is not None
    async with shop.transaction() as session:
        await profiles.give_consent(
            session,
            phone_hash=state.phone_hash,
            customer_id=order.customer_id,
            purpose="order_service",
            granted=True,
            wording=wording.CONTACT_QUESTION,
            version=wording.VERSION,
            call_id=state.call_id,
            clock=shop.clock,
            holds=None,
        )
        payload, now = {"order_id": str(order.id)}, shop.clock.now()
        await ledger.job(session, "customer.rejected", str(order.id), payload, now, now)
    told = await house._started("twilio")
    await house.closed(told)
    assert spoken(told).startswith(
        "This is Tiffin's AI assistant, about a delivery. Please call us back at five"
    )
    assert "cook" not in spoken(told)
    assert await outcome(house, shop, order) == "voicemail"
    assert "customer.told" not in await shop.events(order.id)
