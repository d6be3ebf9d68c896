"""The launcher's clock: kitchens open, never backwards."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from db.seeding.catalogue import read_catalogue
from domain.hours import Hours
from scripts.business_time import (
    LARKFIELD,
    LATEST_START,
    LUNCH,
    TEST_START,
    BusinessTime,
    kitchen_holidays,
    next_lunch,
)

NANDIPUR = ZoneInfo("Asia/Kolkata")
TODAY_AND_TOMORROW = (timedelta(), timedelta(days=1))


@pytest.fixture(scope="module")
def kitchens() -> dict[tuple[str, str], list[Hours]]:
    """Opening hours of every kitchen, by brand and city."""
    world, found = read_catalogue(), dict[tuple[str, str], list[Hours]]()
    for brand in world.brands.values():
        for branch in brand.branches:
            holidays = frozenset(day.isoformat() for day in branch.holidays)
            hours = Hours(branch.hours.model_dump(), world.cities[branch.city].zone, holidays)
            found.setdefault((brand.brand, branch.city), []).append(hours)
    return found


@pytest.mark.parametrize("month", [1, 7])
@pytest.mark.parametrize("hour", range(24))
def test_the_start_is_lunch_here_and_dinner_there(month: int, hour: int) -> None:
    now = datetime(2026, month, 14, hour, 30, tzinfo=UTC)
    start = next_lunch(now)
    assert timedelta() <= start - now < timedelta(days=1)
    assert start.astimezone(LARKFIELD).time() >= LUNCH
    assert start.astimezone(NANDIPUR).hour in (21, 22)


def test_a_start_at_lunch_is_kept() -> None:
    assert next_lunch(TEST_START + LATEST_START) == TEST_START + LATEST_START


@pytest.mark.parametrize("year", [2026, 2027])
def test_on_every_day_of_a_year_the_kitchens_cook_at_the_start_and_a_day_later(
    year: int, kitchens: dict[tuple[str, str], list[Hours]]
) -> None:
    """A brand in Larkfield counts when one of its kitchens cooks; in Nandipur it is late, one kitchen is enough."""
    larkfield = {brand: hours for (brand, city), hours in kitchens.items() if city == "Larkfield"}
    nandipur = [hours for (_, city), each in kitchens.items() if city == "Nandipur" for hours in each]
    assert "Spice Route" in larkfield
    for day in range(365):
        start = next_lunch(datetime(year, 1, 1, 13, 4, tzinfo=UTC) + timedelta(days=day))
        local = start.astimezone(LARKFIELD)  # a day later is the same hour there, also when clocks change
        for moment in (local + later for later in TODAY_AND_TOMORROW):
            closed = [
                brand for brand, hours in larkfield.items() if not any(h.open_at(moment) for h in hours)
            ]
            assert closed == [], moment
            assert any(hours.open_at(moment) for hours in nandipur), moment


@pytest.mark.parametrize("holiday", [date(2026, 11, 26), date(2026, 12, 25)])
def test_a_holiday_and_the_day_before_it_are_passed_over(holiday: date) -> None:
    assert holiday in kitchen_holidays()
    morning = datetime(holiday.year, holiday.month, holiday.day, 13, tzinfo=UTC)
    for now in (morning - timedelta(days=1), morning):
        assert next_lunch(now).astimezone(LARKFIELD).date() == holiday + timedelta(days=1)


def test_two_holidays_in_a_row_are_passed_over() -> None:
    closed = {date(2026, 4, 16), date(2026, 4, 17)}
    assert next_lunch(TEST_START, closed) == TEST_START + timedelta(days=3)


def test_a_later_start_goes_on_after_the_earlier_one(tmp_path: Path) -> None:
    file, real = tmp_path / "clock.json", datetime(2026, 3, 2, 9, tzinfo=UTC)
    first = BusinessTime.resume(file, 1.0, real)
    first.save(file)
    later = BusinessTime.resume(file, 1.0, real + timedelta(hours=1))
    assert later.start > first.at(real + timedelta(hours=1))
    assert later.start.astimezone(LARKFIELD).date() == first.start.astimezone(LARKFIELD).date() + timedelta(
        days=1
    )


def test_time_runs_at_its_speed() -> None:
    real = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert BusinessTime(TEST_START, 60.0, real).at(real + timedelta(seconds=30)) == TEST_START + timedelta(
        minutes=30
    )


@pytest.mark.parametrize(
    "named", [None, datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)]
)
@pytest.mark.parametrize("pause", [timedelta(seconds=1), timedelta(days=40), timedelta(days=-40)])
def test_time_never_runs_backwards_in_a_folder(
    tmp_path: Path, named: datetime | None, pause: timedelta
) -> None:
    """Whatever start is named, however fast it ran, and wherever the machine's own clock has gone meanwhile."""
    file, real = tmp_path / "clock.json", datetime(2026, 3, 2, 9, tzinfo=UTC)
    first = BusinessTime.resume(file, 60.0, real)
    first.save(file)
    again = BusinessTime.resume(file, 1.0, real + pause, named)
    assert again.start >= max(first.start, first.at(real + pause))


def test_a_named_start_that_lies_ahead_is_taken(tmp_path: Path) -> None:
    file, real = tmp_path / "clock.json", datetime(2026, 3, 2, 9, tzinfo=UTC)
    BusinessTime.resume(file, 1.0, real).save(file)
    later = real + timedelta(days=400)
    assert BusinessTime.resume(file, 1.0, real, later).start == later
