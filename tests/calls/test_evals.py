"""Conversations of the evals against a running stack: an order, a refusal, and a model that does as it is told."""

from pathlib import Path

import pytest
import yaml

from evals.house import House
from evals.result import Result
from evals.runner import run
from evals.scenario import Scenario, load
from scripts.stack import Stack

pytestmark = [pytest.mark.call, pytest.mark.timeout(400)]


async def graded(stack: Stack, *scenarios: Scenario) -> dict[str, Result]:
    """The result of each, told as they come."""
    told: list[Result] = []
    async with House(stack) as house:
        results = await run(house, scenarios, jobs=2, told=told.append)
    assert told == results
    return {result.name: result for result in results}


def wrong(result: Result) -> list[str]:
    """What did not hold, in words."""
    return [*result.failures, *(f"{check.what}: {check.found}" for check in result.checks if not check.ok)]


async def test_three_scenarios_pass_and_nothing_is_spoken_aloud(stack: Stack) -> None:
    known = load()
    chosen = [known[name] for name in ("changed_after_read_back", "person_wanted", "price_dictated")]
    results = await graded(stack, *chosen)
    assert {name: wrong(result) for name, result in results.items()} == {each.name: [] for each in chosen}
    types = {kind for result in results.values() for kind, _ in result.events}
    assert "usage.llm" in types
    assert "usage.tts" not in types
    assert "caller.barged_in" not in types
    assert all(result.ok for result in results.values())


async def test_a_scenario_that_wants_what_is_not_there_fails_with_its_conversation(
    stack: Stack, tmp_path: Path
) -> None:
    written = {
        "name": "wants_too_much",
        "title": "An order that nobody makes",
        "agents": ["customer_order"],
        "turns": [
            {"user": "Two full dal tadka please.", "expect": [{"event": "response", "within_ms": 5000}]}
        ],
        "rows": {"orders": [{"lines": [{"name": "Dal Tadka"}]}], "callbacks": 1},
    }
    (tmp_path / "some.yaml").write_text(yaml.safe_dump({"scenarios": [written]}), encoding="utf-8")
    result = (await graded(stack, load(tmp_path)["wants_too_much"]))["wants_too_much"]
    assert not result.ok
    assert wrong(result) == ["new orders: 0", "call-backs: 0"]
    assert [data["text"] for kind, data in result.events if kind == "turn.user"] == [
        "Two full dal tadka please."
    ]
