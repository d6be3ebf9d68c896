"""`make run`: starts everything on this machine and prints the console's address. Ctrl-C stops it.

Data stays in .data/ (delete the folder to start afresh). A vendor whose keys are in the environment is used
for real; a store with a URL there is used instead of the embedded one. See .env.example.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from scripts import run_file
from scripts.child import StackError
from scripts.outside import checked
from scripts.run_file import AlreadyRunsError, Running
from scripts.stack import Stack

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEFAULT_PORT = 8000


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Leave the start half-way; what had been started is stopped on the way out."""
    raise KeyboardInterrupt


def on_signals(handler: object) -> None:
    """Answer every signal that asks us to stop in one way."""
    for number in SIGNALS:
        signal.signal(number, handler)  # type: ignore[arg-type]


def say(line: str) -> None:
    """A line for the person at the terminal."""
    print(line, flush=True)


def announce(stack: Stack) -> None:
    """Where the console is, what opens it, what is played and what time it is in there."""
    played = stack.environment["SIMULATED"]
    clock = stack.time.at(datetime.now(UTC))
    say("")
    say(f"  console   http://localhost:{stack.port}")
    say(f"  API key   {stack.api_key}")
    say(f"  sandbox   {stack.sandbox.url}   plays {played.replace(',', ', ') or 'nobody'}")
    say(f"  it is     {clock:%A %d %B %Y, %H:%M} UTC in there, time running {stack.time.speed:g}-fold")
    say(f"  logs      {stack.data_dir / 'logs'}")
    say("")
    say("Ready. `make call` in another terminal phones it; Ctrl-C stops everything.")


def serve(stack: Stack, data_dir: Path) -> int:
    """Start, wait for the end, stop. The exit code: 0 when asked to stop, 1 when a part ended by itself."""
    began = time.monotonic()
    on_signals(interrupt)
    try:
        stack.start()
        run_file.write(data_dir, Running.of(stack))
        on_signals(lambda *_: stack.end(""))
    except KeyboardInterrupt:
        say("stopped before it was ready.")
        return 0
    say(f"ready after {time.monotonic() - began:.1f} s")
    announce(stack)
    ended = stack.wait()
    say(f"\n{ended}" if ended else "\nstopping ...")
    on_signals(signal.SIG_IGN)
    stack.stop()
    say("stopped.")
    return 1 if ended else 0


def main(make_stack: Callable[..., Stack] = Stack) -> int:
    """Read the arguments and the environment, and run. Exit codes: 0 stopped, 2 bad settings, 1 anything else."""
    parser = argparse.ArgumentParser(
        prog="make run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=run_file.DATA, help="folder to keep everything in")
    parser.add_argument(
        "--real-time", action="store_true", help="keep this machine's time instead of starting at lunch"
    )
    chosen = parser.parse_args()
    start = datetime.now(UTC) if chosen.real_time else None
    try:
        checked(os.environ)
        port = int(os.environ.get("PORT") or DEFAULT_PORT)
        with run_file.hold(chosen.data):
            stack = make_stack(chosen.data, port, fsync=True, clock_start=start, say=say)
            return serve(stack, chosen.data)
    except AlreadyRunsError:
        running = run_file.read(chosen.data)
        where = f" at {running.url} (process {running.pids['launcher']})" if running else ", not ready yet"
        say(f"Tiffin already runs{where}. Stop it with Ctrl-C in its terminal.")
    except StackError as error:
        say(str(error))
        return error.code
    return 1


if __name__ == "__main__":
    sys.exit(main())
