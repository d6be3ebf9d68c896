"""A limit in real seconds on whatever is awaited inside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def deadline(seconds: float) -> AsyncIterator[None]:
    """As `asyncio.timeout`: what runs inside is cancelled after `seconds`, and TimeoutError raised.

    Pipecat puts wait_for2 in the place of `asyncio.wait_for` before Python 3.12. When that is cancelled in the moment
    its answer comes, it raises an heir of CancelledError, and `asyncio.timeout` of 3.11 turns only CancelledError
    itself into TimeoutError: the heir would end the task of whoever asked. Here the late answer is dropped.
    """
    async with asyncio.timeout(seconds):
        try:
            yield
        except asyncio.CancelledError as cancelled:
            if type(cancelled) is asyncio.CancelledError:
                raise
            raise asyncio.CancelledError from None
