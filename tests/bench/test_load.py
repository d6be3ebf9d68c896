"""What is read of a process and of its loop, and the bare bot on the telephone."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml

from bench.load import SCENARIO, Bench, Load, System, worst
from bench.process import cpu_seconds, memory_mb
from bench.run import BARE, wait_ready
from scripts.child import Child
from scripts.embedded_postgres import free_port
from scripts.outside import Sandbox, vendor_variables
from tests.fakes.sandbox import running

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


def test_the_worst_of_several_lags_is_kept() -> None:
    """A stall at the start of a long load is older than a minute when the load ends."""
    early, late = {"p99_ms": 900.0, "max_ms": 950.0}, {"p99_ms": 4.0, "max_ms": 5.0}
    assert worst([early, late]) == early
    assert worst([]) == {}


def test_a_process_whose_name_has_blanks_and_brackets_is_read(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    ticks = os.sysconf("SC_CLK_TCK")
    (tmp_path / "7/stat").write_text(f"7 (a) b) S 1 7 7 0 -1 4194560 9 0 0 0 {3 * ticks} {ticks} 0 0 20 0\n")
    (tmp_path / "7/smaps_rollup").write_text("0-1 ---p 0 0 [rollup]\nRss: 9000 kB\nPss:   2048 kB\n")
    assert cpu_seconds(7, tmp_path) == 4.0
    assert memory_mb(7, tmp_path) == 2.0


def test_processor_time_is_told_for_a_minute_of_one_call() -> None:
    assert Load(call_seconds=[30.0, 90.0], cpu_seconds=8.0).cpu_per_call_minute == 4.0
    assert Load().cpu_per_call_minute is None


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[tuple[System, str]]:
    """The bare bot in its own process, and the address of the sandbox it is phoned from."""
    with running(tmp_path / "sandbox") as box:
        variables = vendor_variables({}, Sandbox(box.url, box.base_urls, box.keys))
        port = free_port()
        own = {"PATH": os.environ["PATH"], "PORT": str(port)} | variables
        child = Child("bare", BARE, environment=own, log=tmp_path / "bare.log", ended=lambda _: None)
        child.start()
        try:
            wait_ready(f"http://127.0.0.1:{port}", child)
            yield System("the bare bot", f"http://127.0.0.1:{port}", child.pid, memory_mb(child.pid)), box.url
        finally:
            child.stop()


@LINUX
@pytest.mark.call
@pytest.mark.xdist_group("calls")
@pytest.mark.timeout(400)
async def test_the_bare_bot_holds_the_same_callers_conversation(
    bare: tuple[System, str], tmp_path: Path
) -> None:
    """One question, one answer: enough to see that it hears, thinks, speaks, and is measured."""
    system, sandbox_url = bare
    scenario = yaml.safe_load(SCENARIO.read_text())
    scenario["answers"] = [{"when": "would you like one of those", "say": "Goodbye.", "hangup": True}]
    short = tmp_path / "short.yaml"
    short.write_text(yaml.safe_dump(scenario))
    load = Load()
    async with httpx.AsyncClient(base_url=sandbox_url, timeout=30, trust_env=False) as sandbox:
        await Bench(sandbox, short).hold(system, 1, load)
        told = (await sandbox.get(f"/control/calls/{load.sids[0]}")).json()
    assert told["ended_by"] == "caller"
    assert any("Chicken Vindaloo" in turn["text"] for turn in told["turns"] if turn["who"] == "system")
    assert len(load.measures["first audio"]) == 1
    assert load.measures["answer"]
    assert load.cpu_seconds > 0
    assert load.memory_mb > system.idle_mb
    assert load.lag["max_ms"] > 0
