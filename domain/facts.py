"""What a call's tools have said, and whether a claim is among it.

Facts are kept as texts, `label: words` or plain words, and read as claims when one is asked for. The labels:

- `say`: what a tool gave to be spoken, and `status`: how it ended, with the names it is true of
- `other`: a `say` about an order that only its own name brings up; `rule`: one that tells of nobody's order
- `total`, `refund`, `arrives`, `minutes`, `code`: what a template may speak
- `told`, or none: any other text. Only its amounts, times and codes count, as it may be an instruction.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain import outcome_words as words
from domain.claim import Claim
from domain.numerals import numbers, plain, tokens
from domain.truth import claims, sentences

SPOKEN = ("say", "ask")
TEMPLATED = ("total", "refund", "arrives", "minutes", "code")
GIVEN = ("say", "other", "rule")
LABEL = re.compile(r"(say|other|rule|status|told|total|refund|arrives|minutes|code): ", re.DOTALL)


def facts_of(result: Mapping[str, Any]) -> list[str]:
    """Everything in a tool's result that may be repeated as true."""
    return list(dict.fromkeys(_facts(result, "rule" if "source" in result else "say")))


def _facts(result: Mapping[str, Any], label: str) -> Iterator[str]:
    for key, value in result.items():
        if isinstance(value, Mapping):
            yield from _facts(value, label)
        elif isinstance(value, list | tuple):
            for place, one in enumerate(value):
                if isinstance(one, Mapping):
                    yield from _facts(one, label if place == 0 else "other")
                elif isinstance(one, str):
                    yield from _text(key, one, label)
        elif isinstance(value, str):
            yield from _status(result, label) if key == "status" else _text(key, value, label)
        elif key.endswith("minutes") and isinstance(value, int) and not isinstance(value, bool):
            yield f"minutes: {value} minutes"


def _status(result: Mapping[str, Any], label: str) -> Iterator[str]:
    """A status with the names that its own result gives: it is not true of another order."""
    if label != "other":
        own = {name for claim in claims(str(result.get("say", ""))) for name in claim.names}
        names = own | {word.lower() for word in str(result.get("restaurant", "")).split()}
        yield f"status: {result['status']}" + (f" | {' '.join(sorted(names))}" if names else "")


def _text(key: str, value: str, label: str) -> Iterator[str]:
    if key in SPOKEN:
        yield f"{label}: {value}"
    elif key in TEMPLATED and label != "other":
        yield f"{key}: {value}"
    elif any(claim.kind != "outcome" for claim in claims(value)):
        yield f"told: {value}"


@dataclass(frozen=True)
class Fact:
    """One true thing, with the label it was told under."""

    label: str
    claim: Claim


def read_fact(text: str) -> tuple[Fact, ...]:
    """What one fact of a call's state says."""
    found = LABEL.match(text)
    label, said = (found.group(1), text[found.end() :]) if found else ("", text)
    status, _, names = said.strip().lower().replace("_", " ").partition(" | ")
    if status in words.STATUSES and label in ("", "status"):
        kinds, of = frozenset(words.STATUSES[status]), frozenset(names.split())
        return (Fact(label, Claim("outcome", status, outcomes=kinds, names=of)),)
    told = claims(said)
    if label in ("", "told", "rule"):
        told = tuple(claim for claim in told if claim.kind != "outcome")
    return tuple(Fact(label, _widened(claim)) for claim in told)


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

        A sentence that a tool gave to be said, as it stands, needs no other fact.
        """
        if any(_bare(sentence) in self._told(text).sentences for text in self.facts):
            return None
        return next((claim for claim in claims(sentence) if not self.backs(claim)), None)

    def backs(self, claim: Claim) -> bool:
        """Whether a tool has said it, or the caller, where it only repeats their number."""
        if any(_matches(claim, fact) for text in self.facts for fact in self._told(text).facts):
            return True
        return (
            not claim.asserted
            and claim.kind != "outcome"
            and any(_echoes(claim, text) for text in self.heard)
        )

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


def _echoes(claim: Claim, heard: str) -> bool:
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
