"""How good dispatch chooses, and how fast: against the nearest driver first, and against every way there is.

`python -m bench.dispatch [--orders 80] [--drivers 25] [--seeds 10] [--out FILE]`. Evenings of an invented city, the
same for the same seed; no store, no vendor. Milliseconds depend on the machine: compare them with the idle loop's.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.table import Table

from bench.dispatch_city import START, Outcome, evening, nearest, once, optimum, ours, play
from bench.figures import percentile
from db.seeding.dispatch import read_dispatch
from domain.incentive import Dispatch
from operations.choosing import choose
from operations.travelling import Estimates

RUNS = 20
MANY = (100, 200)
"""Orders and drivers of the timed search."""
SMALL, CASES = (4, 6), 60
"""Orders and drivers where every way is tried (360 of them), and how many such cases."""
SAMPLE, IDLE_SECONDS = 0.001, 0.1


@dataclass(frozen=True)
class Row:
    """One policy, minutes and kilometres an order."""

    name: str
    late: float
    food_waits: float
    km: float
    spread: float
    """Deliveries between the busiest and the idlest driver."""


@dataclass(frozen=True)
class Timing:
    """One search of a hundred orders and two hundred drivers, milliseconds."""

    p50: float | None
    p95: float | None
    lag_p95: float | None
    """By which the loop was late meanwhile."""
    lag_most: float
    idle_p95: float | None
    """The same with nothing to do, just before."""
    idle_most: float
    chosen: int


def averaged(name: str, found: list[Outcome]) -> Row:
    """A policy over all evenings, per order."""
    orders = sum(one.delivered for one in found)
    return Row(
        name,
        sum(one.late for one in found) / orders,
        sum(one.food_waits for one in found) / orders,
        sum(one.km for one in found) / orders,
        fmean(one.spread for one in found),
    )


def evenings(rules: Dispatch, orders: int, drivers: int, seeds: int) -> list[Row]:
    """Both policies over the same evenings."""
    worlds = [evening(seed, orders, drivers, rules) for seed in range(seeds)]
    policies = {"dispatch": ours, "nearest first": nearest}
    return [
        averaged(name, [play(jobs, riders, rules, policy) for jobs, riders in worlds])
        for name, policy in policies.items()
    ]


def small_cases(rules: Dispatch, cases: int) -> list[Row]:
    """One assignment of a few orders that are due: ours, nearest first, and the best of all ways.

    The widest radius holds for all, so that each has the same drivers to choose from.
    """
    wide = replace_radius(rules)
    worlds = []
    for seed in range(cases):
        jobs, riders = evening(seed, *SMALL, wide, minutes=2.0)
        soon = [
            replace(job, order=replace(job.order, ready_by=START + timedelta(minutes=4)), ready=4.0,
                    promised=job.promised - job.ready + 4.0)
            for job in jobs
        ]  # fmt: skip
        worlds.append((soon, riders))
    ways: dict[str, Callable[..., Outcome]] = {
        "dispatch": lambda jobs, riders: once(jobs, ours(jobs, riders, wide, 0.0), wide),
        "nearest first": lambda jobs, riders: once(jobs, nearest(jobs, riders, wide, 0.0), wide),
        "the best of all": lambda jobs, riders: optimum(jobs, riders, wide),
    }
    return [averaged(name, [way(jobs, riders) for jobs, riders in worlds]) for name, way in ways.items()]


def replace_radius(rules: Dispatch) -> Dispatch:
    """The same figures, looking everywhere at once."""
    widest = (rules.search.radius_km[-1],)
    return rules.model_copy(update={"search": rules.search.model_copy(update={"radius_km": widest})})


async def timing(rules: Dispatch, runs: int) -> Timing:
    """How long a search of `MANY` takes off the loop, and how late the loop is meanwhile."""
    times: list[float] = []
    lags: list[float] = []
    idle: list[float] = []
    chosen = 0
    for seed in range(runs):
        jobs, riders = evening(seed, *MANY, rules, minutes=1.0)
        orders = [replace(job.order, ready_by=START) for job in jobs]
        async with ticking(idle):
            await asyncio.sleep(IDLE_SECONDS)
        async with ticking(lags):
            began = time.perf_counter()
            plan, _ = await choose(Estimates(), orders, riders, rules, START)
            times.append((time.perf_counter() - began) * 1000)
        chosen = len(plan.chosen)
    p95 = percentile(times, 0.95)
    lag, still = percentile(lags, 0.95), percentile(idle, 0.95)
    return Timing(percentile(times, 0.5), p95, lag, max(lags), still, max(idle), chosen)


@asynccontextmanager
async def ticking(lags: list[float]) -> AsyncIterator[None]:
    """Note meanwhile by how much the loop is late."""
    task = asyncio.create_task(tick(lags))
    await asyncio.sleep(SAMPLE * 5)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def tick(lags: list[float]) -> None:
    """Note by how many milliseconds the loop is late, each millisecond, until cancelled."""
    while True:
        since = time.perf_counter()
        await asyncio.sleep(SAMPLE)
        lags.append(max(0.0, time.perf_counter() - since - SAMPLE) * 1000)


def table(title: str, rows: list[Row]) -> Table:
    """A row for each policy."""
    shown = Table(title=title)
    for heading in ("", "late, min", "food waits, min", "driver km", "deliveries, most - fewest"):
        shown.add_column(heading, justify="right")
    for row in rows:
        figures = (row.late, row.food_waits, row.km, row.spread)
        shown.add_row(row.name, *(f"{figure:.2f}" for figure in figures))
    return shown


def main() -> int:
    """Measure, print, write. Exit code 0."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.dispatch",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--orders", type=int, default=80, help="over an hour")
    parser.add_argument("--drivers", type=int, default=25)
    parser.add_argument("--seeds", type=int, default=10, help="evenings")
    parser.add_argument("--market", default="US")
    parser.add_argument("--out", type=Path, help="where the figures go as JSON")
    asked = parser.parse_args()
    console, rules = Console(), read_dispatch()[asked.market]
    whole = evenings(rules, asked.orders, asked.drivers, asked.seeds)
    title = f"{asked.orders} orders an hour, {asked.drivers} drivers, {asked.seeds} evenings; per order"
    console.print(table(title, whole))
    small = small_cases(rules, CASES)
    console.print(table(f"{SMALL[0]} orders, {SMALL[1]} drivers at once, {CASES} cases; per order", small))
    speed = asyncio.run(timing(rules, RUNS))
    console.print(
        f"{MANY[0]} orders, {MANY[1]} drivers: {speed.p50:.0f} ms p50, {speed.p95:.0f} ms p95 of {RUNS} searches; "
        f"the loop was late by {speed.lag_p95:.1f} ms p95, {speed.lag_most:.1f} ms at most; "
        f"idle {speed.idle_p95:.1f} and {speed.idle_most:.1f}"
    )
    if asked.out is not None:
        found = {
            "evenings": [asdict(row) for row in whole],
            "small": [asdict(row) for row in small],
            "search": asdict(speed),
        }
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(found, indent=2), encoding="utf-8")
        console.print(f"written to {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
