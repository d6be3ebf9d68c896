"""Whether an amount of a sentence is said to be the whole of a bill: not a dish's price, a fee or money given back."""

import re

from domain.numerals import plain

BEFORE = re.compile(
    plain(
        r"\btotals?\b|\b(?:with|including) everything\b|\ball told\b|\b(?:your|the|whole|entire|full|pura|poora) bill\b"
        r"|\b(?:that|it|this|everything|all|order|bill|thing)(?:'ll|'d)?(?: \w+){0,3} (?:comes?|came|adds?|amounts?)"
        r"(?: up)? to\b"
        r"|\byou(?:'ll|'d| will| would| have to| need to)?(?: only| just| then)? (?:pay|owe)\b|\bbe charged\b"
        r"|\b(?:kul|sab mil[ae]kar)\b|(?<![\u0900-\u097f])(?:कुल|टोटल|सब मिलाकर|बिल)(?![\u0900-\u097f])"
    )
)
"""Stands before the amount."""
AFTER = re.compile(
    plain(r"(?:in total|in all|all in|altogether|all together|all told|total|with everything|कुल|टोटल)(?!\w)")
)
"""Stands right behind it."""
PART_BEFORE = re.compile(r"\b(?:minimum|least|limit|old|previous|sub|food|items?|dish(?:es)?)\W+$")
"""Right before the word that makes a total: a total of something else."""
PART_BETWEEN = re.compile(
    r"\b(?:so far|includes?|included|of which|plus|instead of|at least|over|above|below|under|up to|more|less"
    r"|saved?|saving|discount|off|minimum|fees?|tips?|(?<!including )(?<!with )tax(?:es)? (?:is|are|was)|each|extra)\b"
)
PART_AFTER = re.compile(
    plain(
        r"(?:so far|discount|off|fees?|tips?|tax|extra|more|less|each|per|apiece|back|delivery|of (?:that|it|which|tax)"
        r"|for (?!everything|all|both|the whole|your|it|that|this)\w+|ki jagah|की जगह)(?!\w)"
    )
)
GIVEN_BACK = re.compile(plain(r"\brefund|\bback\b|\bwapas\b|रिफंड|वापस"))
IN_PLACE = re.compile(plain(r"\bki jagah\b|की जगह"))
"""Hindi says the old total first: "kul 300 ki jagah 250"."""


def cued(text: str) -> bool:
    """Whether a text may name a total."""
    low = plain(text).lower()
    return BEFORE.search(low) is not None or AFTER.search(low) is not None


def whole(low: str, start: int, end: int, prior: int) -> bool:
    """Whether the amount from `start` to `end` of a plain sentence in small letters is said to be a total.

    `prior` is where the amount before it ends, 0 for none: a cue before that one is not about this.
    """
    clause = max(low.rfind(mark, 0, start) for mark in ",;") + 1
    if PART_AFTER.match(low[end:].lstrip()) or GIVEN_BACK.search(low[clause:start]):
        return False
    if AFTER.match(low[end:].lstrip(" ,")):
        return True
    cue = next(reversed([*BEFORE.finditer(low[:start])]), None)
    if cue is None or PART_BEFORE.search(low[: cue.start()]):
        return False
    if cue.end() <= prior and not IN_PLACE.search(low[prior:start]):
        return False
    return PART_BETWEEN.search(low[cue.end() : start]) is None
