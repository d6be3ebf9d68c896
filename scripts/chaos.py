"""`make chaos`: a town whose processes, stores and vendors fail by a plan; its books have to be right at the end.

Always a town of its own: PostgreSQL, Redis, the sandbox's vendors and a queue of its own at the RabbitMQ of AMQP_URL
(or this machine's). Calls are real at the telephone company, webhooks and all; what is said in them is done without a
sound. The same seed is the same plan; what it meets depends on the machine. Exit code 1 when a rule is broken.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from db.engine import open_engine, open_sessions
from db.keyring import read_keyring
from db.migrate import upgrade
from db.seeding.seed import seed as seed_rows
from scripts import chaos_report as report
from scripts.business_time import TEST_START
from scripts.call_report import terminal
from scripts.chaos_check import Found, broken, found
from scripts.chaos_clock import SharedClock
from scripts.chaos_house import House, house
from scripts.chaos_plan import Fault, plan
from scripts.chaos_run import Run, Say
from scripts.chaos_town import people
from scripts.child import StackError
from scripts.run import interrupt
from settings import load_settings
from vendors.stripe import Stripe

SECONDS_AN_ORDER, LEAST_SECONDS = 20.0, 240.0


@dataclass
class Lived:
    """A run that is over."""

    run: Run
    seen: Found
    rules: dict[str, list[str]]
    deaths: dict[str, int]
    seconds: float


async def live(
    folder: Path, orders: int, seed: int, *, faults: list[Fault], seconds: float, say: Say, change: str = ""
) -> Lived:
    """Let a town live through a plan. Raises StackError where something is missing on this machine."""
    clock = SharedClock.begin(folder / "clock", TEST_START)
    async with house(folder, clock, seed, orders, change) as made:
        settings = load_settings(made.setup.environment)
        url = made.setup.environment["DATABASE_URL"]
        engine = open_engine(url, read_keyring(settings), size=4)
        sessions = open_sessions(engine)
        try:
            await upgrade(url)
            await seed_rows(sessions, clock.now())
            phones = await people(sessions, orders, clock.now())
            run = Run(made, sessions, faults, phones, seconds, say)
            began = time.monotonic()
            await run.go()
            took = time.monotonic() - began
            seen = await books(made, run)
        finally:
            await engine.dispose()
        rules = broken(seen)
        rules["everything has come to an end in time"] = [run.stuck] if run.stuck else []
        return Lived(run, seen, rules, dict(made.deaths), took)


async def books(made: House, run: Run) -> Found:
    """What there is at the end, in the rows and at the vendors."""
    environment = made.setup.environment
    stripe = Stripe(environment["STRIPE_API_KEY"], environment["STRIPE_BASE_URL"])
    async with httpx.AsyncClient(base_url=made.sandbox.url, timeout=30.0, trust_env=False) as outside:
        (await outside.delete("/control/faults")).raise_for_status()
        calls = (await outside.get("/control/calls")).json()
        texts = (await outside.get("/control/messages")).json()
    try:
        return await found(run.sessions, [stripe], calls, texts, made.setup.talked())
    finally:
        await stripe.close()


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="make chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=200, help="how many people order (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="which plan of faults (default 1)")
    parser.add_argument("--calm", action="store_true", help="nothing goes wrong")
    parser.add_argument("--keep", action="store_true", help="keep the town's folder, with its logs")
    parser.add_argument("--seconds", type=float, help="real time it may take")
    parser.add_argument(
        "--change", default="", help="module:function that every process changes its pieces by"
    )
    return parser.parse_args()


def told(console: Console, lived: Lived) -> bool:
    """Print it; whether every rule held."""
    report.faults(console, lived.run.faults)
    said = Counter(caller.said for caller in lived.run.callers)
    report.outcomes(console, lived.seen, said, lived.deaths)
    held = report.rules(console, lived.rules)
    console.print(f"{len(lived.run.callers)} orders in {lived.seconds:.0f} s")
    return held


def main() -> int:
    """Live through what was asked for."""
    chosen, console = arguments(), terminal()
    signal.signal(signal.SIGTERM, interrupt)
    folder = Path(tempfile.mkdtemp(prefix="tiffin-town-"))
    faults = [] if chosen.calm else plan(chosen.seed, chosen.orders)
    seconds = chosen.seconds or max(LEAST_SECONDS, SECONDS_AN_ORDER * chosen.orders)
    console.print(f"seed {chosen.seed}: {chosen.orders} orders, {len(faults)} faults", style="bold")
    try:
        lived = asyncio.run(
            live(
                folder,
                chosen.orders,
                chosen.seed,
                faults=faults,
                seconds=seconds,
                say=console.print,
                change=chosen.change,
            )
        )
        return 0 if told(console, lived) else 1
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
