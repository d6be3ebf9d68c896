"""The figures of both systems side by side, as a table and as JSON."""

from decimal import Decimal
from typing import Any

from rich.table import Table

from bench.cost import TELEPHONE, Cost, Prices, shown, telephone
from bench.figures import percentile
from bench.load import Load, System

BARS = {"first audio": 500.0, "answer": 250.0, "barge-in": 200.0}
"""Of p95 in milliseconds, at one call and vendors at zero delay."""
MEANING = {
    "first audio": "start -> first audible frame",
    "answer": "end of speech -> first audio",
    "barge-in": "caller's first sound -> clear",
}
DEAREST, MINUTES = Decimal("0.25"), 5
"""A call of so many minutes should cost less than so many US dollars at list prices."""
NOTHING = "-"


class Side:
    """One system and its two loads."""

    def __init__(self, system: System, one: Load, many: Load, together: int) -> None:
        self.system, self.one, self.many, self.together = system, one, many, together

    @property
    def memory_of_one(self) -> float:
        """MB above idle while one call is held; with what a first call loads and later ones share."""
        return self.one.memory_mb - self.system.idle_mb

    @property
    def memory_of_many(self) -> float:
        """MB above idle while all calls are held at once."""
        return self.many.memory_mb - self.system.idle_mb

    @property
    def memory_per_call(self) -> float | None:
        """MB of each call beyond the first."""
        more = self.many.memory_mb - self.one.memory_mb
        return more / (self.together - 1) if self.together > 1 else None

    def as_json(self) -> dict[str, Any]:
        """Everything that was measured."""
        loads = {"one call": self.one, f"{self.together} at once": self.many}
        return {"idle_mb": self.system.idle_mb, "idle_cpu_seconds_a_minute": self.system.idle_cpu} | {
            name: {
                "milliseconds": load.measures,
                "call_seconds": load.call_seconds,
                "cpu_seconds": load.cpu_seconds,
                "memory_mb": load.memory_mb,
                "loop_lag": load.lag,
            }
            for name, load in loads.items()
        }


def number(value: float | None, digits: int = 0) -> str:
    """A figure, or a dash where there is none."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def ratio(more: float | None, less: float | None) -> str:
    """How many times `less` goes into `more`; a dash when it cannot be said."""
    return NOTHING if not more or not less or less <= 0 or more <= 0 else f"{more / less:.1f}x"


def table(ours: Side, bare: Side) -> Table:
    """Latency, loop lag, processor and memory; the last column is what is wanted of ours."""
    found = Table(title="vendors at zero delay; ours beside a bare Pipecat bot, same caller, same run")
    for heading in ("load", "what", "ours", "bare bot", "wanted"):
        found.add_column(heading, justify="right" if heading in ("ours", "bare bot") else "left")
    loads = (("one call", ours.one, bare.one), (f"{ours.together} at once", ours.many, bare.many))
    for load, mine, theirs in loads:
        for name, meaning in MEANING.items():
            bar = f"p95 < {BARS[name]:.0f}" if load == "one call" else ""
            found.add_row(
                load, f"{meaning}, ms p50 / p95 (n)", _spread(mine, name), _spread(theirs, name), bar
            )
        found.add_row(load, "loop lag, ms p99 / max", _lag(mine), _lag(theirs), "")
        cells = [number(each.cpu_per_call_minute, 2) for each in (mine, theirs)]
        found.add_row(load, "processor seconds per call-minute", *cells, "")
    cells = [number(side.system.idle_cpu, 2) for side in (ours, bare)]
    found.add_row("idle", "processor seconds a minute", *cells, "")
    found.add_row("idle", "memory, MB", number(ours.system.idle_mb), number(bare.system.idle_mb), "")
    cells = [number(each.memory_of_one, 1) for each in (ours, bare)]
    found.add_row("one call", "memory above idle, MB", *cells, "")
    cells = [number(each.memory_of_many, 1) for each in (ours, bare)]
    found.add_row(f"{ours.together} at once", "memory above idle, MB", *cells, "")
    cells = [number(each.memory_per_call, 1) for each in (ours, bare)]
    found.add_row(f"{ours.together} at once", "memory of each further call, MB", *cells, "at most a quarter")
    return found


def ratios(ours: Side, bare: Side) -> list[str]:
    """What the table comes to, a line each."""
    cpu = ratio(bare.many.cpu_per_call_minute, ours.many.cpu_per_call_minute)
    memory = ratio(bare.memory_per_call, ours.memory_per_call)
    return [
        f"calls per core, ours to bare, {ours.together} at once: {cpu} (wanted: 2x)",
        f"memory per further call, bare to ours, {ours.together} at once: {memory} (wanted: 4x)",
    ]


def cost_table(costs: list[Cost], seconds: list[float], prices: Prices) -> Table:
    """What a call cost at list prices, on average, by part; and one of five minutes that uses as much a minute."""
    found = Table(
        title="cost of a call at list prices (data/prices.yaml); tokens as the stand-in counts them"
    )
    for heading in ("part", "a call", f"{MINUTES} minutes at that rate"):
        found.add_column(heading, justify="left" if heading == "part" else "right")
    mean, longer = Cost(), Cost()
    minutes = Decimal(str(sum(seconds))) / 60
    for part in dict.fromkeys(part for cost in costs for part in cost.parts):
        values = [cost.parts.get(part, Decimal()) for cost in costs]
        known = [value for value in values if value is not None]
        total = sum(known, Decimal()) if len(known) == len(values) else None
        mean.add(part, None if total is None else total / len(costs))
        longer.add(part, None if total is None or not minutes else total / minutes * MINUTES)
    if TELEPHONE in longer.parts:  # billed by started minutes, of which a short call has relatively many
        longer.parts[TELEPHONE] = telephone(MINUTES * 60, prices)
    for part in mean.parts:
        found.add_row(part, shown(mean.parts[part]), shown(longer.parts[part]))
    found.add_row("all", shown(mean.total), shown(longer.total), style="bold")
    found.caption = f"wanted: less than ${DEAREST} for {MINUTES} minutes"
    return found


def _spread(load: Load, name: str) -> str:
    values = load.measures[name]
    return f"{number(percentile(values, 0.5))} / {number(percentile(values, 0.95))} ({len(values)})"


def _lag(load: Load) -> str:
    return f"{number(load.lag.get('p99_ms'))} / {number(load.lag.get('max_ms'))}"
