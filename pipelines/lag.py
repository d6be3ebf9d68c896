"""How late the event loop is: the figure that every caller of a process hears first when something blocks it."""

import asyncio
from collections import deque

EVERY_SECONDS = 0.02  # one audio chunk; a stall shorter than this cannot be heard
KEPT = 3000  # the last minute


class LoopLag:
    """Sleeps for 20 ms at a time and notes by how much it overslept, in milliseconds."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=KEPT)

    async def watch(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            self.note((loop.time() - due) * 1000)

    def note(self, late_ms: float) -> None:
        """Remember one lateness, milliseconds."""
        self._late.append(late_ms)

    def summary(self) -> dict[str, float]:
        """Median, 99th percentile and maximum of the last minute, milliseconds; zeros before the first."""
        late = sorted(self._late) or [0.0]
        return {
            "p50_ms": round(late[len(late) // 2], 2),
            "p99_ms": round(late[min(len(late) - 1, len(late) * 99 // 100)], 2),
            "max_ms": round(late[-1], 2),
        }
