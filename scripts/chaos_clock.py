"""One business time for many processes: an offset in a file they all have mapped, moved by whoever runs the town."""

import mmap
import os
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

OFFSET = struct.Struct("d")
"""Seconds that business time is ahead of the machine's."""


class SharedClock:
    """Runs at real speed; a wait that is left out by one process is left out in all. See `clock.Clock`."""

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self._map = mmap.mmap(opened.fileno(), OFFSET.size)

    @classmethod
    def begin(cls, file: Path, start: datetime) -> "SharedClock":
        """Make the file: it is `start` now."""
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(fd, OFFSET.pack((start - datetime.now(UTC)).total_seconds()))
        os.close(fd)
        return cls(file)

    def now(self) -> datetime:
        """Business time, aware, UTC."""
        return datetime.now(UTC) + timedelta(seconds=OFFSET.unpack(self._map[: OFFSET.size])[0])

    def advance(self, by: timedelta) -> None:
        """Leave out a wait. Only one process may do so."""
        ahead = OFFSET.unpack(self._map[: OFFSET.size])[0]
        self._map[: OFFSET.size] = OFFSET.pack(ahead + max(0.0, by.total_seconds()))
