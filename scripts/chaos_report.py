"""The tables at the end of a run: faults, outcomes, rules."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from scripts.chaos_check import Found
from scripts.chaos_plan import Fault

SHOWN = 12
"""Of what breaks one rule so many are told."""


def faults(console: Console, planned: Sequence[Fault]) -> None:
    """What went wrong, and when."""
    table = Table("after facts", "fault", "when (business time)", title="Faults")
    for fault in planned:
        table.add_row(str(fault.after), fault.words, fault.done or "had no turn")
    console.print(table)


def outcomes(console: Console, seen: Found, callers: Counter[str], deaths: dict[str, int]) -> None:
    """What has become of everything."""
    table = Table("what", "how many", title="Outcomes", show_header=False)
    money = Counter(f"{one.about} {one.status.value}" for one in seen.movements)
    dials = Counter(f"{row.topic} {row.outcome}" for row in seen.dials)
    dead = Counter(f"{job.kind}: {job.outcome}" for job in seen.jobs if job.dead_at)
    groups = (
        ("orders", Counter(order.status for order in seen.orders)),
        ("callers", callers),
        ("at the bank", money),
        ("calls and texts", dials),
        ("jobs", Counter({"done or dropped": sum(job.done_at is not None for job in seen.jobs)})),
        ("dead jobs", dead),
        ("processes killed", Counter(deaths)),
    )
    for name, counts in groups:
        table.add_row(name, ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "none")
    console.print(table)


def rules(console: Console, broken: dict[str, list[str]]) -> bool:
    """Every rule, and what breaks it; whether nothing does."""
    table = Table("rule", "held", title="Invariants")
    for rule, each in broken.items():
        table.add_row(rule, "yes" if not each else "\n".join(("NO", *each[:SHOWN])))
    console.print(table)
    return not any(broken.values())
