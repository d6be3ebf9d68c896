"""Leaves a provider that failed alone for a while, in every call of the process."""

import asyncio


class Breaker:
    """Open (do not ask) for `cool_down` seconds after a fault; the next turn after that tries again."""

    def __init__(self, cool_down: float) -> None:
        self._cool_down = cool_down
        self.open_until = 0.0
        """In the event loop's time."""

    @property
    def closed(self) -> bool:
        """Whether the provider may be asked."""
        return asyncio.get_running_loop().time() >= self.open_until

    def trip(self) -> None:
        """A fault was seen."""
        self.open_until = asyncio.get_running_loop().time() + self._cool_down

    def reset(self) -> None:
        """An answer came through."""
        self.open_until = 0.0
