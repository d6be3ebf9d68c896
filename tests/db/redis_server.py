"""A Redis server of the tests' own, on a free port and without a file; nobody else's is touched."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.child import ROOT
from scripts.embedded_postgres import free_port

READY = "Ready to accept connections"
ATTEMPTS = 3
"""Somebody may take a free port before the server does."""


def installed() -> bool:
    """Whether a server can be started here."""
    return shutil.which("redis-server") is not None


@contextmanager
def private() -> Iterator[str]:
    """Its address; it ends with the block, and with this process."""
    with tempfile.TemporaryDirectory(prefix="tiffin-redis-") as folder:
        process, port = _start(folder)
        with process:
            try:
                yield f"redis://127.0.0.1:{port}"
            finally:
                process.kill()


def _start(folder: str) -> tuple["subprocess.Popen[str]", int]:
    for _ in range(ATTEMPTS):
        port = free_port()
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "scripts/tied.py"), *command], stdout=subprocess.PIPE, text=True
        )
        if any(READY in line for line in process.stdout or ()):
            return process, port
        with process:
            process.kill()
    raise RuntimeError(f"redis-server did not start in {ATTEMPTS} tries")
