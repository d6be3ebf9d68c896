"""What time it is in the product when nobody says: kitchens are open, and it never runs backwards."""

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LARKFIELD = ZoneInfo("America/Chicago")
LUNCH = time(11, 10)
"""Lunch in Larkfield and late dinner in Nandipur (21:40 or 22:40 there): both cities' kitchens are open."""
LATEST_START = timedelta(minutes=5)
TEST_START = datetime(2026, 4, 15, 16, 10, tzinfo=UTC)
"""A Wednesday without a holiday in either country, at LUNCH."""


def next_lunch(moment: datetime) -> datetime:
    """`moment` itself within a few minutes after lunch begins, else the next time it does; aware, UTC."""
    there = moment.astimezone(LARKFIELD)
    lunch = datetime.combine(there.date(), LUNCH, LARKFIELD)
    if moment > lunch + LATEST_START:
        lunch = datetime.combine(there.date() + timedelta(days=1), LUNCH, LARKFIELD)
    return max(moment, lunch.astimezone(UTC))


class BusinessTime:
    """A start and a speed, remembered in a file so that a later start goes on after it."""

    def __init__(self, start: datetime, speed: float, real: datetime) -> None:
        self.start, self.speed, self.real = start, speed, real

    def at(self, real: datetime) -> datetime:
        """The business time at a real moment."""
        return self.start + (real - self.real) * self.speed

    def save(self, file: Path) -> None:
        """Write it down for the next start."""
        file.write_text(
            json.dumps(
                {"start": self.start.isoformat(), "speed": self.speed, "real": self.real.isoformat()},
                indent=1,
            )
        )

    @classmethod
    def resume(cls, file: Path, speed: float, real: datetime) -> "BusinessTime":
        """The next lunch after `real`, and after whatever time the stack has had before."""
        earliest = real
        if file.exists():
            was = json.loads(file.read_text())
            before = cls(
                datetime.fromisoformat(was["start"]), was["speed"], datetime.fromisoformat(was["real"])
            )
            earliest = max(real, before.at(real))
        return cls(next_lunch(earliest), speed, real)
