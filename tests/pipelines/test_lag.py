"""How late the event loop is, as `/readyz` tells it."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from pipelines.lag import EVERY_SECONDS, KEPT, LoopLag

STALL_SECONDS = 0.2


@pytest.fixture
async def watched() -> AsyncIterator[LoopLag]:
    lag = LoopLag()
    watching = asyncio.create_task(lag.watch())
    yield lag
    watching.cancel()


async def test_a_loop_that_is_held_up_is_noticed(watched: LoopLag) -> None:
    await asyncio.sleep(0)  # it has begun to wait
    asyncio.get_running_loop().call_soon(time.sleep, STALL_SECONDS)
    await asyncio.sleep(STALL_SECONDS)  # due after the watcher's sleep, so woken after it
    assert watched.summary()["max_ms"] >= (STALL_SECONDS - EVERY_SECONDS) * 1000


def test_before_anything_is_measured_there_are_zeros() -> None:
    assert LoopLag().summary() == {"p50_ms": 0.0, "p99_ms": 0.0, "max_ms": 0.0}


def test_the_summary_ranks_what_was_noted() -> None:
    lag = LoopLag()
    for late in range(100, 0, -1):
        lag.note(float(late))
    assert lag.summary() == {"p50_ms": 51.0, "p99_ms": 100.0, "max_ms": 100.0}


def test_a_stall_is_forgotten_after_a_minute() -> None:
    lag = LoopLag()
    lag.note(900.0)
    for _ in range(KEPT - 1):
        lag.note(1.0)
    assert lag.summary()["max_ms"] == 900.0
    lag.note(1.0)
    assert lag.summary()["max_ms"] == 1.0
    assert KEPT * EVERY_SECONDS == 60
