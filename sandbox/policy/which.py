"""Which placed order, and which line of it, the caller means."""

import re
from collections.abc import Sequence

from sandbox.policy import say
from sandbox.policy.match import best, words_of
from sandbox.policy.numbers import quantity
from sandbox.policy.state import Fact

# An order in one of these is over, one way or another.
_OVER = ("delivered", "closed", "rejected", "cancelled", "failed")
_ARRIVED = ("delivered", "closed")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BEFORE = re.compile(r"\b(?:yesterday|last night|the day before|kal)\b", re.I)
_TODAY = re.compile(
    r"\b(?:today|tonight|this (?:morning|evening|afternoon)|aaj|just (?:now|ordered|placed))\b", re.I
)
_NEWEST = re.compile(
    r"\b(?:(?:last|latest|newest|most recent|current|new) (?:order|one|delivery)|newest|latest|pichhla|"
    r"just (?:got|arrived|came|received|delivered))\b",
    re.I,
)
_OLDEST = re.compile(r"\b(?:oldest|older|previous|before that|other) ?(?:one|order)?\b", re.I)
_COUNT = re.compile(r"^\s*(?P<count>\d+)\s*[x×]?\s+")


def active(order: Fact) -> bool:
    """Whether an order is still on its way."""
    return str(order.get("status", "")).lower().replace("_", " ") not in _OVER


def arrived(order: Fact) -> bool:
    """Whether an order has been brought."""
    return str(order.get("status", "")).lower() in _ARRIVED


def not_brought(order: Fact) -> bool:
    """Whether an order has not reached its customer."""
    return active(order) or str(order.get("status", "")).lower() == "failed"


def brand(order: Fact) -> str:
    """The restaurant's name without its branch."""
    return re.split(r",| in ", str(order.get("restaurant", "")))[0].strip()


def dishes_of(order: Fact) -> list[str]:
    """The dishes of an order, without counts and sizes."""
    return [re.sub(r"\s*\(.*?\)", "", _COUNT.sub("", str(line))).strip() for line in order.get("lines") or []]


def narrowed(orders: Sequence[Fact], text: str) -> list[Fact]:
    """The orders that the words fit, newest first; all of them when the words tell none from another."""
    found = list(orders)
    for tell in (_by_day, _by_brand, _by_age, _by_dish):
        if len(found) > 1:
            found = tell(found, text) or found
    return found


def placed_by(orders: Sequence[Fact], text: str) -> list[Fact]:
    """The orders of the day and the restaurant that the words name; all of them when they name neither."""
    found = list(orders)
    for tell in (_by_day, _by_brand):
        found = tell(found, text) or found
    return found


def tells(orders: Sequence[Fact], text: str) -> bool:
    """Whether the words pick some of the orders at all."""
    return any(tell(list(orders), text) for tell in (_by_day, _by_brand, _by_age, _by_dish))


def _by_day(orders: list[Fact], text: str) -> list[Fact]:
    days = [(order, str(order.get("ordered", "")).lower()) for order in orders]
    if named := next((day for day in _DAYS if day in text.lower()), None):
        return [order for order, day in days if named in day]
    if _BEFORE.search(text):
        return [order for order, day in days if "yesterday" in day] or [
            order for order, day in days if "today" not in day
        ][:1]
    return [order for order, day in days if "today" in day] if _TODAY.search(text) else []


def _by_brand(orders: list[Fact], text: str) -> list[Fact]:
    said = set(words_of(text))
    return [order for order in orders if (name := set(words_of(brand(order)))) and name <= said]


def _by_age(orders: list[Fact], text: str) -> list[Fact]:
    if _NEWEST.search(text):
        return orders[:1]
    return orders[-1:] if _OLDEST.search(text) else []


def _by_dish(orders: list[Fact], text: str) -> list[Fact]:
    return [order for order in orders if named_dishes(order, text)]


def named_dishes(order: Fact, text: str) -> list[str]:
    """The dishes of this order that a text names, by their full names."""
    said = {word for word in words_of(text) if len(word) > 2}
    return [name for name in dict.fromkeys(dishes_of(order)) if _told(said, name)]


def instead_of(text: str) -> str:
    """Of "chicken instead of paneer" what did not come; any other text as it is."""
    return re.split(r"\binstead of\b", text, flags=re.I)[-1]


def counted(order: Fact, text: str) -> list[str]:
    """The dishes named, with a count in front where only some of them are meant: "1 Garlic Naan"."""
    told = []
    for name in named_dishes(order, text):
        last = re.escape(words_of(name)[-1])
        found = re.search(
            rf"\b(?P<count>[a-z]+|\d+) (?:of (?:the|my|our) )?(?:[a-z]+ )?{last}\w*", text, re.I
        )
        count = quantity([found["count"].lower()], hindi=False) if found else None
        told.append(f"{count[0]} {name}" if count and count[0] < _ordered(order, name) else name)
    return told


def _ordered(order: Fact, name: str) -> int:
    """How many of a dish an order has."""
    lines = [str(line) for line in order.get("lines") or [] if name in str(line)]
    return sum(int(found["count"]) for line in lines if (found := _COUNT.match(line)))


def _told(said: set[str], name: str) -> bool:
    """Whether a dish is named: by its last word ("the naan"), or by any two of its words."""
    words = words_of(name)
    hits = [
        word
        for word in words
        if word in said or any(best(word, [other]) for other in said if other[0] == word[0])
    ]
    return bool(words) and (
        words[-1] in hits or len(hits) > 1 or (len(words) > 1 and hits == words[:1] and len(words[0]) > 4)
    )


def line_of(order: Fact, target: str) -> int | None:
    """The number of the line a change is about, counted from 1; the only line when none is named."""
    names = dishes_of(order)
    if not target:
        return 1 if len(names) == 1 else None
    found = best(target, names)
    return found[0] + 1 if found else None


def called(order: Fact) -> str:
    """An order for the ear: "the Spice Route order from today at 12:30 pm"."""
    when = str(order.get("ordered", ""))
    when = f" from {when}" if when else ""
    return f"the {brand(order)} one{when}" if brand(order) else f"the one{when}"


def ask_which(orders: Sequence[Fact]) -> str:
    """Ask which of several orders is meant."""
    return f"Which order is it: {say.either([called(order) for order in orders])}?"
