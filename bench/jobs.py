"""Jobs through outbox and RabbitMQ: how many a second, and how long after its due time one begins.

`python -m bench.jobs [--jobs 2000] [--workers 1 2] [--out FILE]`, with a RabbitMQ at AMQP_URL or on this machine, and
a PostgreSQL of its own. First all jobs are due at once (jobs a second), then a few come each second (delay). Machines
are shared: compare the figures of one run with each other.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import aio_pika
from rich.console import Console
from rich.table import Table
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from bench.figures import percentile
from bench.job_worker import HANDLERS, KIND
from bench.process import cpu_seconds
from broker import GONE, open_broker
from db.engine import Sessions
from db.models import Outbox
from domain.ids import new_id
from operations import jobs
from operations.pieces import open_pieces
from scripts.child import Child, StackError
from scripts.embedded_postgres import throwaway
from settings import Settings
from tasks.serving import relaying, tools_of

WORKER = (sys.executable, "-m", "bench.job_worker", "--queue")
LOCAL = "amqp://guest:guest@127.0.0.1:5672/"
READY_SECONDS, DONE_SECONDS, PAUSE = 60.0, 300.0, 0.05
PACED_SECONDS, A_SECOND = 10, 20
"""The delay is measured while so many jobs come each second: an evening's rush, not a flood."""


@dataclass(frozen=True)
class Figures:
    """What was measured with some workers."""

    workers: int
    jobs: int
    seconds: float
    """From the first due job to the last that is done."""
    delay_p50: float | None
    """Milliseconds from due to begun, with the paced jobs."""
    delay_p95: float | None
    worker_cpu_seconds: float
    """Of all workers, for the jobs that were due at once."""

    @property
    def a_second(self) -> float:
        """Jobs a second."""
        return self.jobs / self.seconds


@contextmanager
def workers(count: int, settings: Settings, queue: str, folder: Path) -> Iterator[list[Child]]:
    """So many worker processes; they may still be starting. Raises StackError."""
    names = ("database_url", "amqp_url", "google_maps_api_key")
    environment = {name.upper(): getattr(settings, name).get_secret_value() for name in names}
    with ExitStack() as stack:
        found = []
        for number in range(count):
            child = Child(
                f"worker-{number}",
                (*WORKER, queue),
                environment={"PATH": os.environ["PATH"], **environment},
                log=folder / f"worker-{count}-{number}.log",
                ended=lambda _: None,
            )
            child.start()
            stack.callback(child.stop)
            found.append(child)
        yield found


async def ready(found: list[Child]) -> None:
    """Every worker takes jobs. Raises StackError."""
    until = time.monotonic() + READY_SECONDS
    while not all("worker.ready" in child.log.read_text() for child in found if child.log.exists()):
        if time.monotonic() > until or not all(child.running for child in found):
            raise StackError(f"a worker did not start. {found[0].last_words()}")
        await asyncio.sleep(PAUSE)


async def write(sessions: Sessions, count: int) -> None:
    """So many jobs, due now."""
    now = datetime.now(UTC)
    rows = [
        {
            "id": (id := new_id()),
            "kind": KIND,
            "key": f"{KIND}:{id}",
            "payload": {},
            "priority": 5,
            "attempts": 0,
            "due_at": now,
            "created_at": now,
        }
        for _ in range(count)
    ]
    async with sessions.begin() as session:
        await session.execute(insert(Outbox), rows)
        await jobs.notify(session)


async def all_done(sessions: Sessions) -> None:
    """Raises StackError when they are not, after minutes."""
    until = time.monotonic() + DONE_SECONDS
    query = select(func.count()).select_from(Outbox).where(col(Outbox.done_at).is_(None))
    while True:
        async with sessions() as session:
            if not await session.scalar(query):
                return
        if time.monotonic() > until:
            raise StackError(f"jobs are not done after {DONE_SECONDS:.0f} s")
        await asyncio.sleep(PAUSE)


async def delays(sessions: Sessions, since: datetime) -> list[float]:
    """Milliseconds from due to begun of every job written since."""
    query = select(Outbox.due_at, Outbox.outcome).where(col(Outbox.created_at) >= since)
    async with sessions() as session:
        rows = (await session.execute(query)).all()
    return [(datetime.fromisoformat(began) - due).total_seconds() * 1000 for due, began in rows]


async def measure(settings: Settings, queue: str, count: int, many: int, folder: Path) -> Figures:
    """The figures of some workers beside one relay."""
    amqp = settings.amqp_url.get_secret_value() if settings.amqp_url else None
    async with open_pieces(settings) as pieces:
        with workers(many, settings, queue, folder) as found:
            broker = open_broker(amqp, queue)
            async with relaying(tools_of(pieces), pieces.engine, broker, HANDLERS):
                await ready(found)
                await write(pieces.sessions, 50)  # connections are made and caches filled
                await all_done(pieces.sessions)
                cpu = sum(cpu_seconds(child.pid) for child in found)
                began = time.monotonic()
                await write(pieces.sessions, count)
                await all_done(pieces.sessions)
                seconds = time.monotonic() - began
                cpu = sum(cpu_seconds(child.pid) for child in found) - cpu
                since = datetime.now(UTC)
                for _ in range(PACED_SECONDS * A_SECOND):
                    await write(pieces.sessions, 1)
                    await asyncio.sleep(1 / A_SECOND)
                await all_done(pieces.sessions)
                waits = await delays(pieces.sessions, since)
    return Figures(many, count, seconds, percentile(waits, 0.5), percentile(waits, 0.95), cpu)


def table(found: list[Figures]) -> Table:
    """A row for each number of workers."""
    shown = Table(title=f"jobs through outbox and RabbitMQ; delay at {A_SECOND} jobs a second")
    for heading in ("workers", "jobs", "jobs a second", "due -> begun, ms p50 / p95", "worker CPU, ms a job"):
        shown.add_column(heading, justify="right")
    for each in found:
        shown.add_row(
            str(each.workers),
            str(each.jobs),
            f"{each.a_second:.0f}",
            f"{each.delay_p50 or 0:.0f} / {each.delay_p95 or 0:.0f}",
            f"{each.worker_cpu_seconds / each.jobs * 1000:.1f}",
        )
    return shown


async def forget(url: str, queue: str) -> None:
    """The bench's queue and exchange are gone."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        for name in (queue, f"{queue}.dead"):
            await channel.queue_delete(name)
        await channel.exchange_delete(queue)


async def whole(asked: argparse.Namespace, console: Console) -> list[Figures]:
    """Measure each number of workers. Raises StackError."""
    amqp = os.environ.get("AMQP_URL") or LOCAL
    queue = f"tiffin.bench.{new_id().hex}"
    found = []
    with throwaway() as postgres, tempfile.TemporaryDirectory(prefix="tiffin-bench-") as folder:
        settings = Settings.model_validate(
            {"database_url": postgres.url, "amqp_url": amqp, "google_maps_api_key": "AIzaBench"}
        )
        try:
            for many in asked.workers:
                figures = await measure(settings, queue, asked.jobs, many, Path(folder))
                console.print(f"{many} workers: {figures.a_second:.0f} jobs a second")
                found.append(figures)
        finally:
            await forget(amqp, queue)
    return found


def main() -> int:
    """Measure, print, write. Exit codes: 0 measured, 2 something did not start."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.jobs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=2000, help="due at once")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="processes, one number a run")
    parser.add_argument("--out", type=Path, help="where the figures go as JSON")
    asked = parser.parse_args()
    console = Console()
    try:
        found = asyncio.run(whole(asked, console))
    except StackError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    except GONE as error:
        console.print(f"RabbitMQ cannot be used ({type(error).__name__}); name one in AMQP_URL", markup=False)
        return 2
    console.print(table(found))
    if asked.out is not None:
        rows = [asdict(each) | {"jobs_a_second": each.a_second} for each in found]
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(rows, indent=2), encoding="utf-8")
        console.print(f"written to {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
