"""Makes .venv from plain Python and installs the locked dependencies. Needs nothing but the standard library.

Runs again only when the lock file changes; `uv` lives inside .venv, so nothing is installed outside the folder.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.txt"
OLDEST, NEWEST = (3, 11), (3, 14)


def stop(message: str) -> NoReturn:
    """Say in one line what is missing, and leave with exit code 2."""
    print(f"tiffin: {message}", file=sys.stderr)
    raise SystemExit(2)


def locked_uv(lock: str) -> str:
    """The lines of a lock file that hold uv's version and hashes. Raises SystemExit when there are none."""
    found = re.search(r"^uv==(?:.*\\\n)*.*$", lock, re.MULTILINE)
    if found is None or "--hash=" not in found.group():
        stop("the lock file does not hold uv with its hashes; run `make lock`")
    return found.group() + "\n"


def install_uv(python: Path, lock: str) -> None:
    """Install uv into .venv, exactly as it is locked. Raises CalledProcessError."""
    wanted = VENV / "uv.txt"
    wanted.write_text(locked_uv(lock), encoding="utf-8")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
    subprocess.run([*pip, "-r", str(wanted)], check=True)


def main() -> None:
    """Create the environment if it is missing, then bring it to what the lock file says."""
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        stop(
            f"Python 3.11 to 3.14 is needed, this is {version[0]}.{version[1]}. Try: make SYS=python3.12 run"
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        stop("Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv")
    python = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    try:
        if not python.exists():
            print("making .venv ...", flush=True)
            subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        if subprocess.run([str(python), "-c", "import uv"], capture_output=True).returncode:
            install_uv(python, LOCK.read_text(encoding="utf-8"))
        print("installing the locked dependencies ...", flush=True)
        sync = [str(python), "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", str(LOCK)]
        keep_uv = subprocess.run(
            [str(python), "-m", "uv", "--version"], capture_output=True, text=True, check=True
        )
        if subprocess.run(sync).returncode:  # behind a company's own certificate only the system's are good
            print("once more, with the system's certificates ...", flush=True)
            subprocess.run([*sync, "--system-certs"], check=True)
        if subprocess.run([str(python), "-c", "import uv"], capture_output=True).returncode:
            stop(f"the lock file does not hold {keep_uv.stdout.strip()}; run `make lock`")
    except subprocess.CalledProcessError as error:
        stop(f"setting up .venv failed: {' '.join(map(str, error.cmd))} left with {error.returncode}")
    (VENV / ".installed").touch()


if __name__ == "__main__":
    main()
