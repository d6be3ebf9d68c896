"""What time it is in the product when nobody says: kitchens are open, and it never runs backwards."""

import json
from collections.abc import Set
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from db.seeding.catalogue import DATA
from db.seeding.menus import BrandFile
from db.seeding.reading import Reader
from scripts.own_keys import write_private

LARKFIELD = ZoneInfo("America/Chicago")
LUNCH = time(11, 10)
"""Lunch in Larkfield and late dinner in Nandipur (21:40 or 22:40 there): both cities' kitchens are open."""
LATEST_START = timedelta(minutes=5)
TEST_START = datetime(2026, 4, 15, 16, 10, tzinfo=UTC)
"""A Wednesday without a holiday in either country, at LUNCH."""


def next_lunch(moment: datetime, holidays: Set[date] | None = None) -> datetime:
    """`moment` itself within a few minutes after lunch begins, else the next time it does; aware, UTC.

    A day counts when neither it nor the next one (somebody orders for tomorrow) is among `holidays`, local days on
    which a kitchen stays closed; by default those of `data/restaurants/`.
    """
    closed = kitchen_holidays() if holidays is None else holidays
    day = moment.astimezone(LARKFIELD).date()
    while True:
        lunch = datetime.combine(day, LUNCH, LARKFIELD).astimezone(UTC)
        if moment <= lunch + LATEST_START and not {day, day + timedelta(days=1)} & closed:
            return max(moment, lunch)
        day += timedelta(days=1)


@cache
def kitchen_holidays() -> frozenset[date]:
    """Every day on which some kitchen of `data/restaurants/` is closed; what cannot be read is the server's to tell."""
    brands = Reader(DATA).folder("restaurants", BrandFile).values()
    return frozenset(day for brand in brands for branch in brand.branches for day in branch.holidays)


class BusinessTime:
    """A start and a speed, remembered in a file so that a later start goes on after it."""

    def __init__(self, start: datetime, speed: float, real: datetime) -> None:
        self.start, self.speed, self.real = start, speed, real

    def at(self, real: datetime) -> datetime:
        """The business time at a real moment."""
        return self.start + (real - self.real) * self.speed

    def save(self, file: Path) -> None:
        """Write it down for the next start."""
        known = {"start": self.start.isoformat(), "speed": self.speed, "real": self.real.isoformat()}
        write_private(file, json.dumps(known, indent=1))

    @classmethod
    def load(cls, file: Path) -> "BusinessTime | None":
        """The time a folder has had so far; None before its first start."""
        if not file.exists():
            return None
        was = json.loads(file.read_text())
        return cls(datetime.fromisoformat(was["start"]), was["speed"], datetime.fromisoformat(was["real"]))

    @classmethod
    def resume(
        cls, file: Path, speed: float, real: datetime, start: datetime | None = None
    ) -> "BusinessTime":
        """`start`, by default the next lunch after `real`; in either case not before a time the folder has had."""
        before = cls.load(file)
        # The machine's own clock may have been set back since; the folder's is not.
        reached = max(before.start, before.at(real)) if before else None
        if start is not None:
            return cls(max(start, reached) if reached else start, speed, real)
        return cls(next_lunch(max(real, reached) if reached else real), speed, real)
