"""The stack a run talks to, from the outside and from behind: its doors, its sandbox, its database, its time."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
from rich.console import Console

from db.engine import Sessions, open_engine, open_sessions
from db.keyring import read_keyring
from db.seeding.catalogue import read_catalogue
from db.seeding.checks import Catalogue
from db.types import Keyring
from scripts.business_time import TEST_START
from scripts.outside import isolated
from scripts.stack import Stack
from settings import load_settings
from vendors.payments import CardPayments
from vendors.stripe import Stripe


class House:
    """A started stack; an async context manager. What is written here belongs to no caller but our own."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._exit = AsyncExitStack()
        self.keyring: Keyring
        self.sessions: Sessions
        self.world: Catalogue
        self.cards: CardPayments
        self.api: httpx.AsyncClient
        self._sandbox: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        settings = load_settings(self._stack.environment)
        self.keyring = read_keyring(settings)
        self.world = await asyncio.to_thread(read_catalogue)
        engine = open_engine(self._stack.environment["DATABASE_URL"], self.keyring, size=4)
        self._exit.push_async_callback(engine.dispose)
        self.sessions = open_sessions(engine)
        key = settings.stripe_api_key
        stripe = Stripe(key.get_secret_value() if key else "", settings.stripe_base_url)
        self._exit.push_async_callback(stripe.close)
        self.cards = stripe
        self._sandbox = await self._exit.enter_async_context(
            httpx.AsyncClient(base_url=self._stack.sandbox.url, timeout=30.0, trust_env=False)
        )
        self.api = await self._exit.enter_async_context(
            httpx.AsyncClient(
                base_url=self._stack.url,
                headers={"Authorization": f"Bearer {self._stack.api_key}"},
                timeout=30.0,
                trust_env=False,
            )
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    @property
    def played(self) -> frozenset[str]:
        """The vendors that the sandbox plays."""
        return frozenset(filter(None, self._stack.environment["SIMULATED"].split(",")))

    def now(self) -> datetime:
        """Business time; the server's is behind by the seconds it took to start."""
        return self._stack.time.at(datetime.now(UTC))

    def door(self, line: str, caller: str | None) -> str:
        """The address at which somebody types to the agent."""
        query = {"line": line, "key": self._stack.api_key} | ({"caller": caller} if caller else {})
        return f"{self._stack.url.replace('http', 'ws', 1)}/evals/media?{urlencode(query)}"

    async def cast(self, policy: str) -> None:
        """Who plays the language model from now on, where none is real."""
        answer = await self._sandbox.post("/control/model", json={"policy": policy})
        answer.raise_for_status()

    async def break_vendors(self, faults: list[dict[str, Any]]) -> None:
        """Arm faults; see `sandbox/faults.py`."""
        for fault in faults:
            (await self._sandbox.post("/control/faults", json=fault)).raise_for_status()

    async def mend_vendors(self) -> None:
        """All is well again."""
        (await self._sandbox.delete("/control/faults")).raise_for_status()


@contextmanager
def standing(console: Console, *, keep: bool) -> Iterator[Stack]:
    """A whole stack in a temporary folder, gone afterwards unless it is to be kept. Raises StackError.

    Always one of our own: scenarios write people and orders, which nobody wants among theirs.
    """
    folder = Path(tempfile.mkdtemp(prefix="tiffin-evals-"))
    folder.chmod(0o711)  # an unprivileged PostgreSQL has to pass through
    try:
        with Stack(
            folder,
            clock_start=TEST_START,
            environment=isolated(os.environ),
            say=console.print,
            server_command=(sys.executable, "-m", "evals.server"),
        ) as stack:
            yield stack
    finally:
        if keep:
            console.print(f"kept: {folder}", soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
