"""What a running call tells of itself, as it happens."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx

from deadline import deadline
from domain.ids import Prefix, show
from scripts.call_live import follow

PATIENCE = 3.0
"""Seconds a caller waits at most for the end of an answer: one that was cut off never ends."""


class Following:
    """The events of one call, from its first to its last."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self._api = api
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._arrived = asyncio.Condition()

    async def follow(self, call_id: UUID) -> None:
        """Note every event until the call has ended."""
        async for event in follow(self._api, show(Prefix.CALL, call_id)):
            async with self._arrived:
                self.events.append((event["type"], event["data"]))
                self._arrived.notify_all()

    async def until(self, holds: Callable[[list[tuple[str, dict[str, Any]]]], bool]) -> bool:
        """Wait until something holds for the events so far; False when it does not within `PATIENCE`."""
        try:
            async with deadline(PATIENCE), self._arrived:
                await self._arrived.wait_for(lambda: holds(self.events))
        except TimeoutError:
            return False
        return True
