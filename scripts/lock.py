"""Writes requirements*.txt from pyproject.toml: hashes, every platform, no index and no host named."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]


def lock(target: str, *extras: str) -> None:
    """Compile one lock file; `extras` are the optional groups it includes."""
    chosen = [flag for extra in extras for flag in ("--extra", extra)]
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *FLAGS, *chosen, "-o", target]
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    lock("requirements.txt")
    lock("requirements-dev.txt", "embedded", "dev")
