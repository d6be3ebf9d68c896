"""What a kitchen is told of an order: short, for kitchens are loud, and never without its allergies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from num2words import num2words

from domain.speech import say_allergens, say_clock

HOW_LONG = "How many minutes?"


@dataclass(frozen=True)
class Portion:
    """One dish of an order, as it is cooked. `number` is the line's own, for as long as the order stands."""

    number: int
    quantity: int
    name: str
    size: str | None = None
    choices: Sequence[str] = ()
    note: str | None = None

    @property
    def dish(self) -> str:
        """The dish without how it is made: "two garlic naan", "one full paneer tikka"."""
        parts = (num2words(self.quantity), self.size or "", self.name.lower())
        return " ".join(part for part in parts if part)

    @property
    def spoken(self) -> str:
        """The dish as it is called out: "one full paneer tikka hot"."""
        made = " and ".join(self.choices)
        cooked = f"{self.dish} {made}" if made else self.dish
        return f"{cooked}, note: {self.note}" if self.note else cooked


@dataclass(frozen=True)
class Ticket:
    """An order as its kitchen knows it."""

    portions: Sequence[Portion]
    allergies: Sequence[str] = ()
    note: str | None = None
    wanted_at: datetime | None = None
    zone: str = field(default="UTC", kw_only=True)

    @property
    def name(self) -> str:
        """How an order is told from another one; its code is the customer's proof at the door."""
        return f"the order with {self.portions[0].dish}" if self.portions else "the order"

    @property
    def dishes(self) -> str:
        """All dishes, called out, and what whoever eats them is allergic to."""
        called = ", ".join(portion.spoken for portion in self.portions)
        return f"{called}. {self.warning}" if self.allergies else f"{called}."

    @property
    def warning(self) -> str:
        """The allergies: "Allergy: peanut."; empty without one."""
        if not self.allergies:
            return ""
        word = "Allergy" if len(self.allergies) == 1 else "Allergies"
        return f"{word}: {say_allergens(list(self.allergies))}."

    def announced(self, waiting: int) -> str:
        """A new order, and the question; `waiting` counts it and those that wait behind it."""
        head = "New order" if waiting == 1 else f"Order one of {num2words(waiting)}"
        note = f" Note: {self.note.rstrip('.')}." if self.note else ""
        when = f" For {say_clock(self.wanted_at, self.zone)}." if self.wanted_at else ""
        return f"{head}: {self.dishes}{note}{when} {HOW_LONG}"


def say_changes(ticket: Ticket, actions: Sequence[str]) -> str:
    """What the customer changed since the kitchen last heard of an order, by the actions of its events."""
    name = ticket.name[0].upper() + ticket.name[1:]
    if "cancel" in actions:
        return f"{name} is cancelled. Please don't cook it."
    said = []
    if {"remove", "quantity"}.intersection(actions):
        said.append(f"{name} has changed. It is now: {ticket.dishes}")
    if "note" in actions and ticket.note:
        said.append(f"{'It has' if said else name + ' has'} a note: {ticket.note.rstrip('.')}.")
    if not said:
        said.append(f"{name} goes to another address. Nothing changes for you.")
    told = " ".join(said)
    return told if ticket.warning in told else f"{told} {ticket.warning}"


def say_count(count: int, one: str, many: str) -> str:
    """ "One order waits." for `count` 1; "Two orders wait." for more."""
    return f"{num2words(count).capitalize()} {one if count == 1 else many}."
