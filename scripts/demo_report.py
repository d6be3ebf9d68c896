"""The end of a demonstration: its calls, its order's life, its money on both sides, and what was expected of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table

from domain.dialling import Outcome
from domain.money import Money
from scripts.call_report import cut
from scripts.check import Check
from scripts.demo_found import Left
from scripts.demo_tell import BOOKKEEPING, party
from scripts.demo_world import Seen, World


async def tables(console: Console, world: World, left: Left) -> None:
    """Print what happened."""
    console.print(await calls(world, left.seen))
    console.print(events(left.seen))
    if left.payments:
        console.print(money(left))


async def calls(world: World, seen: Seen) -> Table:
    """Who called whom, about what, for how long, and what came of it."""
    table = Table("at", "who", "about", "agent", "seconds", "outcome", title="calls and texts")
    rows: list[tuple[datetime, tuple[str, ...]]] = []
    by_call = {call.id: call for call in seen.calls}
    async with world.rows.sessions() as session:
        for dial in seen.dials:
            call = by_call.pop(dial.call_id, None) if dial.call_id else None
            ended = dial.outcome or dial.status
            if dial.outcome == Outcome.REFUSED:
                ended += f" ({dial.rule})"
            who = f"to {await party(session, dial)}"
            about = dial.topic if dial.channel == "call" else f"{dial.topic} (text)"
            took = seconds(call.answered_at, call.ended_at) if call else ""
            rows.append((dial.asked_at, (who, about, call.agent if call else "", took, ended)))
    for call in by_call.values():
        took = seconds(call.answered_at, call.ended_at)
        rows.append((call.started_at, ("to Tiffin", "", call.agent, took, call.outcome or "")))
    for at, row in sorted(rows):
        table.add_row(clock(seen, at), *row)
    return table


def events(seen: Seen) -> Table:
    """The order's events, in business time."""
    table = Table("at", "event", "", title="the order's life")
    for event in seen.events:
        if event.type not in BOOKKEEPING:
            table.add_row(clock(seen, event.at), event.type, cut(event.data)[:70])
    return table


def money(left: Left) -> Table:
    """The ledger's rows, and beside them the provider's."""
    seen = left.seen
    table = Table("at", "ledger", "amount", "provider's books", "agree", title="the money")
    theirs = {one.reference: one for one in left.money}
    for row in left.payments:
        both = theirs.get(row.reference or "")
        told = ""
        if both is not None and both.theirs is not None:
            told = f"{both.theirs[0]} {Money(both.theirs[1], both.currency)}"
        agree = "" if both is None else "yes" if both.agrees else "NO"
        table.add_row(clock(seen, row.at), row.kind, str(Money(row.amount, row.currency)), told, agree)
    return table


def checked(console: Console, name: str, checks: Sequence[Check], took: float) -> bool:
    """Print every fact; whether all are as expected."""
    table = Table("what", "wanted", "found", "ok", title=f"{name} ({took:.0f} s)")
    for check in checks:
        style = "" if check.ok else "bold red"
        table.add_row(
            check.what, cut(check.wanted), cut(check.found), "ok" if check.ok else "NO", style=style
        )
    console.print(table)
    wrong = sum(not check.ok for check in checks)
    console.print(
        f"{name}: everything is as expected"
        if not wrong
        else f"{name}: {wrong} of {len(checks)} facts differ"
    )
    return not wrong


def clock(seen: Seen, at: datetime) -> str:
    """Local time of the order's city."""
    return at.astimezone(seen.zone).strftime("%H:%M:%S")


def seconds(start: datetime | None, end: datetime | None) -> str:
    """How long a call took: time is not left out while anybody speaks."""
    if start is None or end is None:
        return ""
    return f"{(end - start) / timedelta(seconds=1):.0f}"
