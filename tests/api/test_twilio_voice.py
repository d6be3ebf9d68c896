"""What Twilio hears when a call comes in."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import col

from db import engine
from db.instances import Instances, Report
from db.live_calls import LiveCalls
from db.models import CallRow, Customer
from tests.api.conftest import PUBLIC, READ, House, open_house
from tests.db.redis_client import own_redis, replica

__all__ = ["own_redis"]

LINE, ASHA = "+15125550100", "+15125550110"


def call(sid: str = "CA1", caller: str = ASHA, line: str = LINE) -> dict[str, str]:
    return {"CallSid": sid, "From": caller, "To": line, "CallStatus": "ringing", "Direction": "inbound"}


async def rows(house: House) -> list[CallRow]:
    async with house.runtime.sessions() as session:
        return list(await session.scalars(select(CallRow).order_by(col(CallRow.started_at))))


def stream(xml: str) -> tuple[str, str]:
    """Where the audio goes, and with what token."""
    found = ElementTree.fromstring(xml).find("./Connect/Stream")
    assert found is not None
    parameter = found.find("Parameter")
    assert parameter is not None
    assert parameter.attrib["name"] == "token"
    return found.attrib["url"], parameter.attrib["value"]


async def other_process(house: House, media: str, *, capacity: int = 10, live: int = 0) -> None:
    """Another process that takes calls."""
    report = Report("other", media, capacity, live, False, time.monotonic_ns())
    await Instances(house.runtime.redis).tell(report)


def said(xml: str) -> str:
    words = ElementTree.fromstring(xml).findtext("Say")
    assert words is not None
    assert ElementTree.fromstring(xml).find("Hangup") is not None
    assert ElementTree.fromstring(xml).find("Connect") is None
    return words


async def test_a_call_is_bridged_to_our_socket_with_a_token_of_its_own(house: House) -> None:
    answer = await house.webhook("/twilio/voice", call())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"
    url, token = stream(answer.text)
    assert url == "wss://phone.tiffin.example/twilio/media"
    assert await house.runtime.live_calls.redeem(token) == "CA1"


async def test_a_known_number_is_that_customer_in_that_market(house: House) -> None:
    await house.webhook("/twilio/voice", call())
    (row,) = await rows(house)
    async with house.runtime.sessions() as session:
        asha = await session.get(Customer, row.customer_id)
    assert asha is not None
    assert asha.name == "Asha Rao"
    assert (row.market, row.line, row.status, row.phone) == ("US", LINE, "ringing", ASHA)


async def test_a_withheld_number_is_nobody(house: House) -> None:
    await house.webhook("/twilio/voice", call(caller="+266696687"))
    (row,) = await rows(house)
    assert (row.customer_id, row.phone_hash, row.phone) == (None, None, None)


async def test_the_same_call_sent_again_is_one_call_with_a_fresh_token(house: House) -> None:
    first = await house.webhook("/twilio/voice", call())
    second = await house.webhook("/twilio/voice", call())
    assert stream(first.text)[1] != stream(second.text)[1]
    assert len(await rows(house)) == 1


async def test_the_same_call_sent_twice_at_once_is_one_call(house: House) -> None:
    answers = await asyncio.gather(*(house.webhook("/twilio/voice", call()) for _ in range(5)))
    assert len({stream(answer.text)[1] for answer in answers}) == 5
    assert len(await rows(house)) == 1


async def test_a_call_that_is_over_is_not_bridged_again(house: House) -> None:
    await house.webhook("/twilio/voice", call())
    await house.webhook("/twilio/status", call() | {"CallStatus": "completed"})
    answer = await house.webhook("/twilio/voice", call())
    assert [verb.tag for verb in ElementTree.fromstring(answer.text)] == ["Hangup"]


async def test_without_a_signature_nothing_is_created(house: House) -> None:
    answer = await house.client.post("/twilio/voice", data=call())
    assert answer.status_code == 403
    assert answer.json() == {"error": {"type": "refused", "message": "bad signature"}}
    assert await rows(house) == []
    assert house.runtime.counts["twilio.bad_signature"] == 1


async def test_a_wrong_signature_is_refused(house: House) -> None:
    for signature in ("bm8=", "no", "é", ""):
        headers = [(b"X-Twilio-Signature", signature.encode())]
        answer = await house.client.post("/twilio/voice", data=call(), headers=headers)
        assert answer.status_code == 403
    assert await rows(house) == []
    assert house.runtime.counts["twilio.bad_signature"] == 4


async def test_a_form_changed_on_the_way_is_refused(house: House) -> None:
    genuine = await house.webhook("/twilio/voice", call())
    headers = {"X-Twilio-Signature": genuine.request.headers["X-Twilio-Signature"]}
    answer = await house.client.post("/twilio/voice", data=call(sid="CA2"), headers=headers)
    assert answer.status_code == 403


async def test_a_changed_query_is_refused(house: House) -> None:
    genuine = await house.webhook("/twilio/voice?job=1", call())
    assert genuine.status_code == 200
    headers = {"X-Twilio-Signature": genuine.request.headers["X-Twilio-Signature"]}
    for path in ("/twilio/voice?job=2", "/twilio/voice", "/twilio/voice?job=1&job=1"):
        assert (await house.client.post(path, data=call(), headers=headers)).status_code == 403


async def test_the_signature_is_for_our_public_address_not_for_the_one_behind_the_proxy(house: House) -> None:
    answer = await house.webhook("/twilio/voice", call(), public="http://10.0.0.4:8000")
    assert answer.status_code == 403


async def test_a_form_without_end_is_refused(house: House) -> None:
    answer = await house.client.post("/twilio/voice", content=b"x=" + b"y" * 70_000)
    assert answer.status_code == 413


async def test_a_line_that_is_not_ours_is_told_so(house: House) -> None:
    answer = await house.webhook("/twilio/voice", call(line="+15125550199"))
    assert "not in service" in said(answer.text)
    assert await rows(house) == []


async def test_without_postgresql_the_caller_hears_why(house: House) -> None:
    async with house.runtime.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE calls RENAME TO calls_gone")
    assert "technical problem" in said((await house.webhook("/twilio/voice", call())).text)


async def test_without_a_free_connection_the_caller_hears_why_in_time(
    environment: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "POOL_SECONDS", 0.2)
    async with open_house(environment, tmp_path) as house, AsyncExitStack() as stack:
        pool = house.runtime.engine
        while True:
            try:
                await stack.enter_async_context(pool.connect())
            except PoolTimeout:
                break
        assert "technical problem" in said((await house.webhook("/twilio/voice", call())).text)
        refused = await house.client.get("/orders", headers={"Authorization": f"Bearer {READ}"})
        assert (refused.status_code, refused.json()["error"]["type"]) == (503, "store_down")
        assert (await house.client.get("/readyz")).json()["checks"]["postgres"] == "down"
        await house.runtime.close_abandoned()  # tells the log, and goes on


@pytest.mark.services
async def test_with_a_redis_that_takes_no_writes_the_caller_hears_why(
    environment: dict[str, object], tmp_path: Path, own_redis: str
) -> None:
    async with open_house(environment | {"redis_url": own_redis}, tmp_path) as house, replica(own_redis):
        answer = await house.webhook("/twilio/voice", call())
        assert answer.status_code == 200
        assert "technical problem" in said(answer.text)


async def test_a_number_that_keeps_calling_waits_and_is_then_turned_away(house: House) -> None:
    house.runtime.capacity = 50
    answers = [(await house.webhook("/twilio/voice", call(sid=f"CA{n}"))).text for n in range(32)]
    waits = [ElementTree.fromstring(xml).find("Pause") is not None for xml in answers]
    assert waits == [False] * 12 + [True] * 18 + [False] * 2
    assert "many times" in said(answers[30])
    assert "many times" in said(answers[31])
    other = await house.webhook("/twilio/voice", call(sid="CA99", caller="+15125550111"))
    stream(other.text)


async def test_the_number_of_calls_is_not_counted_for_one_call_sent_often(house: House) -> None:
    for _ in range(32):
        stream((await house.webhook("/twilio/voice", call())).text)


async def test_what_is_stored_does_not_show_the_number(house: House) -> None:
    await house.webhook("/twilio/voice", call())
    async with house.runtime.engine.connect() as connection:
        stored = (await connection.exec_driver_sql("SELECT phone, phone_hash FROM calls")).one()
    assert ASHA.encode() not in stored.phone
    assert ASHA not in stored.phone_hash
    async with house.runtime.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(CallRow)) == 1


async def test_the_address_for_audio_is_this_instances_own(
    environment: dict[str, object], tmp_path: Path
) -> None:
    async with open_house(environment | {"media_url": "wss://one.tiffin.example"}, tmp_path) as house:
        url, _ = stream((await house.webhook("/twilio/voice", call())).text)
    assert url == "wss://one.tiffin.example/twilio/media"
    assert PUBLIC not in url


async def test_the_audio_goes_to_the_process_with_most_room(house: House) -> None:
    await other_process(house, "wss://two.tiffin.example", live=3)
    house.runtime.capacity = 4
    urls = [
        stream((await house.webhook("/twilio/voice", call(sid=f"CA{n}"))).text)[0].partition("/twilio")[0]
        for n in range(3)
    ]
    ours, theirs = "wss://phone.tiffin.example", "wss://two.tiffin.example"
    assert urls == [ours, ours, theirs]  # by share: 0/4 and 1/4 are less than 3/10, 2/4 is more


async def test_a_token_is_good_at_whichever_process_the_audio_goes_to(house: House) -> None:
    house.runtime.draining = True
    await other_process(house, "wss://two.tiffin.example")
    url, token = stream((await house.webhook("/twilio/voice", call())).text)
    assert url == "wss://two.tiffin.example/twilio/media"
    assert await LiveCalls(house.runtime.redis).redeem(token) == "CA1"
