"""`make bench`: latency, barge-in, event-loop lag and memory of the running system; a table, and JSON beside it.

Vendors answer without delay (the sandbox). Each run starts a stack of its own. Machines are shared: compare the
figures of one run with each other, not with those of another day.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import yaml
from rich.console import Console
from rich.table import Table

from bench import figures
from scripts.business_time import TEST_START
from scripts.outside import isolated
from scripts.stack import Stack

ROOT = Path(__file__).parent.parent
SCENARIO = Path(__file__).with_name("caller.yaml")
BARS = {"first audio": 500.0, "answer": 250.0, "barge-in": 200.0}
"""Bars of p95 in milliseconds, at one call and vendors at zero delay."""
CALL_SECONDS = 180.0
Measures = dict[str, list[float]]


async def one_call(sandbox: httpx.AsyncClient, stack: Stack, number: int) -> Measures:
    """Phone once from a number of its own, and read the network's notes."""
    scenario = yaml.safe_load(SCENARIO.read_text(encoding="utf-8")) | {"from": f"+1512555{7000 + number}"}
    asked = {"scenario": scenario, "webhook": f"{stack.url}/twilio/voice"}
    sid = (await sandbox.post("/control/calls", json=asked)).raise_for_status().json()["sid"]
    async with asyncio.timeout(CALL_SECONDS):
        while True:
            told = (await sandbox.get(f"/control/calls/{sid}")).json()
            if told["state"] in ("completed", "failed", "busy", "no-answer", "canceled"):
                break
            await asyncio.sleep(0.2)
    events: list[dict[str, Any]] = told["events"]
    return {
        "first audio": figures.first_audio(events),
        "answer": figures.answers(events),
        "barge-in": figures.barge_ins(events),
    }


def merged(calls: list[Measures]) -> Measures:
    """All figures of all calls, by name."""
    return {name: [value for call in calls for value in call[name]] for name in BARS}


def memory_mb(pid: int) -> float:
    """Proportional set size of a process, in MB (Linux)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError("no Pss in smaps_rollup")


async def lag(api: httpx.AsyncClient) -> dict[str, float]:
    """The server's own account of how late its loop was in the last minute."""
    found: dict[str, float] = (await api.get("/readyz")).json()["loop_lag"]
    return found


async def while_running(pid: int, work: "asyncio.Task[list[Measures]]") -> float:
    """The largest memory of a process until some work is done, MB."""
    most = 0.0
    while not work.done():
        most = max(most, await asyncio.to_thread(memory_mb, pid))
        await asyncio.sleep(0.5)
    return most


async def measure(stack: Stack, calls: int, together: int) -> dict[str, Any]:
    """`calls` one after the other, then `together` at once."""
    pid = stack.pids["server"]
    async with (
        httpx.AsyncClient(base_url=stack.sandbox.url, timeout=20) as sandbox,
        httpx.AsyncClient(base_url=stack.url, timeout=20) as api,
    ):
        idle = memory_mb(pid)

        async def in_turn() -> list[Measures]:
            return [await one_call(sandbox, stack, number) for number in range(calls)]

        async def at_once() -> list[Measures]:
            return await asyncio.gather(
                *(one_call(sandbox, stack, 100 + number) for number in range(together))
            )

        results: dict[str, Any] = {"idle_mb": idle}
        for name, work in (("one call", in_turn), (f"{together} calls at once", at_once)):
            task = asyncio.create_task(work())
            most = await while_running(pid, task)
            results[name] = {"figures": merged(await task), "loop_lag": await lag(api), "memory_mb": most}
    return results


def table(results: dict[str, Any]) -> Table:
    """The results as a table."""
    shown = Table(title="vendors at zero delay; milliseconds")
    for heading in ("load", "what", "n", "p50", "p95", "bar (p95, one call)"):
        shown.add_column(heading, justify="right" if heading in ("n", "p50", "p95") else "left")
    for load in (name for name in results if name != "idle_mb"):
        for what, values in results[load]["figures"].items():
            p50, p95 = figures.percentile(values, 0.5), figures.percentile(values, 0.95)
            row = ["-" if value is None else f"{value:.0f}" for value in (p50, p95)]
            shown.add_row(load, what, str(len(values)), *row, f"{BARS[what]:.0f}")
        late = results[load]["loop_lag"]
        lags = (str(late[name]) for name in ("p50_ms", "p99_ms", "max_ms"))
        shown.add_row(load, "loop lag p50 / p99 / max", "", " / ".join(lags), "", "")
        grown = results[load]["memory_mb"] - results["idle_mb"]
        shown.add_row(load, "memory above idle, MB", "", f"{grown:.0f}", "", f"idle {results['idle_mb']:.0f}")
    return shown


def main() -> int:
    """Measure, print, write. Exit code 0."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=5, help="calls one after the other")
    parser.add_argument("--together", type=int, default=5, help="calls that start at the same moment")
    parser.add_argument(
        "--json", type=Path, default=ROOT / ".data" / "bench.json", help="where the figures go"
    )
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tiffin-bench-"))
    folder.chmod(0o711)
    console = Console()
    try:
        with Stack(
            folder, clock_start=TEST_START, environment=isolated(os.environ), say=console.print
        ) as stack:
            results = asyncio.run(measure(stack, asked.calls, asked.together))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    console.print(table(results))
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(results, indent=2), encoding="utf-8")
    console.print(f"written to {asked.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
