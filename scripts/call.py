"""`make call`: simulated customers phone the system over Twilio's protocols, with audio, and order dinner.

Uses the stack that `make run` started; starts one of its own in a temporary folder when there is none. Prints the
conversation as it happens, then compares what was spoken with the order in the database and in the API. The exit
code is 0 only when every fact of every call is as its scenario expects.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
from rich.console import Console

from errors import ConfigError
from scripts import run_file
from scripts.business_time import TEST_START
from scripts.call_expect import Plan, load_plans, runnable
from scripts.call_past import backstory
from scripts.call_phone import Phone
from scripts.call_report import report, terminal
from scripts.call_rows import Rows
from scripts.call_run import Result, Runner
from scripts.child import StackError
from scripts.outside import isolated
from scripts.run import interrupt
from scripts.run_file import Running
from scripts.stack import Stack

CALL_SECONDS = 240.0
ALL = "all"


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="make call", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenarios", nargs="+", help="names from data/scenarios, or: all")
    parser.add_argument("--jobs", type=int, default=1, help="calls at once (one at a time from one number)")
    parser.add_argument("--repeat", type=int, default=1, help="how often each is run")
    parser.add_argument("--record", action="store_true", help="keep the sound of each call as a stereo WAV")
    parser.add_argument(
        "--keep", action="store_true", help="keep the folder of a stack of our own, with its logs"
    )
    parser.add_argument("--own", action="store_true", help="start a stack of our own even if one runs")
    parser.add_argument("--data", type=Path, default=run_file.DATA, help="folder of the running stack")
    parser.add_argument("--timeout", type=float, default=CALL_SECONDS, help="seconds for one call")
    return parser.parse_args()


@contextmanager
def own_stack(console: Console, *, keep: bool) -> Iterator[Running]:
    """A whole stack in a temporary folder, gone afterwards unless it is to be kept. Raises StackError."""
    folder = Path(tempfile.mkdtemp(prefix="tiffin-"))
    folder.chmod(0o711)  # an unprivileged PostgreSQL has to pass through
    console.print("starting a stack for this call")
    stack = Stack(folder, clock_start=TEST_START, environment=isolated(os.environ), say=console.print)
    try:
        with stack:
            yield Running.of(stack)
    finally:
        if keep:
            console.print(f"kept: {folder}", soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


async def phone(
    running: Running, names: list[str], plans: dict[str, Plan], chosen: argparse.Namespace
) -> list[Result]:
    """Make the calls."""
    console = terminal()
    recordings = chosen.data / "recordings" if chosen.record else None
    if recordings is not None:
        recordings.mkdir(parents=True, exist_ok=True)
    authorization = {"Authorization": f"Bearer {running.api_key}"}
    rows = Rows(running)
    try:
        async with (
            Phone(running.sandbox_url, running.url) as line,
            httpx.AsyncClient(
                base_url=running.url, headers=authorization, timeout=30.0, trust_env=False
            ) as api,
        ):
            runner = Runner(
                plans,
                line,
                api,
                rows,
                console,
                partial(backstory, running, rows),
                jobs=chosen.jobs,
                seconds=chosen.timeout,
                recordings=recordings,
            )
            return await runner.run(names * chosen.repeat)
    finally:
        await rows.close()


def choose(asked: list[str], plans: dict[str, Plan]) -> list[str]:
    """The scenarios that were named. Raises ConfigError for one there is not."""
    names = runnable(plans) if asked == [ALL] else asked
    unknown = [name for name in names if name not in plans]
    if unknown:
        raise ConfigError([f"no scenario {name}; there are: {', '.join(plans)}" for name in unknown])
    return names


def main() -> int:
    """Find or start a stack, make the calls, compare."""
    chosen = arguments()
    console = terminal()
    signal.signal(signal.SIGTERM, interrupt)
    try:
        plans = load_plans()
        names = choose(chosen.scenarios, plans)
        running = None if chosen.own else run_file.read(chosen.data)
        if running is not None:
            results = asyncio.run(phone(running, names, plans, chosen))
        else:
            with own_stack(console, keep=chosen.keep) as own:
                results = asyncio.run(phone(own, names, plans, chosen))
    except (ConfigError, StackError) as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("interrupted")
        return 130
    return 0 if report(console, results) else 1


if __name__ == "__main__":
    sys.exit(main())
