"""What kitchens say over the noise: minutes, a no and why, what has run out, ready, a break."""

import re

from sandbox.policy.match import best
from sandbox.policy.numbers import digits_of
from sandbox.policy.state import Fact

_I = re.IGNORECASE
OUT = re.compile(
    r"\b(?:(?:out|run out|ran out|short) of|run out|ran out|sold out|finished|no more|(?:don'?t|do not) have|"
    r"is (?:gone|over|out)|are (?:gone|over|out)|khatam)\b",
    _I,
)
INSTEAD = re.compile(
    r"\b(?:can (?:give|make|do|offer)|have|offer|give|make|send|take) (?:you |them |him |her )?"
    r"(?P<after>[a-z ]+?) instead\b"
    r"|\binstead(?: of (?:it|that))?,? (?:we (?:have|can (?:give|make|do)) )?(?P<before>[a-z ]+)",
    _I,
)
NO = re.compile(
    r"\b(?:reject|refuse|decline|turn (?:it|that) down|(?:can'?t|cannot|won'?t|not) (?:take|cook|make|do|accept)"
    r"|don'?t want|not (?:this|that) one|we(?:'re| are) (?:closing|closed|too busy))\b",
    _I,
)
REASONS = (
    ("closing", re.compile(r"\bclos(?:ing|ed|e)\b", _I)),
    ("no_rider", re.compile(r"\b(?:rider|driver)s?\b", _I)),
    ("out_of_stock", re.compile(r"\b(?:out of stock|stock|ingredients?|nothing left|run out)\b", _I)),
    ("busy", re.compile(r"\b(?:busy|slammed|too many|rush|swamped|full)\b", _I)),
)
PAUSE = re.compile(
    r"\b(?:pause|(?:take|need|want) a break|no (?:more |new )+orders|stop (?:the |sending |new )*orders|"
    r"hold (?:the |new |all )*orders)\b",
    _I,
)
RESUME = re.compile(
    r"\b(?:resume|un-?pause|open (?:again|for orders)|back (?:on|open)|start (?:again|taking)|take orders again)\b",
    _I,
)
READY = re.compile(r"\b(?:ready|packed|cooked|done|tayyar|taiyaar)\b", _I)
CHANGES = re.compile(r"\b(?:chang\w*|different|modif\w*)\b", _I)
HEAR = re.compile(
    r"\b(?:hear|new orders?|any(?:thing| orders?)|what (?:waits|is there|have you)|next|tell me|go ahead|order)\b",
    _I,
)
_MINUTES = re.compile(r"\b(\d{1,4})\s*(?:more\s+)?(?:min(?:ute)?s?|mins)\b", _I)
_BARE = re.compile(r"^\D*?(\d{1,4})\D*$")


def minutes_in(text: str, *, bare: bool) -> int | None:
    """How many minutes; with `bare` a number alone counts, for it answers the question."""
    written = digits_of(re.sub(r"-", " ", text.lower()))
    written = re.sub(r"\bhalf an? hour\b", "30 minutes", written)
    written = re.sub(r"\b(?:an?|1) hour\b", "60 minutes", written)
    written = re.sub(r"\bquarter of an hour\b", "15 minutes", written)
    found = _MINUTES.search(written) or (_BARE.search(written) if bare else None)
    return int(found[1]) if found else None


def reason_in(text: str) -> str | None:
    """Why an order is not taken, by the tool's own words."""
    return next((name for name, pattern in REASONS if pattern.search(text)), None)


def line_in(text: str, lines: list[Fact]) -> int | None:
    """The line of the order whose dish is named; the only one when there is no other."""
    said = re.sub(r"[^a-z ]", " ", OUT.sub(" ", INSTEAD.sub(" ", text)).lower())
    said = re.sub(r"\b(?:we|are|is|have|has|the|of|for|sorry|today|any|it|that|s|re|ve)\b", " ", said)
    found = best(said, [re.sub(r"^\w+ ", "", str(line["dish"])) for line in lines]) if said.strip() else []
    if len(found) == 1:
        return int(lines[found[0]]["line"])
    return int(lines[0]["line"]) if len(lines) == 1 else None


def instead_in(text: str) -> str | None:
    """What the kitchen would cook instead, in its words."""
    found = INSTEAD.search(text)
    if not found:
        return None
    said = (found["after"] or found["before"] or "").strip()
    return re.sub(r"^(?:the|a|an|some) ", "", said) or None
