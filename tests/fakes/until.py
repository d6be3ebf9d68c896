"""Waits for what comes by itself, and fails when it does not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")
SECONDS, PAUSE = 30.0, 0.02


async def until(look: Callable[[], Awaitable[Found]], seconds: float = SECONDS) -> Found:
    """What `look` finds, as soon as it finds something. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(PAUSE)
