"""A kitchen that telephones hears the economy voice and is answered by the small model."""

from typing import Any

import pytest

from tests.calls.phone_client import House

pytestmark = [pytest.mark.call, pytest.mark.timeout(400)]

KITCHEN = "+15125550124"
"""Green Bowl's own telephone."""


def voices(turn: dict[str, Any]) -> list[str]:
    """Who spoke in a turn; nobody where it was a prepared phrase."""
    return [part["owner"] for part in turn["parts"] if part["part"] == "speech_synthesis"]


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
