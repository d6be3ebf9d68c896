"""The read routes over a real database: an application with a runtime of its own, asked over ASGI."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from api import agents, calls, customers, events, orders, restaurants
from api.errors import add_error_handlers
from api.keys import parse_keys
from clock import Clock, ScaledClock
from db.engine import Sessions
from db.events import EventLog
from db.rate_limit import RateLimit
from db.redis import open_redis
from settings import Settings, load_settings
from tests.fakes.given import SEEDED_AT

READER, PRIVATE = "reader-of-the-tests", "officer-of-the-tests"
KEYS = f"reader:{READER}:read,private:{PRIVATE}:read+privacy,driver:driver-of-the-tests:driver=1"


@dataclass
class ReadRuntime:
    """What the read routes use of the runtime."""

    settings: Settings
    clock: Clock
    sessions: Sessions
    events: EventLog
    limiter: RateLimit


@pytest.fixture
async def runtime(seeded: Sessions) -> AsyncIterator[ReadRuntime]:
    """Stores with the seed rows; the event log runs."""
    settings = load_settings({"API_KEYS": KEYS})
    clock = ScaledClock(SEEDED_AT)
    async with AsyncExitStack() as stack:
        redis = await open_redis(None)
        stack.push_async_callback(redis.aclose)
        log = await stack.enter_async_context(EventLog(seeded, clock, None))
        yield ReadRuntime(settings, clock, seeded, log, RateLimit(redis))


@pytest.fixture
def app(runtime: ReadRuntime) -> FastAPI:
    """The read routes alone."""
    made = FastAPI()
    add_error_handlers(made)
    for door in (agents, orders, calls, customers, restaurants, events):
        made.include_router(door.router)
    made.state.runtime = runtime
    made.state.keys = parse_keys(runtime.settings.api_keys, runtime.settings.secret_key)
    return made


def client(app: FastAPI, secret: str) -> AsyncClient:
    """Somebody with that key."""
    headers = {"Authorization": f"Bearer {secret}"}
    return AsyncClient(transport=ASGITransport(app), base_url="http://tiffin.test", headers=headers)


@pytest.fixture
async def reader(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A key that may read."""
    async with client(app, READER) as opened:
        yield opened


@pytest.fixture
async def private(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A key that may read personal data too."""
    async with client(app, PRIVATE) as opened:
        yield opened
