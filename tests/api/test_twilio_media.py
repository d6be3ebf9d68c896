"""Who is let in at the media socket, and what happens to everybody else."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree import ElementTree

import pytest
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from api import stream
from db.models import CallRow
from errors import StoreDown
from tests.api.conftest import House
from tests.api.test_twilio_voice import call
from tests.api.test_twilio_voice import stream as stream_of

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
    assert "technical problem" in answers[2]
    assert [leg.call_id for leg in house.exchange.legs] == [(await row(house)).id] * 3


async def test_after_a_goodbye_the_line_is_hung_up(house: House, port: int) -> None:
    token = await token_for(house)
    house.exchange.over.set()
    async with socket(port, CONNECTED, start(token)) as opened:
        assert await close_code(opened) == 1000
    answer = await house.webhook("/twilio/after", call() | {"CallStatus": "in-progress"})
    assert [verb.tag for verb in ElementTree.fromstring(answer.text)] == ["Hangup"]
