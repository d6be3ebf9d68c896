"""Who picks up: personas over the wire, in turn, by class, and the tones and messages they hear."""

import asyncio
from typing import Any

import httpx
import pytest
from twilio.rest import Client

from sandbox.box import Box
from sandbox.speech.tones import key_tone
from tests.sandbox.voice.product import Product, running
from tests.sandbox.voice.test_calls import ended

KITCHEN, DRIVER, CUSTOMER = "+15125550120", "+15125550130", "+15125550110"


@pytest.fixture
def twilio(box: Box) -> Client:
    client = Client(box.keys["TWILIO_ACCOUNT_SID"], box.keys["TWILIO_AUTH_TOKEN"])
    client.api.base_url = box.url
    return client


async def dial(client: Client, to: str, **more: Any) -> str:
    given = {"twiml": "<Response/>", **more}
    call = await asyncio.to_thread(client.calls.create, to=to, from_="+15125550100", **given)
    return str(call.sid)


async def seat(control: httpx.AsyncClient, number: str, scenario: Any) -> None:
    (await control.put(f"/numbers/{number}", json={"scenario": scenario})).raise_for_status()


async def test_a_recorded_menu_hears_the_tone_in_our_audio(
    box: Box, control: httpx.AsyncClient, twilio: Client
) -> None:
    await seat(control, KITCHEN, "kitchen_ivr")

    def reply(text: str) -> str | bytes | None:
        if "orders, press two" in text:
            return key_tone("2")
        return "How many minutes?" if "hello" in text else None if "Twenty" in text else ""

    async with running(Product(box, "", reply)) as product:
        sid = await dial(twilio, KITCHEN, twiml=None, url=f"{product.url}/twilio/voice")
        call = await ended(box, sid)
    assert call["tones"] == "2"
    assert call["dtmf"] == ""
    said = [turn["text"] for turn in call["turns"] if turn["who"] == "caller"]
    assert said[1:] == ["One moment please.", "Spice Route, hello?", "Twenty minutes."]
    assert call["ended_by"] == "system"


async def test_a_dish_is_named_as_it_was_heard(box: Box, control: httpx.AsyncClient, twilio: Client) -> None:
    await seat(control, KITCHEN, "kitchen_substitute")
    told = "New order: two garlic naan. How many minutes?"
    async with running(Product(box, "", lambda text: told if "hello" in text else None)) as product:
        sid = await dial(twilio, KITCHEN, twiml=None, url=f"{product.url}/twilio/voice")
        call = await ended(box, sid)
    assert product.heard[1] == "The garlic naan has run out, we can make butter naan instead."
    assert call["turns"][-1]["text"] == product.heard[1]


async def test_a_machine_keeps_the_message(box: Box, control: httpx.AsyncClient, twilio: Client) -> None:
    brief = {"name": "box", "title": "A machine", "like": "voicemail", "opening": "Hi.", "patience": 1.0}
    await seat(control, CUSTOMER, brief)
    sid = await dial(
        twilio, CUSTOMER, twiml='<Response><Pause length="2"/><Say>Call us back.</Say></Response>'
    )
    call = await ended(box, sid)
    assert call["left"] == "Call us back."


async def test_people_pick_up_in_turn_and_the_last_one_stays(
    box: Box, control: httpx.AsyncClient, twilio: Client
) -> None:
    await seat(control, KITCHEN, ["busy", "no_answer", "hangs_up"])
    states = []
    for _ in range(4):
        sid = await dial(twilio, KITCHEN, timeout=0)
        states.append((await ended(box, sid))["state"])
    assert states[:2] == ["busy", "no-answer"]
    assert box.network.answering.shown() == {KITCHEN: ["hangs_up"]}


async def test_cooperative_people_answer_where_nobody_in_particular_was_put(
    box: Box, control: httpx.AsyncClient
) -> None:
    async def who(number: str) -> str | None:
        person = await box.network.who_answers(number)
        return None if person is None else person.name

    assert [await who(number) for number in (KITCHEN, DRIVER)] == [None, None]
    assert await who("+15125550111") == "plain"  # the first scenario of that number
    (await control.put("/answering", json={"mode": "cooperative"})).raise_for_status()
    assert [await who(number) for number in (KITCHEN, DRIVER, CUSTOMER, "+15125550999")] == [
        "kitchen_yes", "driver_yes", "customer_ok", None,
    ]  # fmt: skip
    assert await who("+15125550190") == "agent_person"
    (await control.put("/bindings", json={"who": "drivers", "scenario": "driver_skip"})).raise_for_status()
    assert [await who("+911000000131"), await who(KITCHEN)] == ["driver_skip", "kitchen_yes"]
    named = {"who": [KITCHEN, "+15125550999"], "scenario": ["busy", "kitchen_yes"]}
    (await control.put("/bindings", json=named)).raise_for_status()
    assert [await who("+15125550999") for _ in range(3)] == ["busy", "kitchen_yes", "kitchen_yes"]
    assert (await control.get("/answering")).json()["numbers"][KITCHEN] == ["busy", "kitchen_yes"]
    (await control.delete("/answering")).raise_for_status()
    assert await who(KITCHEN) is None


async def test_who_is_not_known_cannot_be_put_anywhere(control: httpx.AsyncClient) -> None:
    assert (await control.put(f"/numbers/{KITCHEN}", json={"scenario": "nobody-knows"})).status_code == 404
    assert (await control.put("/bindings", json={"who": ["12"], "scenario": "busy"})).status_code == 422
    listed = (await control.get("/callees")).json()
    assert {"name": "busy", "title": "A line that is in use"} in listed
