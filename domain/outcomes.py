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


def _outcomes(sentence: str) -> Iterator[Done]:
    asked = sentence.rstrip().rstrip("\"')").endswith("?")
    clauses = [clause for clause in CLAUSE.split(sentence.rstrip(" .!?।\"'")) if clause]
    unreal = False
    for place, clause in enumerate(clauses):
        low = " ".join(clause.lower().split())
        if asked and (place == len(clauses) - 1 or words.ASKS.match(low)):
            continue
        names = frozenset(name.lower() for name in NAME.findall(clause)) - GENERIC
        found = [(kind, text) for kind, text, start, end in _found(low) if _holds(low, start, end)]
        if not (unreal and BARE.match(low)):  # "if it is placed and confirmed"
            yield from (Done(kind, text, names) for kind, text in found)
        unreal = words.CONDITION.search(low) is not None or words.NEGATION.search(low) is not None


def _found(low: str) -> Iterator[tuple[str, str, int, int]]:
    for found in words.ENGLISH.finditer(low):
        name = found.lastgroup or ""
        kind = words.PHRASES.get(name) or words.KIND_OF[found[name]]
        if kind == "through" and "refund" in low:
            kind = "refunded"
        yield kind, found.group(), found.start(name), found.end()
    for kind, pattern in words.HINDI.items():
        for match in pattern.finditer(low):
            yield kind, match.group(), match.start(), match.end()
    if found_way := words.ON_WAY_HINDI.search(low):
        yield "on_way", found_way.group(), found_way.start(), found_way.end()


def _holds(low: str, start: int, end: int) -> bool:
    """Whether it is said as a fact: not denied, not supposed, not reported, not yet to come."""
    before, until = low[:start], words.NO_NEGATION.sub(" ", low[:end])
    return not (
        words.NEGATION.search(until)
        or words.NEGATION.match(low[end:].lstrip())
        or words.REPORTED.search(until)
        or words.CONDITION.search(before)
        or words.MODAL.search(before)
    )
