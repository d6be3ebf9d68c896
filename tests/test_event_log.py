"""Events reach PostgreSQL once, in order, whatever happens to it, and live readers never hold them up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from clock import SystemClock
from db import engine as db_engine
from db.engine import Sessions, open_engine, open_sessions
from db.events import Event, EventLog, to_json
from db.models import CallRow
from db.spool import Spool
from domain.ids import new_id
from errors import StoreDown
from tests.db.databases import sql
from tests.fakes.given import KEYRING

CARD = "4242 4242 4242 4242"


@pytest.fixture
async def call_id(sessions: Sessions) -> UUID:
    """A call that events can belong to."""
    row = CallRow(
        sid="CA1", channel="twilio", market="US", line="+15125550100", started_at=SystemClock().now()
    )
    async with sessions() as session, session.begin():
        session.add(row)
    return row.id


@asynccontextmanager
async def gone(postgres: str, url: str) -> AsyncIterator[None]:
    """While this lasts, nobody gets into the database."""
    name = url.rpartition("/")[2]
    await sql(
        postgres,
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    yield
    await sql(postgres, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def spooled(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def sealed(folder: Path, words: bytes) -> bool:
    (file,) = spooled(folder)
    return words not in file.read_bytes() and file.stat().st_mode & 0o777 == 0o600


def cut_short(folder: Path) -> None:
    """A line that a crash left unfinished."""
    (file,) = spooled(folder)
    with file.open("ab") as end:
        end.write(b"bm90IG91cnM")


async def test_events_are_numbered_from_one_and_read_back_in_order(
    sessions: Sessions, call_id: UUID, tmp_path: Path
) -> None:
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        record = log.recorder(call_id)
        for number in range(1200):
            record("turn.user", text=f"sentence {number}", type="spoken")
        assert await log.flush()
        found = await log.read(call_id)
        assert [event.seq for event in found] == list(range(1, 1201))
        assert found[7].data == {"text": "sentence 7", "type": "spoken"}
        assert [event.seq for event in await log.read(call_id, after_seq=1198)] == [1199, 1200]
        assert log.state == "ok"


async def test_values_become_json_and_card_numbers_are_masked(
    sessions: Sessions, call_id: UUID, tmp_path: Path
) -> None:
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        at = datetime(2026, 3, 2, tzinfo=SystemClock().now().tzinfo)
        log.recorder(call_id)(
            "x", id=call_id, price=Decimal("1.5"), at=at, heard=[f"it is {CARD}"], broken="\ud800"
        )
        assert await log.flush()
        (event,) = await log.read(call_id)
    assert event.data == {
        "id": str(call_id),
        "price": "1.5",
        "at": "2026-03-02T00:00:00Z",
        "heard": ["it is [card number]"],
        "broken": "?",
    }


async def test_a_number_is_written_once(sessions: Sessions, call_id: UUID, tmp_path: Path) -> None:
    for word in ("first", "second"):
        async with EventLog(sessions, SystemClock(), tmp_path) as log:
            log.recorder(call_id)("x", word=word)
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        assert [event.data for event in await log.read(call_id)] == [{"word": "first"}]
        assert await log.last_seq(call_id) == 1
        log.recorder(call_id, await log.last_seq(call_id))("y")
        log.recorder(call_id)("z")
        assert await log.flush()
        assert [event.type for event in await log.read(call_id)] == ["x", "y", "z"]


async def test_while_the_database_is_gone_events_wait_sealed_and_are_written_later(
    postgres: str, database_url: str, sessions: Sessions, call_id: UUID, tmp_path: Path
) -> None:
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        record = log.recorder(call_id)
        record("before")
        assert await log.flush()
        async with gone(postgres, database_url):
            record("while", text="two samosas for Asha")
            assert not await log.flush()
            assert log.state == "behind"
            assert sealed(tmp_path, b"samosas")
            with pytest.raises(StoreDown):
                await log.read(call_id)
        record("after")
        assert await log.flush()
        assert [event.type for event in await log.read(call_id)] == ["before", "while", "after"]
        assert spooled(tmp_path) == []
        assert log.state == "ok"


async def test_what_a_process_left_behind_is_written_by_the_next(
    postgres: str, database_url: str, sessions: Sessions, call_id: UUID, tmp_path: Path
) -> None:
    async with gone(postgres, database_url):
        async with EventLog(sessions, SystemClock(), tmp_path) as log:
            record = log.recorder(call_id)
            for _ in range(1100):
                record("left")
        cut_short(tmp_path)
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        assert await log.flush()
        assert len(await log.read(call_id)) == 1100
    assert spooled(tmp_path) == []


async def test_without_a_folder_events_wait_in_memory(
    postgres: str, database_url: str, sessions: Sessions, call_id: UUID
) -> None:
    async with EventLog(sessions, SystemClock(), None) as log:
        record = log.recorder(call_id)
        async with gone(postgres, database_url):
            for number in range(600):
                record("kept", number=number)
            assert not await log.flush()
        assert await log.flush()
        assert [event.data["number"] for event in await log.read(call_id)] == list(range(600))


async def test_an_event_of_no_known_call_does_not_hold_up_the_others(
    sessions: Sessions, call_id: UUID, tmp_path: Path
) -> None:
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        stray = new_id()
        log.recorder(stray)("stray")
        log.recorder(call_id)("ours")
        assert await log.flush()
        assert [event.type for event in await log.read(call_id)] == ["ours"]
        assert await log.read(stray) == []


async def test_a_reader_sees_events_live_of_one_call_or_of_all(
    sessions: Sessions, call_id: UUID, tmp_path: Path
) -> None:
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        everything, one = log.subscribe(), log.subscribe(call_id)
        log.recorder(new_id())("elsewhere")
        log.recorder(call_id)("here")
        assert [(await anext(everything)).type for _ in range(2)] == ["elsewhere", "here"]
        assert (await anext(one)).type == "here"
    assert [event async for event in one] == []


async def test_a_slow_reader_is_dropped_and_the_call_goes_on(
    sessions: Sessions, call_id: UUID, tmp_path: Path
) -> None:
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        slow = log.subscribe(call_id, size=3)
        record = log.recorder(call_id)
        for _ in range(5):
            record("x")
        assert [event.seq async for event in slow] == [1, 2, 3]
        assert await log.flush()
        assert len(await log.read(call_id, after_seq=3)) == 2


async def test_many_flushes_at_once_all_return(sessions: Sessions, call_id: UUID, tmp_path: Path) -> None:
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        record = log.recorder(call_id)
        flushes = []
        for _ in range(50):
            record("x")
            flushes.append(asyncio.create_task(log.flush()))
        assert all(await asyncio.gather(*flushes))


async def test_the_rows_rest_sealed(sessions: Sessions, call_id: UUID, tmp_path: Path) -> None:
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        log.recorder(call_id)("turn.user", text="twelve Juniper Lane")
        assert await log.flush()
    async with sessions() as session:
        stored = await session.scalar(text("SELECT data FROM call_events"))
    assert b"Juniper" not in stored


@pytest.mark.usefixtures("engine")
def test_a_full_spool_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.spool.MOST_BYTES", 300)
    spool = Spool(tmp_path)
    spool.append([{"text": "short"}])
    with pytest.raises(OSError, match="spool holds"):
        spool.append([{"text": "x" * 300}])
    assert spool.read(spool.file) == [{"text": "short"}]


async def test_events_that_another_living_process_keeps_are_left_to_it(
    sessions: Sessions, call_id: UUID, tmp_path: Path
) -> None:
    other = Spool(tmp_path)
    other.append([to_json(Event(call_id, 1, SystemClock().now(), "theirs", 1, {}))])
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        log.recorder(call_id, 5)("ours")
        assert await log.flush()
        assert [event.type for event in await log.read(call_id)] == ["ours"]
        assert spooled(tmp_path) == [other.file]
    other.append([to_json(Event(call_id, 2, SystemClock().now(), "theirs too", 1, {}))])
    other.close()  # it dies
    async with EventLog(sessions, SystemClock(), tmp_path) as log:
        assert await log.flush()
        assert [event.type for event in await log.read(call_id)] == ["theirs", "theirs too", "ours"]
    assert spooled(tmp_path) == []


@pytest.mark.usefixtures("engine")
def test_a_file_left_behind_is_found_by_one_process_only(tmp_path: Path) -> None:
    dead, first, second = Spool(tmp_path), Spool(tmp_path), Spool(tmp_path)
    dead.append([{"n": 1}])
    assert (first.files(), second.files()) == ([], [])
    dead.close()
    assert (first.files(), second.files()) == ([dead.file], [])
    first.forget(dead.file)
    assert (first.files(), second.files(), spooled(tmp_path)) == ([], [], [])


@pytest.mark.usefixtures("engine")
def test_a_file_that_was_tidied_away_is_made_anew(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.append([{"n": 1}])
    spool.file.unlink()
    assert spool.files() == []
    spool.append([{"n": 2}])
    assert [spool.read(file) for file in spool.files()] == [[{"n": 2}]]
    assert spool.file.stat().st_mode & 0o777 == 0o600


async def test_a_full_pool_holds_events_back_and_loses_none(
    database_url: str, call_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db_engine, "POOL_SECONDS", 0.2)
    engine = open_engine(database_url, KEYRING, size=1, overflow=0)
    async with EventLog(open_sessions(engine), SystemClock(), None) as log:
        async with engine.connect():
            log.recorder(call_id)("turn.user", text="one")
            assert not await log.flush()
            assert log.state == "behind"
        assert await log.flush()
        assert [event.seq for event in await log.read(call_id)] == [1]
    await engine.dispose()
