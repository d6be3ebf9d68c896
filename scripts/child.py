"""One process of the stack: started, logged to a file, watched, and stopped with the one that started it."""

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 15.0
LAST_LINES = 12
TOLD = "tiffin: "
"""How a line begins that is meant for the person, not for the log."""


class StackError(Exception):
    """A part of the stack cannot run; the message says what to do, in a line or with the end of a log."""

    code = 1
    """What a launcher leaves with."""


class BadSettingsError(StackError):
    """Variables or YAML that cannot be used: the message is a line for each problem, and `problems` has all of them."""

    code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(f"{TOLD}{problem}" for problem in problems))
        self.problems = list(problems)


class Child:
    """A child process whose output goes to `log`; `ended` is called once, from its thread, at its end."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        ended: "Callable[[Child], None]",
    ) -> None:
        self.name = name
        self.log = log
        self._command = [sys.executable, str(ROOT / "scripts/tied.py"), *command]
        self._environment = dict(environment)
        self._ended = ended
        self._first: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._started, self._over = threading.Event(), threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._log_begins = 0

    def start(self) -> None:
        """Start it. Raises StackError when the program cannot be run."""
        self._thread.start()
        self._started.wait()
        if self._error is not None:
            raise StackError(f"{self.name} cannot be started: {self._error}")

    @property
    def pid(self) -> int:
        """Its process id; 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        """True until it has ended, however it ended."""
        return self._started.is_set() and not self._over.is_set()

    def first_line(self, seconds: float) -> str:
        """The first line it printed on standard output. Raises StackError when it ends or waits too long."""
        try:
            line = self._first.get(timeout=seconds)
        except queue.Empty:
            raise StackError(f"{self.name} said nothing for {seconds:.0f} s. {self.last_words()}") from None
        if line is None:
            raise StackError(f"{self.name} did not start. {self.last_words()}")
        return line

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end; False when it still runs after `seconds`."""
        return self._over.wait(seconds)

    def stop(self, number: int = signal.SIGTERM, seconds: float = STOP_SECONDS) -> None:
        """Ask it to stop; kill it when it does not within `seconds`. May be called twice."""
        for each in (number, signal.SIGKILL):
            if self._process is None or not self.running:
                return
            self._process.send_signal(each)
            if self._over.wait(seconds):
                return

    @property
    def left_with(self) -> int | None:
        """Its exit code; None while it runs, or when it never did."""
        return self._process.returncode if self._process and self._over.is_set() else None

    def told(self) -> list[str]:
        """What it told the person in this run of it (lines that begin with `tiffin: `), without that beginning."""
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            lines = log.read().decode(errors="replace").splitlines()
        return [line.removeprefix(TOLD) for line in lines if line.startswith(TOLD)]

    def last_words(self) -> str:
        """Where its log is, and how it ends."""
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:] if self.log.exists() else []
        return f"Its log is {self.log}" + (":\n  " + "\n  ".join(lines) if lines else ", which is empty.")

    def _run(self) -> None:
        # On Linux the tie to the parent is a tie to the thread that starts the child: this one outlives it.
        with self.log.open("a") as log:
            self.log.chmod(0o600)
            self._log_begins = log.tell()
            try:
                self._process = subprocess.Popen(
                    self._command,
                    env=self._environment,
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,  # Ctrl-C reaches us alone, and we stop the parts in order
                )
            except OSError as error:
                self._error = error
                self._over.set()
                self._started.set()
                return
            self._started.set()
            with self._process:  # waits for its end and closes the pipes
                for number, line in enumerate(self._process.stdout or ()):
                    if number == 0:
                        self._first.put(line)
                    else:
                        log.write(line)
                        log.flush()
        self._first.put(None)
        self._over.set()
        self._ended(self)
