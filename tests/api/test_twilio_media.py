"""Who is let in at the media socket, and what happens to everybody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from pipecat.transports.websocket.fastapi import FastAPIWebsocketTransport
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from api import stream
from bot import Leg
from db.models import CallRow
from errors import StoreDown
from runtime import Runtime
from tests.api.conftest import House
from tests.api.test_twilio_voice import call, other_process
from tests.api.test_twilio_voice import stream as stream_of
from tests.fakes.clock import FixedClock

CONNECTED = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})


def start(token: str | None, sid: str = "CA1") -> str:
    parameters = {} if token is None else {"token": token}
    more = {"streamSid": "MZ1", "callSid": sid, "accountSid": "AC1", "customParameters": parameters}
    return json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": more})


async def token_for(house: House, sid: str = "CA1") -> str:
    return stream_of((await house.webhook("/twilio/voice", call(sid=sid))).text)[1]


async def row(house: House, sid: str = "CA1") -> CallRow:
    async with house.runtime.sessions() as session:
        return (await session.scalars(select(CallRow).where(CallRow.sid == sid))).one()  # type: ignore[arg-type]


@asynccontextmanager
async def socket(port: int, *messages: str | bytes) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://127.0.0.1:{port}/twilio/media") as opened:
        for message in messages:
            await opened.send(message)
        yield opened


async def close_code(opened: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed):
        await opened.recv()
    return opened.close_code


async def untouched(house: House) -> None:
    assert house.exchange.legs == []
    async with house.runtime.sessions() as session:
        answered = [row.answered_at for row in await session.scalars(select(CallRow))]
    assert not any(answered)


async def test_a_call_with_its_token_is_held_until_it_ends(house: House, port: int) -> None:
    token = await token_for(house)
    async with socket(port, CONNECTED, start(token)) as opened:
        await house.exchange.begun.wait()
        (leg,) = house.exchange.legs
        assert leg.channel == "twilio"
        assert leg.call_id == (await row(house)).id
        assert (await row(house)).status == "in-progress"
        assert house.runtime.busy == 1
        house.exchange.over.set()
        assert await close_code(opened) == 1000
    assert house.runtime.busy == 0
    ended = await row(house)
    assert ended.status == "completed"
    assert ended.ended_at is not None


async def test_a_used_token_opens_nothing(house: House, port: int) -> None:
    token = await token_for(house)
    async with socket(port, CONNECTED, start(token)):
        await house.exchange.begun.wait()
        async with socket(port, CONNECTED, start(token)) as again:
            assert await close_code(again) == 1008
    assert len(house.exchange.legs) == 1


async def test_an_expired_token_opens_nothing(house: House, port: int) -> None:
    token = await token_for(house)
    async for key in house.runtime.redis.scan_iter("token:*"):
        assert 0 < await house.runtime.redis.ttl(key) <= 60
        await house.runtime.redis.expireat(key, 1)
    async with socket(port, CONNECTED, start(token)) as opened:
        assert await close_code(opened) == 1008
    await untouched(house)


async def test_the_token_of_another_call_opens_nothing(house: House, port: int) -> None:
    await token_for(house, "CA1")
    other = await token_for(house, "CA2")
    async with socket(port, CONNECTED, start(other, "CA1")) as opened:
        assert await close_code(opened) == 1008
    await untouched(house)


async def test_a_made_up_token_opens_nothing(house: House, port: int) -> None:
    await token_for(house)
    for token in (None, "", "invented"):
        async with socket(port, CONNECTED, start(token)) as opened:
            assert await close_code(opened) == 1008
    await untouched(house)


GARBAGE: tuple[str | bytes, ...] = (
    "hello", "[]", "null", '{"event": 7}', b"\x00\xff", "{}", '{"event":"media"}', '{"event":"start"}', "x" * 20_000,
)  # fmt: skip


async def test_garbage_is_shut_out(house: House, port: int) -> None:
    for garbage in GARBAGE:
        async with socket(port, garbage, garbage) as opened:
            assert await close_code(opened) == 1008
    assert house.runtime.counts["twilio.media_refused"] == len(GARBAGE)
    await untouched(house)


async def test_silence_is_shut_out(house: House, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HANDSHAKE_SECONDS", 0.05)
    async with socket(port, CONNECTED) as opened:
        assert await close_code(opened) == 1008
    await untouched(house)


async def test_somebody_who_leaves_at_once_leaves_no_trace(house: House, port: int) -> None:
    async with socket(port):
        pass
    async with socket(port, "garbage") as later:
        assert await close_code(later) == 1008
    await untouched(house)


async def test_a_call_is_not_held_twice(house: House, port: int) -> None:
    first, second = await token_for(house), await token_for(house)
    async with socket(port, CONNECTED, start(first)):
        await house.exchange.begun.wait()
        async with socket(port, CONNECTED, start(second)) as again:
            assert await close_code(again) == 1008
    assert len(house.exchange.legs) == 1


async def test_a_call_that_broke_off_on_our_side_is_connected_again_twice_at_most(
    house: House, port: int
) -> None:
    house.exchange.fault = StoreDown("gone")
    house.runtime.clock = FixedClock(
        datetime(2026, 11, 9, 18, 30, tzinfo=UTC)
    )  # half past twelve in Larkfield
    token = await token_for(house)
    answers = []
    for _ in range(3):
        async with socket(port, CONNECTED, start(token)) as opened:
            assert await close_code(opened) == 1011
        assert (await row(house)).ended_at is None
        answer = await house.webhook("/twilio/after", call() | {"CallStatus": "in-progress"})
        answers.append(answer.text)
        if "Connect" in answer.text:
            token = stream_of(answer.text)[1]
    assert ["Connect" in answer for answer in answers] == [True, True, False]
    assert "technical problem. A person will call you back within half an hour." in answers[2]
    assert {leg.call_id for leg in house.exchange.legs} == {(await row(house)).id}
    assert len(house.exchange.legs) == 3
    assert (await row(house)).outcome == "call_back"


async def test_after_a_goodbye_the_line_is_hung_up(house: House, port: int) -> None:
    token = await token_for(house)
    house.exchange.over.set()
    async with socket(port, CONNECTED, start(token)) as opened:
        assert await close_code(opened) == 1000
    answer = await house.webhook("/twilio/after", call() | {"CallStatus": "in-progress"})
    assert [verb.tag for verb in ElementTree.fromstring(answer.text)] == ["Hangup"]


async def test_the_line_is_left_open_until_the_end_of_the_call_is_written_down(
    house: House, port: int
) -> None:
    """The carrier asks what now as soon as the audio ends: by then a goodbye must be known as one."""
    ended = asyncio.Event()

    async def goodbye(runtime: Runtime, leg: Leg) -> None:
        transport = leg.line.transport
        assert isinstance(transport, FastAPIWebsocketTransport)
        await transport._client._websocket.close()  # what a pipeline does at its end
        ended.set()
        await house.exchange.over.wait()

    token = await token_for(house)
    house.app.state.run_call = goodbye
    async with socket(port, CONNECTED, start(token)) as opened:
        await ended.wait()
        await (await opened.ping())
        house.exchange.over.set()
        assert await close_code(opened) == 1000
    answer = await house.webhook("/twilio/after", call() | {"CallStatus": "in-progress"})
    assert [verb.tag for verb in ElementTree.fromstring(answer.text)] == ["Hangup"]


async def test_a_place_that_was_kept_becomes_the_call_and_is_free_after_it(house: House, port: int) -> None:
    house.runtime.capacity = 2
    token = await token_for(house)
    assert (await house.runtime.presence.room()).free == 1
    async with socket(port, CONNECTED, start(token)) as opened:
        await house.exchange.begun.wait()
        assert (await house.runtime.presence.room()).free == 1
        house.exchange.over.set()
        assert await close_code(opened) == 1000
    assert (await house.runtime.presence.room()).free == 2


async def test_a_process_that_filled_up_meanwhile_refuses_and_the_caller_chooses(
    house: House, port: int
) -> None:
    token = await token_for(house)
    house.runtime.capacity = 0
    async with socket(port, CONNECTED, start(token)) as opened:
        assert await close_code(opened) == 1013
    await untouched(house)
    form = call() | {"CallStatus": "in-progress"}
    answer = await house.webhook(f"/twilio/after?left={house.runtime.presence.id}", form)
    assert "All our lines are busy right now. To hold, press one." in answer.text
    house.runtime.capacity = 1
    held = await house.webhook("/twilio/choice", form | {"Digits": "1"})
    assert "Connect" in held.text


async def test_a_call_goes_on_at_another_process_than_the_one_it_lost(house: House) -> None:
    await other_process(house, "wss://two.tiffin.example")
    await token_for(house)
    form = call() | {"CallStatus": "in-progress"}
    url, _ = stream_of((await house.webhook(f"/twilio/after?left={house.runtime.presence.id}", form)).text)
    assert url == "wss://two.tiffin.example/twilio/media"
    url, _ = stream_of((await house.webhook("/twilio/after?left=other", form)).text)
    assert url == "wss://phone.tiffin.example/twilio/media"


async def test_a_call_whose_process_died_is_not_sent_back_to_it(house: House, port: int) -> None:
    """It still counts as alive for six seconds; with nobody else to take the call, the caller may hold, at the head."""
    token = await token_for(house)
    async with socket(port, CONNECTED, start(token)):
        await house.exchange.begun.wait()
    house.runtime.draining = True
    await other_process(house, "wss://two.tiffin.example")
    form = call() | {"CallStatus": "in-progress"}
    answer = await house.webhook("/twilio/after?left=other", form)
    assert "I lost you for a second, and all our lines are busy now. To hold, press one." in answer.text


async def test_a_caller_who_hung_up_is_not_connected_again(house: House) -> None:
    await token_for(house)
    answer = await house.webhook("/twilio/after?left=other", call() | {"CallStatus": "completed"})
    assert [verb.tag for verb in ElementTree.fromstring(answer.text)] == ["Hangup"]
