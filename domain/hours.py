"""Opening hours: local wall time, split shifts, after midnight, holidays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True)
class Hours:
    """A kitchen's week: day name to a list of `HH:MM-HH:MM`; an end before its start is the next morning."""

    week: Mapping[str, Sequence[str]]
    zone: str
    holidays: frozenset[str] = frozenset()

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The opening spans that begin on a local day, aware, UTC; none on a holiday."""
        if day.isoformat() in self.holidays:
            return []
        zone = ZoneInfo(self.zone)
        found = []
        for span in self.week.get(DAYS[day.weekday()], ()):
            opens, closes = (time.fromisoformat(part.strip()) for part in span.split("-"))
            start = datetime.combine(day, opens, zone)
            end = datetime.combine(day if closes > opens else day + timedelta(days=1), closes, zone)
            found.append((start.astimezone(UTC), end.astimezone(UTC)))
        return found

    def open_at(self, moment: datetime) -> bool:
        """True when the kitchen cooks at an aware moment."""
        local = moment.astimezone(ZoneInfo(self.zone)).date()
        near = self.spans(local - timedelta(days=1)) + self.spans(local)
        return any(start <= moment < end for start, end in near)

    def next_opening(self, moment: datetime) -> datetime | None:
        """The first opening after an aware moment, UTC; none within a fortnight."""
        local = moment.astimezone(ZoneInfo(self.zone)).date()
        for ahead in range(LOOK_AHEAD_DAYS + 1):
            starts = [start for start, _ in self.spans(local + timedelta(days=ahead)) if start > moment]
            if starts:
                return min(starts)
        return None
