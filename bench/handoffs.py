"""How long a caller waits when another agent takes over: `python -m bench.handoffs`.

Holds the conversation of the eval scenario `four_agents` a few times by text, one after the other, in a stack of its
own: three handoffs and ordinary tool turns in one call. Milliseconds are read from the events of each call:

`turn to first words`: from the end of the caller's turn to the first words of the answer. In an ordinary turn, one
with a single round of tools, these are the model's. In a handoff turn they are the system's short sentence, which is
queued where the handoff is written down.
`in tools`: what the tools took before those words, the longest of each round; every tool takes at least 50 ms.
`tool to model`: from a tool's result to the next request to a model, which after a handoff has another prompt and other
tools. This is all that the swap itself can cost.
`turn to own words`: handoff turns only, from the caller's last word to the new agent's own first word, with the
tools it needed.
`latency_ms`: the column of `agent_transitions`, from the handoff's call to those words.

The difference is taken within each call, between the medians of its handoff and of its ordinary turns. The bar: a
handoff is within 50 ms of an ordinary tool turn. The model's stand-in answers at once, so that these are figures of our
code; with a real model one more request stands behind the short sentence.
"""

import argparse
import asyncio
import json
import signal
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loguru import logger
from rich.console import Console
from rich.table import Table
from sqlmodel import col, select

from bench.figures import percentile
from bench.report import number
from db.models import AgentTransition
from evals.hold import hold
from evals.house import House, standing
from evals.report import details
from evals.result import Result
from evals.scenario import Scenario, load
from scripts.call_report import terminal
from scripts.child import StackError
from scripts.run import interrupt
from scripts.stack import Stack
from tools.tool import SYSTEM

SCENARIO = "four_agents"
BAR_MS = 50.0
ORDINARY, HANDOFF = "ordinary", "handoff"
FIRST, TOOLS, LESS, SWAP = "turn to first words", "in tools", "the same without tools", "tool to model"
OWN, LATENCY = "turn to own words", "latency_ms"
JUDGED = (FIRST, LESS, SWAP)
Figures = dict[str, dict[str, list[float]]]
"""Milliseconds by measure and kind of turn."""


@dataclass(frozen=True)
class Event:
    """Something a call told, in milliseconds from its beginning."""

    type: str
    at: float
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Reading:
    """One turn of the caller, as far as it has been read."""

    began: float
    handed: float | None = None
    words: float | None = None
    rounds: list[float] = field(default_factory=list)
    """What each round of tools took before the model's words."""
    first_round: float | None = None
    """What the tools up to the handoff took."""
    gaps: dict[str, list[float]] = field(default_factory=lambda: {ORDINARY: [], HANDOFF: []})


def turns(events: Iterable[Event]) -> list[Reading]:
    """The turns of a call in which a tool answered and a model spoke after it, or that were handed over."""
    found: list[Reading] = []
    reading: Reading | None = None
    took, kind = 0.0, ORDINARY
    since: float | None = None
    ours: set[str] = set()
    for event in events:
        if event.type == "turn.user":
            reading = Reading(event.at)
            found.append(reading)
            took, since, kind = 0.0, None, ORDINARY
        if reading is None or reading.words is not None:
            continue
        match event.type:
            case "tool.called" if event.data.get("caller") == SYSTEM:
                ours.add(event.data["id"])
            case "tool.result" if event.data["id"] not in ours and "ms" in event.data:
                took, since = max(took, float(event.data["ms"])), event.at
            case "agent.handoff" if reading.handed is None:
                reading.handed, kind = event.at, HANDOFF
                reading.first_round = sum(reading.rounds) + took
            case "model.chosen" if since is not None:
                reading.gaps[kind].append(event.at - since)
                reading.rounds.append(took)
                took, since, kind = 0.0, None, ORDINARY
            case "model.spoke":
                reading.words = event.at
            case _:
                pass
    return [one for one in found if one.rounds and one.words is not None]


def figures(events: Iterable[Event]) -> Figures:
    """The milliseconds of one call."""
    made: Figures = {name: {ORDINARY: [], HANDOFF: []} for name in (FIRST, TOOLS, LESS, SWAP, OWN)}
    for turn in turns(events):
        for kind, gaps in turn.gaps.items():
            made[SWAP][kind] += gaps
        assert turn.words is not None
        if turn.handed is not None and turn.first_round is not None:
            _add(made, HANDOFF, turn.handed - turn.began, turn.first_round)
            made[OWN][HANDOFF].append(turn.words - turn.began)
        elif len(turn.rounds) == 1:
            _add(made, ORDINARY, turn.words - turn.began, turn.rounds[0])
    return made


def _add(made: Figures, kind: str, waited: float, tools: float) -> None:
    made[FIRST][kind].append(waited)
    made[TOOLS][kind].append(tools)
    made[LESS][kind].append(waited - tools)


def difference(made: Figures, name: str) -> float:
    """Handoff less ordinary, medians of one call."""
    return statistics.median(made[name][HANDOFF]) - statistics.median(made[name][ORDINARY])


def events_of(result: Result) -> list[Event]:
    """What a held call told."""
    told = zip(result.events, result.moments, strict=True)
    return [Event(kind, seconds * 1000, data) for (kind, data), seconds in told]


@dataclass
class Measured:
    """All calls."""

    calls: list[Figures]
    latencies: list[float]

    def of(self, name: str, kind: str) -> list[float]:
        """Everything of one measure and kind."""
        if name == LATENCY:
            return self.latencies if kind == HANDOFF else []
        return [value for call in self.calls for value in call[name][kind]]

    def differences(self, name: str) -> list[float]:
        """One figure a call."""
        return [difference(call, name) for call in self.calls]

    @property
    def verdict(self) -> dict[str, bool]:
        """By measure: whether the difference's 95th percentile keeps the bar."""
        return {name: (percentile(self.differences(name), 0.95) or 0.0) <= BAR_MS for name in JUDGED}

    def as_json(self) -> dict[str, Any]:
        """Everything that was measured."""
        return {
            "calls": len(self.calls),
            "bar_ms": BAR_MS,
            "milliseconds": {
                name: {kind: self.of(name, kind) for kind in (ORDINARY, HANDOFF)}
                for name in (FIRST, TOOLS, LESS, SWAP, OWN, LATENCY)
            },
            "differences": {name: self.differences(name) for name in JUDGED},
            "within_bar": self.verdict,
        }


def spread(values: Sequence[float]) -> str:
    """p50 / p95 (n)."""
    return f"{number(percentile(values, 0.5), 1)} / {number(percentile(values, 0.95), 1)} ({len(values)})"


def table(measured: Measured) -> Table:
    """A row a measure."""
    found = Table(title=f"{len(measured.calls)} calls by text; ms, p50 / p95 (n)")
    for heading in ("measure", "ordinary tool turn", "handoff turn", "difference within a call", "bar"):
        found.add_column(heading, justify="left" if heading == "measure" else "right")
    for name in (FIRST, TOOLS, LESS, SWAP, OWN, LATENCY):
        judged = name in JUDGED
        kept = "kept" if judged and measured.verdict[name] else "MISSED" if judged else ""
        cells = [
            spread(values) if values else ""
            for values in (measured.of(name, ORDINARY), measured.of(name, HANDOFF))
        ]
        found.add_row(name, *cells, spread(measured.differences(name)) if judged else "", kept)
    return found


async def measure(console: Console, stack: Stack, scenario: Scenario, calls: int) -> Measured | None:
    """Hold the calls; None, and what went wrong on the console, when one does not go as it should."""
    made: list[Figures] = []
    async with House(stack) as house:
        for done in range(calls):
            result = await hold(house, scenario)
            if not result.ok:
                details(console, result)
                return None
            made.append(figures(events_of(result)))
            console.print(f"call {done + 1} of {calls}: {result.turns} turns, {result.seconds:.1f} s")
        async with house.sessions() as session:
            rows = await session.scalars(
                select(AgentTransition.latency_ms).where(col(AgentTransition.from_agent).is_not(None))
            )
            latencies = [float(value) for value in rows if value is not None]
    return Measured(made, latencies)


def main() -> int:
    """Measure, print, write. Exit codes: 0 within the bar, 1 not, 2 a stack that did not start."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.handoffs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--calls", type=int, default=10, help="calls, one after the other")
    parser.add_argument("--out", type=Path, help="where the figures go as JSON")
    asked = parser.parse_args()
    console = terminal()
    logger.remove()  # the harness logs every frame
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with standing(console, keep=False) as stack:
            measured = asyncio.run(measure(console, stack, load()[SCENARIO], max(1, asked.calls)))
    except StackError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    if measured is None:
        return 1
    console.print(table(measured))
    kept = all(measured.verdict.values())
    answer = "within" if kept else "NOT within"
    console.print(f"a handoff is {answer} {BAR_MS:.0f} ms of an ordinary tool turn (p95 of the differences)")
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(measured.as_json(), indent=1) + "\n", encoding="utf-8")
        console.print(f"written: {asked.out}", soft_wrap=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
