"""Business time in the box: the product's clock, started at CLOCK_START and run CLOCK_SPEED times as fast."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta


class BusinessClock:
    """Aware UTC. Whoever starts the processes gives all of them one start, as of that moment, and one speed."""

    def __init__(self, start: datetime | None = None, speed: float = 1.0) -> None:
        self.speed = speed
        self._start = start or datetime.now(UTC)
        self._origin = time.monotonic()

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "BusinessClock":
        """As the variables say; the real time without them. Raises ValueError for what is no time."""
        start = environment.get("CLOCK_START")
        moment = datetime.fromisoformat(start).astimezone(UTC) if start else None
        return cls(moment, float(environment.get("CLOCK_SPEED") or 1.0))

    def now(self) -> datetime:
        """The present moment."""
        return self._start + timedelta(seconds=(time.monotonic() - self._origin) * self.speed)

    def advance(self, seconds: float) -> datetime:
        """Leave out a wait; what time it is then. Raises ValueError for one that goes back."""
        if seconds < 0:
            raise ValueError("time never runs backwards")
        self._start += timedelta(seconds=seconds)
        return self.now()
