"""One thing that a sentence says is so."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["money", "duration", "clock", "code", "percent", "outcome"]


@dataclass(frozen=True)
class Claim:
    """An amount, a time, a code, a share, or something done; `text` are the words that say it."""

    kind: Kind
    text: str
    values: frozenset[int] = frozenset()
    """Money in minor units, a clock in minutes of the day, hundredths of a percent: any of these was meant."""
    currency: str = ""
    span: tuple[int, int] = (0, 0)
    """A duration's fewest and most minutes."""
    day: str = ""
    digits: str = ""
    outcomes: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Names that stand beside an outcome or a total: whose order, which dish."""
    whole: bool = False
    """An amount that is said to be the whole of a bill."""
    asserted: bool = True
    """False where only a number is repeated: the caller's own will do."""
