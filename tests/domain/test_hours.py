"""Opening hours are the clock on the kitchen's wall, whatever the date does to it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.hours import Hours

TEXAS = ZoneInfo("America/Chicago")
WEEK = {
    "mon": ["11:00-15:00", "17:00-22:30"],
    "fri": ["18:00-02:00"],
    "sat": ["18:00-03:30"],
    "sun": ["00:00-00:00"],
}
HOURS = Hours(WEEK, "America/Chicago", frozenset({"2026-03-09"}))


def there(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TEXAS)


@pytest.mark.parametrize(
    ("moment", "cooks"),
    [
        ("2026-03-02T10:59", False),
        ("2026-03-02T11:00", True),
        ("2026-03-02T14:59", True),
        ("2026-03-02T15:00", False),
        ("2026-03-02T16:00", False),  # between the two shifts
        ("2026-03-02T17:00", True),
        ("2026-03-02T22:30", False),
        ("2026-03-03T12:00", False),  # no hours on that day
        ("2026-03-06T18:00", True),
        ("2026-03-06T23:59", True),
        ("2026-03-07T01:59", True),  # Friday's night
        ("2026-03-07T02:00", False),
        ("2026-03-08T01:30", True),  # Saturday's night, before the clocks change
        ("2026-03-08T03:15", True),  # a quarter of an hour later
        ("2026-03-01T04:00", True),  # all day long
        ("2026-03-01T23:59", True),
        ("2026-03-09T12:00", False),  # a holiday
    ],
)
def test_a_kitchen_cooks_inside_its_hours(moment: str, cooks: bool) -> None:
    assert HOURS.open_at(there(moment)) is cooks


def test_a_night_in_which_the_clocks_jump_is_an_hour_short() -> None:
    ordinary, jumped = HOURS.spans(date(2026, 2, 28))[0], HOURS.spans(date(2026, 3, 7))[0]
    assert (ordinary[1] - ordinary[0]).total_seconds() == 9.5 * 3600
    assert (jumped[1] - jumped[0]).total_seconds() == 8.5 * 3600


def test_the_day_after_the_change_opens_by_the_new_wall_clock() -> None:
    winter, summer = (HOURS.spans(date(2026, month, day))[0][0] for month, day in ((3, 2), (3, 16)))
    assert (winter, summer) == (datetime(2026, 3, 2, 17, tzinfo=UTC), datetime(2026, 3, 16, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-02T09:00", "2026-03-02T11:00"),
        ("2026-03-02T11:00", "2026-03-02T17:00"),  # the next one, not the one that has begun
        ("2026-03-02T23:00", "2026-03-06T18:00"),
        ("2026-03-08T12:00", "2026-03-13T18:00"),  # Monday is a holiday
    ],
)
def test_the_next_opening_skips_closed_days_and_holidays(moment: str, opens: str) -> None:
    assert HOURS.next_opening(there(moment)) == there(opens)


def test_a_kitchen_without_hours_never_opens() -> None:
    assert Hours({}, "Asia/Kolkata").next_opening(datetime(2026, 3, 2, tzinfo=UTC)) is None


def test_a_holiday_does_not_close_the_night_that_began_before_it() -> None:
    night = Hours({"sun": ["18:00-02:00"]}, "America/Chicago", frozenset({"2026-03-02"}))
    assert night.open_at(there("2026-03-02T01:00"))
