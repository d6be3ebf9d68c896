"""`make city`: many orders at once on a stack of its own, with every call it takes, and waits left out.

Orders are placed through the product's operations (cards at the sandbox's Stripe, cash in India); kitchens and drivers
answer their telephones by keypad, with sound in real time; drivers ride. At the end: what became of all orders, how
long it took, what was said and paid, and whether every rule of `make chaos` holds. Exit code 1 when one is broken.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx
from rich.console import Console
from sqlmodel import select

from db.models import Assignment
from operations.pieces import open_pieces
from scripts import chaos_report, city_report
from scripts.business_time import TEST_START
from scripts.call_report import terminal
from scripts.call_rows import Rows
from scripts.chaos_check import broken, found
from scripts.chaos_setup import Setup
from scripts.chaos_town import people
from scripts.child import StackError
from scripts.city_run import Evening
from scripts.demo_found import books_of
from scripts.demo_world import World
from scripts.outside import isolated
from scripts.run import interrupt
from scripts.run_file import Running
from scripts.stack import Stack
from settings import load_settings

SECONDS_AN_ORDER, LEAST_SECONDS = 120.0, 600.0


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="make city", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=50, help="how many people order (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="who orders what, and how (default 1)")
    parser.add_argument(
        "--gap", type=float, default=2.0, help="business minutes between two orders (default 2)"
    )
    parser.add_argument("--seconds", type=float, help="real time it may take")
    parser.add_argument("--keep", action="store_true", help="keep the stack's folder, with its logs")
    return parser.parse_args()


async def live(stack: Stack, chosen: argparse.Namespace, console: Console) -> bool:
    """One evening on a stack; whether every rule holds."""
    running = Running.of(stack)
    setup = Setup(stack.environment, "", chosen.seed, chosen.orders, stack.data_dir)
    authorization = {"Authorization": f"Bearer {running.api_key}"}
    seconds = chosen.seconds or max(LEAST_SECONDS, SECONDS_AN_ORDER * chosen.orders)
    rows = Rows(running)
    began = time.monotonic()
    try:
        async with (
            open_pieces(load_settings(stack.environment)) as pieces,
            httpx.AsyncClient(
                base_url=running.url, headers=authorization, timeout=30.0, trust_env=False
            ) as api,
            httpx.AsyncClient(base_url=running.sandbox_url, timeout=30.0, trust_env=False) as sandbox,
        ):
            world = World(rows, api, sandbox)
            since = await world.now()
            gap = timedelta(minutes=chosen.gap)
            evening = await Evening.of(pieces, setup, world, people, gap, seconds, console.print)
            await evening.go()
            calls = (await sandbox.get("/control/calls")).json()
            texts = (await sandbox.get("/control/messages")).json()
            seen = await found(rows.sessions, books_of(stack.environment), calls, texts)
            seen.talks = city_report.spoken(seen)
            async with rows.sessions() as session:
                assignments = (await session.scalars(select(Assignment))).all()
    finally:
        await rows.close()
    said = Counter(caller.said for caller in evening.callers)
    city_report.evening(console, seen, city_report.since(seen, since), assignments, said)
    rules = broken(seen)
    rules["everything has come to an end in time"] = [evening.stuck] if evening.stuck else []
    held = chaos_report.rules(console, rules)
    console.print(f"{len(evening.callers)} orders in {time.monotonic() - began:.0f} s")
    return held


def main() -> int:
    """One evening."""
    chosen, console = arguments(), terminal()
    signal.signal(signal.SIGTERM, interrupt)
    folder = Path(tempfile.mkdtemp(prefix="tiffin-city-"))
    folder.chmod(0o711)  # an unprivileged PostgreSQL has to pass through
    stack = Stack(folder, clock_start=TEST_START, environment=isolated(os.environ), say=console.print)
    try:
        with stack:
            return 0 if asyncio.run(live(stack, chosen, console)) else 1
    except StackError as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("interrupted")
        return 130
    finally:
        if chosen.keep:
            console.print(f"kept: {folder}", soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
