"""The launcher's stack, with a tiny sandbox and server in place of the real ones and a real PostgreSQL."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.child import ROOT, BadSettingsError, StackError
from scripts.embedded_postgres import free_port
from scripts.stack import Stack

HERE = Path(__file__).parent
FAKES: dict[str, Any] = {
    "server_command": (sys.executable, str(HERE / "fake_server.py")),
    "sandbox_command": (sys.executable, "-m", "tests.scripts.fake_sandbox"),
}
PLAIN = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
SEEN: dict[str, Any] = {}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for parent in (
        tmp_path,
        tmp_path.parent,
        tmp_path.parent.parent,
    ):  # an unprivileged server passes through
        parent.chmod(0o711)
    return tmp_path / "data"


def environment(stack: Stack) -> dict[str, str]:
    seen: dict[str, str] = httpx.get(f"{stack.url}/environment", timeout=30, trust_env=False).json()[
        "environment"
    ]
    return seen


def alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def without_database(folder: Path) -> Iterator[Stack]:
    own = PLAIN | {"DATABASE_URL": "postgresql://elsewhere/db"}
    with Stack(folder, environment=own, **FAKES) as stack:
        yield stack


def test_starts_everything_and_stops_it_in_reverse(folder: Path) -> None:
    said: list[str] = []
    with Stack(folder, environment=PLAIN, say=said.append, **FAKES) as stack:
        pids = stack.pids
        assert set(pids) == {"sandbox", "postgres", "server"}
        assert environment(stack)["DATABASE_URL"].startswith("postgresql+asyncpg://")
        assert "waiting for voices ..." in said
    assert not [name for name, pid in pids.items() if alive(pid)]
    assert stack.pids == {}


def test_a_postgresql_that_stays_down_ends_the_stack(folder: Path) -> None:
    with Stack(folder, environment=PLAIN, **FAKES) as stack:
        assert stack._postgres is not None
        folder = (
            stack._postgres.folder
        )  # elsewhere when an unprivileged server cannot pass through the given one
        with (folder / "pg/postgresql.conf").open("a") as settings:
            settings.write("no_such_setting = on\n")
        os.kill(stack.pids["postgres"], signal.SIGKILL)
        assert stack.wait().startswith("PostgreSQL ended and stays down: ")


def test_a_store_with_a_url_is_not_started(without_database: Stack) -> None:
    assert set(without_database.pids) == {"sandbox", "server"}
    assert environment(without_database)["DATABASE_URL"] == "postgresql://elsewhere/db"


def test_secrets_stay_the_same_for_a_folder_and_private(without_database: Stack) -> None:
    first = environment(without_database)
    file = without_database.data_dir / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    without_database.restart_server()
    again = environment(without_database)
    names = ("SECRET_KEY", "PII_KEYS", "API_KEYS")
    assert [first[name] for name in names] == [again[name] for name in names]
    assert first["API_KEYS"] == f"local:{without_database.api_key}:read+operate+privacy"


@pytest.mark.parametrize("kill", [False, True])
def test_a_restart_keeps_the_rest_and_the_time(without_database: Stack, kill: bool) -> None:
    pids, first = without_database.pids, environment(without_database)
    without_database.restart_server(kill=kill)
    assert without_database.pids["sandbox"] == pids["sandbox"]
    assert without_database.pids["server"] != pids["server"]
    again = environment(without_database)
    assert datetime.fromisoformat(again["CLOCK_START"]) > datetime.fromisoformat(first["CLOCK_START"])
    assert without_database._endings.empty()  # a restart that was asked for is no accident


def test_a_server_that_dies_is_noticed(without_database: Stack) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{without_database.url}/die", timeout=30, trust_env=False)
    assert without_database.wait().startswith("the server ended by itself; its log is ")


def test_a_sandbox_that_dies_is_noticed(without_database: Stack) -> None:
    os.kill(without_database.pids["sandbox"], signal.SIGKILL)
    assert without_database.wait().startswith("the sandbox ended by itself;")


def test_a_server_that_cannot_start_is_quoted(folder: Path) -> None:
    own = PLAIN | {"DATABASE_URL": "postgresql://elsewhere/db", "FAKE_SERVER": "broken"}
    stack = Stack(folder, environment=own, **FAKES)
    with pytest.raises(StackError, match=r"the server ended while starting\.[^$]*no such module: voices"):
        stack.start()
    assert stack.pids == {}


@pytest.mark.parametrize("name", ["CLOCK_SPEED", "CLOCK_START"])
def test_a_setting_that_cannot_be_read_stops_before_anything_starts(folder: Path, name: str) -> None:
    stack = Stack(folder, environment=PLAIN | {name: "soon"}, **FAKES)
    with pytest.raises(BadSettingsError, match=f"^tiffin: {name}: "):
        stack.start()
    assert not folder.exists()


def test_a_sandbox_that_cannot_start_is_quoted(folder: Path) -> None:
    stack = Stack(folder, environment=PLAIN | {"FAKE_SANDBOX": "broken"}, **FAKES)
    with pytest.raises(StackError, match=r"sandbox did not start\.[^$]*voices are missing"):
        stack.start()


def test_a_port_in_use_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            StackError, match=f"port {port} is in use. Try another one: PORT={port + 1} make run"
        ):
            Stack(folder, port, environment=PLAIN, **FAKES).start()


@pytest.mark.skipif(sys.platform != "linux", reason="the tie to the parent is Linux's")
def test_nothing_outlives_a_launcher_that_was_killed(folder: Path) -> None:
    script = (
        "import sys, json, pathlib\n"
        "from scripts.stack import Stack\n"
        "from tests.scripts.test_stack import FAKES, PLAIN\n"
        f"stack = Stack(pathlib.Path({str(folder)!r}), {free_port()}, environment=PLAIN, **FAKES).start()\n"
        "print(json.dumps(stack.pids), flush=True)\n"
        "stack.wait()\n"
    )
    launcher = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    pids = json.loads(launcher.stdout.readline())
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    pause = threading.Event()
    for _ in range(600):  # not our children: nothing to wait for but their disappearance
        if not [pid for pid in pids.values() if alive(pid)]:
            break
        pause.wait(0.1)
    assert not [name for name, pid in pids.items() if alive(pid)]
