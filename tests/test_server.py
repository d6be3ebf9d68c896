"""The server as a process: how it starts, how it refuses, how it stops."""

import asyncio
import hashlib
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

import runtime
from api import keys
from db.engine import open_engine, open_sessions
from db.keyring import read_keyring
from db.models import Number
from errors import ConfigError
from scripts.embedded_postgres import free_port
from server import check_configuration
from settings import load_settings, read_settings

ROOT = Path(__file__).resolve().parent.parent
KEYS = ("DEEPGRAM_API_KEY", "ELEVENLABS_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "TWILIO_AUTH_TOKEN")
SECRET = "a-secret-of-the-tests"


async def start(environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "server.py",
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )


async def words(process: asyncio.subprocess.Process) -> list[str]:
    """What it said as it left, without the log."""
    _, said = await process.communicate()
    return [line for line in said.decode().splitlines() if line.startswith("tiffin: ")]


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Enough to serve on a free port, with vendors nobody answers for."""
    nowhere = {f"{name}_BASE_URL": "http://127.0.0.1:9" for name in ("ELEVENLABS", "DEEPGRAM")}
    return {
        "PORT": str(free_port()),
        "DATABASE_URL": database_url,
        "API_KEYS": f"test:{SECRET}:read+operate",
        "GOOGLE_MAPS_API_KEY": "AIzaTest",
        "TMPDIR": str(tmp_path),
        **dict.fromkeys(KEYS, "key"),
        **nowhere,
    }


async def test_every_bad_setting_is_told_in_one_line_each(environment: dict[str, str]) -> None:
    process = await start(environment | {"PORT": "none", "CLOCK_SPEED": "0", "PUBLIC_URL": "ftp://x"})
    said = await words(process)
    assert process.returncode == 2
    assert [line.split(":")[1].strip() for line in said] == ["PORT", "PUBLIC_URL", "CLOCK_SPEED"]


async def test_problems_of_every_kind_are_told_at_once(environment: dict[str, str]) -> None:
    wrong = {"PORT": "none", "API_KEYS": "a:short:read", "PII_KEYS": "k:hush", "OPENAI_API_KEY": ""}
    process = await start(environment | wrong)
    said = await words(process)
    assert process.returncode == 2
    assert [re.split(r"[: ]", line)[2] for line in said] == ["PORT", "API_KEYS", "OPENAI_API_KEY", "PII_KEYS"]


async def test_a_scratch_folder_that_cannot_be_had_is_named(
    environment: dict[str, str], tmp_path: Path
) -> None:
    name = hashlib.sha256(environment["DATABASE_URL"].encode()).hexdigest()[:16]
    folder = tmp_path / f"tiffin-{os.getuid()}-{name}"
    folder.write_text("not a folder")
    process = await start(environment)
    said = await words(process)
    assert process.returncode == 2
    assert said == [f"tiffin: {folder} cannot be used (File exists); set TMPDIR to a directory of your own"]


async def test_a_missing_database_is_told_in_one_line(environment: dict[str, str]) -> None:
    url = "postgresql://tiffin:hush@127.0.0.1:9/tiffin"
    process = await start(environment | {"DATABASE_URL": url})
    said = await words(process)
    assert process.returncode == 1
    assert said == ["tiffin: PostgreSQL at 127.0.0.1:9/tiffin cannot be used (ConnectionRefusedError)"]


async def test_a_taken_port_is_told_in_one_line(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        process = await start(environment)
        said = await words(process)
    assert process.returncode == 1
    assert said == [f"tiffin: port {environment['PORT']} cannot be used: Address already in use"]


@asynccontextmanager
async def served(environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A server that answers."""
    process = await start(environment)
    address = f"http://127.0.0.1:{environment['PORT']}"
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client, asyncio.timeout(60):
        while process.returncode is None:
            try:
                await client.get("/healthz")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)  # nothing tells from outside when a port begins to listen
    yield process
    if process.returncode is None:
        process.kill()
        await process.communicate()


@pytest.fixture
async def serving(environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A server that answers."""
    async with served(environment) as process:
        yield process


async def test_it_serves_seeds_and_stops_at_sigterm(
    serving: asyncio.subprocess.Process, environment: dict[str, str]
) -> None:
    address = f"http://127.0.0.1:{environment['PORT']}"
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:
        assert (await client.get("/readyz")).json()["checks"]["postgres"] == "ok"
        assert (await client.get("/orders")).status_code == 401
        assert (await client.get("/orders", headers={"X-API-Key": SECRET})).status_code == 200
        assert (await client.get("/nothing")).json()["error"]["type"] == "not_found"
    settings = load_settings(environment)
    engine = open_engine(environment["DATABASE_URL"], read_keyring(settings))
    async with open_sessions(engine)() as session:
        assert len(list(await session.scalars(select(Number)))) == 2
    await engine.dispose()
    serving.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        await serving.communicate()
    assert serving.returncode == 0


@pytest.mark.parametrize(("trusted", "status"), [("10.0.0.1,127.0.0.4/30", 200), ("", 429)])
async def test_who_guesses_keys_behind_a_trusted_proxy_locks_nobody_else_out(
    environment: dict[str, str], trusted: str, status: int
) -> None:
    """X-Forwarded-For of anybody else is not believed: guesses from made-up addresses would have no end."""
    address = f"http://127.0.0.1:{environment['PORT']}"
    proxy = httpx.AsyncHTTPTransport(local_address="127.0.0.5", trust_env=False)
    async with (
        served(environment | {"TRUSTED_PROXIES": trusted}),
        httpx.AsyncClient(base_url=address, timeout=30, transport=proxy) as client,
    ):
        for number in range(keys.WRONG_KEYS):
            headers = {"X-API-Key": f"guess {number}", "X-Forwarded-For": "203.0.113.1"}
            assert (await client.get("/orders", headers=headers)).status_code == 401
        guesser, other = [
            await client.get("/orders", headers={"X-API-Key": SECRET, "X-Forwarded-For": source})
            for source in ("203.0.113.1", "203.0.113.2")
        ]
    assert (guesser.status_code, other.status_code) == (429, status)


def problems(environment: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        check_configuration(*read_settings(environment))
    return refused.value.problems


def test_production_names_what_cannot_be_read_and_what_is_missing_in_one_go() -> None:
    found = problems(
        {
            "APP_ENV": "prod",
            "PORT": "none",
            "PUBLIC_URL": "ftp://x",
            "API_KEYS": "a:short:read",
            "SIMULATED": "stripe",
        }
    )
    told = [re.split(r"[: ]", problem)[0] for problem in found]
    assert told[:2] == ["PORT", "PUBLIC_URL"]
    assert {"DATABASE_URL", "DEEPGRAM_API_KEY", "RAZORPAY_KEY_ID", "stripe", "API_KEYS", "PII_KEYS"} <= set(
        told
    )
    assert len(told) == len(set(told))


def test_files_and_settings_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ConfigError(["phone.yaml: stt: is missing"])

    monkeypatch.setattr(runtime, "shipped", broken)
    found = problems({"PORT": "none"})
    assert found[0].startswith("PORT: ")
    assert found[-1] == "phone.yaml: stt: is missing"
    assert "DATABASE_URL is missing (`make run` brings its own)" in found
