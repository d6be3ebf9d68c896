"""What a job finds it has to tell somebody, before it is known whether a telephone or a text carries it."""

from dataclasses import dataclass
from datetime import datetime

from domain.calling import Person
from domain.dialling import Topic
from domain.jobs import Ending


@dataclass(frozen=True)
class Errand:
    """Somebody is to be told, and has not been yet."""

    topic: Topic
    person: Person
    since: datetime
    """Business time from which tries are counted: when what it is about came up."""
    market: str
    city: str
    """Where our line is, from which they are called."""
    name: str
    """The kitchen, as a text calls it: all of an order that a text may say."""
    language: str = "en"
    until: datetime | None = None
    """Business time at which somebody looks again at the latest, whatever rings: then it is decided without them."""
    note: str = ""
    """For the person of ours who does it in the end; no names, no numbers."""
    quiet: bool = False
    """By text where the gate allows one: they have not answered their telephone a moment ago."""


Found = Ending | Errand
"""What a look at the rows comes to: it is over, it waits, or somebody has to be told."""
