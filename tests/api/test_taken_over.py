"""A call whose audio another process has now: this one falls silent and writes nothing more about it."""

import asyncio
from contextlib import suppress

from sqlmodel import col, select
from websockets.exceptions import ConnectionClosed

from bot import Leg, run_call
from db.models import CallEvent, CallSnapshot
from operations.keeping import Lease
from runtime import Runtime
from tests.api.conftest import House
from tests.api.test_twilio_media import CONNECTED, row, socket, start, token_for


async def test_who_lost_a_call_stops_and_leaves_its_row_open(house: House, port: int) -> None:
    over = asyncio.Event()

    async def held(runtime: Runtime, leg: Leg) -> None:
        try:
            await run_call(runtime, leg)
        finally:
            over.set()

    house.app.state.run_call = held
    told = house.runtime.events.subscribe()
    token = await token_for(house)
    async with socket(port, CONNECTED, start(token)) as opened, asyncio.timeout(60):
        started = await anext(aiter(told))
        assert started.type == "call.started"
        call_id = started.call_id
        theirs = await Lease.take(house.runtime.live_calls, call_id)
        with suppress(ConnectionClosed):
            async for _ in opened:
                pass
        await over.wait()
    ours = await row(house)
    assert (ours.ended_at, ours.outcome, ours.status) == (None, None, "in-progress")
    assert await theirs.renew()
    assert house.runtime.live == {}
    await house.runtime.events.flush()
    async with house.runtime.sessions() as session:
        events = await session.scalars(select(CallEvent.type).where(col(CallEvent.call_id) == call_id))
        snapshots = await session.scalars(select(CallSnapshot).where(col(CallSnapshot.call_id) == call_id))
        assert "call.ended" not in set(events)
        assert snapshots.all() == []
