"""Bringing a database to the newest schema, and telling whether it is there.

`python -m db.migrate` is the migration job of a production: it brings the database at DATABASE_URL to this release's
schema, before the servers of this release start. Safe to repeat, and at the same time as another one.
"""

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from db.engine import with_driver
from settings import read_settings

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


async def upgrade(url: str) -> str | None:
    """Run every missing migration, one process at a time; returns the revision before. Safe to repeat."""
    engine = create_async_engine(with_driver(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
            await connection.commit()
            try:
                before = await connection.run_sync(_revision)
                await connection.run_sync(lambda sync: command.upgrade(config(sync), "head"))
                await connection.commit()
                return before
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
    finally:
        await engine.dispose()


async def head_matches(engine: AsyncEngine) -> bool:
    """Whether the database is at the newest revision; an empty one is not."""
    async with engine.connect() as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    return current == ((await asyncio.to_thread(head)),)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def main() -> int:
    """Migrate and say so in a line. Exit codes: 0 at the newest schema, 2 no usable DATABASE_URL, 1 it failed."""
    url = read_settings()[0].database_url
    if url is None:
        return _leave("DATABASE_URL is missing", 2)
    try:
        where = (
            make_url(with_driver(url.get_secret_value()))
            .render_as_string(hide_password=True)
            .rpartition("@")[2]
        )
    except (ArgumentError, ValueError):
        return _leave("DATABASE_URL is not an address of a database", 2)
    try:
        before = asyncio.run(upgrade(url.get_secret_value()))
    except CommandError as error:  # a revision this release has never heard of
        return _leave(f"the database at {where} cannot be migrated: {error}", 1)
    except (SQLAlchemyError, OSError) as error:
        return _leave(f"PostgreSQL at {where} cannot be used ({type(error).__name__})", 1)
    newest = head()
    said = f"was at {newest} already" if before == newest else f"went from {before or 'nothing'} to {newest}"
    sys.stdout.write(f"the database at {where} {said}\n")
    return 0


def _leave(problem: str, code: int) -> int:
    sys.stderr.write(f"tiffin: {problem}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
