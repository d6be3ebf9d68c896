"""The end of `make call`: tables of what was wanted and what was found."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from scripts.call_run import Result

EMPTY: tuple[object, ...] = (None, [], "")
WIDTH = 120
"""Columns where the terminal does not say how wide it is."""


def terminal() -> Console:
    """Where everything is printed: in colour at a terminal, plain in a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def report(console: Console, results: Sequence[Result]) -> bool:
    """Print every fact of a single run or of one that failed, one line for each of several; True when all passed."""
    for result in results:
        if result.checks and (len(results) == 1 or not result.ok):
            console.print(facts(result))
    for result in results:
        for file in result.recordings:
            console.print(f"recorded: {file}")
        if result.reason:
            console.print(f"{result.name}: {result.reason}", style="red", markup=False, soft_wrap=True)
    passed = sum(result.ok for result in results)
    if len(results) > 1:
        console.print(summary(results))
    console.print(f"{passed} passed, {len(results) - passed} failed")
    return passed == len(results) > 0


def facts(result: Result) -> Table:
    """Wanted, found, ok."""
    table = Table(
        "what", "wanted", "found", "ok", title=f"{result.name} ({result.seconds:.0f} s)", expand=False
    )
    for check in result.checks:
        style = "" if check.ok else "bold red"
        table.add_row(
            check.what, cut(check.wanted), cut(check.found), "ok" if check.ok else "NO", style=style
        )
    return table


def summary(results: Sequence[Result]) -> Table:
    """One line a run."""
    table = Table("scenario", "seconds", "facts", "ok")
    for result in results:
        wrong = sum(not check.ok for check in result.checks)
        facts_held = f"{len(result.checks) - wrong} of {len(result.checks)}"
        table.add_row(result.name, f"{result.seconds:.0f}", facts_held, "ok" if result.ok else "NO")
    return table


def cut(value: object) -> str:
    """A value as a cell: pairs and lists without their brackets, what is empty left out."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {cut(each)}" for name, each in value.items() if each not in EMPTY)
    if isinstance(value, list | set):
        between = "\n" if any(isinstance(each, dict) for each in value) else ", "
        return between.join(cut(each) for each in value)
    return "" if value is None else str(value)
