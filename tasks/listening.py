"""Hears that a job was written or woken: LISTEN on a connection of its own, for as long as the process lives."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.jobs import CHANNEL

log = structlog.get_logger(__name__)

GONE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
CONNECT_SECONDS = ANSWER_SECONDS = 5.0
AGAIN_SECONDS = 1.0
ASK_SECONDS = 15.0
"""A connection that died without a word is noticed this soon; the relay's own looking is quicker."""


class Listening:
    """Calls `heard` at every notification, and whenever some may have been missed."""

    def __init__(self, engine: AsyncEngine, heard: Callable[[], None]) -> None:
        _, options = engine.dialect.create_connect_args(engine.url)
        self._options: dict[str, Any] = {**options, "timeout": CONNECT_SECONDS}
        self._heard = heard
        self._told = False
        self.connected = False
        """False while jobs have to be looked for."""

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is said once, and another one is tried for every second."""
        while True:
            try:
                await self._listen()
            except GONE as error:
                if not self._told:
                    log.warning("jobs.not_listening", error=type(error).__name__)
                self._told = True
            self._heard()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        """Until the connection is lost, or when there is none to be had; raises what `GONE` names."""
        connection = await asyncpg.connect(**self._options)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, self._notified)
            self.connected, self._told = True, False
            self._heard()
            while not lost.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), ASK_SECONDS)
                await connection.execute("SELECT 1", timeout=ANSWER_SECONDS)
        finally:
            self.connected = False
            connection.terminate()

    def _notified(self, *_: Any) -> None:
        self._heard()
