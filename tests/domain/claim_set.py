"""The labelled sentences of `claims*.yaml`, and how well the judge does on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from domain.facts import Ledger

FILES = ("claims.yaml", "claims_more.yaml", "claims_held_out.yaml", "claims_refunds.yaml")


@dataclass(frozen=True)
class Sentence:
    """A sentence with the ledger it is judged by and what should become of it."""

    text: str
    language: str
    verdict: str
    ledger: Ledger

    @property
    def refused(self) -> bool:
        """What the judge says."""
        return self.ledger.unfounded(self.text) is not None

    @property
    def wrong(self) -> bool:
        """Whether the judge is wrong about it."""
        return self.refused is not (self.verdict == "unfounded")


@dataclass(frozen=True)
class Score:
    """How refusals fall: of the false, how many were caught; of the caught, how many were false."""

    caught: int
    missed: int
    hurt: int
    """True or harmless sentences that were refused."""
    passed: int

    @property
    def precision(self) -> float:
        """Of what was refused, the share that was false."""
        return self.caught / (self.caught + self.hurt)

    @property
    def recall(self) -> float:
        """Of what was false, the share that was refused."""
        return self.caught / (self.caught + self.missed)


def read(name: str = FILES[0]) -> Iterator[Sentence]:
    """Every sentence of a file."""
    groups: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / name).read_text("utf-8"))
    for group in groups:
        ledger = Ledger(group["facts"], group.get("heard", []))
        for verdict in ("founded", "unfounded", "nothing"):
            for text in group.get(verdict) or []:
                yield Sentence(text, group["language"], verdict, ledger)


def score(sentences: list[Sentence]) -> Score:
    """The judge's figures."""
    false = [one for one in sentences if one.verdict == "unfounded"]
    other = [one for one in sentences if one.verdict != "unfounded"]
    caught = sum(one.refused for one in false)
    hurt = sum(one.refused for one in other)
    return Score(caught, len(false) - caught, hurt, len(other) - hurt)
