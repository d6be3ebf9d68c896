"""A real PostgreSQL of our own: started, kept alive and stopped with the process that wants it.

It listens on 127.0.0.1 only, with a random password. If its owner dies, however suddenly, it shuts down
cleanly; if the server itself is killed, it is started again on the same port.
"""

import ctypes
import fcntl
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from scripts.postgres_files import MAJOR, Owner, PostgresError, Say, find_binaries, find_folder, find_owner
from scripts.postgres_log import Log

USER = "tiffin"
PORTS = range(20_000, 32_000)
"""Below what kernels give to outgoing connections: one of those could take a port before its server does."""
PORT_TRIES = 100
READY = "database system is ready to accept connections"
PR_SET_PDEATHSIG = 1  # linux/prctl.h
START_SECONDS, STOP_SECONDS = 30.0, 10.0
MAX_STARTS = 5  # in a row that never got ready
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
# A throw-away database need not survive a power cut. Commits still reach the kernel, so a kill loses none.
MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3  # bytes: a server with 1 GB of log and dozens of small databases, and another beside it
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
WATCHDOG = "import os,signal,sys\nif not sys.stdin.buffer.read(1): os.kill(int(sys.argv[1]), signal.SIGINT)\n"


def to_stderr(message: str) -> None:
    """Say it where the person who started us looks."""
    print(message, file=sys.stderr)


class EmbeddedPostgres:
    """One server on one folder. Use it as a context manager, or call `start` and `stop`."""

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        watchdog: bool = not sys.platform.startswith("linux"),
        say: Say = to_stderr,
        ended: Say = lambda _: None,
    ) -> None:
        """`durable=False` turns fsync off; `watchdog` stands in for Linux's parent-death signal.

        `ended` is called once, from the keeper's thread, when a server that was ready is down and stays down.
        """
        self._say, self._ended = say, ended
        self._owner: Owner = find_owner()
        self._bin = find_binaries(self._owner, say)
        self.folder = find_folder(folder, self._owner, say)
        self._data, self._log = self.folder / "pg", self.folder / "postgres.log"
        self._settings = {**SETTINGS, **({} if durable else NOT_DURABLE)}
        self._watchdog = watchdog
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._keeper: threading.Thread | None = None
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._up = self._over = self._known = False
        self.port = 0

    @property
    def url(self) -> str:
        """The address for SQLAlchemy's asyncpg driver."""
        password = (self.folder / "password").read_text()
        return f"postgresql+asyncpg://{USER}:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> str:
        """Start the server and return its address. Raises PostgresError when it cannot be had."""
        self._take_lock()
        try:
            if not self._data.exists():
                self._initialise()
            self._clear_the_way()
            self.port = 0
            self._stopping.clear()
            self._known = False
            self._set(up=False)
            self._keeper = threading.Thread(target=self._keep, name="postgres", daemon=True)
            self._keeper.start()
            with self._changed:
                self._changed.wait_for(lambda: self._up or self._over, START_SECONDS)
            if not self._up:
                raise PostgresError(f"PostgreSQL did not start; see {self._log}.")
        except BaseException:
            self.stop()
            raise
        return self.url

    def wait_restarted(self, former: int, seconds: float) -> bool:
        """Wait until another postmaster than `former` accepts connections; False when none does in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._up and self.pid not in (None, former), seconds)

    def stop(self) -> None:
        """Stop the server, cleanly if it lets itself be stopped. May be called twice."""
        self._stopping.set()
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(number)
            if self._keeper is None:
                break
            self._keeper.join(STOP_SECONDS)
            if not self._keeper.is_alive():
                break
        self._keeper = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _take_lock(self) -> None:
        self._lock = (self.folder / "owner.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            raise PostgresError(
                f"Another process already runs PostgreSQL on {self.folder}. Stop it."
            ) from None

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole: a crash leaves no half of one."""
        new, secret = self._data.with_suffix(".new"), self.folder / "password"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self._owner.give(new)
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(24))
        self._owner.give(secret)
        command = [
            *(self._bin / "initdb", "-D", new, "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}"),
            *("-E", "UTF8", "--no-locale", "--no-sync", "--no-instructions"),
        ]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, **self._owner.spawn())  # type: ignore[call-overload]
        if done.returncode:
            raise PostgresError(f"PostgreSQL could not make its files: {done.stderr.strip()}")
        new.rename(self._data)

    def _clear_the_way(self) -> None:
        """Wait out or remove what a killed predecessor left; holding the lock, we know nobody owns it."""
        version = (self._data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise PostgresError(
                f"{self._data} was written by PostgreSQL {version}, this is {MAJOR}. Move it away."
            )
        note = self._data / "postmaster.pid"
        lines = note.read_text().splitlines() if note.exists() else []
        if not lines:
            return
        pid = abs(int(lines[0]))
        if runs_postgres(pid):
            os.kill(pid, signal.SIGINT)
            pause, waited = threading.Event(), 0.0
            while runs_postgres(pid):  # not our child, so there is no event to wait for
                pause.wait(0.02)
                waited += 0.02
                if waited > STOP_SECONDS:
                    raise PostgresError(f"A former PostgreSQL (process {pid}) does not stop. Stop it.")
        note.unlink(missing_ok=True)

    def _keep(self) -> None:
        """Keep the server running until told to stop, and tell when that is over; it dies with this thread."""
        reason = f"it did not come up in {MAX_STARTS} tries"
        try:
            self._run_again_and_again()
        except OSError as error:  # no process, no port
            reason = str(error)
        if self._known and not self._stopping.is_set():
            self._ended(f"PostgreSQL ended and stays down: {reason}; its log is {self._log}")
        self._set(up=False, over=True)

    def _run_again_and_again(self) -> None:
        """Run the server; returns after `stop` or `MAX_STARTS` failures in a row. Raises OSError."""
        failed = 0
        with Log(self._log, self._say) as log:
            while not self._stopping.is_set() and failed < MAX_STARTS:
                if not self._known:  # nobody was told a port yet, so a taken one can still be changed
                    self.port = free_port()
                self._process = self._spawn()
                guard = self._guard(self._process.pid) if self._watchdog else None
                failed += 1
                with self._process.stderr as lines:  # type: ignore[union-attr]
                    for line in lines:
                        log.write(line)
                        if READY in line:
                            failed, self._known = 0, True
                            self._set(up=True)
                # The pipe ends when the last backend is gone, so the shared memory is free again.
                self._process.wait()
                self._set(up=False)
                if guard is not None:
                    guard.communicate(b"q")
                if self._known and not self._stopping.is_set() and failed < MAX_STARTS:
                    self._say("PostgreSQL ended by itself; starting it again.")

    def _set(self, *, up: bool, over: bool = False) -> None:
        with self._changed:
            self._up, self._over = up, over
            self._changed.notify_all()

    def _spawn(self) -> subprocess.Popen[str]:
        """Start the postmaster; its parent-death signal is tied to the thread that forks, the keeper."""
        libc, parent = ctypes.CDLL(None), os.getpid()

        def die_with_parent() -> None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
            if os.getppid() != parent:
                os._exit(1)

        settings = [f"-c{name}={value}" for name, value in self._settings.items()]
        process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
            [self._bin / "postgres", "-D", self._data, "-p", str(self.port), *settings],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is ours to handle
            preexec_fn=None if self._watchdog else die_with_parent,
            **self._owner.spawn(),
        )
        return process

    def _guard(self, pid: int) -> subprocess.Popen[bytes]:
        """A process that notices our death by its closed input and then stops the server."""
        return subprocess.Popen(
            [sys.executable, "-c", WATCHDOG, str(pid)], stdin=subprocess.PIPE, start_new_session=True
        )


@contextmanager
def throwaway() -> Iterator[EmbeddedPostgres]:
    """A server on a temporary folder, gone with it afterwards; in memory where there is room."""
    with tempfile.TemporaryDirectory(prefix="embedded-postgres-", dir=in_memory()) as folder:
        Path(folder).chmod(0o711)  # an unprivileged server has to pass through
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        try:
            with server:
                yield server
        finally:
            shutil.rmtree(server.folder, ignore_errors=True)


def in_memory() -> Path | None:
    """A folder that is memory, with room for a server; None for the usual place. Blocks.

    A copy of a database, which every test gets, takes 22 ms there and 150 to 500 on a disk of many users.
    """
    try:
        roomy = shutil.disk_usage(MEMORY).free >= ROOM and os.access(MEMORY, os.W_OK | os.X_OK)
    except OSError:
        return None
    return MEMORY if roomy else None


def runs_postgres(pid: int) -> bool:
    """Whether that process lives and is a PostgreSQL; a number used again by another program is not."""
    entry = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            return b"postgres" in entry.read_bytes().split(b"\0")[0]
        except OSError:
            return False
    seen = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True)
    return "postgres" in seen.stdout


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses at the moment. Raises OSError when none is found."""
    chance = random.SystemRandom()  # a seed would send processes that start together to the same port
    for _ in range(PORT_TRIES):
        port = chance.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"no free port of {PORT_TRIES} tried between {PORTS.start} and {PORTS.stop - 1}")
