"""The words for a sentence that is not true: the newest fact in its place, or that it is being checked."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from domain import claim_words as words
from domain.claim import Claim
from domain.facts import Ledger
from domain.money import Money
from domain.numerals import plain
from domain.speech import say_code, say_minutes, say_money
from domain.truth import claims

DONE_BY = frozenset({"placed", "cancelled", "delivered", "confirmed", "on_way", "assigned", "rejected"})
"""What the state of an order answers."""


class Wording(BaseModel):
    """The corrections of one language."""

    model_config = ConfigDict(extra="forbid")

    total: str
    refund: str
    arrives: str
    minutes: str
    code: str
    say: str
    check: str
    person: str
    nobody: str


class Corrections(BaseModel):
    """All of `corrections.yaml`."""

    model_config = ConfigDict(extra="forbid")

    en: Wording
    hi: Wording
    note: str
    kinds: Mapping[str, str]

    def of(self, language: str) -> Wording:
        """The words of a language; English where there are none."""
        return self.hi if language.startswith("hi") else self.en

    def instead(self, claim: Claim, sentence: str, ledger: Ledger, language: str) -> str | None:
        """A true sentence of the newest fact that fits; None when there is none."""
        wording = self.of(language)
        found = next(
            (
                (label, said)
                for label in _labels(claim, plain(sentence).lower())
                if (said := ledger.newest(label))
            ),
            None,
        )
        if found is None:
            return None
        label, said = found
        if label in ("total", "refund"):
            return _amount(getattr(wording, label), said, language)
        if label == "say" and not _tells_an_order(said):
            return None
        if label == "arrives":  # told in a sentence of its language, which may have changed since
            wording = self.hi if DEVANAGARI.search(said) else self.en
        elif label == "minutes":
            said = _minutes(said, language)
        elif label == "code" and said.isdecimal():
            said = say_code(said, language)
        return str(getattr(wording, label).format(**{label: said}))

    def note_on(self, claim: Claim, language: str) -> str:
        """What the model is told before it answers again."""
        return self.note.format(claim=claim.text, kind=self.kinds[claim.kind], check=self.of(language).check)


@cache
def corrections() -> Corrections:
    """The shipped wording."""
    return Corrections.model_validate(
        yaml.safe_load((files(__package__) / "corrections.yaml").read_text("utf-8"))
    )


def _labels(claim: Claim, low: str) -> tuple[str, ...]:
    """Which facts may stand in for a claim, by what its sentence is about."""
    match claim.kind:
        case "money":
            return ("refund",) if _about(low, REFUND) else (("total",) if _about(low, TOTAL) else ())
        case "duration" | "clock":
            return (
                ("arrives", "minutes") if words.ASSERTS_TIME.search(low) and not _about(low, CALLING) else ()
            )
        case "code":
            return ("code",) if words.CODE_CUE.search(low) else ()
        case "outcome":
            return ("say",) if claim.outcomes & DONE_BY else ()
        case _:
            return ()


REFUND = ("refund", "back", "wapas", "वापस", "रिफंड")
TOTAL = (
    "total",
    "comes to",
    "that's",
    "that is",
    "altogether",
    "it costs",
    "bill",
    "kul",
    "hua",
    "hue",
    "कुल",
    "हुआ",
    "हुए",
)
DEVANAGARI = re.compile(r"[\u0900-\u097f]")
CALLING = ("call you", "hear back", "opens", "open", "closes")


def _about(low: str, cues: tuple[str, ...]) -> bool:
    return any(cue in low for cue in cues)


def _tells_an_order(said: str) -> bool:
    return "order" in said.lower() or "ऑर्डर" in said


def _minutes(said: str, language: str) -> str:
    found = next((claim for claim in claims(said) if claim.kind == "duration"), None)
    return say_minutes(*found.span, language) if found else said


def _amount(template: str, said: str, language: str) -> str | None:
    found = next((claim for claim in claims(said) if claim.kind == "money" and claim.currency), None)
    if found is None:
        return None
    return template.format(amount=say_money(Money(min(found.values), found.currency), language))
