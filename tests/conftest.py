"""A real PostgreSQL, and a fresh database, for every test that asks for one; a real Redis likewise."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import Sessions, open_engine, open_sessions
from db.migrate import upgrade
from db.seeding.seed import seed
from db.types import Keyring
from scripts.embedded_postgres import throwaway
from tests.db import redis_server as redis_servers
from tests.db.databases import database, fresh, sql
from tests.fakes.given import KEYRING, SEEDED_AT
from tests.fakes.payments import FakePayments
from tests.fakes.shop import Shop
from tests.services import lacking

# The same examples in every run, however slow the machine is.
settings.register_profile(
    "tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for PostgreSQL is marked: `make unit` leaves it out."""
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.db)


def pytest_collection_finish() -> None:
    """What was imported stays: looking through it would stop every call for a third of a second, now and then."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """The keys the tests' columns rest under."""
    return KEYRING


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server of our own, one per test process."""
    with throwaway() as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a Redis of our own, one per test process; where none is installed, the empty one at REDIS_URL."""
    if redis_servers.installed():
        with redis_servers.private() as url:
            yield url
    elif named := os.environ.get("REDIS_URL"):
        yield named
    else:
        lacking("neither redis-server is installed nor REDIS_URL set")


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """A template database at the newest schema, without rows."""

    async def make() -> None:
        await sql(postgres, "CREATE DATABASE migrated")
        await upgrade(database(postgres, "migrated"))

    asyncio.run(make())
    return "migrated"


@pytest.fixture(scope="session")
def populated(postgres: str, migrated: str) -> str:
    """A template database with the seed rows."""

    async def make() -> None:
        await sql(postgres, f"CREATE DATABASE populated TEMPLATE {migrated} STRATEGY FILE_COPY")
        engine = open_engine(database(postgres, "populated"), KEYRING)
        await seed(open_sessions(engine), SEEDED_AT)
        await engine.dispose()

    asyncio.run(make())
    return "populated"


@pytest.fixture
async def database_url(postgres: str, migrated: str) -> AsyncIterator[str]:
    """The address of a fresh database at the newest schema, without rows."""
    async for url in fresh(postgres, migrated):
        yield url


@pytest.fixture
async def seeded_url(postgres: str, populated: str) -> AsyncIterator[str]:
    """The address of a fresh database with the seed rows."""
    async for url in fresh(postgres, populated):
        yield url


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh, empty database."""
    opened = open_engine(database_url, KEYRING)
    yield opened
    await opened.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    """Sessions on a fresh, empty database."""
    return open_sessions(engine)


@pytest.fixture
async def seeded(seeded_url: str) -> AsyncIterator[Sessions]:
    """Sessions on a fresh database with the seed rows."""
    opened = open_engine(seeded_url, KEYRING)
    yield open_sessions(opened)
    await opened.dispose()


@pytest.fixture
def shop(seeded: Sessions) -> Shop:
    """The seeded city at half past twelve on a Monday in Texas."""
    return Shop(seeded)


@pytest.fixture
def cards(shop: Shop) -> FakePayments:
    """A card provider; it notes how many transactions are open whenever it is asked."""
    return FakePayments(lambda: shop.open_transactions)
