"""What a call learns from its tools' results: which of it may be repeated, and how long it is remembered.

What a model has written into a tool's arguments is no fact, though a result may repeat it: a note, a dish that there is
not, a code that is no promotion's.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from domain import totals
from domain.facts import GIVEN, OPEN_TOTAL, echoes, label_of, read_fact
from domain.truth import claims, may_claim

SPOKEN = ("say", "ask")
TEMPLATED = ("total", "refund", "arrives", "minutes", "code")
AMOUNTS = ("price", "amount", "subtotal", "pay", "extra", "ordered", "until", "number")
"""What a result tells under these is ours. Under any other it may be an instruction, or what the model has written."""
DOORS = ("spoken", "goes_to")
"""An address or a card, in words: only its digits count."""
MOST_LOOSE, MOST_SAID = 200, 200
"""So many facts are kept that nobody's order hangs on, and so many sentences."""
PRICE = re.compile(r"(?:told: )?[$₹][\d,.]+")
"""What a search of the menu leaves behind: the first to be forgotten."""
LOOSE = ("", "told")


def facts_of(result: Mapping[str, Any], *written_in: object) -> list[str]:
    """Everything in a tool's result that may be repeated as true.

    `written_in`: where the model's own words stand, texts in lists and mappings: its arguments, notes it has made.
    """
    written = [text for text in _texts(written_in) if may_claim(text) or len(text.split()) > 1]
    return list(dict.fromkeys(_facts(result, "rule" if "source" in result else "say", written)))


def _texts(held: object) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, Mapping):
        yield from _texts(list(held.values()))
    elif isinstance(held, list | tuple):
        for one in held:
            yield from _texts(one)


def _facts(result: Mapping[str, Any], label: str, written: Collection[str]) -> Iterator[str]:
    for key, value in result.items():
        if isinstance(value, Mapping):
            yield from _facts(value, label, written)
        elif isinstance(value, list | tuple):
            for place, one in enumerate(value):
                if isinstance(one, Mapping):
                    yield from _facts(one, label if place == 0 else "other", written)
        elif isinstance(value, str):
            yield from _status(result, label) if key == "status" else _text(result, key, label, written)
        elif key.endswith("minutes") and isinstance(value, int) and not isinstance(value, bool):
            yield f"minutes: {value} minutes"


def _status(result: Mapping[str, Any], label: str) -> Iterator[str]:
    """A status with the names that its own result gives: it is not true of another order."""
    if label != "other":
        own = {name for claim in claims(str(result.get("say", ""))) for name in claim.names}
        yield _of(f"status: {result['status']}", own | _restaurant(result))


def _of(fact: str, names: Collection[str]) -> str:
    return f"{fact} | {' '.join(sorted(names))}" if names else fact


def _restaurant(result: Mapping[str, Any]) -> set[str]:
    return {word.lower() for word in str(result.get("restaurant", "")).split()}


def _text(result: Mapping[str, Any], key: str, label: str, written: Collection[str]) -> Iterator[str]:
    value = str(result[key])
    if key in SPOKEN:
        if said := _without(value, written):
            yield f"{label}: {said}"
    elif key == "total":
        yield _of(f"{'other: total' if label == 'other' else 'total:'} {value}", _restaurant(result))
    elif key in TEMPLATED and label != "other":
        yield f"{key}: {value}"
    elif key in AMOUNTS or key in TEMPLATED:
        if any(claim.kind != "outcome" for claim in claims(value)):
            yield f"told: {value}"
    elif key in DOORS:
        yield from (f"told: {claim.text}" for claim in claims(value) if claim.kind == "code")
    elif key == "error":
        told = [claim for claim in claims(value) if claim.kind != "outcome"]
        if told and not any(echoes(claim, text) for claim in told for text in written):
            yield f"told: {value}"


def _without(said: str, written: Collection[str]) -> str:
    """A text without what the model has written into it; empty when nothing else is there."""
    for text in sorted(written, key=len, reverse=True):
        said = re.sub(re.escape(text.strip(" .!?")), " ", said, flags=re.IGNORECASE)
    return said.strip() if re.search(r"\w", said) else ""


def kept(facts: Sequence[str]) -> list[str]:
    """What of a call's facts is remembered, oldest first: prices go first, then the oldest.

    Totals, refunds, codes, arrivals and how things stand are never forgotten.
    """
    loose = [fact for fact in facts if label_of(fact) in LOOSE]
    said = [fact for fact in facts if label_of(fact) in (*GIVEN, "minutes")]
    loose.sort(key=lambda fact: PRICE.fullmatch(fact) is None)
    gone = {*loose[: max(0, len(loose) - MOST_LOOSE)], *said[: max(0, len(said) - MOST_SAID)]}
    return [fact for fact in facts if fact not in gone]


def unpriced(facts: Sequence[str]) -> list[str]:
    """What of a call's facts still holds when its order has changed: no total of it, nor a sentence that names one.

    What an order that is placed costs goes by the order's name, and stays.
    """
    return [*(fact for fact in facts if not _of_the_cart(fact)), OPEN_TOTAL]


def _of_the_cart(text: str) -> bool:
    label = label_of(text)
    if label == "total":
        return " | " not in text
    return label == "say" and totals.cued(text) and any(fact.claim.whole for fact in read_fact(text))
