"""Holds what was found after a call against what its scenario expects, one row of a table per fact."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from scripts.call_expect import Expect
from scripts.call_live import AGENT
from scripts.care import (
    FoundComplaint,
    FoundHandoff,
    FoundRefund,
    complaint_checks,
    handoff_checks,
    refund_checks,
)
from scripts.check import Check

MISHEARD = 0.1
LOSING = ("delete", "replace")
SOLD = ("item", "modifiers")
"""Kinds of price lines that the dishes themselves make."""


@dataclass
class FoundOrder:
    """An order with everything that hangs on it, as the rows have it."""

    code: str
    status: str
    payment_kind: str
    payment_status: str
    currency: str
    total: int
    place: dict[str, Any]
    restaurant: str
    lines: list[dict[str, Any]]
    """name, size, choices, quantity, note, unit_amount, amount"""
    price_lines: list[dict[str, Any]]
    """kind, label, amount"""
    payments: list[dict[str, Any]]
    """kind, key, amount, oldest first"""
    allergies: list[str] = field(default_factory=list)
    substitution: str = "call_me"
    note: str | None = None


@dataclass
class Found:
    """All there is about the calls of one run of a scenario."""

    orders: list[FoundOrder]
    shown: list[dict[str, Any]]
    """The same orders as `GET /orders/{id}` shows them."""
    calls: list[dict[str, Any]]
    """sid, status, outcome, recording_consent, oldest first"""
    consents: dict[str, bool]
    events: list[tuple[str, dict[str, Any]]]
    """Type and data, oldest first, over all calls."""
    spoken: list[str] = field(default_factory=list)
    """What the caller said, by the caller's own account."""
    complaints: list[FoundComplaint] = field(default_factory=list)
    refunds: list[FoundRefund] = field(default_factory=list)
    stars: dict[str, int] = field(default_factory=dict)
    """Of the orders that were given, those that have any."""
    handoffs: list[FoundHandoff] = field(default_factory=list)


def compare(expect: Expect, found: Found) -> list[Check]:
    """Every fact that matters; the scenario passed when all are ok."""
    checks = [Check("orders", 1 if expect.lines else 0, len(found.orders))]
    if expect.lines and len(found.orders) == 1:
        checks += _order(expect, found.orders[0])
        checks += _arithmetic(found.orders[0])
        checks += _api(found.orders[0], found.shown)
    ledger = [row["kind"] for order in found.orders for row in order.payments]
    checks.append(Check("payment ledger", expect.payments, ledger))
    checks += complaint_checks(expect.complaints, found.complaints)
    checks += refund_checks(expect.refunds, found.refunds)
    checks.append(Check("stars", expect.stars, found.stars))
    if expect.handoffs is not None:
        checks += handoff_checks(expect.handoffs, found.handoffs)
    if expect.consents is not None:
        checks.append(Check("consents", expect.consents, found.consents))
    checks += _calls(expect, found)
    return checks


def _order(wanted: Expect, order: FoundOrder) -> Iterator[Check]:
    lines = [line.model_dump() | {"choices": sorted(line.choices)} for line in wanted.lines]
    yield Check("lines", _sorted(lines), _sorted(_line(row) for row in order.lines))
    if wanted.total is not None:
        yield Check("total", wanted.total, order.total)
    yield Check("status", wanted.status, order.status)
    yield Check("paid by", wanted.payment, order.payment_kind)
    yield Check("payment", wanted.payment_status, order.payment_status)
    if wanted.restaurant is not None:
        begins = order.restaurant.startswith(wanted.restaurant)
        yield Check("restaurant", wanted.restaurant, wanted.restaurant if begins else order.restaurant)
    if wanted.address is not None:
        where = f"{order.place.get('line')}, {order.place.get('area')}"
        yield Check("address", wanted.address, wanted.address if wanted.address in where else where)
    for name, value in wanted.place.items():
        yield Check(f"address: {name}", value, order.place.get(name))
    yield Check("allergies", sorted(wanted.allergies), sorted(order.allergies))
    yield Check("if sold out", wanted.substitution, order.substitution)
    yield Check("order note", wanted.note, order.note)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("name", "quantity", "size", "note")}
    return kept | {"choices": sorted(row["choices"])}


def _sorted(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: str(sorted(line.items())))


def _arithmetic(order: FoundOrder) -> Iterator[Check]:
    """Sums that must come out, whatever the scenario says."""
    yield Check("price lines add up", order.total, sum(row["amount"] for row in order.price_lines))
    sold = sum(row["amount"] for row in order.price_lines if row["kind"] in SOLD)
    yield Check("dishes on the bill", sum(row["amount"] for row in order.lines), sold)
    yield Check("quantity x price", [row["unit_amount"] * row["quantity"] for row in order.lines],
                [row["amount"] for row in order.lines])  # fmt: skip
    yield Check("every payment is the total", {order.total}, {row["amount"] for row in order.payments})
    keys = [(row["key"], row["kind"]) for row in order.payments]
    yield Check("payments recorded once", len(set(keys)), len(keys))


def _api(order: FoundOrder, shown: Sequence[dict[str, Any]]) -> Iterator[Check]:
    """The API must tell what the rows tell."""
    names = ("code", "status", "payment_status", "payment_kind", "restaurant", "allergies", "substitution")
    yield Check("orders in the API", [order.code], [seen["code"] for seen in shown])
    for seen in shown[:1]:
        yield Check(
            "API: facts", {name: getattr(order, name) for name in names}, {name: seen[name] for name in names}
        )
        total = {"amount": order.total, "currency": order.currency}
        yield Check("API: total", total, {name: seen["total"][name] for name in total})
        yield Check(
            "API: lines",
            _sorted(_line(row) for row in order.lines),
            _sorted(_line(row) for row in seen["lines"]),
        )
        yield Check("API: address", {"line": order.place.get("line"), "area": order.place.get("area")},
                    {name: seen["address"][name] for name in ("line", "area")})  # fmt: skip


def _calls(expect: Expect, found: Found) -> Iterator[Check]:
    yield Check("calls", 2 if expect.then else 1, len(found.calls))
    if expect.outcome is not None:
        yield Check("outcome", expect.outcome, found.calls[-1]["outcome"] if found.calls else None)
    types = [kind for kind, _ in found.events]
    yield Check("events", expect.events, in_order(expect.events, types))
    yield Check("never", [], [kind for kind in expect.never if kind in types])
    said = " ".join(data.get("text", "") for kind, data in found.events if kind == AGENT).lower()
    yield Check("agent says", expect.agent_says, _phrases(expect.agent_says, said))
    yield Check(
        "agent never says", [], [phrase for phrase in expect.agent_never_says if phrase.lower() in said]
    )
    heard = " ".join(data.get("text", "") for kind, data in found.events if kind == "turn.user")
    yield Check("words the transcript lacks", [], lost(" ".join(found.spoken), heard))


def in_order(wanted: Sequence[str], seen: Sequence[str]) -> list[str]:
    """The longest beginning of `wanted` that occurs in `seen` in this order."""
    rest = iter(seen)
    found: list[str] = []
    for each in wanted:
        if each not in rest:
            break
        found.append(each)
    return found


def _phrases(wanted: Sequence[str], said: str) -> list[str]:
    """The beginning of `wanted` whose phrases occur one after another."""
    found, place = [], 0
    for phrase in wanted:
        at = said.find(phrase.lower(), place)
        if at < 0:
            break
        found.append(phrase)
        place = at + len(phrase)
    return found


def lost(spoken: str, heard: str) -> list[str]:
    """Words that were spoken and not written down; none when they are fewer than one in ten.

    A recogniser mishears a word here and there; what it lost of the order shows in the order.
    """
    said, written = words(spoken), words(heard)
    matcher = SequenceMatcher(a=said, b=written, autojunk=False)
    missing = [word for tag, i, j, _, _ in matcher.get_opcodes() if tag in LOSING for word in said[i:j]]
    return missing if len(missing) > len(said) * MISHEARD else []


def words(text: str) -> list[str]:
    """A sentence without case and punctuation, for comparing what was said with what was written down."""
    return re.findall(r"[\w']+", text.lower())
