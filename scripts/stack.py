"""The whole product on one machine: sandbox, embedded PostgreSQL and one server, started and stopped."""

import json
import os
import queue
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from scripts.business_time import BusinessTime
from scripts.child import BadSettingsError, Child, StackError
from scripts.embedded_postgres import EmbeddedPostgres, free_port
from scripts.outside import Sandbox, checked, vendor_variables
from scripts.own_keys import SCOPES, own_keys
from scripts.postgres_files import PostgresError
from settings import Settings

SANDBOX_SECONDS, READY_SECONDS = 60.0, 120.0
SERVER_COMMAND = (sys.executable, "server.py")
SANDBOX_COMMAND = (sys.executable, "-m", "sandbox")
PAUSE = 0.1
CLOCK = "clock.json"
"""What time it is in the folder, in a file of it."""
Say = Callable[[str], None]


class Stack:
    """Everything embedded, in one folder; a context manager, or `start` and `stop`.

    `environment` is what the person set: a store with a URL there is used instead of the embedded one, a
    vendor with a key is not played by the sandbox, and a `*_BASE_URL` wins over both.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        *,
        speed: float = 1.0,
        fsync: bool = False,
        clock_start: datetime | None = None,
        environment: Mapping[str, str] | None = None,
        say: Say = lambda _: None,
        server_command: tuple[str, ...] = SERVER_COMMAND,
        sandbox_command: tuple[str, ...] = SANDBOX_COMMAND,
    ) -> None:
        """`port=None` takes a free one; `clock_start=None` starts at the next lunch (`business_time`)."""
        self.data_dir = data_dir.resolve()
        self.port = port or free_port()
        self._own = dict(os.environ if environment is None else environment)
        self._speed, self._durable, self._clock_start = speed, fsync, clock_start
        self._say = say
        self._server_command, self._sandbox_command = server_command, sandbox_command
        self._endings: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stopping = False
        self._settings: Settings
        self._sandbox_process: Child | None = None
        self._server: Child | None = None
        self._postgres: EmbeddedPostgres | None = None
        self.sandbox: Sandbox
        self.environment: dict[str, str] = {}
        """What the server runs with; `load_settings(stack.environment)` reads it."""
        self.api_key = ""
        self.time: BusinessTime

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the parts that run."""
        children = {"sandbox": self._sandbox_process, "server": self._server}
        found = {name: child.pid for name, child in children.items() if child and child.running}
        postgres = self._postgres.pid if self._postgres else None
        return found | ({"postgres": postgres} if postgres else {})

    def start(self) -> Self:
        """Start the parts in order and wait until a call can be taken.

        Raises:
            BadSettingsError: what the person set cannot be used; nothing was started, or only what had to be.
            StackError: a part did not come up, or the port is taken; whatever had been started is stopped.
        """
        self._settings = checked(self._own)
        check_port(self.port)
        (self.data_dir / "logs").mkdir(parents=True, exist_ok=True)
        try:
            self._start_time()
            self._start_sandbox()
            self._start_stores()
            self._start_server()
        except PostgresError as error:
            self.stop()
            raise StackError(str(error)) from None
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the parts in reverse order. May be called twice."""
        self._stopping = True
        if self._server is not None:
            self._server.stop(signal.SIGINT)  # running calls are told goodbye at once
        if self._postgres is not None:
            self._postgres.stop()
        if self._sandbox_process is not None:
            self._sandbox_process.stop()
        self._server = self._postgres = self._sandbox_process = None

    def restart_server(self, *, kill: bool = False) -> None:
        """Stop the server (`kill`: as a crash would) and start it again with everything else as it is."""
        if self._server is None:
            raise StackError("the stack does not run")
        server, self._server = self._server, None
        server.stop(signal.SIGKILL if kill else signal.SIGTERM)
        self._start_server()

    def end(self, reason: str) -> None:
        """Make `wait` return; safe in a signal handler."""
        self._endings.put(reason)

    def wait(self) -> str:
        """Block until `end` is called or a part ends by itself; says which."""
        return self._endings.get()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_time(self) -> None:
        now = datetime.now(UTC)
        speed = self._settings.clock_speed if self._own.get("CLOCK_SPEED") else self._speed
        start = self._settings.clock_start or self._clock_start
        file = self.data_dir / CLOCK
        self.time = BusinessTime.resume(file, speed, now, start)
        if start is not None and self.time.start > start:
            self._say(
                f"It has been {self.time.start:%d %B %Y, %H:%M} UTC in this folder already; time goes on from there."
            )
        self.time.save(file)

    def _start_sandbox(self) -> None:
        self._say("starting the sandbox (vendors, telephones) ...")
        command = [*self._sandbox_command, "--data", str(self.data_dir / "sandbox"), "--with-parent"]
        child = self._sandbox_process = self._child("sandbox", command, self._own | self._clock())
        child.start()
        line = child.first_line(SANDBOX_SECONDS)
        try:
            self.sandbox = Sandbox.read(json.loads(line))
        except json.JSONDecodeError:
            raise StackError(f"the sandbox's first line is not JSON: {line[:80]!r}") from None

    def _start_stores(self) -> None:
        keys = own_keys(self.data_dir)
        database = self._own.get("DATABASE_URL")
        if not database:
            self._say("starting PostgreSQL ...")
            self._postgres = EmbeddedPostgres(
                self.data_dir / "postgres",
                durable=self._durable,
                say=self._say,
                ended=self._postgres_ended,
            )
            database = self._postgres.start()
        self.api_key = keys["api_key"]
        named = self._own.get("API_KEYS")
        local = f"local:{self.api_key}:{SCOPES}"
        self.environment = {
            "SECRET_KEY": keys["secret_key"],
            "PII_KEYS": keys["pii_keys"],
            **{name: value for name, value in self._own.items() if value},
            **vendor_variables(self._own, self.sandbox),
            "API_KEYS": f"{named},{local}" if named else local,
            "DATABASE_URL": database,
            "PORT": str(self.port),
        }

    def _start_server(self) -> None:
        self._say("starting the server ...")
        # Waiting events and rendered phrases stay with the stack they belong to.
        (self.data_dir / "server").mkdir(mode=0o700, exist_ok=True)
        self.environment |= self._clock() | {"TMPDIR": str(self.data_dir / "server")}
        self._server = self._child("server", self._server_command, self.environment)
        self._server.start()
        self._wait_ready(self._server)
        self._tell_where_events_go()

    def _tell_where_events_go(self) -> None:
        """Payment providers that are played post their events here; a real one is told so in its own console."""
        for vendor in {"stripe", "razorpay"} & set(self.environment["SIMULATED"].split(",")):
            asked, url = f"{self.sandbox.url}/control/{vendor}/webhook", f"{self.url}/payments/{vendor}"
            with suppress(httpx.TransportError), httpx.Client(timeout=5.0, trust_env=False) as client:
                client.post(asked, json={"url": url})

    def _wait_ready(self, server: Child) -> None:
        """Ask `/readyz` until it says 200, telling what it still waits for. Raises StackError."""
        waited, last = 0.0, ""
        with httpx.Client(base_url=self.url, timeout=5.0, trust_env=False) as client:
            while waited < READY_SECONDS:
                with suppress(httpx.TransportError):
                    answer = client.get("/readyz")
                    if answer.status_code == httpx.codes.OK:
                        return
                    if (state := unready(answer)) != last:
                        last = state
                        self._say(f"waiting for {state} ...")
                if server.wait(PAUSE):  # returns at once when the server ends
                    if server.left_with == BadSettingsError.code and (problems := server.told()):
                        raise BadSettingsError(problems)
                    raise StackError(f"the server ended while starting. {server.last_words()}")
                waited += PAUSE
        raise StackError(f"the server was not ready within {READY_SECONDS:.0f} s. {server.last_words()}")

    def _clock(self) -> dict[str, str]:
        """The clock's variables for a process started now, so that a restart does not turn time back."""
        start = self.time.at(datetime.now(UTC))
        return {"CLOCK_START": start.isoformat(), "CLOCK_SPEED": str(self.time.speed)}

    def _child(self, name: str, command: tuple[str, ...] | list[str], variables: Mapping[str, str]) -> Child:
        log = self.data_dir / "logs" / f"{name}.log"
        return Child(name, command, environment=variables, log=log, ended=self._part_ended)

    def _postgres_ended(self, reason: str) -> None:
        if not self._stopping:
            self.end(reason)

    def _part_ended(self, child: Child) -> None:
        if not self._stopping and child in (self._server, self._sandbox_process):
            self._endings.put(f"the {child.name} ended by itself; its log is {child.log}")


def unready(answer: httpx.Response) -> str:
    """The parts `/readyz` says are not up yet, in words."""
    try:
        checks = answer.json().get("checks", {})
    except ValueError:
        return "the server"
    return ", ".join(name for name, state in checks.items() if state != "ok") or "the server"


def check_port(port: int) -> None:
    """Raises StackError when somebody listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise StackError(f"port {port} is in use. Try another one: PORT={port + 1} make run") from None
