"""What a call's tools have said, and whether a claim is among it.

Facts are kept as texts, `label: words` or plain words, and read as claims when one is asked for. The labels:

- `say`: what a tool gave to be spoken, and `status`: how it ended, with the names it is true of
- `other`: a `say` about an order that only its own name brings up; `rule`: one that tells of nobody's order
- `total`, `refund`, `arrives`, `minutes`, `code`: what a template may speak
- `told`, or none: any other text. Only its amounts, times and codes count, as it may be an instruction.

A `total`, a `status` or an `other` may end with the names it is true of: `total: $24.36 | spice route`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from domain import outcome_words as words
from domain.claim import Claim
from domain.numerals import numbers, plain, tokens
from domain.truth import claims, sentences

OPEN_TOTAL = "total: not known"
"""Told when an order has changed: no amount is its total until it is priced again."""
GIVEN = ("say", "other", "rule")
NAMED = ("total", "status", "other")
LABEL = re.compile(r"(say|other|rule|status|told|total|refund|arrives|minutes|code): ", re.DOTALL)


@dataclass(frozen=True)
class Fact:
    """One true thing, with the label it was told under."""

    label: str
    claim: Claim


def read_fact(text: str) -> tuple[Fact, ...]:
    """What one fact of a call's state says."""
    found = LABEL.match(text)
    label, rest = (found.group(1), text[found.end() :]) if found else ("", text)
    said, _, names = rest.partition(" | ") if label in NAMED else (rest, "", "")
    of = frozenset(names.lower().split())
    status = said.strip().lower().replace("_", " ")
    if status in words.STATUSES and label in ("", "status"):
        return (Fact(label, Claim("outcome", status, outcomes=frozenset(words.STATUSES[status]), names=of)),)
    if text == OPEN_TOTAL:
        return (Fact(label, Claim("money", said, whole=True)),)
    told = claims(said)
    if label in ("", "told", "rule"):
        told = tuple(claim for claim in told if claim.kind != "outcome")
    if of or label == "total":
        told = tuple(_named(claim, of, whole=label == "total") for claim in told)
    return tuple(Fact(label, _widened(claim)) for claim in told)


def _named(claim: Claim, of: frozenset[str], *, whole: bool) -> Claim:
    return replace(claim, names=claim.names | of, whole=claim.whole or (whole and claim.kind == "money"))


def _widened(claim: Claim) -> Claim:
    kinds = frozenset().union(
        *(words.STATUSES.get(kind.replace("_", " "), {kind}) | {kind} for kind in claim.outcomes)
    )
    return replace(claim, outcomes=kinds)


@dataclass(frozen=True)
class Told:
    """One fact of a call's state, read."""

    facts: tuple[Fact, ...]
    sentences: frozenset[str]
    """What may be said as it stands."""


@dataclass(frozen=True)
class Ledger:
    """The facts of one call, oldest first, and what the caller has said."""

    facts: Sequence[str]
    heard: Sequence[str] = ()
    read: dict[str, "Told"] = field(default_factory=dict)
    """What has been read already; a call keeps it, and nobody after it."""

    def unfounded(self, sentence: str) -> Claim | None:
        """The first claim of a sentence that nothing backs; None for a sentence that may be spoken.

        A sentence that a tool gave to be said, as it stands, needs no other fact; a total may be another since.
        """
        found = claims(sentence)
        as_told = [text for text in self.facts if _bare(sentence) in self._told(text).sentences]
        if as_told and not any(
            claim.whole and label_of(text) == "say" for claim in found for text in as_told
        ):
            return None
        return next((claim for claim in found if not self.backs(claim)), None)

    def backs(self, claim: Claim) -> bool:
        """Whether a tool has said it, or the caller, where it only repeats their number."""
        if claim.whole and (told := self._totals(claim.names)):
            return any(_matches(claim, fact) for fact in told)
        if any(_matches(claim, fact) for text in self.facts for fact in self._told(text).facts):
            return True
        return (
            not claim.asserted and claim.kind != "outcome" and any(echoes(claim, text) for text in self.heard)
        )

    def _totals(self, names: frozenset[str]) -> list[Fact]:
        """What a total may be: the newest one and what was said of it since, or that of an order that is named.

        Empty while nothing has been priced: then any amount will do.
        """
        facts = [fact for text in self.facts for fact in self._told(text).facts if fact.claim.whole]
        told = [fact for fact in facts if fact.label in ("total", "say", "other")]
        priced = [place for place, fact in enumerate(told) if fact.label == "total"]
        if not priced:
            return []
        newest = [fact for fact in told[priced[-1] :] if fact.label != "other"]
        return newest + [fact for fact in told if fact.claim.names & names]

    def _told(self, text: str) -> "Told":
        told = self.read.get(text)
        if told is None:
            told = self.read[text] = Told(read_fact(text), _sentences(text))
        return told

    def newest(self, *labels: str) -> str | None:
        """The words last told under one of these labels."""
        for text in reversed(self.facts):
            found = LABEL.match(text)
            if found and found.group(1) in labels:
                return text[found.end() :]
        return None


def label_of(text: str) -> str:
    """The label of a fact; empty for plain words."""
    found = LABEL.match(text)
    return found.group(1) if found else ""


def _sentences(text: str) -> frozenset[str]:
    found = LABEL.match(text)
    if not found or found.group(1) not in GIVEN:
        return frozenset()
    return frozenset(_bare(sentence) for sentence in sentences(text[found.end() :]))


def _bare(sentence: str) -> str:
    return " ".join(plain(sentence).lower().strip(" .!?।\"'").split())


def _matches(claim: Claim, fact: Fact) -> bool:
    true = fact.claim
    if claim.kind == "outcome":
        return _done(claim, fact)
    if claim.kind == "money" and true.kind == "clock":  # "seven thirty" is either
        return not claim.currency and bool(
            {value // 100 * 60 + value % 100 for value in claim.values} & true.values
        )
    if claim.kind != true.kind:
        return False
    match claim.kind:
        case "money":
            same = not claim.currency or not true.currency or claim.currency == true.currency
            return same and bool(claim.values & true.values)
        case "duration":
            return true.span[0] <= claim.span[0] and claim.span[1] <= true.span[1]
        case "clock":
            same = not claim.day or not true.day or claim.day == true.day
            return same and bool(claim.values & true.values)
        case "code":
            return claim.digits in true.digits
        case _:
            return claim.values == true.values


def _done(claim: Claim, fact: Fact) -> bool:
    true = fact.claim
    kinds = {"placed", "refunded"} if claim.outcomes == {"through"} else claim.outcomes
    if true.kind != "outcome" or not kinds & true.outcomes:
        return False
    if fact.label == "other":
        return bool(claim.names & true.names)
    return not claim.names or not true.names or bool(claim.names & true.names)


def echoes(claim: Claim, heard: str) -> bool:
    """Whether a claim only repeats an amount, a time or a code that somebody has named."""
    if any(_matches(claim, Fact("", said)) for said in claims(heard)):
        return True
    said = tokens(plain(heard))
    named = {number.hundredths for number in numbers(said)}
    match claim.kind:
        case "money" | "percent":
            return bool(claim.values & named)
        case "duration":
            return {claim.span[0] * 100, claim.span[1] * 100} <= named
        case "clock":
            return bool({value // 60 * 100 for value in claim.values if value % 60 == 0} & named)
        case "code":
            return claim.digits in "".join(re.findall(r"\d+", _as_digits(heard)))
        case _:
            return False


def _as_digits(heard: str) -> str:
    return " ".join(
        str(number.whole) if number.whole is not None else "" for number in numbers(tokens(plain(heard)))
    )
