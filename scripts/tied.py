"""Becomes another program, one that ends with the process that started it: `tied.py COMMAND...`"""

import ctypes
import os
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h; kept across exec
# Where the kernel has no such signal: our standard input is a pipe that only the starter holds open.
WATCHDOG = "import os,signal,sys\nsys.stdin.buffer.read()\nos.kill(int(sys.argv[1]), signal.SIGTERM)\n"


def main() -> None:
    """Tie this process to its parent, then replace it by the command."""
    parent = os.getppid()
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            raise SystemExit(1)
    else:
        subprocess.Popen([sys.executable, "-c", WATCHDOG, str(os.getpid())])
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
