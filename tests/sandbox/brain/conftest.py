"""The house with the vendors' front doors, open for one test."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.brain.house import House, open_house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as opened:
        yield opened
