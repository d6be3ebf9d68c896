"""The log of the embedded PostgreSQL: kept while it can be, and never a reason for the server to stop."""

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from scripts.postgres_files import Say


class Log:
    """Appends lines to a file; a disk that is full, or a file that cannot be opened, is told once and lived with."""

    def __init__(self, file: Path, say: Say) -> None:
        self._path, self._say = file, say
        self._file: BinaryIO | None = None
        self._told = False

    def __enter__(self) -> Self:
        try:
            self._file = self._path.open("ab", buffering=0)  # nothing is left over that closing could fail at
        except OSError as error:
            self._tell(error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def write(self, line: str) -> None:
        """Append a line, at once."""
        if self._file is None:
            return
        try:
            self._file.write(line.encode())
        except OSError as error:
            self._tell(error)
        else:
            self._told = False

    def _tell(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            self._say(f"PostgreSQL's log {self._path} cannot be written: {error.strerror}.")
