"""Who has the floor: our speech stands still while it is not clear whether the caller wants it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

HOLD_AT_MOST_SECS = 3.0
"""A hold that nobody ends, because a frame was lost, ends by itself."""
REWIND_SECS = 0.12
"""Speech sent so shortly before a `clear` was not yet heard: two frames here and the network's buffer."""


@dataclass
class Floor:
    """The gate in front of the audio of one call.

    `clear` makes the message that empties the far end's buffer; None where nothing is buffered there.
    """

    clear: Callable[[], dict[str, Any] | None] | None = None
    held: bool = False
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _dropped: bool = False
    _rewound: bool = False
    _limit: asyncio.TimerHandle | None = None
    _sent: deque[tuple[float, bytes]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._open.set()

    def hold(self) -> dict[str, Any] | None:
        """Stop our speech where it is; the message to send to the far end, if there is one."""
        if self.held:
            return None
        self.held, self._dropped = True, False
        self._open.clear()
        self._limit = asyncio.get_running_loop().call_later(HOLD_AT_MOST_SECS, self.resume)
        message = self.clear() if self.clear else None
        self._rewound = message is not None
        self._forget(time.monotonic())
        return message

    def resume(self) -> None:
        """Go on where we stopped."""
        self._end(dropped=False)

    def give_up(self) -> None:
        """The caller has the floor: what was being said is over, the piece that waits included."""
        self._end(dropped=self.held)
        self._sent.clear()
        self._rewound = False

    async def admit(self, pcm: bytes) -> bytes | None:
        """Wait for the floor; what to send: this piece, after a rewind with what was lost, or None at all."""
        waited = self.held
        await self._open.wait()
        if waited and self._dropped:
            return None
        now = time.monotonic()
        if self._rewound:
            self._rewound = False
            lost = b"".join(piece for _, piece in self._sent)
            self._sent.clear()
            pcm = lost + pcm
        else:
            self._forget(now)
        self._sent.append((now, pcm))
        return pcm

    def _forget(self, now: float) -> None:
        while self._sent and now - self._sent[0][0] > REWIND_SECS:
            self._sent.popleft()

    def _end(self, *, dropped: bool) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        self.held, self._dropped = False, dropped
        self._open.set()
