"""Holds what a played demonstration left behind against what its file expects: one row of a table a fact."""

from collections.abc import Iterator
from datetime import datetime, time

from domain.calling import Kind
from scripts.check import Check
from scripts.demo_found import Left
from scripts.demo_plan import Demo, Wanted
from scripts.demo_world import Seen

SAYS_NOTHING = "not said"


def compare(demo: Demo, left: Left, numbers: dict[str, str]) -> list[Check]:
    """Every fact expected, and that ledger and provider agree; `numbers`: E.164 by driver, kitchen, customer."""
    wanted, seen = demo.expect, left.seen
    checks = [Check("order", wanted.status, seen.order.status if seen.order else None)]
    if wanted.payment_status is not None:
        found = seen.order.payment_status if seen.order else None
        checks.append(Check("payment status", wanted.payment_status, found))
    checks += _money(wanted, left)
    checks += _order(wanted, seen)
    checks += _calls(wanted, left)
    checks += _care(wanted, left)
    for text in wanted.texts:
        got = [one["body"] for one in left.texts if one["to"] == numbers.get(text.to)]
        hit = any(text.says.lower() in body.lower() for body in got)
        checks.append(Check(f"text to the {text.to}", text.says, text.says if hit else got))
    return checks


def _money(wanted: Wanted, left: Left) -> Iterator[Check]:
    if wanted.ledger is not None:
        yield Check("payment ledger", wanted.ledger, [row.kind for row in left.payments])
    if wanted.refunded is not None:
        given = sum(row.amount for row in left.payments if row.kind == "refunded")
        yield Check("given back", wanted.refunded, given)
    yield Check("provider and ledger differ", [], [one.reference for one in left.money if not one.agrees])


def _order(wanted: Wanted, seen: Seen) -> Iterator[Check]:
    types = [event.type for event in seen.events]
    if wanted.events:
        yield Check("events", wanted.events, in_order(wanted.events, types))
    for kind, most in wanted.within.items():
        took = _minutes(seen, kind)
        yield Check(f"{kind} within {most:g} minutes", True, took if took is None or took > most else True)
    if wanted.pay_rises is not None:
        yield Check("pay rises", wanted.pay_rises, bool(seen.pay) and seen.pay[-1] > seen.pay[0])
    for kind in wanted.never:
        yield Check(f"never {kind}", 0, types.count(kind))


def _calls(wanted: Wanted, left: Left) -> Iterator[Check]:
    seen = left.seen
    if wanted.agents is not None:
        yield Check(
            "agents who spoke", sorted(wanted.agents), sorted({agent for agent, _ in left.words if agent})
        )
    if wanted.calls is not None:
        made = [f"{d.topic} {d.outcome}" for d in seen.dials if d.channel == "call"]
        yield Check("calls that we began", wanted.calls, made)
    for rule in wanted.refused:
        yield Check("refused by the gate", rule, rule if rule in left.refused else left.refused)
    if wanted.nobody_after is not None:
        late = [d.topic for d in seen.dials if _rang_after(d.asked_at, seen, wanted.nobody_after)
                and d.party_kind == Kind.CUSTOMER and d.channel == "call" and d.outcome != "refused"]  # fmt: skip
        yield Check(f"customers called after {wanted.nobody_after}", [], late)
    if wanted.said:
        yield Check("said", wanted.said, in_order_within(wanted.said, [text for _, text in left.words]))
    for words in wanted.never_said:
        said = any(words.lower() in text.lower() for _, text in left.words)
        yield Check(f"never said: {words}", SAYS_NOTHING, "said" if said else SAYS_NOTHING)


def _care(wanted: Wanted, left: Left) -> Iterator[Check]:
    if wanted.complaints is not None:
        yield Check("complaints", wanted.complaints, left.complaints)
    if wanted.stars is not None:
        yield Check("stars", wanted.stars, left.stars)
    if wanted.people_asked is not None:
        yield Check("people of ours who were asked", wanted.people_asked, left.people_asked)


def _minutes(seen: Seen, kind: str) -> float | None:
    """From the order's placing to the first event of a type; None: there is none."""
    first = {event.type: event.at for event in reversed(seen.events)}
    if kind not in first or "order.placed" not in first:
        return None
    return (first[kind] - first["order.placed"]).total_seconds() / 60


def _rang_after(at: datetime, seen: Seen, until: str) -> bool:
    local = at.astimezone(seen.zone).time()
    return local >= time.fromisoformat(until) or local < time(4)


def in_order(wanted: list[str], found: list[str]) -> list[str]:
    """Those of `wanted` that occur in `found` in their order, others between them."""
    hit, rest = [], found
    for each in wanted:
        if each in rest:
            hit.append(each)
            rest = rest[rest.index(each) + 1 :]
    return hit


def in_order_within(wanted: list[str], found: list[str]) -> list[str]:
    """The same for words within sentences, which may be told in pieces; case does not matter."""
    hit, rest = [], " ".join(found).lower()
    for each in wanted:
        _, match, after = rest.partition(each.lower())
        if match:
            hit.append(each)
            rest = after
    return hit
