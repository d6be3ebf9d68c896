"""A worker of the town as a process that may be killed at any moment: `tasks.worker` on the town's clock."""

import asyncio
import ctypes
import os
import signal
import sys

import uvloop

from errors import AppError
from logs import set_up_logs
from scripts.chaos_setup import Setup
from settings import load_settings
from tasks.worker import work

PR_SET_PDEATHSIG = 1  # linux/prctl.h
CANNOT_START = 1


def as_child(setup: Setup, name: str) -> None:
    """End with whoever started us, and write to a log of our own."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(setup.folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    set_up_logs(json=False)


def run(setup: Setup, name: str, relay: bool) -> None:
    """Carry out jobs until killed; `relay`: publish what is due, too."""
    as_child(setup, name)
    settings = load_settings(setup.environment)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work(settings, queue=setup.queue, relay=relay, opened=setup.pieces))
    except AppError as error:
        sys.stderr.write(f"{error.message}\n")
        raise SystemExit(CANNOT_START) from None
