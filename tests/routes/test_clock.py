"""The product's time over the API: read, and a wait left out by whoever may operate."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import SecretStr

from api import clock as door
from api.keys import parse_keys
from clock import SystemClock
from tests.routes.conftest import KEYS, READER, ReadRuntime, client

pytestmark = pytest.mark.db
OPERATOR = "operator-of-the-tests"


@pytest.fixture
def doors(app: FastAPI, runtime: ReadRuntime) -> FastAPI:
    """The application with the clock's door, and a key that may operate."""
    app.include_router(door.router)
    keys = SecretStr(f"{KEYS},operator:{OPERATOR}:operate+read")
    app.state.keys = parse_keys(keys, runtime.settings.secret_key)
    return app


@pytest.fixture
async def operator(doors: FastAPI) -> AsyncIterator[AsyncClient]:
    """A key that may operate."""
    async with client(doors, OPERATOR) as opened:
        yield opened


async def test_a_wait_is_left_out(operator: AsyncClient, runtime: ReadRuntime) -> None:
    before = runtime.clock.now()
    answer = await operator.post("/clock/advance", json={"seconds": 1200})
    assert answer.status_code == 200
    assert runtime.clock.now() - before >= timedelta(minutes=20)
    told = datetime.fromisoformat((await operator.get("/clock")).json()["now"])
    assert told - before >= timedelta(minutes=20)


@pytest.mark.parametrize("seconds", [0, -5, 24 * 3600 + 1, "soon"])
async def test_time_is_neither_turned_back_nor_thrown_far_ahead(
    operator: AsyncClient, seconds: object
) -> None:
    assert (await operator.post("/clock/advance", json={"seconds": seconds})).status_code == 422


async def test_the_machines_own_clock_is_not_touched(operator: AsyncClient, runtime: ReadRuntime) -> None:
    runtime.clock = SystemClock()
    answer = await operator.post("/clock/advance", json={"seconds": 60})
    assert answer.status_code == 409
    assert (await operator.get("/clock")).json()["adjustable"] is False


async def test_who_only_reads_leaves_no_wait_out(doors: FastAPI, runtime: ReadRuntime) -> None:
    async with client(doors, READER) as reader:
        assert (await reader.post("/clock/advance", json={"seconds": 60})).status_code == 403
