"""Holidays fall on the days a calendar shows."""

from datetime import date

import pytest
from pydantic import ValidationError

from domain.holidays import Holiday, easter


@pytest.mark.parametrize(
    ("day", "year", "dates"),
    [
        ("12-25", 2025, ["2025-12-25"]),
        ("07-04", 2026, ["2026-07-04", "2026-07-03"]),  # a Saturday
        ("07-04", 2027, ["2027-07-04", "2027-07-05"]),  # a Sunday
        ("01-01", 2028, ["2028-01-01", "2027-12-31"]),
        ("3 mon 01", 2026, ["2026-01-19"]),
        ("1 mon 09", 2025, ["2025-09-01"]),  # the month begins with it
        ("last mon 05", 2026, ["2026-05-25"]),
        ("last mon 02", 2027, ["2027-02-22"]),
        ("4 thu 11", 2026, ["2026-11-26"]),
        ("easter-2", 2026, ["2026-04-03"]),
        ("easter-47", 2026, ["2026-02-17"]),
        ("easter+1", 2024, ["2024-04-01"]),
    ],
)
def test_a_holiday_of_a_year(day: str, year: int, dates: list[str]) -> None:
    assert [found.isoformat() for found in Holiday(name="x", day=day).in_year(year)] == dates


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2000, date(2000, 4, 23)),
        (2008, date(2008, 3, 23)),
        (2011, date(2011, 4, 24)),
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 5)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter(year: int, day: date) -> None:
    assert easter(year) == day


@pytest.mark.parametrize(
    "day", ["02-30", "02-29", "13-01", "5 mon 01", "3 monday 01", "easter", "Christmas", ""]
)
def test_what_is_no_yearly_day_is_refused(day: str) -> None:
    with pytest.raises(ValidationError):
        Holiday(name="x", day=day)
