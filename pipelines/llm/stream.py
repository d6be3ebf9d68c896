"""Limits how long a model may keep the caller waiting, and turns every kind of time-out into one fault."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
from pipecat.utils.http import TIMEOUT_EXCEPTIONS

TIMEOUTS: tuple[type[Exception], ...] = (
    TimeoutError,
    *TIMEOUT_EXCEPTIONS,
    anthropic.APITimeoutError,
    openai.APITimeoutError,
)


class Stalled(ConnectionError):
    """A model that did not answer, or stopped answering, in time."""


@dataclass(frozen=True)
class Patience:
    """Seconds until the first output, and between two pieces of it."""

    first: float
    gap: float


async def patient(
    begin: Callable[[], Awaitable[Any]], patience: Patience, is_output: Callable[[Any], bool]
) -> AsyncGenerator[Any, None]:
    """The events of the SDK stream that `begin` opens; raises `Stalled` when they stop coming.

    Pipecat swallows an SDK's time-out (only an event is raised, no `ErrorFrame`), so it must not reach
    Pipecat as one. The HTTP stream is closed when the caller barges in.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience.first
    stream: Any = None
    started = False
    try:
        async with asyncio.timeout_at(deadline):
            stream = await begin()
        events = aiter(stream)
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            started = started or is_output(event)
            yield event
            if started:
                deadline = loop.time() + patience.gap
    except TIMEOUTS as fault:
        waited = patience.gap if started else patience.first
        raise Stalled(f"no output for {waited:g} s") from fault
    finally:
        if stream is not None:
            await stream.close()
