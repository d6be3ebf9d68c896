"""What a call reports of itself, for tests that wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

PATIENCE = 60.0
"""Seconds an event may take before the test fails: far longer than anything we wait for."""

QUIET_SECONDS = 3.0
SETTLED_SECONDS = 0.5
"""Between a tool's answer, or a sentence that was not true, and the model's being asked about it."""
PAUSE = 0.02
Event = dict[str, Any]
Found = TypeVar("Found")
Where = Callable[[dict[str, Any]], bool]


def anything(_: dict[str, Any]) -> bool:
    """Every event of the type will do."""
    return True


@dataclass
class Told:
    """The events of one call, as they arrive."""

    call_id: UUID
    events: list[Event] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def all(self, kind: str, where: Where = anything) -> list[dict[str, Any]]:
        """The data of every event of a type so far."""
        return [event["data"] for event in self.events if event["type"] == kind and where(event["data"])]

    async def until(self, kind: str, where: Where = anything, *, count: int = 1) -> dict[str, Any]:
        """The `count`-th event of a type, once it has happened."""
        async with self.arrived:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self.arrived.wait_for(lambda: len(self.all(kind, where)) >= count)
            except TimeoutError:
                last = [(event["type"], event["data"]) for event in self.events[-12:]]
                raise AssertionError(f"no {kind} ({count}) came; the last were {last}") from None
        return self.all(kind, where)[count - 1]

    async def quiet(self) -> None:
        """Wait until no model is thinking: a sentence that was not true makes it answer once more.

        After a barge-in a model never reports its end; then this gives up after a while.
        """
        async with self.arrived:
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET_SECONDS):
                    await self.arrived.wait_for(lambda: not self._thinking())

    async def settled(self) -> None:
        """Wait until nothing has happened for a moment: what is in store for the model is for the next turn alone."""
        async with asyncio.timeout(PATIENCE):
            before = -1
            while before < len(self.events):
                before = len(self.events)
                await asyncio.sleep(SETTLED_SECONDS)  # that no event comes is none to wait for

    def _thinking(self) -> bool:
        asked, owed = 0, False
        for event in self.events:
            match event["type"]:
                case "model.chosen":
                    asked, owed = asked + 1, False
                case "usage.llm":
                    asked -= 1
                case "claim.refused":
                    owed = owed or event["data"]["instead"] == "check"
                case _:
                    pass
        return asked > 0 or owed

    async def said(self, words: str) -> dict[str, Any]:
        """The agent's turn that holds these words."""
        return await self.until("turn.agent", lambda data: words.lower() in data["text"].lower())


async def eventually(ask: Callable[[], Awaitable[Found]]) -> Found:
    """Ask until there is an answer: these are other processes, with no event to wait for."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if found := await ask():
                return found
            await asyncio.sleep(PAUSE)


async def drained(socket: ClientConnection) -> None:
    """Read what the server tells the harness, so that it never has to wait for us."""
    with suppress(ConnectionClosed):
        async for _ in socket:
            pass
