"""Business time that stands still until a test moves it."""

from datetime import datetime, timedelta


class FixedClock:
    """Tells the moment it was given."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """See Clock."""
        return self.moment

    def advance(self, step: timedelta) -> None:
        """Let business time pass."""
        self.moment += step
