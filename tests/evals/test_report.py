"""The table, the JSON and the cost of a run."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench.cost import Prices
from evals import report
from evals.report import Run
from evals.result import Result
from evals.scenario import Scenario
from scripts.check import Check

NOWHERE = {"source": "a test", "date": "2026-11-25", "per": 1_000_000}
CLAUDE = {"model": "claude-x", "prompt": 3, "completion": 15, "cache_read": 0.3, "cache_write": 3.75}
GPT = {"model": "gpt-x", "prompt": 1, "completion": 2, "cache_read": 0.5, "prompt_includes_cache": True}
PRICES = Prices.model_validate(
    {"llm": [CLAUDE | NOWHERE, GPT | NOWHERE], "stt": [], "tts": [], "telephone": []}
)
PLAYED = frozenset({"anthropic", "stripe"})


def usage(model: str, **tokens: int) -> tuple[str, dict[str, Any]]:
    """What a model reports."""
    return "usage.llm", {"model": model, "prompt": 0, "completion": 0, "cache_read": None, **tokens}


def result(name: str, ok: bool = True, events: tuple[tuple[str, dict[str, Any]], ...] = ()) -> Result:
    """A run with one fact."""
    return Result(
        name,
        SCENARIOS[name].agents,
        checks=[Check("new orders", 1, 1 if ok else 0)],
        seconds=1.5,
        turns=2,
        events=list(events),
        moments=[0.0 for _ in events],
    )


def scenario(name: str, *agents: str) -> Scenario:
    """A scenario with nothing in it."""
    return Scenario.model_validate(
        {"name": name, "title": name, "agents": list(agents), "turns": [{"user": "Hi."}]}
    )


SCENARIOS = {
    each.name: each
    for each in (
        scenario("first", "customer_order"),
        scenario("second", "customer_order", "customer_support"),
    )
}


def told(run: Run) -> str:
    """What the terminal shows."""
    out = io.StringIO()
    report.report(Console(file=out, width=160), run, SCENARIOS, PRICES)
    return out.getvalue()


def test_a_run_that_grades_two_agents_counts_for_both() -> None:
    run = Run([result("first"), result("second", ok=False), result("second")], 3.0, PLAYED)
    assert report.per_agent(run, SCENARIOS) == {"customer_order": (2, 3), "customer_support": (1, 2)}
    assert not run.ok
    assert Run([result("first")], 1.0, PLAYED).ok
    assert not Run([], 1.0, PLAYED).ok


def test_a_result_without_a_single_fact_has_not_passed() -> None:
    assert not Result("first", ["customer_order"]).ok
    assert not Result("first", ["customer_order"], checks=[Check("a", 1, 1)], failures=["it hung up"]).ok


def test_a_failed_run_is_shown_with_its_conversation_and_a_passed_one_among_others_is_not() -> None:
    talk = (("turn.user", {"text": "Two naan."}), ("turn.agent", {"text": "Anything else?"}))
    shown = told(Run([result("first", events=talk), result("second", ok=False, events=talk)], 3.0, PLAYED))
    assert shown.count("Two naan.") == 1
    assert "second (FAILED)" in shown
    assert "1 of 2 runs passed" in shown


def test_a_single_run_is_always_shown() -> None:
    talk = (("turn.user", {"text": "Two naan."}),)
    assert "Two naan." in told(Run([result("first", events=talk)], 3.0, PLAYED))


def test_the_report_says_that_a_stand_in_answered_and_quality_is_not_measured() -> None:
    kept = report.as_json(Run([result("first")], 3.0, PLAYED), SCENARIOS, PRICES, ["make", "evals"])
    assert (kept["answered_by"], kept["conversation_quality"]) == ("stand-in", "not measured")
    assert "not measured" in told(Run([result("first")], 3.0, PLAYED))
    real = report.as_json(Run([result("first")], 3.0, frozenset({"stripe"})), SCENARIOS, PRICES, [])
    assert (real["answered_by"], real["conversation_quality"]) == ("models", "measured")
    assert "stand-in" not in told(Run([result("first")], 3.0, frozenset()))


@pytest.mark.parametrize(
    ("events", "played", "cost"),
    [
        ((usage("claude-x", prompt=1_000_000),), frozenset(), "$3.0000"),
        ((usage("claude-x", completion=100_000, cache_read=1_000_000),), frozenset(), "$1.8000"),
        ((usage("gpt-x", prompt=1_000_000, cache_read=500_000),), frozenset(), "$0.7500"),
        ((usage("claude-x", prompt=1_000_000), usage("new-model", prompt=1)), frozenset(), "unknown"),
        ((usage("claude-x", prompt=1_000_000),), PLAYED, "unknown"),
        ((), frozenset(), "unknown"),
    ],
)
def test_a_cost_is_worked_out_or_unknown_but_never_zero(
    events: tuple[tuple[str, dict[str, Any]], ...], played: frozenset[str], cost: str
) -> None:
    run = Run([result("first", events=events)], 1.0, played)
    assert report.cost(run, PRICES) == cost
    assert report.as_json(run, SCENARIOS, PRICES, [])["cost_usd"] == (
        "unknown" if cost == "unknown" else pytest.approx(float(cost[1:]))
    )


def test_the_json_names_what_was_wrong(tmp_path: Path) -> None:
    run = Run([result("second", ok=False)], 3.0, PLAYED)
    file = tmp_path / "evals" / "latest.json"
    report.write(file, report.as_json(run, SCENARIOS, PRICES, ["evals.run", "--only", "second"]))
    kept = json.loads(file.read_text(encoding="utf-8"))
    (entry,) = kept["scenarios"]
    assert kept["command"] == "evals.run --only second"
    assert entry["wrong"] == [{"what": "new orders", "wanted": 1, "found": 0}]
    assert kept["agents"]["customer_support"] == {"passed": 0, "runs": 1, "rate": 0.0}
