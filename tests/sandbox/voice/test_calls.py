"""Whole telephone calls between a persona and a tiny product, over the real protocols."""

import asyncio
import io
import wave
from typing import Any

import httpx
import numpy as np
import pytest

from sandbox.box import Box
from sandbox.control import shown
from tests.sandbox.voice.product import Product, running

SHORT: dict[str, Any] = {
    "name": "short",
    "title": "A short call",
    "from": "+15125550119",
    "to": "+15125550100",
    "opening": "One mango lassi, please.",
    "answers": [{"when": "which size", "say": "Large."}, {"when": "cash or card", "keypad": "12"}],
}


async def ended(box: Box, sid: str) -> dict[str, Any]:
    """The call, once it is over."""
    call = box.network.calls[sid]
    assert call.task is not None
    async with asyncio.timeout(60):
        await asyncio.wait([call.task])
    return shown(call)


def waiter(text: str) -> str | None:
    if "lassi" in text:
        return "Which size?"
    return "Cash or card?" if "Large" in text else None


async def test_a_persona_orders_and_is_understood(box: Box, control: httpx.AsyncClient) -> None:
    async with running(Product(box, "Hello. What can I get you?", waiter)) as product:
        body = {"scenario": SHORT, "webhook": f"{product.url}/twilio/voice", "record": True}
        sid = (await control.post("/calls", json=body)).json()["sid"]
        await product.until(lambda: product.digits == "12")
        call = (await control.post(f"/calls/{sid}/hangup")).json()
    assert product.heard == ["One mango lassi, please.", "Large."]
    said = [(turn["who"], turn["text"]) for turn in call["turns"]]
    assert said == [
        ("system", "Hello. What can I get you?"),
        ("caller", "One mango lassi, please."),
        ("system", "Which size?"),
        ("caller", "Large."),
        ("system", "Cash or card?"),
    ]
    assert product.stopped
    assert product.parameters == {"token": "t1"}
    assert [form["CallStatus"] for kind, form in product.forms if kind == "voice"] == ["ringing"]
    assert product.marks == call["marks"] == ["Hello. Wha", "Which size", "Cash or ca"]
    assert (call["dtmf"], call["ended_by"], call["state"]) == ("12", "caller", "completed")
    audible = [event["at"] for event in call["events"] if event["what"] == "audible"]
    starts = [event["at"] for event in call["events"] if event["what"] == "caller_starts"]
    ends = [event["at"] for event in call["events"] if event["what"] == "caller_ends"]
    assert audible[0] < starts[0] < ends[0] < next(at for at in audible if at > starts[0]) < starts[1]
    recording = await control.get(f"/calls/{sid}/recording.wav")
    with wave.open(io.BytesIO(recording.content)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
    assert len(both) / 8000 == pytest.approx(call["turns"][-1]["end"], abs=5)
    assert both[:, 0].std() > 300
    assert both[:, 1].std() > 300


async def test_a_caller_who_interrupts_cuts_the_system_short(box: Box, control: httpx.AsyncClient) -> None:
    impatient = {
        **SHORT,
        "opening": None,
        "answers": [{"when": "we have samosas", "say": "Stop, one samosa.", "interrupt": True}],
    }
    menu = (
        "Today we have samosas, paneer tikka, butter chicken, garlic naan, dal tadka, chana masala, palak paneer, "
        "vegetable biryani, masala dosa, mango lassi, gulab jamun and very many other things."
    )
    product = Product(box, menu, lambda _: "Sure.")
    product.barge_in = True
    async with running(product):
        body = {"scenario": impatient, "webhook": f"{product.url}/twilio/voice"}
        sid = (await control.post("/calls", json=body)).json()["sid"]
        await product.until(lambda: product.heard and len(product.marks) >= 2)
        call = (await control.post(f"/calls/{sid}/hangup")).json()
    first = call["turns"][0]
    assert menu.startswith(first["text"])
    assert len(first["text"]) < len(menu) / 2
    clear = next(event["at"] for event in call["events"] if event["what"] == "clear")
    marked = next(event["at"] for event in call["events"] if event["what"] == "mark")
    assert clear <= marked < clear + 1.0  # to its end it would be ten seconds
    assert product.heard[0].startswith("Stop,")
    later = [turn["text"] for turn in call["turns"][1:] if turn["who"] == "system"]
    assert not any("very many" in text for text in later)


async def test_the_system_hangs_up(box: Box, control: httpx.AsyncClient) -> None:
    async with running(Product(box, "Hello.", lambda _: None)) as product:
        body = {
            "scenario": SHORT,
            "webhook": f"{product.url}/twilio/voice",
            "status_callback": f"{product.url}/twilio/status",
        }
        sid = (await control.post("/calls", json=body)).json()["sid"]
        call = await ended(box, sid)
        await product.until(lambda: product.forms[-1][0] == "status")
    assert (call["ended_by"], call["close_code"]) == ("system", 1000)
    assert product.forms[-1][1]["CallStatus"] == "completed"


async def test_the_network_loses_a_call(box: Box, control: httpx.AsyncClient) -> None:
    async with running(Product(box, "Hello.", lambda _: None)) as product:
        body = {"scenario": {**SHORT, "opening": None}, "webhook": f"{product.url}/twilio/voice"}
        sid = (await control.post("/calls", json=body)).json()["sid"]
        await product.until(lambda: product.marks)
        call = (await control.post(f"/calls/{sid}/drop")).json()
    assert call["ended_by"] == "network"
    assert not product.stopped


async def test_a_broken_webhook_fails_the_call(box: Box, control: httpx.AsyncClient) -> None:
    async with running(Product(box, "Hello.", lambda _: None)) as product:
        product.twiml = "<Response><Fly/></Response>"
        body = {"scenario": SHORT, "webhook": f"{product.url}/twilio/voice"}
        sid = (await control.post("/calls", json=body)).json()["sid"]
        call = await ended(box, sid)
    assert call["error"] == "BadTwiml: <Fly>"


async def test_a_caller_gives_up_on_silence(box: Box, control: httpx.AsyncClient) -> None:
    async with running(Product(box, "Hm.", lambda _: "Hm.")) as product:
        mute = {**SHORT, "opening": None, "answers": [], "patience": 1.0}
        body = {"scenario": mute, "webhook": f"{product.url}/twilio/voice"}
        sid = (await control.post("/calls", json=body)).json()["sid"]
        call = await ended(box, sid)
    assert call["reason"] == "gave up waiting"


async def test_scenarios_of_the_folder_are_sound(control: httpx.AsyncClient) -> None:
    scenarios = (await control.get("/scenarios")).json()
    assert "plain" in [scenario["name"] for scenario in scenarios]
    missing = await control.post(
        "/calls", json={"scenario": "nobody-knows", "webhook": "http://127.0.0.1:9/"}
    )
    assert missing.status_code == 404


async def test_a_microphone_gets_a_sentence_that_can_be_recognised(
    box: Box, control: httpx.AsyncClient
) -> None:
    response = await control.post(
        "/utterances", json={"text": "One samosa.", "voice": "en-us+f3", "rate": 48000}
    )
    with wave.open(io.BytesIO(response.content)) as file:
        assert (file.getframerate(), file.getnchannels()) == (48000, 1)
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    recogniser = box.speech.recogniser(48000)
    recogniser.feed(samples)
    recogniser.settle()
    assert [word.text for word in recogniser.take()] == ["One", "samosa."]


async def test_the_page_and_the_health(box: Box, control: httpx.AsyncClient) -> None:
    assert (await control.get("/health")).json()["status"] == "ok"
    async with httpx.AsyncClient(timeout=30) as client:
        page = await client.get(f"{box.url}/")
    assert "<title>Telephones</title>" in page.text
