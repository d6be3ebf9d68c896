"""The file `tracking.yaml`: how an order is followed to its door."""

from functools import cache
from pathlib import Path

from db.seeding.catalogue import DATA
from db.seeding.reading import Reader
from domain.kitchen import HANDOVER_MINUTES
from domain.watching import TrackingRules
from errors import ConfigError


@cache
def read_tracking(root: Path = DATA) -> TrackingRules:
    """The rules of tracking, read once. Raises ConfigError listing all problems."""
    reader = Reader(root)
    found = reader.read("tracking.yaml", TrackingRules)
    if found is not None:
        handover = found.eta.counter_minutes + found.eta.door_minutes
        if handover != HANDOVER_MINUTES:
            what = f"counter and door take {handover:g} minutes, and promises count {HANDOVER_MINUTES}"
            reader.note("tracking.yaml", "eta", what)
    if reader.problems or found is None:
        raise ConfigError(reader.problems)
    return found
