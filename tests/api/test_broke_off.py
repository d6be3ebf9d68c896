"""A media socket that breaks is no hang-up: the caller is still there, and goes on where they stood."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID
from xml.etree import ElementTree

import pytest
from sqlmodel import col, select
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bot import Leg, run_call
from db.models import CallEvent
from runtime import Runtime
from tests.api.conftest import House
from tests.api.test_twilio_media import CONNECTED, row, socket, start, token_for
from tests.api.test_twilio_voice import call
from tests.api.test_twilio_voice import stream as stream_of

STOP = json.dumps({"event": "stop", "streamSid": "MZ1", "stop": {"callSid": "CA1"}})
GOES_ON = call() | {"CallStatus": "in-progress"}
HUNG_UP = call() | {"CallStatus": "completed"}


@pytest.fixture
def over(house: House) -> asyncio.Event:
    """Set when the bot has let go of a call."""
    let_go = asyncio.Event()

    async def held(runtime: Runtime, leg: Leg) -> None:
        try:
            await run_call(runtime, leg)
        finally:
            let_go.set()

    house.app.state.run_call = held
    return let_go


@asynccontextmanager
async def talking(house: House, port: int) -> AsyncIterator[ClientConnection]:
    """A call that has begun; the socket is closed without a word at the end of the block."""
    told = house.runtime.events.subscribe()
    token = await token_for(house)
    async with socket(port, CONNECTED, start(token)) as opened, asyncio.timeout(60):
        assert (await anext(aiter(told))).type == "call.started"
        yield opened


async def released(house: House, over: asyncio.Event) -> None:
    async with asyncio.timeout(60):
        await over.wait()
        await house.runtime.let_go((await row(house)).id, 30)


async def events(house: House, call_id: UUID) -> list[str]:
    await house.runtime.events.flush()
    async with house.runtime.sessions() as session:
        query = select(CallEvent.type).where(col(CallEvent.call_id) == call_id).order_by(col(CallEvent.seq))
        return list(await session.scalars(query))


def verbs(answer: str) -> list[str]:
    return [verb.tag for verb in ElementTree.fromstring(answer)]


async def test_a_socket_that_breaks_leaves_the_call_open_and_it_goes_on(
    house: House, port: int, over: asyncio.Event
) -> None:
    async with talking(house, port):
        pass
    await released(house, over)
    left = await row(house)
    assert (left.ended_at, left.status, left.outcome) == (None, "in-progress", "dropped")
    assert "call.ended" not in await events(house, left.id)
    _, token = stream_of((await house.webhook("/twilio/after", GOES_ON)).text)
    told = house.runtime.events.subscribe()
    async with socket(port, CONNECTED, start(token)) as again, asyncio.timeout(60):
        assert (await anext(aiter(told))).type == "call.started"
        assert (await row(house)).outcome is None
        over.clear()
        await again.send(STOP)
        await released(house, over)
    assert ((await row(house)).status, (await row(house)).outcome) == ("completed", "dropped")
    assert (await events(house, left.id)).count("call.ended") == 1


async def test_a_caller_who_hangs_up_is_not_connected_again(
    house: House, port: int, over: asyncio.Event
) -> None:
    async with talking(house, port) as opened:
        await opened.send(STOP)
        with suppress(ConnectionClosed):
            async for _ in opened:
                pass
    await released(house, over)
    ended = await row(house)
    assert (ended.status, ended.outcome, ended.ended_at is None) == ("completed", "dropped", False)
    assert verbs((await house.webhook("/twilio/after", GOES_ON)).text) == ["Hangup"]


async def test_the_carrier_asks_what_now_before_our_socket_has_noticed(
    house: House, port: int, over: asyncio.Event
) -> None:
    async with talking(house, port):
        answer = await house.webhook("/twilio/after", GOES_ON)
        assert "Connect" in answer.text
        assert over.is_set()
        assert house.runtime.live == {}
        left = await row(house)
        assert (left.ended_at, left.status) == (None, "in-progress")


async def test_a_broken_call_that_the_carrier_ends_is_over(
    house: House, port: int, over: asyncio.Event
) -> None:
    async with talking(house, port):
        pass
    await released(house, over)
    await house.webhook("/twilio/status", HUNG_UP)
    ended = await row(house)
    assert (ended.status, ended.outcome, ended.ended_at is None) == ("completed", "dropped", False)
    assert (await events(house, ended.id))[-1] == "call.ended"
    await house.webhook("/twilio/status", HUNG_UP)
    assert (await events(house, ended.id)).count("call.ended") == 1
    assert verbs((await house.webhook("/twilio/after", GOES_ON)).text) == ["Hangup"]


async def test_a_call_the_carrier_ended_first_is_closed_by_who_ran_it(
    house: House, port: int, over: asyncio.Event
) -> None:
    async with talking(house, port):
        await house.webhook("/twilio/status", HUNG_UP)
    await released(house, over)
    ended = await row(house)
    assert (ended.status, ended.outcome, ended.ended_at is None) == ("completed", "dropped", False)
    assert (await events(house, ended.id)).count("call.ended") == 1
