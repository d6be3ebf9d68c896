"""What a sentence claims: amounts, times, codes and things done. Questions, conditions and denials claim nothing."""

import re
from dataclasses import replace

from domain import claim_words
from domain.amounts import bare_amounts, codes, money, percents
from domain.claim import Claim
from domain.numerals import WORDS, plain
from domain.outcome_words import ASKS, GIVEN, HINDI_DONE, PARTICIPLE
from domain.outcomes import names_in, outcomes
from domain.phrase import Phrase
from domain.times import clocks, durations

SENTENCE = re.compile(r"(?<=[.!?।…])[\"')\]]*\s+|\n+")
_STARTS = [
    *(re.escape(word) for word in sorted(WORDS - {"do"}, key=len, reverse=True)),
    PARTICIPLE,
    *claim_words.HALF,
    r"quarter|noon|midnight|a (?:dollar|rupee|hundred)|an hour|dropped|issued|processed|initiated|raste|raaste|रास्ते",
    plain(HINDI_DONE),
]
BEGINS = re.compile(
    rf"(?<!\w)(?:\d|[$₹%]|(?:{'|'.join(_STARTS)})(?!\w)"
    r"|(?:sent|given|paid|put|gave|get|have|receive)\s.*\bback|refund|रिफंड|wapas|वापस|through"
    r"|on (?:its|the|his|her|their) way|out for delivery|picked|has left|free|no (?:extra )?(?:cost|charge)|muft|मुफ्त"
    rf"|(?:money|amount|payment|order)\b.*\b(?:{GIVEN})\b|accepted|to the (?:kitchen|restaurant)\b)",
    re.DOTALL,
)
"""Where a sentence may have begun to claim something: it is not spoken before its end is known."""
_CLAIMING = frozenset(PARTICIPLE.split("|")) | WORDS
LEAST_LETTERS = 3
"""Fewer may become anything."""


def may_claim(text: str) -> bool:
    """Whether the beginning of a sentence has begun to claim something."""
    return BEGINS.search(plain(text).lower()) is not None


def may_become_claim(word: str) -> bool:
    """Whether more letters may make a word of it that claims something: "pla", "twen"."""
    low = plain(word).lower()
    return len(low) >= LEAST_LETTERS and any(whole != low and whole.startswith(low) for whole in _CLAIMING)


def sentences(text: str) -> list[str]:
    """A text in its sentences."""
    return [part for part in SENTENCE.split(text) if part.strip()]


def claims(text: str) -> tuple[Claim, ...]:
    """Everything a text claims, sentence by sentence."""
    found: list[Claim] = []
    for sentence in sentences(text):
        if may_claim(sentence):
            found += _claims(plain(sentence))
    return tuple(found)


def _claims(said: str) -> list[Claim]:
    """What was done; then the numbers, a currency or a unit being the surest sign, a bare number the last."""
    phrase = Phrase(said)
    numbers: list[Claim] = []
    for look in (money, durations, percents, clocks, codes, bare_amounts):
        numbers += look(phrase)
    done = [
        Claim("outcome", found.text, outcomes=frozenset({found.kind}), names=found.names)
        for found in outcomes(said)
    ]
    told = [claim for claim in numbers if not _only_asked(claim, phrase.low)]
    return done + [replace(claim, names=names_in(said)) if claim.whole else claim for claim in told]


def _only_asked(claim: Claim, low: str) -> bool:
    """Whether a question only asks about it.

    What stands before the last comma is told all the same ("it comes at eight, okay?"), and a price is offered.
    """
    if not low.rstrip().rstrip("\"')").endswith("?"):
        return False
    place = low.find(claim.text.lower())
    begin = max(low.rfind(mark, 0, max(place, 0)) for mark in ",;") + 1
    told = place >= 0 and any(mark in low[place + len(claim.text) :] for mark in ",;")
    if told and claim.asserted:
        return False
    if claim_words.ECHO.search(low[begin : max(place, begin)]):
        return True
    if claim.kind in ("money", "percent"):
        return not (claim.currency or claim.asserted)
    return not told or ASKS.match(low[begin:].lstrip()) is not None
