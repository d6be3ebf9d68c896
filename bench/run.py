"""`make bench`: ours beside a bare Pipecat bot in one run: latency, barge-in, loop lag, processor, memory, cost.

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from bench.cost import Cost, Prices, cost_of, read_prices
from bench.load import Bench, Load, System
from bench.process import cpu_seconds, memory_mb
from bench.report import Side, cost_table, ratios, table
from scripts.business_time import TEST_START
from scripts.call_report import terminal
from scripts.child import Child, StackError
from scripts.embedded_postgres import free_port
from scripts.outside import isolated
from scripts.stack import Stack

ROOT = Path(__file__).parent.parent
BARE = (sys.executable, "-m", "bench.bare")
READY_SECONDS = 60.0
PAUSE = 0.1
SETTLE_SECONDS = 61.0


@contextmanager
def bare_bot(stack: Stack) -> Iterator[System]:
    """The bare bot, served by a process of its own against the stack's sandbox. Raises StackError."""
    port = free_port()
    child = Child(
        "bare",
        BARE,
        environment=stack.environment | {"PORT": str(port)},
        log=stack.data_dir / "logs" / "bare.log",
        ended=lambda _: None,
    )
    child.start()
    url = f"http://127.0.0.1:{port}"
    try:
        wait_ready(url, child)
        yield System("the bare bot", url, child.pid, 0.0)
    finally:
        child.stop()


def wait_ready(url: str, child: Child) -> None:
    """Ask until it answers. Raises StackError when it ends or takes too long."""
    waited = 0.0
    with httpx.Client(base_url=url, timeout=5.0, trust_env=False) as client:
        while waited < READY_SECONDS:
            try:
                client.get("/readyz").raise_for_status()
            except httpx.TransportError:
                if child.wait(PAUSE):
                    break
                waited += PAUSE
            else:
                return
    raise StackError(f"the bare bot did not start. {child.last_words()}")


async def settled(*systems: System) -> list[System]:
    """The systems with what they use when nobody calls. It takes a minute: longer than the loop lag is remembered."""
    began = [cpu_seconds(system.pid) for system in systems]
    await asyncio.sleep(SETTLE_SECONDS)
    return [
        replace(
            system,
            idle_mb=memory_mb(system.pid),
            idle_cpu=(cpu_seconds(system.pid) - before) / SETTLE_SECONDS * 60,
        )
        for system, before in zip(systems, began, strict=True)
    ]


async def measure(
    stack: Stack, bare: System, calls: int, together: int, console: Console
) -> tuple[Side, Side]:
    """`calls` one after the other, ours and the bare bot's in turn; then `together` at once, ours first.

    While one system talks the other is idle, so that the loop lag of a load is not that of the load before.
    """
    console.print(f"both idle for {SETTLE_SECONDS:.0f} s ...")
    ours, bare = await settled(System("ours", stack.url, stack.pids["server"], 0.0), bare)
    one, many = {ours: Load(), bare: Load()}, {ours: Load(), bare: Load()}
    async with httpx.AsyncClient(base_url=stack.sandbox.url, timeout=20, trust_env=False) as sandbox:
        bench = Bench(sandbox)
        for number in range(calls):
            for system in (ours, bare):
                console.print(f"call {number + 1} of {calls} with {system.name} ...")
                await bench.hold(system, 1, one[system])
        for system in (ours, bare):
            console.print(f"{together} calls at once with {system.name} ...")
            await bench.hold(system, together, many[system])
    return Side(ours, one[ours], many[ours], together), Side(bare, one[bare], many[bare], together)


async def costs(stack: Stack, load: Load, prices: Prices) -> list[Cost]:
    """What each of our calls cost, from its events in the API."""
    found = []
    authorization = {"Authorization": f"Bearer {stack.api_key}"}
    async with httpx.AsyncClient(
        base_url=stack.url, headers=authorization, timeout=20, trust_env=False
    ) as api:
        for sid, seconds in zip(load.sids, load.call_seconds, strict=True):
            call = (await api.get("/calls", params={"sid": sid})).raise_for_status().json()["calls"][0]["id"]
            events = (await api.get(f"/calls/{call}/events")).raise_for_status().json()["events"]
            found.append(cost_of(events, seconds, prices))
    return found


async def whole(stack: Stack, bare: System, asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Measure, print, and give everything back for JSON."""
    ours, other = await measure(stack, bare, asked.calls, asked.together, console)
    prices = read_prices()
    spent = await costs(stack, ours.one, prices)
    console.print(table(ours, other))
    for line in ratios(ours, other):
        console.print(line)
    console.print(cost_table(spent, ours.one.call_seconds, prices))
    dollars = [
        {part: None if value is None else str(value) for part, value in c.parts.items()} for c in spent
    ]
    return {"ours": ours.as_json(), "bare": other.as_json(), "cost_usd": dollars}


def main() -> int:
    """Measure, print, write. Exit codes: 0 measured, 2 something did not start."""
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=3, help="calls one after the other, with each system")
    parser.add_argument("--together", type=int, default=5, help="calls that start at the same moment")
    parser.add_argument(
        "--json", type=Path, default=ROOT / ".data" / "bench.json", help="where the figures go"
    )
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tiffin-bench-"))
    folder.chmod(0o711)
    console = terminal()
    try:
        with (
            Stack(
                folder, clock_start=TEST_START, environment=isolated(os.environ), say=console.print
            ) as stack,
            bare_bot(stack) as bare,
        ):
            results = asyncio.run(whole(stack, bare, asked, console))
    except StackError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(results, indent=2), encoding="utf-8")
    console.print(f"written to {asked.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
