"""A caller wants a person: put through over the telephone network, or called back when nobody picks up."""

import pytest

from tests.calls.phone_client import PERSON, House

pytestmark = [pytest.mark.call, pytest.mark.timeout(400)]

SAM = "+15125550117"
WANTS = {
    "name": "wants_a_person",
    "from": SAM,
    "opening": "No thanks. I want to speak to a person.",
    "answers": [
        {"when": "robin", "say": "Hello Robin, my naan was cold.", "times": 1},
        {"when": "sorry to hear", "hangup": True, "say": "Bye."},
    ],
    "patience": 90.0,
}
TAKES = {
    "speaks_first": True,
    "opening": "Robin here.",
    "voice": "en-us+m2",
    "answers": [
        {"when": "press (1|one)", "keypad": "1", "times": 1},
        {"when": "here is the caller|hello", "say": "Hi, this is Robin.", "times": 1},
        {"when": "naan", "say": "I am sorry to hear that.", "times": 1},
    ],
}


async def person(house: House) -> dict[str, object]:
    """The newest call to our person, as the network sees it."""
    calls = (await house.sandbox.get("/control/calls")).json()
    found: dict[str, object] = next(call for call in calls if call["to"] == PERSON)
    return found


async def test_a_person_takes_the_call_and_the_two_talk(house: House) -> None:
    await house.at(PERSON, "robin", **TAKES)
    sid, told = await house.phone(WANTS)
    await told.said("putting you through")
    await told.until("person.accepted")
    assert await house.closed(told) == "transferred"
    caller = await house.eventually_over(sid)
    robin = await person(house)
    heard = " ".join(turn["text"] for turn in robin["turns"] if turn["who"] == "system").lower()  # type: ignore[attr-defined]
    assert "a caller wants a person" in heard
    assert "my naan was cold" in heard
    words = " ".join(turn["text"] for turn in caller["turns"] if turn["who"] == "system").lower()
    assert "you are being connected now" in words
    assert "this is robin" in words
    assert await house.callbacks(told.call_id) == []


async def test_nobody_picks_up_and_the_caller_is_called_back(house: House) -> None:
    await house.at(PERSON, "nobody", picks_up="no_answer")
    sid, told = await house.phone(WANTS)
    await told.until("person.ringing")
    await told.said("still trying")
    await told.until("person.missed")
    await told.said("will call you back")
    await house.drop(sid)
    await house.closed(told)
    (callback,) = await house.callbacks(told.call_id)
    assert callback.phone == SAM
