"""What must be in the database after a conversation. What is not written here must be as it was before: no new rows."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from domain.order import OrderStatus
from evals.found import Found, FoundOrder
from scripts.care import (
    NEW,
    Crossing,
    WantedComplaint,
    WantedRefund,
    complaint_checks,
    handoff_checks,
    refund_checks,
)
from scripts.check import Check
from scripts.shape import Shape

PHOTO_LINK = "photo_link.sent"
QUESTION = re.compile(r"[^.?!]+\?")


class WantedLine(Shape):
    """One dish of an order."""

    name: str
    size: str | None = None
    choices: list[str] = Field(default_factory=list)
    quantity: int = 1
    note: str | None = None

    def words(self) -> str:
        """As found lines are told."""
        return line_words(self.quantity, self.name, self.size, self.choices, self.note)


def line_words(quantity: int, name: str, size: str | None, choices: list[str], note: str | None) -> str:
    """A line of an order in one string, so that differences can be read."""
    return ", ".join([f"{quantity} {name}", *filter(None, [size]), *sorted(choices), *filter(None, [note])])


class WantedOrder(Shape):
    """An order made in the call. What is None is not looked at."""

    lines: list[WantedLine] = Field(min_length=1)
    restaurant: str | None = None
    """How its name begins."""
    status: OrderStatus = OrderStatus.PLACED
    payment: Literal["cash", "card"] = "cash"
    ledger: list[str] | None = None
    """Kinds of its payment facts, oldest first. Default: one attempt that went well."""
    total: int | None = None
    """Minor units, worked out by hand from the menu and `data/markets.yaml`."""
    promotion: int | None = None
    """What the promotion takes off, minor units; 0 for none."""
    address: str | None = None
    """How the place is spoken: words that stand in it."""
    note: str | None = None
    """Words that stand in the note on the whole order; None: there is none."""
    allergies: list[str] = Field(default_factory=list)
    substitution: str = "call_me"
    wanted: str | None = None
    """The hour it is wanted at, as the kitchen's clock shows it: "19:30"; None: as soon as it can be."""

    def checks(self, what: str, found: FoundOrder) -> Iterator[Check]:
        """Each wanted fact beside the found one."""
        paid = "cash_due" if self.payment == "cash" else "authorised"
        yield Check(f"{what}: lines", sorted(line.words() for line in self.lines), lines(found))
        yield Check(f"{what}: status", str(self.status), found.status)
        yield Check(f"{what}: payment", self.payment, found.payment)
        yield Check(f"{what}: ledger", self.ledger or ["attempted", paid], found.ledger)
        yield Check(f"{what}: sum of the bill", found.total, found.billed)
        yield Check(f"{what}: allergies", sorted(self.allergies), sorted(found.allergies))
        yield Check(f"{what}: substitution", self.substitution, found.substitution)
        if self.restaurant is not None:
            yield Check(f"{what}: restaurant", self.restaurant, found.restaurant[: len(self.restaurant)])
        if self.total is not None:
            yield Check(f"{what}: total", self.total, found.total)
        if self.promotion is not None:
            yield Check(f"{what}: promotion", self.promotion, found.promotion)
        if self.address is not None:
            yield holds(f"{what}: address", self.address, found.place)
        yield Check(f"{what}: wanted at", self.wanted, found.wanted)
        yield noted(f"{what}: note", self.note, found.note)


class Became(Shape):
    """What has become of an order that was there before. What is None must be as it was."""

    status: OrderStatus | None = None
    payment_status: str | None = None
    total: int | None = None
    lines: list[WantedLine] | None = None
    ledger: list[str] | None = None
    """Kinds of the payment facts that were added."""
    address: str | None = None
    note: str | None = None
    payment: Literal["cash", "card"] | None = None
    promotion: int | None = None
    """What the promotion takes off afterwards, minor units."""
    allergies: list[str] | None = None
    substitution: str | None = None
    wanted: str | None = None
    """The hour, as the kitchen's clock shows it."""
    stars: int | None = None
    """What the customer thought of it."""
    delivery: str | None = None
    """Where the newest asking of a driver stands: offered, accepted, declined, delivered, ..."""

    def checks(self, what: str, was: FoundOrder, found: FoundOrder) -> Iterator[Check]:
        """Each fact that was to change, and each that was not."""
        wanted_lines = lines(was) if self.lines is None else sorted(line.words() for line in self.lines)
        yield Check(f"{what}: status", str(self.status or was.status), found.status)
        yield Check(
            f"{what}: payment status", self.payment_status or was.payment_status, found.payment_status
        )
        yield Check(f"{what}: total", was.total if self.total is None else self.total, found.total)
        yield Check(f"{what}: sum of the bill", found.total, found.billed)
        yield Check(f"{what}: lines", wanted_lines, lines(found))
        yield Check(f"{what}: new ledger facts", self.ledger or [], found.ledger[len(was.ledger) :])
        yield Check(f"{what}: stars", was.stars if self.stars is None else self.stars, found.stars)
        yield Check(f"{what}: delivery", self.delivery or was.delivery, found.delivery)
        if self.address is None:
            yield Check(f"{what}: address", was.place, found.place)
        else:
            yield holds(f"{what}: address", self.address, found.place)
        if self.note is None:
            yield Check(f"{what}: note", was.note, found.note)
        else:
            yield noted(f"{what}: note", self.note, found.note)
        yield Check(f"{what}: payment", self.payment or was.payment, found.payment)
        promotion = was.promotion if self.promotion is None else self.promotion
        yield Check(f"{what}: promotion", promotion, found.promotion)
        allergies = was.allergies if self.allergies is None else self.allergies
        yield Check(f"{what}: allergies", sorted(allergies), sorted(found.allergies))
        yield Check(f"{what}: substitution", self.substitution or was.substitution, found.substitution)
        yield Check(f"{what}: wanted at", self.wanted or was.wanted, found.wanted)


class Rows(Shape):
    """All of it. An empty one means that the call left no order, complaint, refund, call-back or handoff."""

    orders: list[WantedOrder] = Field(default_factory=list)
    given: dict[str, Became] = Field(default_factory=dict)
    """By the names of `given.orders`; those not named must be untouched."""
    complaints: list[WantedComplaint] = Field(default_factory=list)
    refunds: list[WantedRefund] = Field(default_factory=list)
    callbacks: int = Field(default=0, ge=0)
    photo_links: int | None = Field(default=None, ge=0)
    """Links for photos of complaints that were texted: as many rows, and as many events. None: nobody counts."""
    gone: list[str] = Field(default_factory=list)
    """Dishes that the kitchen on the line has run out of."""
    paused: bool = False
    """Whether the kitchen on the line takes no new orders afterwards."""
    handoffs: list[Crossing] = Field(default_factory=list)
    """In their order; each must say why, and how long the caller waited for the new agent's words."""
    first_agent: str | None = None
    outcome: str | None = None
    consents: dict[str, bool] = Field(default_factory=dict)
    """Answers that the caller gave in the call; every other one holds for the number as it did before."""
    audit: list[str] | None = None
    """Actions written to the audit trail for this call, in any order."""
    events: list[str] = Field(default_factory=list)
    """Types of the call's events that must occur, in this order, others between them."""
    never: list[str] = Field(default_factory=list)
    """Types of the call's events that must not occur."""
    said: list[str] = Field(default_factory=list)
    """Words the agent must have said, in any order; capitals do not matter."""
    unsaid: list[str] = Field(default_factory=list)
    """Words the agent must never have said."""
    asked_again: list[str] | None = None
    """Questions that may come more than once ("Anything else?"); every other one comes once. None: nobody counts."""

    def about(self) -> set[str | None]:
        """The given orders this speaks of."""
        named = {each.order for each in self.complaints} | {each.order for each in self.refunds}
        return {name for name in named | set(self.given) if name not in (None, NEW)}

    def checks(self, before: Found, after: Found) -> list[Check]:
        """Everything wanted beside everything found; `before` was read when the scenario's rows were written."""
        orders = [*self._orders(before, after), *self._kitchen(before, after)]
        consents = Check("consents", before.consents | self.consents, after.consents)
        return [*orders, consents, *self._care(after), *self._call(after), *self._talk(after)]

    def _orders(self, before: Found, after: Found) -> Iterator[Check]:
        yield Check("new orders", len(self.orders), len(after.orders))
        for number, (wanted, found) in enumerate(zip(self.orders, after.orders, strict=False), 1):
            yield from wanted.checks(f"order {number}" if len(self.orders) > 1 else "order", found)
        for name, was in before.given.items():
            yield from self.given.get(name, Became()).checks(name, was, after.given[name])

    def _kitchen(self, before: Found, after: Found) -> Iterator[Check]:
        yield Check("dishes that are gone", sorted(self.gone), sorted(after.gone - before.gone))
        yield Check("paused", self.paused, after.paused)

    def _care(self, after: Found) -> Iterator[Check]:
        yield from complaint_checks(self.complaints, after.complaints)
        yield from refund_checks(self.refunds, after.refunds)
        yield Check("call-backs", self.callbacks, after.callbacks)
        if self.photo_links is not None:
            texts = [kind for kind, _ in after.events if kind == PHOTO_LINK]
            yield Check("links for photos", self.photo_links, after.photo_links)
            yield Check("texts with a link for photos", self.photo_links, len(texts))

    def _call(self, after: Found) -> Iterator[Check]:
        yield from handoff_checks(self.handoffs, after.handoffs)
        if self.first_agent is not None:
            yield Check("first agent", self.first_agent, after.first_agent)
        if self.outcome is not None:
            yield Check("outcome", self.outcome, after.outcome)
        if self.audit is not None:
            yield Check("audit", sorted(self.audit), sorted(after.audit))
        types = [kind for kind, _ in after.events]
        if self.events:
            yield Check("events in order", self.events, in_order(self.events, types))
        for kind in self.never:
            yield Check(f"never: {kind}", 0, types.count(kind))

    def _talk(self, after: Found) -> Iterator[Check]:
        words = " ".join(after.spoken)
        for said in self.said:
            yield holds(f"said: {said}", said, words)
        for unsaid in self.unsaid:
            found = unsaid.lower() in words.lower()
            yield Check(f"never said: {unsaid}", "not said", "said" if found else "not said")
        if self.asked_again is not None:
            let = {plain(question) for question in self.asked_again}
            turns = " ".join(after.turns)
            yield Check("questions asked twice", [], [one for one in twice(turns) if one not in let])


def lines(order: FoundOrder) -> list[str]:
    """The dishes of an order, as wanted ones are told, in a fixed order: tools that run at once add in any."""
    found = (line_words(each.quantity, each.name, each.size, each.choices, each.note) for each in order.lines)
    return sorted(found)


def holds(what: str, wanted: str, found: str) -> Check:
    """Whether words stand in a text; a text that holds them counts as them."""
    return Check(what, wanted, wanted if wanted.lower() in found.lower() else found)


def noted(what: str, wanted: str | None, found: str | None) -> Check:
    """Whether a note has the wanted words; None wants none."""
    return Check(what, None, found) if wanted is None else holds(what, wanted, found or "")


def in_order(wanted: list[str], found: list[str]) -> list[str]:
    """How far the wanted types occur one after the other."""
    rest = iter(found)
    return [kind for kind in wanted if kind in rest]


def twice(words: str) -> list[str]:
    """The questions that stand in a text more than once, without their capitals."""
    asked = Counter(plain(question) for question in QUESTION.findall(words))
    return [question for question, times in asked.items() if times > 1]


def plain(question: str) -> str:
    """A question without capitals and needless spaces."""
    return " ".join(question.lower().split())
