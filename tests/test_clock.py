"""Business time can start elsewhere and run faster; it never runs backwards and always knows its zone."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from clock import Clock, ScaledClock, SystemClock, make_clock

START = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


def test_ordinary_time_is_the_machines_time() -> None:
    before = datetime.now(UTC)
    now = make_clock(None, 1.0).now()
    assert before <= now <= datetime.now(UTC)
    assert isinstance(make_clock(None, 1.0), SystemClock)


def passed(clock: Clock, speed: float) -> None:
    real, first = time.monotonic(), clock.now()
    while time.monotonic() - real < 0.001:  # times are whole microseconds
        pass
    took = clock.now() - first
    assert timedelta(0) < took <= timedelta(seconds=(time.monotonic() - real) * speed)


@pytest.mark.parametrize("speed", [1.0, 60.0, 10_000.0])
def test_scaled_time_begins_at_its_start_and_runs_at_its_speed(speed: float) -> None:
    real = time.monotonic()
    clock = make_clock(START, speed)
    now = clock.now()
    assert START <= now <= START + timedelta(seconds=(time.monotonic() - real) * speed)
    passed(clock, speed)


def test_a_faster_clock_without_a_start_begins_now() -> None:
    before = datetime.now(UTC)
    now = make_clock(None, 2.0).now()
    assert before <= now <= before + timedelta(seconds=2 * (datetime.now(UTC) - before).total_seconds())


def test_a_start_is_told_in_utc() -> None:
    clock = ScaledClock(datetime.fromisoformat("2026-03-02T12:30:00-06:00"))
    assert clock.now().tzinfo is UTC
    assert clock.now() - START < timedelta(seconds=1)


def test_a_start_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="needs a zone"):
        ScaledClock(START.replace(tzinfo=None))


def test_a_wait_can_be_left_out_and_time_goes_on_from_there() -> None:
    clock = ScaledClock(START, 1.0)
    assert clock.advance(timedelta(minutes=20)) - START >= timedelta(minutes=20)
    assert timedelta(minutes=20) <= clock.now() - START < timedelta(minutes=21)
    passed(clock, 1.0)


def test_time_is_not_turned_back() -> None:
    clock = ScaledClock(START)
    with pytest.raises(ValueError, match="never runs backwards"):
        clock.advance(timedelta(seconds=-1))
    assert clock.now() >= START
