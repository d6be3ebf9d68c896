"""What a sentence says has been done; not what it asks, denies, supposes or has yet to come."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain import outcome_words as words
from domain.claim_words import DAYS

CLAUSE = re.compile(r"\s*(?:[,;:]|\s-\s|\band\b|\bbut\b|\bso\b|\baur\b|\blekin\b|और|लेकिन)\s*", re.IGNORECASE)
NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]+\b")
BARE = re.compile(rf"(?:{words.PARTICIPLE})$")
GENERIC = frozenset({"visa", "mastercard", "tiffin", "ok", "okay", *DAYS})


@dataclass(frozen=True)
class Done:
    """Something that is said to have been done."""

    kind: str
    text: str
    names: frozenset[str]


def outcomes(sentence: str) -> list[Done]:
    """Everything a plain sentence says has been done."""
    return list(_outcomes(sentence))


def names_in(text: str) -> frozenset[str]:
    """The names in a text, in small letters; what begins a sentence may be any word."""
    return frozenset(name.lower() for name in NAME.findall(text)) - GENERIC


def _outcomes(sentence: str) -> Iterator[Done]:
    asked = sentence.rstrip().rstrip("\"')").endswith("?")
    clauses = [clause for clause in CLAUSE.split(sentence.rstrip(" .!?।\"'")) if clause]
    unreal = supposed = False
    for place, clause in enumerate(clauses):
        low = " ".join(clause.lower().split())
        if asked and (place == len(clauses) - 1 or words.ASKS.match(low)):
            continue
        names = names_in(clause)
        found = [
            (kind, text)
            for kind, text, start, end in _found(low)
            if _holds(low, start, end) and not (supposed and kind == "owed")
        ]
        if not (unreal and BARE.match(low)):  # "if it is placed and confirmed"
            yield from (Done(kind, text, names) for kind, text in found)
        unreal = words.CONDITION.search(low) is not None or words.NEGATION.search(low) is not None
        supposed = supposed or words.SUPPOSED.search(low) is not None


def _found(low: str) -> Iterator[tuple[str, str, int, int]]:
    for found in words.ENGLISH.finditer(low):
        name = found.lastgroup or ""
        kind = words.PHRASES.get(name) or words.KIND_OF[found[name]]
        yield _about(kind, low), found.group(), found.start(name), found.end()
    for kind, pattern in words.HINDI.items():
        for match in pattern.finditer(low):
            yield _about(kind, low), match.group(), match.start(), match.end()
    for kind, pattern in (("on_way", words.ON_WAY_HINDI), ("owed", words.OWED_HINDI)):
        for match in pattern.finditer(low):
            yield kind, match.group(), match.start(), match.end()


def _about(kind: str, low: str) -> str:
    """The kind by what its clause speaks of: a refund goes through, an address is changed, a call is booked."""
    if kind in ("through", "on_way") and "refund" in low:
        return "refunded"
    if kind == "changed" and words.ADDRESS.search(low):
        return "moved"
    if kind == "booked" and words.CALLED.search(low):
        return "promised"
    return kind


def _holds(low: str, start: int, end: int) -> bool:
    """Whether it is said as a fact: not denied, not supposed, not reported, not yet to come."""
    before, until = low[:start], words.NO_NEGATION.sub(" ", low[:end])
    return not (
        words.NEGATION.search(until)
        or words.NEGATION.match(words.OR.sub("", low[end:].lstrip()))
        or words.REPORTED.search(until)
        or words.CONDITION.search(before)
        or words.MODAL.search(before)
    )
