"""Two server processes behind one webhook: calls are spread, who finds no line holds, a process dies."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.business_time import TEST_START
from scripts.child import Child
from scripts.embedded_postgres import free_port
from scripts.outside import isolated
from scripts.stack import SERVER_COMMAND, Stack
from tests.calls.phone_client import LINE, House
from tests.calls.told import eventually
from tests.db import redis_server as redis_servers
from tests.services import lacking

pytestmark = [pytest.mark.call, pytest.mark.services, pytest.mark.timeout(500)]

BEN, GRACE, SAM = "+15125550111", "+15125550114", "+15125550117"
ORDERS: dict[str, Any] = {
    "opening": "No thanks, two chana masala please.",
    "answers": [
        {"when": "i still have 2 chana", "say": "One garlic naan please.", "times": 1, "interrupt": True},
        {"when": "anything else", "wait": True},
    ],
    "patience": 120,
}
HOLDS: dict[str, Any] = {
    "answers": [
        {"when": "to hold, press one", "keypad": "1", "interrupt": True, "times": 1},
        {"when": "may i record", "say": "No thanks, goodbye.", "times": 1, "interrupt": True},
    ],
    "patience": 120,
}


@dataclass
class Second:
    """The process without the webhook."""

    process: Child
    url: str

    def kill(self) -> None:
        """As a crash would end it."""
        self.process.stop(signal.SIGKILL)


@contextmanager
def second_process(stack: Stack, folder: Path) -> Iterator[Second]:
    """Another server on the same stores, with an address of its own for audio."""
    port = free_port()
    own = folder / "second"
    own.mkdir(mode=0o700)
    variables = stack.environment | {
        "PORT": str(port),
        "PUBLIC_URL": stack.url,
        "MEDIA_URL": f"ws://127.0.0.1:{port}",
        "TMPDIR": str(own),
    }
    log = folder / "logs" / "second.log"
    process = Child("second", SERVER_COMMAND, environment=variables, log=log, ended=lambda _: None)
    process.start()
    try:
        yield Second(process, f"http://127.0.0.1:{port}")
    finally:
        process.stop(signal.SIGINT)


@pytest.fixture
def pair() -> Iterator[tuple[Stack, Second]]:
    """Two processes that hold one call each, behind the webhook of the first."""
    if not redis_servers.installed():
        lacking("redis-server is not installed")
    with redis_servers.private() as redis, tempfile.TemporaryDirectory(prefix="tiffin-two-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # an unprivileged PostgreSQL has to pass through
        environment = isolated(os.environ) | {"REDIS_URL": redis, "CAPACITY": "1"}
        with (
            Stack(folder, clock_start=TEST_START, environment=environment) as stack,
            second_process(stack, folder) as second,
        ):
            yield stack, second


class Network:
    """The telephone network, and what callers hear in it."""

    def __init__(self, house: House, second: Second) -> None:
        self.house, self.second = house, second

    async def phone(self, number: str, wishes: dict[str, Any]) -> str:
        """Somebody phones; the CallSid."""
        webhook, status = (f"{self.house.stack.url}/twilio/{door}" for door in ("voice", "status"))
        scenario = {"name": "caller", "title": "A caller", "from": number, "to": LINE, **wishes}
        asked = {"scenario": scenario, "webhook": webhook, "status_callback": status}
        answer = await self.house.sandbox.post("/control/calls", json=asked)
        return str(answer.raise_for_status().json()["sid"])

    async def hears(self, sid: str, words: str) -> str:
        """Wait until the caller has heard these words; all they have heard."""

        text = ""

        async def heard() -> str:
            nonlocal text
            seen = await self.house.line_of(sid)
            turns = [turn["text"] for turn in seen["turns"] if turn["who"] == "system"]
            text = " ".join([*turns, seen["hearing"]])
            return text if words.lower() in text.lower() else ""

        try:
            return await eventually(heard)
        except TimeoutError:
            raise AssertionError(f"{words!r} was not heard, but: {text}") from None

    async def hang_up(self, sid: str) -> None:
        (await self.house.sandbox.post(f"/control/calls/{sid}/hangup")).raise_for_status()

    async def held(self, together: int) -> tuple[int, int]:
        """How many calls each process holds, once they hold so many together."""

        async def calls() -> tuple[int, int] | None:
            async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
                urls = (self.house.stack.url, self.second.url)
                one, two = [(await client.get(f"{url}/readyz")).json()["calls"] for url in urls]
            return (one, two) if one + two == together else None

        found = await eventually(calls)
        assert found is not None
        return found

    async def begun(self) -> bool:
        """Whether the second process answers and both are known."""
        async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
            try:
                ready = await client.get(f"{self.second.url}/readyz")
            except httpx.TransportError:
                return False
        return ready.status_code == httpx.codes.OK and ready.json()["house"]["instances"] == 2


async def test_calls_are_spread_one_waits_and_a_process_dies(pair: tuple[Stack, Second]) -> None:
    stack, second = pair
    async with House(stack) as house:
        await house.calm()
        network = Network(house, second)
        await eventually(network.begun)

        one = await network.phone(BEN, ORDERS)
        first = await network.held(1)
        two = await network.phone(GRACE, ORDERS)
        assert await network.held(2) == (1, 1)
        here, there = (one, two) if first == (1, 0) else (two, one)

        three = await network.phone(SAM, HOLDS)
        heard = await network.hears(three, "first in line")
        assert "All our lines are busy right now. To hold, press one" in heard
        assert "greeted" not in heard
        await network.hears(there, "anything else")
        await network.hang_up(here)
        heard = await network.hears(three, "may i record")
        assert "Thank you for holding" in heard
        goodbye = await house.eventually_over(three)
        assert (goodbye["state"], goodbye["ended_by"], goodbye["error"]) == ("completed", "system", None)
        assert len([event for event in goodbye["events"] if event["what"] == "start"]) == 1

        await asyncio.to_thread(second.kill)
        heard = await network.hears(there, "garlic naan")
        assert "Sorry, I lost you for a second." in heard
        assert "I still have 2 Chana" in heard  # the caller breaks in there
        assert (await house.line_of(there))["state"] == "in-progress"
        await network.hang_up(there)
        over = await house.eventually_over(there)
        assert (over["ended_by"], over["error"]) == ("caller", None)
