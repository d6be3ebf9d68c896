"""Bringing a database to the newest schema, and telling whether it is there."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from db.engine import with_driver

SCRIPTS = Path(__file__).parent / "migrations"
LOCK = 7_301_001  # advisory lock number: one process migrates, the others wait
SEED_LOCK = 7_301_002


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings; the connection, if given, is the one it works on."""
    made = Config()
    made.set_main_option("script_location", str(SCRIPTS))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def head() -> str | None:
    """The newest revision in the repository."""
    return ScriptDirectory.from_config(config()).get_current_head()


async def upgrade(url: str) -> None:
    """Run every missing migration, one process at a time. Safe to repeat."""
    engine = create_async_engine(with_driver(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            await connection.commit()
            try:
                await connection.run_sync(lambda sync: command.upgrade(config(sync), "head"))
                await connection.commit()
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
    finally:
        await engine.dispose()


async def head_matches(engine: AsyncEngine) -> bool:
    """Whether the database is at the newest revision; an empty one is not."""
    async with engine.connect() as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    return current == ((await asyncio.to_thread(head)),)
