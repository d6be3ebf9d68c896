"""`python -m evals.mutations`: whether the scenarios notice when the product is broken.

Copies the tree to a temporary folder. First the scenarios run there as it is, and all must pass. Then one thing at a
time is broken (a tool that does nothing, a line taken out of a prompt, a policy loosened), the scenarios that should
notice run again, and the thing is mended. The table says which of them failed. The exit code is 0 only when
everything passed before, and after each mutation at least one did not; 2 when a mutation does not fit the tree.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from errors import ConfigError
from evals.mutants import MUTANTS, Edit, Mutant
from scripts.call_report import terminal

ROOT = Path(__file__).resolve().parent.parent
AWAY = shutil.ignore_patterns(".git", ".venv*", ".data*", "__pycache__", ".*_cache", "node_modules")
SECONDS = 600.0
"""For one run of the scenarios, the start of the stack included."""


@dataclass(frozen=True)
class Outcome:
    """What a run of scenarios said: those that failed, or why there was no run."""

    failed: Sequence[str]
    problem: str = ""


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.mutations",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="mutations by name")
    parser.add_argument("--jobs", type=int, default=2, help="conversations at once")
    parser.add_argument("--list", action="store_true", help="name the mutations and run none")
    return parser.parse_args()


def choose(names: Sequence[str]) -> list[Mutant]:
    """The mutations that were named; all without names. Raises ConfigError for those there are not."""
    known = {mutant.name: mutant for mutant in MUTANTS}
    if wrong := [name for name in names if name not in known]:
        raise ConfigError([f"no mutation {name}; --list names them" for name in wrong])
    return [known[name] for name in names] or list(MUTANTS)


def copied(folder: Path) -> Path:
    """The tree as it stands, without what is not the product's."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=AWAY)
    return tree


def mutated(text: str, edit: Edit) -> str:
    """A file's text with the edit made. Raises ConfigError unless it changes exactly one place."""
    changed, places = re.subn(edit.pattern, edit.put, text, flags=re.M)
    if places != 1 or changed == text:
        raise ConfigError([f"{edit.file}: {edit.pattern!r} fits {places} places instead of one"])
    return changed


def problems(mutants: Sequence[Mutant], tree: Path) -> list[str]:
    """The edits that do not fit the tree any more."""
    found: list[str] = []
    for mutant in mutants:
        for edit in mutant.edits:
            try:
                mutated((tree / edit.file).read_text(encoding="utf-8"), edit)
            except (ConfigError, OSError) as error:
                found.append(f"{mutant.name}: {error}")
    return found


def held(tree: Path, scenarios: Sequence[str], jobs: int) -> Outcome:
    """Hold the conversations with the product of a tree. Blocks."""
    out = tree / "outcome.json"
    out.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "evals.run",
        "--jobs",
        str(jobs),
        "--out",
        str(out),
        "--only",
        *scenarios,
    ]
    try:
        ended = subprocess.run(
            command, cwd=tree, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome((), f"not done after {SECONDS:.0f} s")
    if not out.exists():
        last = (ended.stdout + ended.stderr).strip().splitlines()
        return Outcome((), last[-1] if last else f"exit code {ended.returncode}")
    runs = json.loads(out.read_text(encoding="utf-8"))["scenarios"]
    return Outcome([run["name"] for run in runs if not run["passed"]])


def broken(tree: Path, mutant: Mutant, jobs: int) -> Outcome:
    """Break one thing, let the scenarios look at it, and mend it."""
    before = {edit.file: (tree / edit.file).read_text(encoding="utf-8") for edit in mutant.edits}
    try:
        for edit in mutant.edits:
            file = tree / edit.file
            file.write_text(mutated(file.read_text(encoding="utf-8"), edit), encoding="utf-8")
        return held(tree, mutant.scenarios, jobs)
    finally:
        for name, text in before.items():
            (tree / name).write_text(text, encoding="utf-8")


def run(console: Console, mutants: Sequence[Mutant], jobs: int) -> bool:
    """All of it; whether the tree was sound and every mutation was noticed."""
    with tempfile.TemporaryDirectory(prefix="tiffin-mutations-") as folder:
        Path(folder).chmod(0o711)  # an unprivileged PostgreSQL has to pass through
        tree = copied(Path(folder))
        if wrong := problems(mutants, tree):
            raise ConfigError(wrong)
        names = list(dict.fromkeys(name for mutant in mutants for name in mutant.scenarios))
        sound = held(tree, names, jobs)
        console.print(f"as it is: {len(names)} scenarios, {told(sound)}", soft_wrap=True)
        table = Table("what is broken", "scenarios run", "failed", "noticed")
        noticed = True
        for mutant in mutants:
            outcome = broken(tree, mutant, jobs)
            seen = bool(outcome.failed)
            noticed = noticed and seen
            table.add_row(
                mutant.title, str(len(mutant.scenarios)), told(outcome), "yes" if seen else "NO",
                style="" if seen else "bold red",
            )  # fmt: skip
            console.print(f"{mutant.name}: {told(outcome)}", soft_wrap=True)
        console.print(table)
        return noticed and not sound.failed and not sound.problem


def told(outcome: Outcome) -> str:
    """An outcome in words."""
    return outcome.problem or ", ".join(outcome.failed) or "none failed"


def main() -> int:
    """Mutate, and say what came of it."""
    chosen = arguments()
    console = terminal()
    try:
        mutants = choose(chosen.only)
        if chosen.list:
            for mutant in mutants:
                console.print(f"{mutant.name}: {mutant.title}", soft_wrap=True)
            return 0
        return 0 if run(console, mutants, max(1, chosen.jobs)) else 1
    except ConfigError as error:
        console.print("\n".join(error.problems), markup=False, soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("interrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())
