"""Twilio's REST API through Twilio's own SDK, and the network behind it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from requests.exceptions import ConnectionError as RequestsConnectionError
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from sandbox.box import Box
from sandbox.faults import Fault
from tests.sandbox.voice.product import Product, running
from tests.sandbox.voice.test_calls import ended

ALICE = "+15125550131"
ANSWERS: dict[str, Any] = {
    "name": "alice",
    "title": "Alice answers",
    "from": ALICE,
    "opening": "Hello?",
    "rings": 0.05,
    "answers": [{"when": "press one", "keypad": "1"}, {"when": "goodbye", "say": "Bye.", "hangup": True}],
}


@pytest.fixture
def twilio(box: Box) -> Client:
    client = Client(box.keys["TWILIO_ACCOUNT_SID"], box.keys["TWILIO_AUTH_TOKEN"])
    client.api.base_url = box.url
    return client


@pytest.fixture
async def product(box: Box) -> AsyncIterator[Product]:
    replies = {"Hello?": "Press one to accept.", "Bye.": None}
    async with running(Product(box, "Hi, it is Tiffin calling.", replies.get)) as made:
        yield made


async def create(client: Client, **arguments: Any) -> Any:
    given = {"to": ALICE, "from_": "+15125550100", **arguments}
    return await asyncio.to_thread(client.calls.create, **given)


async def bind(control: httpx.AsyncClient, **changes: Any) -> None:
    response = await control.put(f"/numbers/{ALICE}", json={"scenario": {**ANSWERS, **changes}})
    assert response.status_code == 200


async def test_an_outbound_call_is_answered_and_reported_in_order(
    box: Box, control: httpx.AsyncClient, twilio: Client, product: Product
) -> None:
    await bind(control)
    call = await create(
        twilio,
        url=f"{product.url}/twilio/voice?job=7",
        status_callback=f"{product.url}/twilio/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{product.url}/twilio/amd",
    )
    assert (call.status, call.direction) in [("queued", "outbound-api"), ("ringing", "outbound-api")]
    await product.until(lambda: product.digits == "1" and "amd" in product.kinds)
    live = await asyncio.to_thread(twilio.calls(call.sid).fetch)
    assert live.status == "in-progress"
    recording = await asyncio.to_thread(
        twilio.calls(call.sid).recordings.create,
        recording_channels="dual",
        recording_status_callback=f"{product.url}/twilio/recording",
    )
    assert recording.sid.startswith("RE")
    done = await asyncio.to_thread(twilio.calls(call.sid).update, status="completed")
    assert done.status == "completed"
    await ended(box, call.sid)
    states = [form for kind, form in product.forms if kind == "status"]
    assert [form["CallStatus"] for form in states] == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in states] == ["0", "1", "2", "3"]
    assert int(states[-1]["CallDuration"]) >= 1
    amd = [form for kind, form in product.forms if kind == "amd"]
    assert [form["AnsweredBy"] for form in amd] == ["human"]
    recorded = [form for kind, form in product.forms if kind == "recording"]
    assert [form["RecordingStatus"] for form in recorded] == ["completed"]
    assert product.heard[0] == "Hello?"
    with pytest.raises(TwilioRestException) as over:
        await asyncio.to_thread(twilio.calls(call.sid).update, status="completed")
    assert over.value.code == 21220


@pytest.mark.parametrize(
    ("picks_up", "status", "code"), [("busy", "busy", "486"), ("no_answer", "no-answer", "487")]
)
async def test_a_call_nobody_takes(
    box: Box,
    control: httpx.AsyncClient,
    twilio: Client,
    product: Product,
    picks_up: str,
    status: str,
    code: str,
) -> None:
    await bind(control, picks_up=picks_up)
    call = await create(
        twilio, url=f"{product.url}/twilio/voice", timeout=0, status_callback=f"{product.url}/twilio/status"
    )
    shown = await ended(box, call.sid)
    assert shown["state"] == status
    await product.until(lambda: product.forms)
    assert [(form["CallStatus"], form["SipResponseCode"]) for _, form in product.forms] == [(status, code)]


async def test_a_machine_takes_the_call(control: httpx.AsyncClient, twilio: Client, product: Product) -> None:
    await bind(control, picks_up="voicemail", opening="Leave a message.", answers=[])
    product.reply = lambda _: "It is about your order."
    call = await create(
        twilio,
        url=f"{product.url}/twilio/voice",
        machine_detection="DetectMessageEnd",
        async_amd="true",
        async_amd_status_callback=f"{product.url}/twilio/amd",
    )
    await product.until(lambda: "amd" in product.kinds and product.heard)
    assert [form["AnsweredBy"] for kind, form in product.forms if kind == "amd"] == ["machine_end_beep"]
    assert product.heard[0] == "Leave a message."
    await asyncio.to_thread(twilio.calls(call.sid).update, status="completed")


async def test_twiml_is_spoken_gathered_and_replaced(
    box: Box, control: httpx.AsyncClient, twilio: Client, product: Product
) -> None:
    await bind(control, opening=None)
    said = "<Say>Press one.</Say>"
    twiml = f'<Response><Gather numDigits="1" action="{product.url}/twilio/status">{said}</Gather></Response>'
    call = await create(twilio, twiml=twiml)
    await product.until(lambda: product.forms)
    assert product.forms[0][1]["Digits"] == "1"
    await ended(box, call.sid)
    second = await create(
        twilio,
        twiml='<Response><Pause length="30"/></Response>',
        status_callback=f"{product.url}/twilio/status",
        status_callback_event=["answered"],
    )
    await product.until(lambda: "status" in product.kinds[1:])
    await asyncio.to_thread(
        twilio.calls(second.sid).update, twiml="<Response><Say>Goodbye.</Say><Hangup/></Response>"
    )
    shown = await ended(box, second.sid)
    assert shown["turns"][0]["text"] == "Goodbye."
    assert shown["ended_by"] == "system"


async def test_calls_are_listed_newest_first(box: Box, control: httpx.AsyncClient, twilio: Client) -> None:
    await bind(control, picks_up="busy")
    sids = [(await create(twilio, twiml="<Response/>")).sid for _ in range(3)]
    for sid in sids:
        await ended(box, sid)
    listed = await asyncio.to_thread(twilio.calls.list, to=ALICE, status="busy", limit=10)
    assert [call.sid for call in listed] == sids[::-1]
    assert await asyncio.to_thread(twilio.calls.list, to="+15125550199", limit=10) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [({"to": "12"}, 21211), ({"from_": "+15125550199"}, 21210), ({"twiml": None}, 21205)],
)
async def test_a_bad_call_is_refused(twilio: Client, arguments: dict[str, Any], code: int) -> None:
    given = {"twiml": "<Response/>", **arguments}
    with pytest.raises(TwilioRestException) as refused:
        await create(twilio, **{key: value for key, value in given.items() if value is not None})
    assert (refused.value.status, refused.value.code) == (400, code)


async def test_keys_and_ids_are_checked(box: Box, twilio: Client) -> None:
    stranger = Client(box.keys["TWILIO_ACCOUNT_SID"], "wrong")
    stranger.api.base_url = box.url
    with pytest.raises(TwilioRestException) as refused:
        await create(stranger, twiml="<Response/>")
    with pytest.raises(TwilioRestException) as missing:
        await asyncio.to_thread(twilio.calls("CA" + "0" * 32).fetch)
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert (missing.value.status, missing.value.code) == (404, 20404)


async def test_a_lost_answer_has_dialled_all_the_same(
    box: Box, control: httpx.AsyncClient, twilio: Client
) -> None:
    await bind(control, picks_up="busy")
    box.faults.arm(Fault(vendor="twilio", kind="act_and_drop"))
    with pytest.raises(RequestsConnectionError):
        await create(twilio, twiml="<Response/>")
    assert len(await asyncio.to_thread(twilio.calls.list, to=ALICE, limit=5)) == 1
    box.faults.arm(Fault(vendor="twilio", kind="status", status=429))
    with pytest.raises(TwilioRestException) as limited:
        await create(twilio, twiml="<Response/>")
    assert (limited.value.status, limited.value.code) == (429, 20429)


async def test_messages_go_out_come_in_and_stop(
    control: httpx.AsyncClient, twilio: Client, product: Product
) -> None:
    def send() -> Any:
        return twilio.messages.create(
            to=ALICE,
            from_="+15125550100",
            body="Your code is 482 913",
            status_callback=f"{product.url}/twilio/status",
        )

    sent = await asyncio.to_thread(send)
    assert sent.sid.startswith("SM")
    await product.until(lambda: len(product.forms) >= 2)
    assert [form["MessageStatus"] for _, form in product.forms] == ["sent", "delivered"]
    stop = {"from": ALICE, "to": "+15125550100", "body": "STOP", "webhook": f"{product.url}/twilio/sms"}
    assert (await control.post("/messages", json=stop)).status_code == 200
    assert product.forms[-1][1]["Body"] == "STOP"
    with pytest.raises(TwilioRestException) as refused:
        await asyncio.to_thread(send)
    assert refused.value.code == 21610
    assert [message["direction"] for message in (await control.get("/messages")).json()] == [
        "outbound-api",
        "inbound",
    ]
