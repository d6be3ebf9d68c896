"""PostgreSQL is waited for, but not for ever."""

import time

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db import engine
from db.engine import open_engine
from tests.fakes.given import KEYRING


async def test_a_free_connection_is_waited_for_less_than_a_carrier_waits_for_us(database_url: str) -> None:
    opened = open_engine(database_url, KEYRING, size=1, overflow=0)
    async with opened.connect():
        began = time.monotonic()
        with pytest.raises(PoolTimeout):
            async with opened.connect():
                pass
        waited = time.monotonic() - began
    await opened.dispose()
    assert engine.POOL_SECONDS <= waited < 7  # and once more for the apology, within 15 s
