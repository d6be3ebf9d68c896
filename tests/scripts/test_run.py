"""`make run` as a person meets it: started, asked twice, interrupted, killed, and with a part that dies."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from scripts import run_file
from scripts.child import ROOT
from scripts.embedded_postgres import free_port
from tests.scripts.test_stack import PLAIN

SCRIPT = (
    "import functools, sys\n"
    "from scripts import run, stack\n"
    "from tests.scripts.test_stack import FAKES\n"
    "sys.exit(run.main(functools.partial(stack.Stack, **FAKES)))\n"
)
Run = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def run(tmp_path: Path, port: int) -> Iterator[Run]:
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **more: str) -> "subprocess.Popen[str]":
        own = PLAIN | {"DATABASE_URL": "postgresql://elsewhere/db", "PORT": str(port)} | more
        command = [sys.executable, "-c", SCRIPT, "--data", str(tmp_path / "data"), *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield begin
    for process in started:
        with process:
            process.kill()


def read_until(process: "subprocess.Popen[str]", wanted: str) -> str:
    """Everything it says up to and including a line with `wanted`."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if wanted in line:
            return said
    raise AssertionError(f"it never said {wanted!r}:\n{said}")


def test_it_prints_the_console_and_stops_on_ctrl_c(run: Run, port: int, tmp_path: Path) -> None:
    process = run()
    said = read_until(process, "Ready.")
    assert f"http://localhost:{port}" in said
    file = tmp_path / "data/run.json"
    written = json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert written["url"] == f"http://127.0.0.1:{port}"
    assert written["api_key"] in said
    assert written["pids"]["launcher"] == process.pid
    running = run_file.read(tmp_path / "data")
    assert running is not None
    assert running.database_url == "postgresql://elsewhere/db"

    process.send_signal(signal.SIGINT)
    assert "stopped." in read_until(process, "stopped.")
    assert process.wait(60) == 0
    assert not file.exists()
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30, trust_env=False)


def test_a_second_run_says_so(run: Run, port: int) -> None:
    first = run()
    read_until(first, "Ready.")
    second = run(PORT=str(free_port()))
    expected = f"Tiffin already runs at http://127.0.0.1:{port} (process {first.pid})."
    assert expected in read_until(second, "already runs")
    assert second.wait(60) == 1
    assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30, trust_env=False).status_code == 200


def test_the_trace_of_a_killed_one_is_no_obstacle(run: Run, tmp_path: Path) -> None:
    first = run()
    read_until(first, "Ready.")
    first.kill()
    first.wait()
    assert (tmp_path / "data/run.json").exists()
    assert run_file.read(tmp_path / "data") is None
    read_until(run(PORT=str(free_port())), "Ready.")


def test_a_part_that_dies_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    process = run()
    read_until(process, "Ready.")
    os.kill(json.loads((tmp_path / "data/run.json").read_text())["pids"]["sandbox"], signal.SIGKILL)
    assert "the sandbox ended by itself; its log is" in read_until(process, "ended by itself")
    assert process.wait(60) == 1


def test_a_port_in_use_is_one_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        process = run(PORT=str(number))
        assert process.stdout is not None
        assert process.stdout.read() == (
            f"port {number} is in use. Try another one: PORT={number + 1} make run\n"
        )
        assert process.wait(60) == 1


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_is_refused(run: Run, port: str) -> None:
    process = run(PORT=port)
    assert f"tiffin: PORT={port} is not a port number" in read_until(process, "not a port")
    assert process.wait(60) == 2


def test_every_bad_setting_is_told_at_once_and_nothing_is_started(run: Run, tmp_path: Path) -> None:
    """Variables, their keys, and every vendor of which a part is set."""
    wrong = {"CLOCK_SPEED": "fast", "CLOCK_START": "yesterday", "API_KEYS": "a:short:read"}
    half = {"STRIPE_API_KEY": "sk_live", "TWILIO_ACCOUNT_SID": "AC1"}
    process = run(**wrong, **half)
    said, _ = process.communicate()
    assert process.returncode == 2
    assert [re.split("[: ]", line.removeprefix("tiffin: "))[0] for line in said.splitlines()] == [
        "CLOCK_START", "CLOCK_SPEED", "STRIPE_WEBHOOK_SECRET", "TWILIO_AUTH_TOKEN,", "API_KEYS",
    ]  # fmt: skip
    assert not (tmp_path / "data").exists()


def test_a_server_that_refuses_its_settings_is_quoted_whole_and_its_exit_code_passed_on(
    run: Run, tmp_path: Path
) -> None:
    logs = tmp_path / "data/logs"
    logs.mkdir(parents=True)
    (logs / "server.log").write_text("tiffin: a mistake of yesterday\n")
    process = run(FAKE_SERVER="bad YAML")
    said, _ = process.communicate()
    assert process.returncode == 2
    told = [line for line in said.splitlines() if line.startswith("tiffin: ")]
    assert told == [f"tiffin: phone.yaml: mistake {number}" for number in range(30)]


def test_real_time_does_not_turn_a_folders_time_back(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    ahead = {"start": "2099-01-01T12:00:00+00:00", "speed": 1.0, "real": "2098-12-31T12:00:00+00:00"}
    (tmp_path / "data/clock.json").write_text(json.dumps(ahead))
    said = read_until(run("--real-time"), "Ready.")
    assert "It has been 01 January 2099, 12:00 UTC in this folder already; time goes on from there." in said
    assert "2099" in said.split("it is")[1].splitlines()[0]


def test_it_explains_itself() -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "scripts.run", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--real-time" in asked.stdout
