"""What a claim for money back is worth: pure judgement over the facts of an order and a policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from domain.money import Money, share
from domain.policy import BY_DISH, Policy, Reason, RefundRule, Share

NO_RULE = "none"
"""Named where no row of the policy holds yet: a person decides."""

OVERTAKEN = "overtaken"
"""The rule of what goes back because more was taken than the order cost: our mistake, and nothing that was given."""


@dataclass(frozen=True)
class Priced:
    """One line of the bill, minor units; `on` are the kinds of lines that a tax line is charged on."""

    kind: str
    amount: int
    rate_bp: int = 0
    on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sold:
    """One dish of an order as it was sold: "Dal Tadka (full)"; `given_back` portions were refunded before."""

    name: str
    quantity: int
    amount: int
    given_back: int = 0


@dataclass(frozen=True)
class Facts:
    """What is known of an order and its money, minor units."""

    bill: tuple[Priced, ...]
    dishes: tuple[Sold, ...]
    means: Literal["card", "cash"]
    paid: int
    """Taken from the card, or handed over at the door."""
    held: int
    """On the card, not taken yet."""
    given_back: int
    """Promised or given back of this order before."""
    lately: int
    """The same of all orders of the customer, within the hours of the limit."""
    due_at: datetime
    """When it was promised."""
    delivered_at: datetime | None
    stopped: bool = False
    """Cancelled, rejected or failed: it will not come any more."""
    no_show: bool = False
    """It was at the door, and nobody opened or answered."""


class Outcome(StrEnum):
    """What happens next."""

    CARD = "card"
    RELEASE = "release"
    OWED = "owed"
    REVIEW = "review"
    REFUSED = "refused"


@dataclass(frozen=True)
class Verdict:
    """What a claim is worth. Refused: nothing, and `why` is what to tell, with a next step."""

    outcome: Outcome
    amount: Money
    rule: str
    why: str
    dishes: Mapping[str, int]
    """Portions it is for, without those given back before; empty for a whole order."""
    code_helps: bool = False
    """A person has to decide only because the caller has not read a code back."""


def decide(
    facts: Facts,
    reason: Reason,
    dishes: Mapping[str, int],
    policy: Policy,
    now: datetime,
    *,
    proved: bool = False,
) -> Verdict:
    """Judge a claim. The figure comes from the policy alone: what the caller wants does not enter it.

    `proved`: they have read a code back, and may be given more without a person.
    """
    rule = policy.rule(reason, now.date())
    fresh = {
        sold.name: min(dishes[sold.name], sold.quantity - sold.given_back)
        for sold in facts.dishes
        if reason in BY_DISH and sold.name in dishes and sold.quantity > sold.given_back
    }

    def verdict(
        outcome: Outcome, amount: int, why: str, named: str | None = None, *, code: bool = False
    ) -> Verdict:
        money = Money(amount, policy.currency)
        return Verdict(outcome, money, named or (rule.id if rule else NO_RULE), why, fresh, code)

    if refusal := too_early(facts, reason, rule, now) or too_late(facts, policy, now):
        return verdict(Outcome.REFUSED, 0, refusal)
    left = facts.paid + facts.held - facts.given_back
    if left <= 0 or (reason in BY_DISH and dishes and not fresh):
        return verdict(Outcome.REFUSED, 0, nothing_left(facts))
    missed = policy.no_show if facts.no_show and reason is Reason.NOT_DELIVERED else None
    if missed and worth(missed, facts, fresh) == 0:
        return verdict(Outcome.REFUSED, 0, missed.why, missed.id)
    if rule is None:
        return verdict(Outcome.REVIEW, 0, "")
    if reason in BY_DISH and not fresh:
        return verdict(Outcome.REFUSED, 0, "Ask which dishes it is about.")
    floors = [row for row in policy.floors if reason in row.reasons and row.since <= now.date()]
    best: Share = missed or max(
        [rule, *floors], key=lambda row: worth(row, facts, fresh)
    )  # the rule where equal
    amount = min(worth(best, facts, fresh), left)
    why = missed.why if missed else policy.why(reason, fresh, now.date())
    if amount == 0:
        return verdict(Outcome.REFUSED, 0, "Nothing of the bill was charged for that. Say so kindly.")
    disputed = reason is Reason.NOT_DELIVERED and facts.delivered_at is not None
    charged = sum(line.amount for line in facts.bill)  # less than is held, once dishes were taken out
    whole_hold = facts.held and not facts.paid and amount == min(facts.held, charged)
    unusual = disputed or bool(facts.held and not whole_hold)
    given = amount + facts.lately
    if unusual or given > policy.most(proved):
        code = not unusual and given <= policy.most(True)
        return verdict(Outcome.REVIEW, amount, why, best.id, code=code)
    if facts.means == "cash":
        return verdict(Outcome.OWED, amount, why, best.id)
    return verdict(Outcome.RELEASE if whole_hold else Outcome.CARD, amount, why, best.id)


def too_early(facts: Facts, reason: Reason, rule: RefundRule | None, now: datetime) -> str | None:
    """Why nothing is given back yet, with the next step; None when the moment is right."""
    allowed = facts.due_at + timedelta(minutes=rule.after_minutes if rule else 0)
    if facts.stopped:
        if reason is Reason.NOT_DELIVERED:
            return None
        return "That order was stopped and never came. If money was taken for it, use not_delivered."
    if facts.delivered_at is not None:
        if reason is Reason.LATE and facts.delivered_at <= allowed:
            return "By our record it was not late enough for money back. Say so, and offer file_complaint."
        return None
    if reason in (Reason.NOT_DELIVERED, Reason.LATE):
        tracking = "It is still on its way and in time. Call get_order_status and say when it arrives."
        return tracking if now <= allowed else None
    return "It has not arrived yet. Call get_order_status and say where it is."


def too_late(facts: Facts, policy: Policy, now: datetime) -> str | None:
    """The window after delivery has closed; None while it is open."""
    hours = policy.window.hours
    if facts.delivered_at is None or now <= facts.delivered_at + timedelta(hours=hours):
        return None
    return f"That is possible within {hours} hours of delivery only. Say so, and offer file_complaint."


def nothing_left(facts: Facts) -> str:
    """There is no money to give, or it was given before."""
    if facts.given_back:
        return "That was given back before; there is nothing more to give. Say so, and offer file_complaint."
    return "Nothing was paid for that order, so there is nothing to give back. Say so."


def worth(row: Share, facts: Facts, dishes: Mapping[str, int]) -> int:
    """What a row gives for an order or for these portions of it, minor units."""
    if row.of == "order":
        return share(sum(line.amount for line in facts.bill), row.share_bp)
    if row.of == "delivery":
        fee = total(facts, "delivery")
        return share(fee + (tax(facts, {"delivery": fee}) if "tax" in row.along else 0), row.share_bp)
    food = total(facts, "item", "modifiers")
    gross = sum(
        sold.amount * dishes[sold.name] // sold.quantity for sold in facts.dishes if sold.name in dishes
    )
    net = gross + (total(facts, "promotion") * gross // food if food else 0)
    portions = sum(sold.quantity for sold in facts.dishes)
    boxes = total(facts, "packaging") * sum(dishes.values()) // portions if "packaging" in row.along else 0
    taxed = tax(facts, {"item": net, "packaging": boxes}) if "tax" in row.along else 0
    return share(net + boxes + taxed, row.share_bp)


def total(facts: Facts, *kinds: str) -> int:
    """Sum of the bill's lines of these kinds, minor units."""
    return sum(line.amount for line in facts.bill if line.kind in kinds)


def tax(facts: Facts, bases: Mapping[str, int]) -> int:
    """What was charged as tax on amounts of these kinds, at the rates of the bill."""
    return sum(
        share(sum(amount for kind, amount in bases.items() if kind in line.on), line.rate_bp)
        for line in facts.bill
        if line.kind == "tax"
    )
