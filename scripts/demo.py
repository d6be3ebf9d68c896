"""`make demo`: one whole delivery in a few minutes, with everybody it takes: calls at their own pace, waits left out.

Always starts a stack of its own in a temporary folder. Tells who calls whom, what is said, and what changes in the
order; then compares what there is with what the scenario expects. The exit code is 0 only when all of it is so.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx
from rich.console import Console

from errors import AppError, ConfigError
from scripts.call import ALL
from scripts.call_expect import Plan, load_plans
from scripts.call_phone import Phone
from scripts.call_report import terminal
from scripts.call_rows import Rows
from scripts.child import StackError
from scripts.demo_compare import compare
from scripts.demo_found import books_of, left
from scripts.demo_plan import Demo, load_demos, orders
from scripts.demo_report import checked, tables
from scripts.demo_stage import Stage
from scripts.demo_world import World
from scripts.outside import isolated
from scripts.run import interrupt
from scripts.run_file import Running
from scripts.stack import Stack


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="make demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenarios", nargs="*", default=["happy"], help="names from data/demos, or: all")
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FOLDER",
        help="keep the sound of each call that comes in as a stereo WAV",
    )
    parser.add_argument("--keep", action="store_true", help="keep the stack's folder, with its logs")
    return parser.parse_args()


async def play(stack: Stack, demo: Demo, plan: Plan, console: Console, recordings: Path | None) -> bool:
    """Play one demonstration on a stack; whether everything is as expected.

    Raises:
        StackError, AppError, httpx.HTTPError: it did not come to its end, or what it left cannot be read.
    """
    running = Running.of(stack)
    authorization = {"Authorization": f"Bearer {running.api_key}"}
    rows, books = Rows(running), books_of(stack.environment)
    try:
        async with (
            Phone(running.sandbox_url, running.url) as line,
            httpx.AsyncClient(
                base_url=running.url, headers=authorization, timeout=30.0, trust_env=False
            ) as api,
            httpx.AsyncClient(base_url=running.sandbox_url, timeout=30.0, trust_env=False) as sandbox,
        ):
            world = World(rows, api, sandbox)
            stage = Stage(demo, plan, world, line, console, record=recordings is not None)
            played = await stage.play()
            if recordings is not None:
                await keep(line, played.calls_in, recordings, console)
            found = await left(world, played.seen, played.since, played.real, books)
            await tables(console, world, found)
            return checked(console, demo.name, compare(demo, found, played.numbers), played.seconds)
    finally:
        await rows.close()
        for each in books:
            await each.close()


async def keep(line: Phone, sids: Sequence[str], folder: Path, console: Console) -> None:
    """Write the sound of calls that came in. Raises StackError."""
    for sid in sids:
        file = folder / f"{sid[-6:]}.wav"
        await asyncio.to_thread(file.write_bytes, await line.recording(sid))
        console.print(f"recorded: {file}", soft_wrap=True)


def run(demo: Demo, plan: Plan, console: Console, chosen: argparse.Namespace) -> bool:
    """One demonstration on a stack of its own. Raises StackError where none can be started."""
    if chosen.record:
        chosen.record.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="tiffin-demo-"))
    folder.chmod(0o711)  # an unprivileged PostgreSQL has to pass through
    console.print(f"{demo.name}: {demo.title}", style="bold")
    stack = Stack(folder, clock_start=demo.clock, environment=isolated(os.environ), say=console.print)
    try:
        with stack:
            return asyncio.run(play(stack, demo, plan, console, chosen.record))
    finally:
        if chosen.keep:
            console.print(f"kept: {folder}", soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def choose(asked: list[str], demos: dict[str, Demo]) -> list[Demo]:
    """The demonstrations that were named. Raises ConfigError for one there is not."""
    names = list(demos) if asked == [ALL] else asked
    unknown = [name for name in names if name not in demos]
    if unknown:
        raise ConfigError([f"no scenario {name}; there are: {', '.join(demos)}" for name in unknown])
    return [demos[name] for name in names]


def main() -> int:
    """Play what was asked for."""
    chosen = arguments()
    console = terminal()
    signal.signal(signal.SIGTERM, interrupt)
    failed = 0
    try:
        plans, demos = load_plans(), load_demos()
        for demo in choose(chosen.scenarios, demos):
            plan = orders(demo, plans)
            assert plan is not None  # `load_demos` has looked
            try:
                failed += not run(demo, plan, console, chosen)
            except (StackError, AppError, httpx.HTTPError) as error:
                console.print(
                    f"{demo.name}: {error or type(error).__name__}", style="red", markup=False, soft_wrap=True
                )
                failed += 1
    except ConfigError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("interrupted")
        return 130
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
