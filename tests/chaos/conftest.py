"""A town in a folder of the test's own; what it needs of the machine and does not find is told as everywhere."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from scripts.chaos import Lived, live
from scripts.chaos_plan import Fault
from scripts.child import StackError
from tests.services import lacking

Town = Callable[..., Awaitable[Lived]]


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Lets a town live through faults; fails with what it has to say when the test does."""

    async def lives(
        orders: int, seed: int, faults: list[Fault], *, seconds: float = 900.0, change: str = ""
    ) -> Lived:
        try:
            return await live(
                tmp_path, orders, seed, faults=faults, seconds=seconds, say=print, change=change
            )
        except StackError as error:
            if "RabbitMQ" in str(error) or "not installed" in str(error):
                lacking(str(error))
            raise

    return lives
