"""The worker as a process: how it refuses, how it stops, and what is left when it is killed in the middle."""

import asyncio
import base64
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from clock import SystemClock
from db.engine import Sessions
from db.models import Order, Outbox, Payment
from operations import ledger
from tests.fakes.given import SEEDED_AT
from tests.fakes.sandbox import Sandbox, running
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of, set_order
from tests.fakes.until import until
from tests.tasks.conftest import Rabbit
from tests.test_layers import ROOT
from vendors.stripe import Stripe

SECONDS = 60.0


async def start(environment: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tasks.worker",
        *arguments,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


async def words(process: asyncio.subprocess.Process) -> list[str]:
    """What it said as it left, without the log."""
    _, said = await process.communicate()
    return [line for line in said.decode().splitlines() if line.startswith("tiffin: ")]


async def test_without_rabbitmq_it_does_not_start_and_says_why_in_a_line() -> None:
    process = await start({"DATABASE_URL": "postgresql://127.0.0.1:9/x", "GOOGLE_MAPS_API_KEY": "AIzaTest"})
    said = await words(process)
    assert process.returncode == 2
    assert said == ["tiffin: AMQP_URL is missing; without RabbitMQ the server carries out jobs by itself"]


async def test_every_problem_is_told_at_once() -> None:
    process = await start({"CLOCK_SPEED": "0", "PII_KEYS": "k:hush"})
    said = await words(process)
    assert process.returncode == 2
    assert [line.split()[1].rstrip(":;") for line in said] == [
        "CLOCK_SPEED",
        "AMQP_URL",
        "DATABASE_URL",
        "GOOGLE_MAPS_API_KEY",
        "PII_KEYS",
    ]
    assert "hush" not in "".join(said)


async def test_a_missing_database_is_told_in_one_line() -> None:
    url = "postgresql://tiffin:hush@127.0.0.1:9/tiffin"
    environment = {
        "DATABASE_URL": url,
        "AMQP_URL": "amqp://127.0.0.1:9/",
        "GOOGLE_MAPS_API_KEY": "AIzaTest",
    }
    process = await start(environment)
    said = await words(process)
    assert process.returncode == 1
    assert said == ["tiffin: PostgreSQL at 127.0.0.1:9/tiffin cannot be used (ConnectionRefusedError)"]


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


def captures(outside: Sandbox) -> int:
    """How often the bank was asked to take what it holds."""
    return sum(str(request["path"]).endswith("/capture") for request in outside.requests("stripe"))


@dataclass
class Works:
    """An order whose money is to be taken, and workers as processes."""

    shop: Shop
    order: Order
    outside: Sandbox
    environment: dict[str, str]
    queue: str

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """One that relays, too; killed at the end of the block if it has not ended."""
        process = await start(self.environment, "--relay", "--queue", self.queue)
        reading = asyncio.create_task(process.communicate())
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await reading

    async def job(self) -> Outbox:
        (row,) = [job for job in await self.shop.jobs(self.order.id) if job.kind == "payments.capture"]
        return row

    async def done(self) -> Outbox | None:
        row = await self.job()
        return row if row.done_at else None

    async def asked(self, times: int) -> None:
        """The bank has been asked to take the money so many times."""

        async def so_often() -> bool:
            return captures(self.outside) >= times

        await until(so_often, SECONDS)

    async def taken(self) -> list[int]:
        """What the bank took, once per charge."""
        rows = await self.shop.rows(Payment, col(Payment.order_id) == self.order.id)
        (reference,) = {row.reference for row in rows if isinstance(row, Payment) and row.reference}
        charges = [charge for charge in self.outside.charges() if charge["payment_intent"] == reference]
        return [charge["amount_captured"] for charge in charges]


@pytest.fixture
async def works(
    seeded: Sessions, seeded_url: str, outside: Sandbox, rabbit: Rabbit, tmp_path: Path
) -> AsyncIterator[Works]:
    shop = Shop(seeded)
    stripe = Stripe(outside.keys["STRIPE_API_KEY"], outside.base_urls["STRIPE"])
    order = await order_of(shop, cards=stripe)  # type: ignore[arg-type]
    await stripe.close()
    await set_order(shop, order.id, status="preparing")
    async with shop.transaction() as session:
        payload, now = {"order_id": str(order.id)}, shop.clock.now()
        await ledger.job(session, "payments.capture", str(order.id), payload, now, now)
    environment = {
        "DATABASE_URL": seeded_url,
        "AMQP_URL": rabbit.straight,
        "PII_KEYS": f"test:{base64.b64encode(b'k' * 32).decode()}",
        "GOOGLE_MAPS_API_KEY": "AIzaTest",
        "STRIPE_API_KEY": outside.keys["STRIPE_API_KEY"],
        "STRIPE_BASE_URL": outside.base_urls["STRIPE"],
        "CLOCK_START": (SEEDED_AT + timedelta(seconds=1)).isoformat(),
        "TMPDIR": str(tmp_path),
    }
    yield Works(shop, order, outside, environment, rabbit.name)
    outside.clear()


@pytest.mark.db
@pytest.mark.services
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
class TestOverRabbitMQ:
    """Real processes, a real queue, and a bank that may not answer."""

    async def test_killed_in_the_middle_of_a_capture_the_money_is_taken_once(self, works: Works) -> None:
        works.outside.fault("stripe", "act_and_drop", match="/capture")  # taken, and the answer is lost
        works.outside.fault("stripe", "hang", times=None, match="/capture")  # and then silence
        before = captures(works.outside)
        async with works.worker() as first:
            await works.asked(before + 2)
            first.send_signal(signal.SIGKILL)
        assert first.returncode == -signal.SIGKILL
        row = await works.job()
        assert (row.attempts, row.done_at, row.leased_by is None) == (1, None, False)
        assert await works.taken() == [works.order.total]
        assert (await as_it_is(works.shop, works.order.id)).payment_status == "authorised"
        works.outside.clear()
        async with works.shop.transaction() as session:  # a minute later
            past = SystemClock().now() - timedelta(seconds=1)
            held = update(Outbox).where(col(Outbox.id) == row.id)
            await session.execute(held.values(lease_until=past))
        async with works.worker() as second:
            done = await until(works.done, SECONDS)
            second.send_signal(signal.SIGTERM)
            async with asyncio.timeout(SECONDS):
                assert await second.wait() == 0
        assert done is not None
        assert (done.attempts, done.outcome) == (2, f"captured {works.order.total} USD")
        assert await works.taken() == [works.order.total]
        assert await works.shop.ledger(works.order.id) == ["attempted", "authorised", "captured"]
        assert (await works.shop.events(works.order.id)).count("payment.captured") == 1

    async def test_at_sigterm_it_finishes_what_it_has_begun(self, works: Works) -> None:
        works.outside.fault("stripe", "delay", seconds=2, match="/capture")
        before = captures(works.outside)
        async with works.worker() as process:
            await works.asked(before + 1)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(SECONDS):
                assert await process.wait() == 0
        row = await works.job()
        assert (row.attempts, row.outcome) == (1, f"captured {works.order.total} USD")
