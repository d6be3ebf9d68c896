"""Write the next migration from the difference between the models and the migrations there are.

    python -m scripts.new_migration "add loyalty points"

It works on a throw-away database. Read what it wrote before you commit it: a rename looks like a drop.
"""

import argparse
import asyncio
import re

from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.migrate import SCRIPTS, config, upgrade
from scripts.embedded_postgres import throwaway


async def write(url: str, message: str) -> str:
    """Upgrade the database at `url`, compare it with the models, write the revision; returns its number."""
    number = f"{len(list((SCRIPTS / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    await upgrade(url)
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        settings = config()
        settings.set_main_option("file_template", "%%(rev)s_%%(slug)s")

        def compare(sync: object) -> None:
            settings.attributes["connection"] = sync
            command.revision(settings, message, autogenerate=True, rev_id=number)

        await connection.run_sync(compare)
    await engine.dispose()
    return number


def main() -> None:
    """Start a throw-away database, write the migration, say where it is."""
    parser = argparse.ArgumentParser(description="Write the next migration.")
    parser.add_argument("message", type=lambda text: re.sub(r"\s+", " ", text).strip())
    message = parser.parse_args().message
    with throwaway() as server:
        number = asyncio.run(write(server.url, message))
    print(*(SCRIPTS / "versions").glob(f"{number}_*.py"))


if __name__ == "__main__":
    main()
