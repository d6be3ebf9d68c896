"""The end of `make evals`: who passed how often, what failed and how the conversation went, and the same as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.cost import UNKNOWN, Prices, shown
from evals import models
from evals.cost import dollars, total_tokens
from evals.result import Result
from evals.scenario import Scenario
from scripts.call_live import Transcript
from scripts.call_report import cut

MODELS = ("anthropic", "openai")


@dataclass(frozen=True)
class Run:
    """All results of one `make evals`, with who answered."""

    results: list[Result]
    wall_seconds: float
    played: frozenset[str]
    """The vendors the sandbox played."""

    @property
    def stand_in(self) -> bool:
        """Whether the deterministic model of the sandbox answered, at least in part."""
        return bool(self.played.intersection(MODELS))

    @property
    def ok(self) -> bool:
        """Whether everything passed."""
        return bool(self.results) and all(result.ok for result in self.results)

    def of(self, name: str) -> list[Result]:
        """The repeats of a scenario."""
        return [result for result in self.results if result.name == name]


def progress(console: Console, result: Result, done: int, of: int) -> None:
    """One line for a run that has just ended."""
    verdict = "ok    " if result.ok else "FAILED"
    style = "" if result.ok else "bold red"
    line = f"{done:>4}/{of}  {verdict}  {result.seconds:5.1f} s  {result.turns:2} turns  {result.name}"
    console.print(line, style=style, markup=False)


def details(console: Console, result: Result) -> None:
    """A run from its first word to its last row."""
    console.rule(f"{result.name} ({'ok' if result.ok else 'FAILED'})")
    transcript = Transcript(console, caller="caller")
    for (kind, data), seconds in zip(result.events, result.moments, strict=True):
        transcript.tell({"type": kind, "data": data}, seconds)
    for failure in result.failures:
        console.print(failure, style="red", markup=False, soft_wrap=True)
    table = Table("what", "wanted", "found", "ok")
    for check in result.checks:
        verdict, style = ("ok", "") if check.ok else ("NO", "bold red")
        table.add_row(check.what, cut(check.wanted), cut(check.found), verdict, style=style)
    console.print(table)


def per_agent(run: Run, scenarios: Mapping[str, Scenario]) -> dict[str, tuple[int, int]]:
    """Runs passed and runs made by agent; a run that grades two agents counts for both."""
    found: dict[str, tuple[int, int]] = {}
    for result in run.results:
        for agent in scenarios[result.name].agents:
            passed, made = found.get(agent, (0, 0))
            found[agent] = (passed + result.ok, made + 1)
    return found


def cost(run: Run, prices: Prices) -> str:
    """What the models cost, in words."""
    return shown(dollars(total_tokens(run.results), prices, played=run.stand_in))


def report(console: Console, run: Run, scenarios: Mapping[str, Scenario], prices: Prices) -> None:
    """Print the details of what failed and of a run that was alone, then the table."""
    for result in run.results:
        if not result.ok or len(run.results) == 1:
            details(console, result)
    table = Table("agent", "scenarios", "runs", "passed", "rate")
    for agent, (passed, made) in sorted(per_agent(run, scenarios).items()):
        names = {result.name for result in run.results if agent in scenarios[result.name].agents}
        table.add_row(agent, str(len(names)), str(made), str(passed), f"{passed / made:.0%}")
    console.print(table)
    failed = {result.name: run.of(result.name) for result in run.results if not result.ok}
    for name, runs in failed.items():
        console.print(f"failed {sum(not each.ok for each in runs)} of {len(runs)}: {name}", style="red")
    for model, tokens in sorted(total_tokens(run.results).items()):
        parts = ", ".join(f"{tokens[part]} {part}" for part in ("prompt", "completion", "cache_read"))
        share = models.cached_share(tokens, included=models.counts_cache_as_prompt(model, prices))
        cached = "" if share is None else f"; {share:.1%} of the prompt from the cache"
        console.print(f"{model}: {tokens['requests']} requests; tokens: {parts}{cached}", soft_wrap=True)
    if choices := models.in_words(run.results):
        console.print(choices, soft_wrap=True)
    if run.stand_in:
        console.print(
            "A deterministic stand-in of the sandbox answered, no real model: pipeline, tools, guards and rows are "
            "graded; how well a model converses is not measured.",
            soft_wrap=True,
        )
    passed = sum(result.ok for result in run.results)
    turns = sum(result.turns for result in run.results)
    console.print(
        f"{passed} of {len(run.results)} runs passed; {len({r.name for r in run.results})} scenarios, {turns} turns, "
        f"{run.wall_seconds:.0f} s; cost: {cost(run, prices)}",
        soft_wrap=True,
    )


def as_json(
    run: Run, scenarios: Mapping[str, Scenario], prices: Prices, command: Sequence[str]
) -> dict[str, Any]:
    """Everything, for machines: the same names as in the table, transcripts left out."""
    tokens = total_tokens(run.results)
    cost = dollars(tokens, prices, played=run.stand_in)
    return {
        "command": " ".join(command),
        "answered_by": "stand-in" if run.stand_in else "models",
        "conversation_quality": "not measured" if run.stand_in else "measured",
        "models": {model: dict(used) for model, used in sorted(tokens.items())},
        "selection": models.as_json(run.results),
        "cost_usd": UNKNOWN if cost is None else float(cost),
        "wall_seconds": round(run.wall_seconds, 1),
        "passed": sum(result.ok for result in run.results),
        "runs": len(run.results),
        "agents": {
            agent: {"passed": passed, "runs": made, "rate": round(passed / made, 4)}
            for agent, (passed, made) in sorted(per_agent(run, scenarios).items())
        },
        "scenarios": [
            {
                "name": result.name,
                "title": scenarios[result.name].title,
                "agents": result.agents,
                "passed": result.ok,
                "seconds": round(result.seconds, 2),
                "turns": result.turns,
                "failures": result.failures,
                "facts": len(result.checks),
                "wrong": [
                    {"what": check.what, "wanted": check.wanted, "found": check.found}
                    for check in result.checks
                    if not check.ok
                ],
            }
            for result in run.results
        ],
    }


def write(file: Path, content: Mapping[str, Any]) -> None:
    """Keep the report. Blocks."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
