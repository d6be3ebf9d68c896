"""A kitchen that telephones hears the economy voice and is answered by the small model."""

import pytest

from tests.calls.phone_client import House

pytestmark = [pytest.mark.call, pytest.mark.timeout(200)]

KITCHEN = "+15125550124"
"""Green Bowl's own telephone."""


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
    spoken = await told.until("usage.tts")
    assert spoken["model"].startswith("aura")
    await house.drop(sid)
    await house.closed(told)
