"""Where events wait on disk while PostgreSQL is gone: one sealed JSON value per line, readable only with our keys."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import structlog

from db.models.base import Json
from db.types import UnreadableError, held

log = structlog.get_logger(__name__)
CONTEXT = "events.spool"
MOST_BYTES = 64 * 1024 * 1024  # about 100 000 events: hours of a full instance


class SpoolFullError(OSError):
    """The file has reached its limit; what does not fit stays in memory."""


class Spool:
    """Append-only files in `folder` (made with mode 700). Every method blocks: call it in a thread.

    Processes may share the folder: each holds an advisory lock (`flock`) on its own file, which ends with the
    process. A file whose lock is free was left by one that died, and belongs to whoever finds it first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / f"events-{os.getpid()}-{secrets.token_hex(4)}.spool"
        self._locks: dict[Path, int] = {}
        """Descriptors that hold the locks of our files."""

    def append(self, values: Iterable[Json]) -> None:
        """Write values and have them on the disk when this returns. Raises OSError, SpoolFullError among them."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keyring = held()
        sealed = (keyring.seal(json.dumps(value, ensure_ascii=False).encode(), CONTEXT) for value in values)
        lines = b"".join(base64.b64encode(value) + b"\n" for value in sealed)
        self._forget_removed()
        if self.file not in self._locks:
            self._locks[self.file] = self._make()
        with os.fdopen(os.dup(self._locks[self.file]), "ab") as file:
            if file.tell() + len(lines) > MOST_BYTES:
                raise SpoolFullError(f"the event spool holds {MOST_BYTES} bytes already")
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def files(self) -> list[Path]:
        """Files that wait and are ours, or are now because nobody holds them; oldest first."""
        self._forget_removed()
        for file in self.folder.glob("events-*.spool"):
            if file not in self._locks and (descriptor := adopted(file)) is not None:
                self._locks[file] = descriptor
        return sorted(self._locks, key=lambda path: path.stat().st_mtime)

    def read(self, file: Path) -> list[Json]:
        """The values of one file. A line that was cut short by a crash or is under a lost key is left out."""
        values: list[Json] = []
        unreadable = 0
        for line in file.read_bytes().splitlines():
            try:
                values.append(json.loads(held().open(base64.b64decode(line, validate=True), CONTEXT)))
            except (UnreadableError, ValueError):
                unreadable += 1
        if unreadable:
            log.error("events.spool_unreadable", lines=unreadable)
        return values

    def forget(self, file: Path) -> None:
        """Its values are in the database."""
        file.unlink(missing_ok=True)
        os.close(self._locks.pop(file))

    def close(self) -> None:
        """Let go of what still waits: the next process may have it."""
        while self._locks:
            os.close(self._locks.popitem()[1])

    def _forget_removed(self) -> None:
        """Somebody tidied the temporary directory: what was in those files is lost, what comes is not."""
        for file in [file for file, descriptor in self._locks.items() if not os.fstat(descriptor).st_nlink]:
            log.error("events.spool_removed", file=file.name)
            self.forget(file)

    def _make(self) -> int:
        """Our own empty file, which nobody sees before it is locked."""
        hidden = self.file.with_suffix(".new")
        descriptor = os.open(hidden, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            hidden.rename(self.file)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor


def adopted(file: Path) -> int | None:
    """A descriptor that holds the lock of a file left behind; None while its owner lives, or when it has gone."""
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:
            return descriptor
    except OSError as error:
        log.debug("events.spool_held", file=file.name, error=type(error).__name__)
    os.close(descriptor)
    return None
