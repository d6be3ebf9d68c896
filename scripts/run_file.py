"""`.data/run.json`: where the running stack is, and the lock that says whether it really runs."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from scripts.own_keys import write_private
from scripts.stack import CLOCK, Stack

DATA = Path(__file__).resolve().parent.parent / ".data"


class AlreadyRunsError(Exception):
    """Another launcher holds this folder."""


@dataclass(frozen=True)
class Running:
    """A stack that runs: addresses, process ids, the key of the API and the keys of the database."""

    url: str
    sandbox_url: str
    database_url: str
    api_key: str
    secret_key: str
    pii_keys: str
    pids: dict[str, int]
    clock_file: str
    """Where the stack remembers what time it is in it."""
    payments_url: str
    payments_key: str
    """Of the sandbox's card provider; empty where a real one takes the cards, whose key stays where it is."""

    @classmethod
    def of(cls, stack: Stack) -> "Running":
        """What is known of a started stack."""
        known = stack.environment
        played = "stripe" in known["SIMULATED"].split(",")
        return cls(
            stack.url,
            stack.sandbox.url,
            known["DATABASE_URL"],
            stack.api_key,
            known["SECRET_KEY"],
            known["PII_KEYS"],
            {"launcher": os.getpid(), **stack.pids},
            str(stack.data_dir / CLOCK),
            known["STRIPE_BASE_URL"] if played else "",
            known["STRIPE_API_KEY"] if played else "",
        )


@contextmanager
def hold(data_dir: Path) -> Iterator[None]:
    """Keep the folder for us. The kernel lets go when we die, however we die.

    Raises:
        AlreadyRunsError: another process holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "run.lock").open("w") as lock:
        if not _try(lock, fcntl.LOCK_EX):
            raise AlreadyRunsError
        (data_dir / "run.json").unlink(missing_ok=True)  # left by a launcher that was killed
        try:
            yield
        finally:
            (data_dir / "run.json").unlink(missing_ok=True)


def write(data_dir: Path, running: Running) -> None:
    """Tell others where the stack is."""
    write_private(data_dir / "run.json", json.dumps(asdict(running), indent=1))


def read(data_dir: Path = DATA) -> Running | None:
    """The stack that runs in a folder; None when there is none, or only the trace of a killed one."""
    try:
        with (data_dir / "run.lock").open() as lock:
            if _try(lock, fcntl.LOCK_SH):
                return None
        return Running(**json.loads((data_dir / "run.json").read_text()))
    except FileNotFoundError:
        return None


def _try(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
