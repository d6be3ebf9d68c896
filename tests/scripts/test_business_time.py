"""The launcher's clock: kitchens open, never backwards."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scripts.business_time import LARKFIELD, LATEST_START, LUNCH, TEST_START, BusinessTime, next_lunch

NANDIPUR = ZoneInfo("Asia/Kolkata")


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
