"""The stream of events: what was missed, then what happens, each event once."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import select

from clock import ScaledClock
from db.engine import Sessions
from db.events import EventLog
from db.models import Audit
from domain.ids import Prefix, show
from domain.masking import HIDDEN
from operations import event_feed
from tests.fakes.clock import FixedClock
from tests.fakes.given import SEEDED_AT
from tests.routes.conftest import PRIVATE, READER, ReadRuntime
from tests.routes.rows import add_call

pytestmark = pytest.mark.db


class Stream:
    """An open stream of events."""

    def __init__(self, answer: Response) -> None:
        self._lines = answer.aiter_lines()

    async def take(self, count: int) -> list[dict[str, Any]]:
        """The next events, each with its wire id as `wire_id`."""
        found: list[dict[str, Any]] = []
        wire_id = ""
        while len(found) < count:
            name, _, value = (await anext(self._lines)).partition(": ")
            if name == "id":
                wire_id = value
            if name == "data":
                found.append({**json.loads(value), "wire_id": wire_id})
        return found


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client of a real server: a stream that does not end needs a socket."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.create_task(server.serve([listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with AsyncClient(base_url=url, headers={"X-API-Key": PRIVATE}, timeout=30) as opened:
            yield opened
        server.should_exit = True
        await task


@pytest.fixture
async def other(seeded: Sessions) -> AsyncIterator[EventLog]:
    """The event log of another process on the same database."""
    async with EventLog(seeded, ScaledClock(SEEDED_AT), None) as log:
        yield log


@asynccontextmanager
async def following(
    served: AsyncClient, path: str, last: str = "", key: str = PRIVATE
) -> AsyncIterator[Stream]:
    """The stream at a path, after the event `last`."""
    headers = {"X-API-Key": key} | ({"Last-Event-ID": last} if last else {})
    async with served.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


async def change(sessions: Sessions, statement: str) -> None:
    """Run a statement of SQL."""
    async with sessions() as session, session.begin():
        await (await session.connection()).exec_driver_sql(statement)


def texts(found: list[dict[str, Any]]) -> list[str]:
    """What the events say."""
    return [event["data"]["text"] for event in found]


async def test_a_call_is_told_from_the_start_and_goes_on_live(
    served: AsyncClient, seeded: Sessions, runtime: ReadRuntime
) -> None:
    call_id, other = await add_call(seeded, "CA1"), await add_call(seeded, "CA2")
    record, noise = runtime.events.recorder(call_id), runtime.events.recorder(other)
    record("turn.user", text="one")  # not written yet when the stream opens
    noise("turn.user", text="not this call")
    async with following(served, f"/events?call={show(Prefix.CALL, call_id)}") as stream:
        first = await stream.take(1)
        record("turn.user", text="two")
        noise("turn.user", text="nor now")
        record("turn.user", text="three")
        found = first + await stream.take(2)
    assert texts(found) == ["one", "two", "three"]
    assert [event["wire_id"] for event in found] == [f"{call_id.hex}.{seq}" for seq in (1, 2, 3)]
    assert {event["call"] for event in found} == {show(Prefix.CALL, call_id)}


async def test_a_broken_stream_continues_after_the_last_event(
    served: AsyncClient, seeded: Sessions, runtime: ReadRuntime
) -> None:
    call_id = await add_call(seeded, "CA1")
    record = runtime.events.recorder(call_id)
    for text in ("one", "two", "three"):
        record("turn.user", text=text)
    path = f"/events?call={show(Prefix.CALL, call_id)}"
    async with following(served, path, f"{call_id.hex}.1") as stream:
        assert texts(await stream.take(2)) == ["two", "three"]
    record("turn.user", text="four")
    async with following(served, path, f"{call_id.hex}.3") as stream:
        assert texts(await stream.take(1)) == ["four"]


async def test_all_calls_are_followed_and_replayed(
    served: AsyncClient, seeded: Sessions, runtime: ReadRuntime
) -> None:
    first, second = await add_call(seeded, "CA1"), await add_call(seeded, "CA2")
    one, two = runtime.events.recorder(first), runtime.events.recorder(second)
    one("turn.user", text="before")
    async with following(served, "/events") as stream:
        two("turn.user", text="live")
        assert texts(await stream.take(1)) == ["live"]
    one("turn.user", text="missed")
    two("turn.user", text="missed too")
    async with following(served, "/events", f"{first.hex}.1") as stream:
        assert texts(await stream.take(3)) == ["live", "missed", "missed too"]
        one("turn.user", text="now")
        assert texts(await stream.take(1)) == ["now"]


async def test_a_long_absence_is_caught_up_in_pieces(
    served: AsyncClient, seeded: Sessions, runtime: ReadRuntime
) -> None:
    call_id = await add_call(seeded, "CA1")
    record = runtime.events.recorder(call_id)
    for number in range(event_feed.AT_MOST + 3):
        record("turn.user", text=str(number))
    answer = await served.get("/events", headers={"Last-Event-ID": f"{call_id.hex}.1"})
    told = [line for line in answer.text.splitlines() if line.startswith("id: ")]
    assert len(told) == event_feed.AT_MOST
    async with following(served, "/events", told[-1].removeprefix("id: ")) as stream:
        assert texts(await stream.take(2)) == ["1001", "1002"]


async def test_last_event_ids_that_make_no_sense(
    served: AsyncClient, seeded: Sessions, runtime: ReadRuntime
) -> None:
    call_id, other = await add_call(seeded, "CA1"), await add_call(seeded, "CA2")
    path = f"/events?call={show(Prefix.CALL, call_id)}"
    for last in (f"{other.hex}.1", "17", f"{call_id.hex}.x", "zz.1"):
        answer = await served.get(path, headers={"Last-Event-ID": last})
        assert answer.status_code == 422, last


async def test_without_the_scope_no_word_goes_over_the_wire(
    served: AsyncClient, seeded: Sessions, runtime: ReadRuntime
) -> None:
    call_id = await add_call(seeded, "CA1")
    record = runtime.events.recorder(call_id)
    path = f"/events?call={show(Prefix.CALL, call_id)}"
    record("turn.user", text="12 Juniper Lane")
    async with following(served, path, key=READER) as stream:
        record(
            "tool.called",
            tool="verify_address",
            id="t1",
            arguments={"text": "12 Juniper Lane", "saved": None},
        )
        record(
            "tool.result",
            tool="verify_address",
            id="t1",
            result={"status": "ok", "address": "address-1"},
            ms=9,
        )
        found = await stream.take(3)
    assert [event["data"] for event in found] == [
        {"text": HIDDEN},
        {"tool": "verify_address", "id": "t1", "arguments": {"text": HIDDEN, "saved": None}},
        {"tool": "verify_address", "id": "t1", "result": {"status": "ok", "address": "address-1"}, "ms": 9},
    ]
    async with seeded() as session:
        assert list(await session.scalars(select(Audit))) == []


async def test_following_with_the_scope_is_written_down_once(
    served: AsyncClient, seeded: Sessions, runtime: ReadRuntime
) -> None:
    call_id = await add_call(seeded, "CA1")
    record = runtime.events.recorder(call_id)
    path = f"/events?call={show(Prefix.CALL, call_id)}"
    async with following(served, path) as stream:
        for text in ("one", "two", "three"):
            record("turn.user", text=text)
        assert texts(await stream.take(3)) == ["one", "two", "three"]
    async with seeded() as session:
        (row,) = await session.scalars(select(Audit))
    assert (row.actor, row.action, row.subject) == ("key:private", "key.privacy", f"GET {path}")


class TestOfAnotherProcess:
    """Whoever holds a call, each process tells of it."""

    async def test_one_call_is_told_from_the_start_and_goes_on(
        self, served: AsyncClient, seeded: Sessions, other: EventLog
    ) -> None:
        call_id = await add_call(seeded, "CA1")
        record = other.recorder(call_id)
        record("turn.user", text="one")
        await other.flush()
        async with following(served, f"/events?call={show(Prefix.CALL, call_id)}") as stream:
            first = await stream.take(1)
            for text in ("two", "three"):
                record("turn.user", text=text)
            found = first + await stream.take(2)
        assert texts(found) == ["one", "two", "three"]
        assert [event["wire_id"] for event in found] == [f"{call_id.hex}.{seq}" for seq in (1, 2, 3)]

    async def test_all_calls_are_told_once_each_and_none_from_before(
        self, served: AsyncClient, seeded: Sessions, runtime: ReadRuntime, other: EventLog
    ) -> None:
        ours, theirs = await add_call(seeded, "CA1"), await add_call(seeded, "CA2")
        one, two = runtime.events.recorder(ours), other.recorder(theirs)
        one("turn.user", text="before")
        two("turn.user", text="before")
        await other.flush()
        async with following(served, "/events") as stream:
            two("turn.user", text="theirs 1")
            one("turn.user", text="ours 1")
            found = await stream.take(2)
            one("turn.user", text="ours 2")
            two("turn.user", text="theirs 2")
            fresh = await add_call(seeded, "CA3")
            other.recorder(fresh)("turn.user", text="a new call")
            found += await stream.take(3)
            await asyncio.sleep(2 * event_feed.POLL_SECONDS)
            one("turn.user", text="the end")
            found += await stream.take(1)
        assert sorted(texts(found)) == ["a new call", "ours 1", "ours 2", "the end", "theirs 1", "theirs 2"]
        assert texts(found)[-1] == "the end"
        for name in ("ours", "theirs"):
            assert [text for text in texts(found) if text.startswith(name)] == [f"{name} 1", f"{name} 2"]

    async def test_a_broken_stream_of_all_calls_continues_without_a_gap(
        self, served: AsyncClient, seeded: Sessions, runtime: ReadRuntime, other: EventLog
    ) -> None:
        """Ours is told at once; theirs, which happened before it, was not told yet when the stream broke."""
        ours, theirs = await add_call(seeded, "CA1"), await add_call(seeded, "CA2")
        one, two = runtime.events.recorder(ours), other.recorder(theirs)
        async with following(served, "/events") as stream:
            two("turn.user", text="missed")
            one("turn.user", text="told")
            (last,) = await stream.take(1)
        assert last["data"]["text"] == "told"
        await other.flush()
        async with following(served, "/events", last["wire_id"]) as stream:
            two("turn.user", text="next")
            assert texts(await stream.take(2)) == ["missed", "next"]

    async def test_what_is_older_than_a_break_does_not_come_again(
        self, served: AsyncClient, seeded: Sessions, runtime: ReadRuntime, other: EventLog
    ) -> None:
        ours, theirs = await add_call(seeded, "CA1"), await add_call(seeded, "CA2")
        clock = FixedClock(SEEDED_AT)
        async with EventLog(seeded, clock, None) as log:
            log.recorder(theirs)("turn.user", text="long told")
            await log.flush()
            clock.advance(2 * event_feed.LOOK_BACK)
            log.recorder(ours)("turn.user", text="last")
            await log.flush()
        async with following(served, "/events", f"{ours.hex}.1") as stream:
            other.recorder(theirs, 1)("turn.user", text="now")
            assert texts(await stream.take(1)) == ["now"]

    async def test_a_call_that_comes_over_from_another_process_loses_nothing(
        self, served: AsyncClient, seeded: Sessions, runtime: ReadRuntime, other: EventLog
    ) -> None:
        call_id, noise = await add_call(seeded, "CA1"), await add_call(seeded, "CA2")
        for path in (f"/events?call={show(Prefix.CALL, call_id)}", "/events"):
            async with following(served, path) as stream:
                start = await other.last_seq(call_id)
                theirs = other.recorder(call_id, start)
                runtime.events.recorder(noise)("turn.user", text="noise")
                theirs("turn.user", text="theirs 1")
                theirs("turn.user", text="theirs 2")
                await other.flush()
                ours = runtime.events.recorder(call_id, start + 2)
                ours("turn.user", text="ours 3")
                found: list[str] = []
                while "ours 3" not in found:
                    found += [text for text in texts(await stream.take(1)) if text != "noise"]
            assert found[-3:] == ["theirs 1", "theirs 2", "ours 3"], path

    async def test_while_postgresql_is_away_our_own_calls_are_told(
        self, served: AsyncClient, seeded: Sessions, runtime: ReadRuntime, other: EventLog
    ) -> None:
        ours, theirs = await add_call(seeded, "CA1"), await add_call(seeded, "CA2")
        one, two = runtime.events.recorder(ours), other.recorder(theirs)
        async with following(served, "/events") as stream:
            await change(seeded, "ALTER TABLE call_events RENAME TO call_events_gone")
            await asyncio.sleep(1.5 * event_feed.POLL_SECONDS)
            one("turn.user", text="ours")
            assert texts(await stream.take(1)) == ["ours"]
            await change(seeded, "ALTER TABLE call_events_gone RENAME TO call_events")
            two("turn.user", text="theirs")
            assert texts(await stream.take(1)) == ["theirs"]

    async def test_a_call_of_long_ago_is_told_to_its_end(
        self, served: AsyncClient, seeded: Sessions, other: EventLog
    ) -> None:
        """Its last events were written late."""
        call_id = await add_call(seeded, "CA1", ended=True)
        record = other.recorder(call_id)
        async with following(served, f"/events?call={show(Prefix.CALL, call_id)}") as stream:
            record("call.ended", outcome="goodbye")
            assert [event["type"] for event in await stream.take(1)] == ["call.ended"]
