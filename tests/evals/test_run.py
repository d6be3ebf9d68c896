"""Which scenarios are run, and what the program says without running any."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from errors import ConfigError
from evals.run import choose
from evals.scenario import Scenario


def scenario(name: str, agent: str) -> Scenario:
    """A scenario that grades one agent."""
    written: dict[str, Any] = {"name": name, "title": name, "agents": [agent], "turns": [{"user": "Hi."}]}
    return Scenario.model_validate(written)


KNOWN = {
    each.name: each for each in (scenario("order", "customer_order"), scenario("late", "customer_support"))
}


def test_all_are_run_unless_some_are_named() -> None:
    assert [each.name for each in choose(KNOWN, [], None)] == ["order", "late"]
    assert [each.name for each in choose(KNOWN, ["late"], None)] == ["late"]
    assert [each.name for each in choose(KNOWN, [], "customer_order")] == ["order"]


@pytest.mark.parametrize(
    ("only", "agent", "complaint"),
    [(["ordre"], None, "no scenario ordre"), ([], "barista", "no scenario grades barista")],
)
def test_what_there_is_not_is_a_problem(only: list[str], agent: str | None, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        choose(KNOWN, only, agent)


def test_a_file_that_cannot_be_used_ends_with_code_2_and_its_problems(tmp_path: Path) -> None:
    (tmp_path / "some.yaml").write_text("scenarios: [{name: A}]", encoding="utf-8")
    command = [sys.executable, "-m", "evals.run", "--folder", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "some.yaml: A: title: Field required" in ended.stdout
    assert "some.yaml: A: name: String should match pattern" in ended.stdout
