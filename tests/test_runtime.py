"""What a process opens, refuses to open, and how it lets go of its calls."""

import asyncio
import base64
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from db.keyring import read_keyring
from db.models import CallEvent, CallRow, MenuItem
from domain.ids import new_id
from errors import ConfigError, StoreDown
from operations.calls import answer_call, close_abandoned
from runtime import Runtime, open_runtime
from settings import Settings
from tests.api.conftest import Exchange, environment, open_house

__all__ = ["environment"]

KEYS = {
    name: SecretStr("key")
    for name in (
        "twilio_auth_token",
        "deepgram_api_key",
        "elevenlabs_api_key",
        "anthropic_api_key",
        "openai_api_key",
        "google_maps_api_key",
    )
}


def settings(url: str, **more: object) -> Settings:
    values = {
        "database_url": url,
        **KEYS,
        "google_maps_api_key": "AIzaTest",
        "api_keys": "a:sixteen-or-longer:read",
    }
    return Settings.model_validate(values | more)


@pytest.fixture
async def empty_url(postgres: str) -> str:
    """A database without a single table."""
    from tests.db.databases import database, sql

    name = f"t_{new_id().hex}"
    await sql(postgres, f"CREATE DATABASE {name}")
    return database(postgres, name)


async def test_dev_makes_the_schema_and_the_seed_and_does_it_once(empty_url: str, tmp_path: Path) -> None:
    counts = []
    for _ in range(2):
        async with open_runtime(settings(empty_url), tmp_path) as runtime, runtime.sessions() as session:
            counts.append(await session.scalar(select(func.count()).select_from(MenuItem)))
            assert set(runtime.markets) == {"IN", "US"}
            assert runtime.events.state == "ok"
            assert runtime.dev_key is None
    assert counts[0] == counts[1]
    assert counts[0]


async def test_prod_refuses_a_schema_that_is_not_its_own(empty_url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="migration job"):
        async with open_runtime(settings(empty_url, app_env="prod"), tmp_path):
            pass


async def test_a_database_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://tiffin:hush@127.0.0.1:9/tiffin"
    with pytest.raises(StoreDown) as refused:
        async with open_runtime(settings(url), tmp_path):
            pass
    assert refused.value.message == "PostgreSQL at 127.0.0.1:9/tiffin cannot be used (ConnectionRefusedError)"


async def test_everything_missing_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        async with open_runtime(Settings(), tmp_path):
            pass
    for name in ("DATABASE_URL", *KEYS):
        assert name.upper() in refused.value.message


def test_the_first_pii_key_encrypts_and_all_of_them_open() -> None:
    old, new = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
    before = read_keyring(Settings(pii_keys=SecretStr(f"old:{old}")))
    after = read_keyring(Settings(pii_keys=SecretStr(f"new:{new},old:{old}")))
    assert after.open(before.seal(b"x", "t.c"), "t.c") == b"x"
    assert after.key_of(after.seal(b"x", "t.c")) == "new"
    assert before.phone_hash("+15125550110") == after.phone_hash("+15125550110")


def test_without_pii_keys_they_come_from_the_secret() -> None:
    one, same, other = (read_keyring(Settings(secret_key=SecretStr(secret))) for secret in ("a", "a", "b"))
    assert same.open(one.seal(b"x", "t.c"), "t.c") == b"x"
    assert one.keys != other.keys
    assert one.hash_key not in one.keys.values()


def test_every_bad_pii_key_is_named_and_none_is_shown() -> None:
    good = base64.b64encode(b"k" * 32).decode()
    text = f"a:{good},b:hush,:{good},a:{good},c:{base64.b64encode(b'short').decode()}"
    with pytest.raises(ConfigError) as refused:
        read_keyring(Settings(pii_keys=SecretStr(text)))
    assert [problem[:17] for problem in refused.value.problems] == [
        f"PII_KEYS: entry {n}" for n in (2, 3, 4, 5)
    ]
    assert "hush" not in str(refused.value)


async def test_a_call_is_held_once(seeded_url: str, tmp_path: Path) -> None:
    async with open_runtime(settings(seeded_url), tmp_path) as runtime:
        with runtime.hold(UUID(int=1)) as first, runtime.hold(UUID(int=1)) as second:
            assert (first, second, runtime.busy) == (True, False, 1)
        assert runtime.busy == 0


async def held(runtime: Runtime, exchange: Exchange, call_id: UUID) -> None:
    with runtime.hold(call_id):
        runtime.live[call_id] = exchange
        await exchange.over.wait()
        runtime.live.pop(call_id)


async def test_draining_waits_for_calls_then_says_goodbye(seeded_url: str, tmp_path: Path) -> None:
    async with open_runtime(settings(seeded_url), tmp_path) as runtime:
        patient, late = Exchange(), Exchange()
        calls = [
            asyncio.create_task(held(runtime, patient, UUID(int=1))),
            asyncio.create_task(held(runtime, late, UUID(int=2))),
        ]
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.05, patient.over.set)
        await runtime.drain(3.0, 10)
        assert runtime.full
        assert patient.said == []
        assert len(late.said) == 1
        await asyncio.gather(*calls)


async def test_draining_an_empty_house_takes_no_time(seeded_url: str, tmp_path: Path) -> None:
    async with open_runtime(settings(seeded_url), tmp_path) as runtime:
        async with asyncio.timeout(20):
            await runtime.drain(100, 100)
        assert runtime.draining


async def left(runtime: Runtime, sid: str, at: datetime, **values: object) -> UUID:
    """A call that was going on when the process that held it died."""
    row = CallRow(
        sid=sid, channel="twilio", market="US", line="+15125550100", status="in-progress", started_at=at
    )
    async with runtime.sessions() as session, session.begin():
        session.add(row.sqlmodel_update(values))
    return row.id


async def call_row(runtime: Runtime, call_id: UUID) -> CallRow:
    async with runtime.sessions() as session:
        return await session.get_one(CallRow, call_id)


async def test_calls_of_a_process_that_died_are_closed_where_they_broke_off(
    seeded_url: str, tmp_path: Path
) -> None:
    async with open_runtime(settings(seeded_url), tmp_path) as runtime:
        began = runtime.started_at - timedelta(minutes=5)
        spoken = await left(runtime, "CA1", began, answered_at=began + timedelta(seconds=1))
        silent = await left(runtime, "web-1", began, channel="webrtc")
        over = await left(runtime, "CA2", began, ended_at=began, outcome="goodbye", status="completed")
        last = began + timedelta(minutes=2)
        async with runtime.sessions() as session, session.begin():
            for seq, at in ((1, began), (2, last)):
                session.add(CallEvent(call_id=spoken, seq=seq, at=at, type="x", data={}))
        await runtime.close_abandoned()
        rows = [await call_row(runtime, call_id) for call_id in (spoken, silent, over)]
        assert [(row.ended_at, row.outcome, row.status) for row in rows] == [
            (last, None, "in-progress"),
            (began, None, "completed"),
            (began, "goodbye", "completed"),
        ]


async def test_a_call_that_somebody_holds_or_may_yet_take_stays_open(seeded_url: str, tmp_path: Path) -> None:
    async with open_runtime(settings(seeded_url), tmp_path) as runtime:
        began = runtime.started_at - timedelta(minutes=5)
        held_elsewhere, begun = (
            await left(runtime, "CA1", began),
            await left(runtime, "CA2", runtime.started_at),
        )
        gone = await left(runtime, "CA3", began)
        await runtime.live_calls.acquire(held_elsewhere, "another", 60)
        async with runtime.sessions() as session, session.begin():
            assert await close_abandoned(session, runtime.live_calls, before=runtime.started_at) == 1
        ended = [(await call_row(runtime, call_id)).ended_at for call_id in (held_elsewhere, begun, gone)]
        assert [at is None for at in ended] == [True, True, False]


async def test_a_call_that_was_given_up_for_lost_comes_back_with_its_audio(
    seeded_url: str, tmp_path: Path
) -> None:
    async with open_runtime(settings(seeded_url), tmp_path) as runtime:
        call_id = await left(runtime, "CA1", runtime.started_at)
        await runtime.close_abandoned()
        assert (await call_row(runtime, call_id)).ended_at is not None
        async with runtime.sessions() as session, session.begin():
            assert await answer_call(session, "CA1", runtime.clock) is not None
        assert (await call_row(runtime, call_id)).ended_at is None


async def test_a_server_closes_them_before_it_takes_a_call(
    environment: dict[str, object], tmp_path: Path
) -> None:
    async with open_house(environment, tmp_path / "one") as house:
        call_id = await left(house.runtime, "CA1", house.runtime.started_at)
    async with open_house(environment, tmp_path / "two") as house:
        assert (await call_row(house.runtime, call_id)).ended_at is not None
