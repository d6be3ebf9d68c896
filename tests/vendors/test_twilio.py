"""Twilio over its own client: texts and calls in our words, errors in ours, and an answer within seconds."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from errors import VendorError, VendorTimeout
from tests.fakes.sandbox import PATIENCE, Sandbox
from vendors import twilio as module
from vendors.telephony import PROGRESS
from vendors.twilio import Twilio

LINE, ASHA, NOBODY, LOST = "+15125550100", "+15125550110", "+15125550188", "+15125550187"


@pytest.fixture
async def twilio(sandbox: Sandbox) -> AsyncIterator[Twilio]:
    keys = sandbox.keys
    made = Twilio(keys["TWILIO_ACCOUNT_SID"], keys["TWILIO_AUTH_TOKEN"], sandbox.base_urls["TWILIO"])
    yield made
    await made.close()


def texts(sandbox: Sandbox, to: str) -> list[str]:
    answer = httpx.get(f"{sandbox.url}/control/messages", params={"to": to}, timeout=PATIENCE)
    return [message["body"] for message in answer.json()]


def call_of(sandbox: Sandbox, sid: str) -> dict[str, Any]:
    shown: dict[str, Any] = httpx.get(f"{sandbox.url}/control/calls/{sid}", timeout=PATIENCE).json()
    return shown


def asked_for(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The forms of the calls that were asked for, oldest first."""
    return [
        entry["body"]
        for entry in sandbox.requests("twilio")
        if entry["method"] == "POST" and entry["path"].endswith("/Calls.json")
    ]


async def test_a_text_arrives_as_it_was_written(sandbox: Sandbox, twilio: Twilio) -> None:
    sid = await twilio.send_sms(ASHA, "482913 is your code.", sender=LINE)
    assert sid.startswith("SM")
    assert texts(sandbox, ASHA)[-1] == "482913 is your code."


async def test_a_number_that_is_none_is_refused_without_its_digits(twilio: Twilio) -> None:
    with pytest.raises(VendorError, match=r"^twilio: refused \(21211\)$") as refused:
        await twilio.send_sms("12", "hello", sender=LINE)
    assert not isinstance(refused.value, VendorTimeout)
    assert not refused.value.retryable


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "status", "status": 429}, VendorError),
        ({"kind": "status", "status": 503}, VendorTimeout),
        ({"kind": "drop"}, VendorTimeout),
    ],
)
async def test_a_failure_tells_whether_it_may_have_happened(
    sandbox: Sandbox, twilio: Twilio, fault: dict[str, object], kind: type[VendorError]
) -> None:
    sandbox.fault("twilio", str(fault.pop("kind")), **fault)
    with pytest.raises(VendorError) as failed:
        await twilio.send_sms(ASHA, "hello", sender=LINE)
    assert type(failed.value) is kind


async def test_a_text_whose_answer_is_lost_is_not_sent_again(sandbox: Sandbox, twilio: Twilio) -> None:
    before = len(texts(sandbox, "+15125550113"))
    sandbox.fault("twilio", "act_and_drop")
    with pytest.raises(VendorTimeout):
        await twilio.send_sms("+15125550113", "once", sender=LINE)
    assert len(texts(sandbox, "+15125550113")) == before + 1


async def test_silence_ends_after_the_time_limit(
    sandbox: Sandbox, twilio: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    sandbox.fault("twilio", "hang", times=None)
    with pytest.raises(VendorTimeout, match="no answer in time"):
        await twilio.send_sms(ASHA, "hello", sender=LINE)


async def test_a_call_rings_and_is_hung_up_once(sandbox: Sandbox, twilio: Twilio) -> None:
    sid = await twilio.start_call(
        NOBODY, sender=LINE, url="http://127.0.0.1:9/x", status_url="http://127.0.0.1:9/s", ring_seconds=30
    )
    call = call_of(sandbox, sid)
    assert (call["to"], call["from"], call["direction"]) == (NOBODY, LINE, "outbound-api")
    await twilio.hang_up(sid)
    await twilio.hang_up(sid)  # it has ended already
    assert call_of(sandbox, sid)["state"] == "canceled"


async def test_a_call_that_has_ended_cannot_be_moved(sandbox: Sandbox, twilio: Twilio) -> None:
    sid = await twilio.start_call(
        NOBODY, sender=LINE, url="http://127.0.0.1:9/x", status_url="http://127.0.0.1:9/s", ring_seconds=30
    )
    await twilio.hang_up(sid)
    with pytest.raises(VendorError, match=r"refused \(21220\)"):
        await twilio.redirect_call(sid, "http://127.0.0.1:9/join")


async def test_nothing_of_a_text_is_logged(twilio: Twilio, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        await twilio.send_sms(ASHA, "482913 is your code.", sender=LINE)
    assert "482913" not in caplog.text
    assert ASHA[1:] not in caplog.text


async def test_a_call_is_placed_with_machine_detection_and_every_step_is_told(
    sandbox: Sandbox, twilio: Twilio
) -> None:
    sid = await twilio.start_call(
        NOBODY,
        sender=LINE,
        url="http://127.0.0.1:9/x",
        status_url="http://127.0.0.1:9/s",
        ring_seconds=30,
        events=PROGRESS,
        machine_detection=True,
        amd_url="http://127.0.0.1:9/amd",
    )
    await twilio.hang_up(sid)
    (asked,) = [form for form in asked_for(sandbox) if form.get("AsyncAmdStatusCallback")]
    assert asked["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert (asked["MachineDetection"], asked["AsyncAmd"]) == ("Enable", "true")
    assert asked["AsyncAmdStatusCallback"] == "http://127.0.0.1:9/amd"


async def test_a_call_of_which_nothing_is_said_is_reported_at_its_end(
    sandbox: Sandbox, twilio: Twilio
) -> None:
    before = len(asked_for(sandbox))
    sid = await twilio.start_call(
        NOBODY, sender=LINE, url="http://127.0.0.1:9/x", status_url="http://127.0.0.1:9/s", ring_seconds=30
    )
    await twilio.hang_up(sid)
    asked = asked_for(sandbox)[before]
    assert asked["StatusCallbackEvent"] == "completed"
    assert not {"MachineDetection", "AsyncAmd"} & asked.keys()


async def test_a_detection_of_which_nobody_is_told_is_a_mistake(twilio: Twilio) -> None:
    with pytest.raises(ValueError, match="amd_url"):
        await twilio.start_call(
            NOBODY, sender=LINE, url="u", status_url="s", ring_seconds=30, machine_detection=True
        )


async def test_a_call_whose_answer_was_lost_is_found(sandbox: Sandbox, twilio: Twilio) -> None:
    since = datetime.now(UTC)
    assert await twilio.list_calls(LOST, since) == []
    sandbox.fault("twilio", "act_and_drop")
    with pytest.raises(VendorTimeout):
        await twilio.start_call(
            LOST, sender=LINE, url="http://127.0.0.1:9/x", status_url="http://127.0.0.1:9/s", ring_seconds=30
        )
    (found,) = await twilio.list_calls(LOST, since)
    assert found.status in ("queued", "ringing")
    assert timedelta(0) <= found.started_at - since.replace(microsecond=0) < timedelta(minutes=1)
    assert call_of(sandbox, found.sid)["to"] == LOST
    assert await twilio.list_calls(LOST, since + timedelta(hours=1)) == []
    assert await twilio.list_calls(ASHA, since) == []
    await twilio.hang_up(found.sid)
    assert [call.status for call in await twilio.list_calls(LOST, since)] == ["canceled"]
