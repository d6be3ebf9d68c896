"""How an evening went, in figures."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from statistics import quantiles
from uuid import UUID

from rich.console import Console
from rich.table import Table

from db.models import Assignment, Order
from scripts.chaos_check import Found
from vendors.payments import Moved

STEPS = ("order.confirmed", "delivery.accepted", "order.delivered")
KM = 1000


def minutes(seen: Found, orders: Sequence[Order], kind: str) -> list[float]:
    """From placing to the first event of a kind, business minutes, of those orders that came so far."""
    found = []
    for order in orders:
        firsts = [event.at for event in seen.events.get(order.id, []) if event.type == kind]
        if firsts and order.placed_at is not None:
            found.append((min(firsts) - order.placed_at).total_seconds() / 60)
    return sorted(found)


def middle_and_most(figures: Sequence[float]) -> str:
    """ "12.0 / 18.5": what half and what 95 of a hundred stay under."""
    if len(figures) < 2:
        return f"{figures[0]:.1f} / {figures[0]:.1f}" if figures else "-"
    cut = quantiles(figures, n=20, method="inclusive")
    return f"{cut[9]:.1f} / {cut[18]:.1f}"


def evening(
    console: Console,
    seen: Found,
    orders: Sequence[Order],
    assignments: Sequence[Assignment],
    said: Counter[str],
) -> None:
    """Everything that came of it."""
    table = Table("what", "how it was", title="The evening", show_header=False)
    table.add_row("callers", listed(said))
    table.add_row("orders", listed(Counter(order.status for order in orders)))
    for kind in STEPS:
        figures = minutes(seen, orders, kind)
        table.add_row(f"minutes to {kind} (p50 / p95)", f"{middle_and_most(figures)}, {len(figures)} orders")
    for topic, outcomes in sorted(by_topic(seen).items()):
        table.add_row(f"calls: {topic}", listed(outcomes))
    brought = [one for one in assignments if one.status == "delivered"]
    km = sum(one.distance_m for one in brought) / KM
    table.add_row("kitchen to door, straight", f"{km:.1f} km, {len(brought)} deliveries")
    table.add_row("offers", listed(Counter(one.status for one in assignments)))
    given = [one for one in seen.movements if one.status is Moved.GIVEN]
    table.add_row("given back", f"{len(given)} times" if given else "nothing")
    table.add_row(
        "jobs", listed(Counter("dead" if job.dead_at else "over" for job in seen.jobs if job.outcome))
    )
    for job in seen.jobs:
        if job.dead_at:
            table.add_row(f"dead: {job.kind}", job.outcome or "")
    console.print(table)


def by_topic(seen: Found) -> dict[str, Counter[str]]:
    """What became of the calls and texts of each topic."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in seen.dials:
        found[row.topic][row.outcome or row.status] += 1
    return dict(found)


def listed(counts: Counter[str]) -> str:
    """ "3 closed, 1 rejected"."""
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "none"


def spoken(seen: Found) -> list[dict[str, str]]:
    """The conversations of calls that we began: each leg whose sound was connected, with the row it was dialled for."""
    rows: dict[str, UUID] = {row.sid: row.id for row in seen.dials if row.sid}
    return [
        {"dial": str(rows.get(call["sid"], call["sid"])), "sid": str(call["sid"])}
        for call in seen.calls
        if call["direction"].startswith("outbound") and call["stream_sid"]
    ]


def since(seen: Found, moment: datetime) -> list[Order]:
    """The orders of the evening: not those of the seed."""
    return [order for order in seen.orders if order.created_at >= moment]
