"""A limit on waiting holds whatever is awaited, wait_for2 at its worst moment included."""

import asyncio

import pipecat
import pytest

from deadline import deadline


class Late:
    """Answers in the very moment it is cancelled, as a socket may."""

    async def answer(self) -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "too late"
        return "never"


async def test_it_lets_through_what_is_in_time() -> None:
    async with deadline(60):
        await asyncio.sleep(0)


async def test_it_ends_what_is_late() -> None:
    with pytest.raises(TimeoutError):
        async with deadline(0.01):
            await asyncio.sleep(60)


async def test_an_answer_in_the_moment_of_the_limit_is_late_too() -> None:
    assert asyncio.wait_for.__module__.startswith("wait_for2"), pipecat.__version__
    with pytest.raises(TimeoutError):
        async with deadline(0.01):
            await asyncio.wait_for(Late().answer(), 30)


async def test_whoever_is_cancelled_from_outside_is_cancelled() -> None:
    async def patient() -> None:
        async with deadline(60):
            await asyncio.wait_for(Late().answer(), 30)

    task = asyncio.create_task(patient())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()
