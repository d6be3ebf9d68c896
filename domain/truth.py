"""What a sentence claims: amounts, times, codes and things done. Questions, conditions and denials claim nothing."""

import re

from domain import claim_words
from domain.amounts import bare_amounts, codes, money, percents
from domain.claim import Claim
from domain.numerals import WORDS, plain
from domain.outcome_words import ASKS, HINDI_DONE, PARTICIPLE
from domain.outcomes import outcomes
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
    r"|(?:sent|given|paid|put|gave|get|have|receive)\s.*\bback|refund|through|on (?:its|the|his|her|their) way"
    r"|out for delivery|picked|has left|free|no (?:extra )?(?:cost|charge)|muft|मुफ्त)",
    re.DOTALL,
)
"""Where a sentence may have begun to claim something: it is not spoken before its end is known."""


def may_claim(text: str) -> bool:
    """Whether the beginning of a sentence has begun to claim something."""
    return BEGINS.search(plain(text).lower()) is not None


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
    return done + [claim for claim in numbers if not _only_asked(claim, phrase.low)]


def _only_asked(claim: Claim, low: str) -> bool:
    """A question offers a price all the same; a time or a bare number in it is only asked about."""
    if not low.rstrip().rstrip("\"')").endswith("?"):
        return False
    if claim.kind == "money":
        return not claim.currency or claim_words.ECHO.search(low) is not None
    last = max(low.rfind(mark) for mark in ",;")
    return ASKS.match(low) is not None or not 0 <= low.find(claim.text.lower()) < last
