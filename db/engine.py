"""The way to PostgreSQL: one engine per process, short sessions, statements that end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from db import types
from db.types import Keyring
from errors import StoreDown

Sessions = async_sessionmaker[AsyncSession]

STATEMENT_SECONDS = 10  # a caller has long heard an apology by then
IDLE_IN_TRANSACTION_SECONDS = 30  # a forgotten transaction would hold its locks for ever
CONNECT_SECONDS = 5
POOL_SECONDS = 4  # twice, for an answer and then an apology, is less than the 15 s a carrier waits


def open_engine(url: str, keyring: Keyring, *, size: int = 10, overflow: int = 10) -> AsyncEngine:
    """An engine for `url` (the asyncpg driver is understood) and the keys its columns rest under.

    Values never appear in error messages, because many of them are personal data. When all `size` + `overflow`
    connections are taken for too long, asking for one raises sqlalchemy.exc.TimeoutError, which is no DBAPIError.
    """
    types.hold(keyring)
    return create_async_engine(
        with_driver(url),
        pool_size=size,
        max_overflow=overflow,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "server_settings": {
                "application_name": "tiffin",
                "timezone": "UTC",
                "statement_timeout": str(STATEMENT_SECONDS * 1000),
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_SECONDS * 1000),
            },
        },
    )


def open_sessions(engine: AsyncEngine) -> Sessions:
    """Makes sessions whose objects stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """One database transaction: committed at the end, rolled back on an error.

    Raises:
        StoreDown: PostgreSQL cannot be reached or refused.
    """
    try:
        async with sessions() as session, session.begin():
            yield session
    except (SQLAlchemyError, OSError) as error:
        raise StoreDown(f"the database failed: {type(error).__name__}") from error


def with_driver(url: str) -> str:
    """`url` with the asyncpg driver named, as hosters hand it out without."""
    scheme, rest = url.split("://", 1)
    return f"postgresql+asyncpg://{rest}" if scheme in {"postgres", "postgresql"} else url
