"""Business time: what the product calls now. It can be started elsewhere and run faster outside production.

Only business time scales (due times, preparation, opening hours, tracking). Network time-outs, voice
activity, Redis TTLs and signature freshness stay real and never ask this clock.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells aware UTC time."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        ...


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """The machine's time, aware, UTC."""
        return datetime.now(UTC)


class ScaledClock:
    """Starts at `start` and runs `speed` times as fast as real time; waits in which nothing happens can be left out."""

    def __init__(self, start: datetime, speed: float = 1.0) -> None:
        if start.tzinfo is None:
            raise ValueError("CLOCK_START needs a zone, for example 2026-03-02T18:30:00+00:00")
        self._start = start.astimezone(UTC)
        self._speed = speed
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """Scaled time, aware, UTC."""
        return self._start + timedelta(seconds=(time.monotonic() - self._origin) * self._speed)

    def advance(self, by: timedelta) -> datetime:
        """Leave out a wait; what time it is then. Raises ValueError for one that goes back."""
        if by < timedelta(0):
            raise ValueError("business time never runs backwards")
        self._start += by
        return self.now()


def make_clock(start: datetime | None, speed: float) -> Clock:
    """The clock for these settings: the machine's own unless either one is changed."""
    if start is None and speed == 1.0:
        return SystemClock()
    return ScaledClock(start or datetime.now(UTC), speed)
