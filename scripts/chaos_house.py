"""The stores and processes of a run: started, killed as a crash would, and started again."""

import asyncio
import base64
import json
import multiprocessing
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import httpx

from broker import GONE
from scripts.chaos_child import DESK, WARM, run
from scripts.chaos_child import WORKER as HAND
from scripts.chaos_clock import SharedClock
from scripts.chaos_setup import Setup
from scripts.child import ROOT, Child, StackError
from scripts.embedded_postgres import EmbeddedPostgres, free_port, throwaway
from scripts.outside import Sandbox, vendor_variables
from tests.fakes.wire import Wire

WEB, RELAY, WORKER = "web", "relay", "worker"
HANDS = (RELAY, WORKER)
START_SECONDS = 90.0
LOCAL_RABBIT = "amqp://guest:guest@127.0.0.1:5672/"
REDIS_READY = "Ready to accept connections"
SANDBOX_SECONDS = 60.0
REST_SECONDS = 0.7
"""From a death to the next start: about what a supervisor takes."""


class RedisServer:
    """One Redis, without a file, that comes back empty on its port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, empty. Raises StackError."""
        port = ["--port", str(self.port), "--bind", "127.0.0.1"]
        command = ["redis-server", *port, "--save", "", "--dir", str(self._folder)]
        tied = [sys.executable, str(ROOT / "scripts/tied.py"), *command]
        self._process = subprocess.Popen(tied, stdout=subprocess.PIPE, text=True)
        if not any(REDIS_READY in line for line in self._process.stdout or ()):
            raise StackError("redis-server did not start")

    def kill(self) -> None:
        """End it at once; everything in it is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@dataclass
class House:
    """Everything of one run that has a process id."""

    setup: Setup
    sandbox: Sandbox
    postgres: EmbeddedPostgres
    redis: RedisServer
    wire: Wire
    clock: SharedClock
    web_port: int
    deaths: dict[str, int] = field(default_factory=dict)
    _forks: multiprocessing.context.ForkServerContext = field(
        default_factory=lambda: multiprocessing.get_context("forkserver")
    )
    _running: dict[str, multiprocessing.process.BaseProcess] = field(default_factory=dict)
    _dead_since: dict[str, float] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The web process's address."""
        return f"http://127.0.0.1:{self.web_port}"

    def start(self, name: str) -> None:
        """Start a process by its name."""
        what = (
            (DESK, self.setup, name, self.web_port)
            if name == WEB
            else (HAND, self.setup, name, name == RELAY)
        )
        process = self._forks.Process(target=run, args=what, name=name, daemon=True)
        process.start()
        self._running[name] = process

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self._running[name]
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            self.deaths[name] = self.deaths.get(name, 0) + 1

    def tend(self) -> None:
        """Start again what has ended, after a moment."""
        now = asyncio.get_running_loop().time()
        for name, process in list(self._running.items()):
            if process.is_alive():
                self._dead_since.pop(name, None)
            elif now - self._dead_since.setdefault(name, now) > REST_SECONDS:
                self._dead_since.pop(name)
                self.start(name)

    def kill_postgres(self) -> None:
        """kill -9 of the postmaster; its keeper starts it again."""
        if pid := self.postgres.pid:
            os.kill(pid, signal.SIGKILL)

    def restart_redis(self) -> None:
        """Everything in it is lost."""
        self.redis.kill()
        self.redis.start()

    async def cut_rabbit(self, seconds: float) -> None:
        """No process reaches RabbitMQ for a while."""
        await self.wire.cut()
        await asyncio.sleep(seconds)
        await self.wire.mend()

    async def ready(self) -> None:
        """Wait until the web process answers. Raises StackError."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            for _ in range(int(START_SECONDS * 10)):
                self.tend()
                with suppress(httpx.TransportError):
                    await client.get("/")
                    return
                await asyncio.sleep(0.1)
        raise StackError(f"the web process did not come up; see {self.setup.folder}/{WEB}.log")

    def close(self) -> None:
        """End all processes."""
        for process in self._running.values():
            process.kill()
        for process in self._running.values():
            process.join()


@asynccontextmanager
async def house(
    folder: Path, start: SharedClock, seed: int, orders: int, change: str = ""
) -> AsyncIterator[House]:
    """Everything but the people. Raises StackError where something is missing on this machine."""
    rabbit = os.environ.get("AMQP_URL") or LOCAL_RABBIT
    await reach(rabbit)
    if shutil.which("redis-server") is None:
        raise StackError("redis-server is not installed; a town needs one of its own to kill")
    queue = f"tiffin.town.{secrets.token_hex(6)}"
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(throwaway())
        redis = RedisServer(folder)
        redis.start()
        stack.callback(redis.kill)
        sandbox = stack.enter_context(outside(folder))
        parts = urlsplit(rabbit)
        wire = Wire(parts.hostname or "127.0.0.1", parts.port or 5672)
        await wire.mend()
        stack.push_async_callback(wire.cut)
        stack.push_async_callback(wipe, rabbit, queue)
        at = f"{parts.username}:{parts.password}@127.0.0.1:{wire.port}"
        port = free_port()
        environment = {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
            "AMQP_URL": urlunsplit(parts._replace(netloc=at)),
            "PII_KEYS": f"town:{base64.b64encode(b't' * 32).decode()}",
            "PORT": str(port),
            "TMPDIR": str(folder),
            **vendor_variables({}, sandbox),
        }
        setup = Setup(environment, queue, seed, orders, folder, change)
        made = House(setup, sandbox, postgres, redis, wire, start, port)
        multiprocessing.set_forkserver_preload([WARM])
        stack.callback(made.close)
        yield made


def outside(folder: Path) -> "Outside":
    """The vendors and the telephones."""
    return Outside(folder)


class Outside:
    """The sandbox as a process."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "sandbox", "--data", str(folder / "sandbox"), "--with-parent"]
        log = folder / "sandbox.log"
        self._child = Child("sandbox", command, environment=dict(os.environ), log=log, ended=lambda _: None)

    def __enter__(self) -> Sandbox:
        self._child.start()
        return Sandbox.read(json.loads(self._child.first_line(SANDBOX_SECONDS)))

    def __exit__(self, *_: object) -> None:
        self._child.stop()


async def reach(url: str) -> None:
    """Raises StackError when no RabbitMQ answers."""
    try:
        connection = await aio_pika.connect(url, timeout=10)
        await connection.close()
    except GONE as error:
        raise StackError(f"no RabbitMQ at AMQP_URL or on this machine ({type(error).__name__})") from None


async def wipe(url: str, queue: str) -> None:
    """Leave nothing of ours behind at RabbitMQ."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(queue)
        await channel.queue_delete(f"{queue}.dead")
        await channel.exchange_delete(queue)
