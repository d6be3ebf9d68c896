"""A folder of this process for what may be lost: events that wait for PostgreSQL, rendered phrases."""

import hashlib
import os
import tempfile
from pathlib import Path

from errors import ConfigError

ADVICE = "set TMPDIR to a directory of your own"


def scratch_folder(database_url: str) -> Path:
    """The folder that goes with a database, under the system's temporary directory (`TMPDIR`), mode 700.

    Raises:
        ConfigError: it cannot be made or written to, or somebody else owns what has that name.
    """
    name = hashlib.sha256(database_url.encode()).hexdigest()[:16]
    place = os.environ.get("TMPDIR") or "the system's temporary directory"
    try:
        folder = Path(tempfile.gettempdir()) / f"tiffin-{os.getuid()}-{name}"
        place = str(folder)
        folder.mkdir(mode=0o700, exist_ok=True)
        ours = not folder.is_symlink() and folder.stat().st_uid == os.getuid()
    except OSError as error:
        raise ConfigError([f"{place} cannot be used ({error.strerror}); {ADVICE}"]) from error
    if not ours:
        raise ConfigError([f"{folder} belongs to somebody else; {ADVICE}"])
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError([f"{folder} cannot be written to; {ADVICE}"])
    return folder
