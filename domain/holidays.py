"""Days that are the same holiday every year: on a date, on a weekday of a month, or counted from Easter."""

import re
from datetime import date, timedelta

from pydantic import field_validator

from domain.hours import DAYS
from domain.market import Rule

ON_DATE = re.compile(r"(\d\d)-(\d\d)")
ON_WEEKDAY = re.compile(rf"([1-4]|last) ({'|'.join(DAYS)}) (\d\d)")
FROM_EASTER = re.compile(r"easter([+-]\d{1,2})")
ANY_YEAR = 2023  # not a leap year: 29 February is no yearly date


class Holiday(Rule):
    """A holiday: `12-25`, `3 mon 01` (the third Monday of January), `last mon 05`, or `easter-2`."""

    name: str
    day: str

    @field_validator("day")
    @classmethod
    def _exists(cls, day: str) -> str:
        _on(day, ANY_YEAR)
        return day

    def in_year(self, year: int) -> tuple[date, ...]:
        """The day, and where it is a date on a weekend also the weekday beside it on which it is kept."""
        day = _on(self.day, year)
        if not ON_DATE.fullmatch(self.day):
            return (day,)
        match day.weekday():
            case 5:  # Saturday
                return (day, day - timedelta(days=1))
            case 6:  # Sunday
                return (day, day + timedelta(days=1))
            case _:
                return (day,)


def _on(text: str, year: int) -> date:
    """The day of a year that a text means. Raises ValueError when it means none."""
    if found := ON_DATE.fullmatch(text):
        return date(year, int(found[1]), int(found[2]))
    if found := ON_WEEKDAY.fullmatch(text):
        return _weekday(year, int(found[3]), DAYS.index(found[2]), found[1])
    if found := FROM_EASTER.fullmatch(text):
        return easter(year) + timedelta(days=int(found[1]))
    raise ValueError(f"{text!r} is no yearly day: write 12-25, 3 mon 01, last mon 05 or easter-2")


def _weekday(year: int, month: int, weekday: int, which: str) -> date:
    first = date(year, month, 1)
    days = [first + timedelta(days=ahead) for ahead in range(31)]
    fitting = [day for day in days if day.month == month and day.weekday() == weekday]
    return fitting[-1 if which == "last" else int(which) - 1]


def easter(year: int) -> date:
    """Easter Sunday of the western churches (Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    letter = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * letter) // 451
    month, day = divmod(epact + letter - 7 * shift + 114, 31)
    return date(year, month, day + 1)
