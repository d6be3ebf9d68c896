"""Partners who telephone: in the economy voice, by the small model, and by what they really heard."""

import re
from datetime import timedelta
from typing import Any

import pytest

from db.models import Assignment
from scripts.business_time import TEST_START
from tests.calls.phone_client import House
from tests.calls.telephones import seat
from tests.calls.told import Told
from tests.fakes.clock import FixedClock
from tests.fakes.riding import LUIS, assignments, cooking, offered
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of, set_order

pytestmark = [pytest.mark.call, pytest.mark.timeout(400)]

KITCHEN = "+15125550124"
"""Green Bowl's own telephone."""
OLD_MILL = "+15125550120"
"""Spice Route's in Old Mill."""


@pytest.fixture
def shop(house: House) -> Shop:
    """The stack's rows, a little after it began."""
    shop = Shop(house._sessions)
    shop.clock = FixedClock(TEST_START + timedelta(seconds=1))
    return shop


def voices(turn: dict[str, Any]) -> list[str]:
    """Who spoke in a turn; nobody where it was a prepared phrase."""
    return [part["owner"] for part in turn["parts"] if part["part"] == "speech_synthesis"]


def spoken(told: Told) -> str:
    """All that we said so far; a turn of ours may be told in pieces."""
    return " ".join(turn["text"] for turn in told.all("turn.agent"))


async def test_a_kitchen_that_telephones_is_served_by_the_economy_pipeline(house: House) -> None:
    sid, told = await house.phone(
        {"name": "kitchen", "from": KITCHEN, "opening": "Which orders are waiting?"}
    )
    chosen = await told.until("model.chosen")
    assert (chosen["model"], chosen["why"], chosen["agent"]) == (
        "gpt-4o-mini",
        "primary",
        "restaurant_coordination",
    )
    turn = await told.until("turn.latency", lambda data: bool(voices(data)))
    assert all(voice.startswith("RestoringAura") for voice in voices(turn))
    assert (await told.until("usage.tts"))["characters"] > 0
    await house.drop(sid)
    await house.closed(told)


async def test_a_kitchen_takes_what_it_heard_to_the_end(house: House, shop: Shop) -> None:
    await seat(house, OLD_MILL, "busy")  # else we call them, and they may have taken it before they ask
    order = await order_of(shop)
    await set_order(shop, order.id, allergies=["peanut"])
    answers = [
        {"when": "how many minutes", "say": "Twenty minutes.", "times": 1},
        {"when": "anything else", "say": "No, that's all.", "times": 1},
    ]
    sid, told = await house.phone(
        {"name": "kitchen", "from": OLD_MILL, "opening": "Any new orders?", "answers": answers}
    )
    await told.until("kitchen.heard")
    await told.until("kitchen.confirmed")
    assert "two full dal tadka. Allergy: peanut. How many minutes?" in spoken(told)
    assert (await as_it_is(shop, order.id)).status == "preparing"
    events = await shop.events(order.id)
    assert events[events.index("kitchen.told") :][:2] == ["kitchen.told", "order.confirmed"]
    await house.drop(sid)
    await house.closed(told)


async def test_a_driver_takes_an_offer_after_hearing_its_pay(house: House, shop: Shop) -> None:
    order = await cooking(shop)
    row = await offered(shop, order)
    async with shop.transaction() as session:
        (await session.get_one(Assignment, row.id)).expires_at = TEST_START + timedelta(hours=12)
    answers = [
        {"when": "yes,? or skip", "say": "Yes.", "times": 1},
        {"when": "anything else", "say": "No, that's all.", "times": 1},
    ]
    sid, told = await house.phone(
        {"name": "driver", "from": LUIS, "opening": "Any orders for me?", "answers": answers}
    )
    await told.until("offer.heard")
    assert (await told.until("offer.answered"))["answer"] == "yes"
    await told.until("delivery.accepted")
    assert await assignments(shop, order.id) == [("accepted", None)]
    # what it pays grows with the offers that came to nothing before
    assert re.search(r"dollars and [a-z-]+ cents\. Yes, or skip\?", spoken(told))
    await house.drop(sid)
    await house.closed(told)
