"""Mutations fit the tree, change it, and are undone; and each names scenarios that exist."""

from pathlib import Path

import pytest

from errors import ConfigError
from evals import mutations
from evals.mutants import MUTANTS, Edit, Mutant
from evals.mutations import Outcome
from evals.scenario import load

ROOT = Path(__file__).parents[2]


def test_every_mutation_fits_the_tree_as_it_is() -> None:
    assert mutations.problems(MUTANTS, ROOT) == []


def test_tools_prompts_and_policies_are_mutated_and_scenarios_look_at_each() -> None:
    kinds = {mutant.title.partition(" ")[0].strip(":") for mutant in MUTANTS}
    assert {"Tool", "Prompt", "Policy"} <= kinds
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 6
    known = load()
    assert [name for mutant in MUTANTS for name in mutant.scenarios if name not in known] == []
    assert all(mutant.scenarios for mutant in MUTANTS)


@pytest.mark.parametrize("pattern", ["two", "four", "one"])
def test_an_edit_that_fits_no_place_or_two_or_changes_nothing_is_told(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "some.md").write_text("one\ntwo two\nthree\n", encoding="utf-8")
    mutant = Mutant("some", "some", (Edit("some.md", pattern, "one"),), ("any",))
    (problem,) = mutations.problems([mutant], tmp_path)
    assert problem.startswith(f"some: some.md: '{pattern}'")


def test_a_tree_is_mended_whatever_comes_of_the_mutation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "some.md"
    file.write_text("1. Be kind.\n2. Be quick.\n", encoding="utf-8")
    mutant = Mutant("some", "some", (Edit("some.md", r"^2.*\n"), Edit("some.md", "kind", "rude")), ("any",))
    seen: list[str] = []

    def held(tree: Path, scenarios: tuple[str, ...], jobs: int) -> Outcome:
        seen.append((tree / "some.md").read_text(encoding="utf-8"))
        raise KeyboardInterrupt

    monkeypatch.setattr(mutations, "held", held)
    with pytest.raises(KeyboardInterrupt):
        mutations.broken(tmp_path, mutant, 1)
    assert seen == ["1. Be rude.\n"]
    assert file.read_text(encoding="utf-8") == "1. Be kind.\n2. Be quick.\n"


def test_a_run_that_could_not_be_held_is_no_failed_scenario(tmp_path: Path) -> None:
    outcome = mutations.held(tmp_path, ("any",), 1)
    assert outcome.failed == ()
    assert "evals" in outcome.problem


def test_mutations_are_chosen_by_name() -> None:
    assert mutations.choose([]) == list(MUTANTS)
    assert [mutant.name for mutant in mutations.choose(["any_code_counts"])] == ["any_code_counts"]
    with pytest.raises(ConfigError, match="no mutation nothing"):
        mutations.choose(["nothing"])
