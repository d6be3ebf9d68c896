"""What the telephone network can do wrong: lost answers, second legs, reports in disorder, verdicts late and wrong."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from requests.exceptions import ConnectionError as RequestsConnectionError
from twilio.rest import Client

from sandbox.box import Box
from sandbox.faults import Fault
from tests.sandbox.voice.product import Product, running
from tests.sandbox.voice.test_answering import CUSTOMER, dial, seat, twilio
from tests.sandbox.voice.test_calls import ended

__all__ = ["twilio"]

EVERYTHING = ["initiated", "ringing", "answered", "completed"]


@pytest.fixture
async def product(box: Box) -> AsyncIterator[Product]:
    async with running(Product(box, "", lambda _: "")) as made:
        made.twiml = "<Response><Hangup/></Response>"
        yield made


@pytest.fixture
async def nobody_talks(control: httpx.AsyncClient) -> None:
    await seat(control, CUSTOMER, {"name": "x", "title": "X", "rings": 0.05, "silence_after": 0})


def reports(product: Product) -> list[str]:
    return [form["CallStatus"] for kind, form in product.forms if kind == "status"]


async def reported(twilio: Client, product: Product, **more: Any) -> str:
    return await dial(
        twilio,
        CUSTOMER,
        twiml=None,
        url=f"{product.url}/twilio/voice?job=7",
        status_callback=f"{product.url}/twilio/status?job=7",
        status_callback_event=EVERYTHING,
        **more,
    )


@pytest.mark.usefixtures("nobody_talks")
async def test_a_report_that_is_lost_never_comes(box: Box, twilio: Client, product: Product) -> None:
    box.faults.arm(Fault(vendor="twilio", kind="webhook_lost", match="in-progress"))
    await ended(box, await reported(twilio, product))
    assert reports(product) == ["initiated", "ringing", "completed"]


@pytest.mark.usefixtures("nobody_talks")
async def test_a_report_comes_twice_with_one_token(box: Box, twilio: Client, product: Product) -> None:
    box.faults.arm(Fault(vendor="twilio", kind="webhook_twice", match="ringing", seconds=0))
    await ended(box, await reported(twilio, product))
    await product.until(lambda: len(reports(product)) == 5)
    assert sorted(reports(product)) == sorted(["initiated", "ringing", "ringing", "in-progress", "completed"])
    twice = [form for kind, form in product.forms if kind == "status" and form["CallStatus"] == "ringing"]
    assert twice[0] == twice[1]


@pytest.mark.usefixtures("nobody_talks")
async def test_reports_come_late_and_in_another_order(box: Box, twilio: Client, product: Product) -> None:
    box.faults.arm(Fault(vendor="twilio", kind="webhook_reordered", match="ringing", seconds=5))
    box.faults.arm(Fault(vendor="twilio", kind="webhook_late", match="initiated", seconds=1.0))
    await ended(box, await reported(twilio, product))
    await product.until(lambda: len(reports(product)) == 4)
    assert reports(product).index("ringing") > reports(product).index("in-progress")
    assert reports(product)[-1] == "initiated"
    numbers = {form["CallStatus"]: form["SequenceNumber"] for kind, form in product.forms if kind == "status"}
    assert numbers == {"initiated": "0", "ringing": "1", "in-progress": "2", "completed": "3"}


@pytest.mark.usefixtures("nobody_talks")
async def test_a_report_that_nothing_overtakes_comes_after_its_time(
    box: Box, twilio: Client, product: Product
) -> None:
    box.faults.arm(Fault(vendor="twilio", kind="webhook_reordered", match="completed", seconds=0.3))
    await ended(box, await reported(twilio, product))
    await product.until(lambda: "completed" in reports(product))


@pytest.mark.usefixtures("nobody_talks")
async def test_the_question_what_to_do_with_a_call_comes_twice(
    box: Box, twilio: Client, product: Product
) -> None:
    box.faults.arm(Fault(vendor="twilio", kind="webhook_twice", match="/twilio/voice", seconds=0))
    sid = await reported(twilio, product)
    await product.until(lambda: product.kinds.count("voice") == 2)
    asked = [form["CallSid"] for kind, form in product.forms if kind == "voice"]
    assert asked == [sid, sid]


@pytest.mark.usefixtures("nobody_talks")
async def test_one_request_makes_two_calls(box: Box, twilio: Client, product: Product) -> None:
    box.faults.arm(Fault(vendor="twilio", kind="double_dial", match=CUSTOMER, seconds=0.1))
    sid = await reported(twilio, product)
    await product.until(lambda: product.kinds.count("voice") == 2)
    legs = {form["CallSid"] for kind, form in product.forms if kind == "voice"}
    assert len(legs) == 2
    assert sid in legs
    listed = await asyncio.to_thread(twilio.calls.list, to=CUSTOMER, limit=5)
    assert {call.sid for call in listed} == legs


async def test_a_text_whose_answer_is_lost_has_been_sent(
    box: Box, control: httpx.AsyncClient, twilio: Client
) -> None:
    box.faults.arm(Fault(vendor="twilio", kind="act_and_drop", match="/Messages"))
    with pytest.raises(RequestsConnectionError):
        await asyncio.to_thread(twilio.messages.create, to=CUSTOMER, from_="+15125550100", body="Late.")
    inbox = (await control.get("/messages", params={"to": CUSTOMER})).json()
    assert [message["body"] for message in inbox] == ["Late."]
    assert (await control.get("/messages", params={"to": "+15125550111"})).json() == []


async def test_a_call_whose_answer_is_late_rings_all_the_same(
    box: Box, control: httpx.AsyncClient, twilio: Client
) -> None:
    await seat(control, CUSTOMER, "busy")
    box.faults.arm(Fault(vendor="twilio", kind="delay", seconds=0.3, match="/Calls"))
    begun = asyncio.get_running_loop().time()
    sid = await dial(twilio, CUSTOMER)
    assert asyncio.get_running_loop().time() - begun >= 0.3
    assert (await ended(box, sid))["state"] == "busy"


@pytest.mark.parametrize(
    ("fault", "verdict", "seconds"),
    [
        ({"verdict": "machine_start", "seconds": 0.1}, "machine_start", "100"),
        ({"verdict": "fax", "seconds": 0.2}, "fax", "200"),
        ({"verdict": "unknown", "seconds": 0}, "unknown", "0"),
        ({"seconds": 2.2}, "human", "2200"),
        (None, "machine_end_other", "300"),
    ],
)
async def test_machine_detection_concludes_what_it_is_told_when_it_is_told(
    box: Box,
    control: httpx.AsyncClient,
    twilio: Client,
    product: Product,
    fault: dict[str, Any] | None,
    verdict: str,
    seconds: str,
) -> None:
    said = {"verdict": "machine_end_other", "verdict_after": 0.3} if fault is None else {}
    await seat(control, CUSTOMER, {"name": "x", "title": "X", "rings": 0.05, "silence_after": 0, **said})
    if fault is not None:
        box.faults.arm(Fault(vendor="twilio", kind="verdict", match=CUSTOMER, **fault))
    product.twiml = '<Response><Pause length="3"/></Response>'
    detection = {
        "machine_detection": "Enable",
        "async_amd": "true",
        "async_amd_status_callback": f"{product.url}/twilio/amd",
    }
    sid = await reported(twilio, product, **detection)
    await product.until(lambda: "amd" in product.kinds)
    told = [form for kind, form in product.forms if kind == "amd"]
    assert [(one["AnsweredBy"], one["MachineDetectionDuration"]) for one in told] == [(verdict, seconds)]
    await control.post(f"/calls/{sid}/hangup")


async def test_a_person_texts_us_and_hears_of_a_failing_webhook(
    control: httpx.AsyncClient, product: Product
) -> None:
    text = {"from": CUSTOMER, "to": "+15125550100", "body": "STOP", "webhook": f"{product.url}/twilio/sms"}
    assert (await control.post("/messages", json=text)).status_code == 200
    assert [(kind, form["Body"], form["From"]) for kind, form in product.forms] == [("sms", "STOP", CUSTOMER)]
    gone = await control.post("/messages", json={**text, "webhook": "http://127.0.0.1:9/"})
    assert gone.status_code == 502
