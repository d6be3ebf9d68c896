"""The schema: migrations make what the models say, once, whoever asks first."""

import asyncio

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel

import db.models  # noqa: F401 - fills the metadata
from db.engine import open_engine
from db.migrate import SCRIPTS, config, head_matches, upgrade
from db.types import Encrypted, EncryptedBytes, EncryptedJSON, Keyring
from tests.db.databases import database, sql

pytestmark = pytest.mark.db


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


async def test_the_migrations_make_exactly_what_the_models_say(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_difference_would_be_seen(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("ALTER TABLE drivers DROP COLUMN vehicle"))
        assert len(await connection.run_sync(differences)) == 1


async def test_upgrading_twice_at_once_is_the_same_as_once(postgres: str, keyring: Keyring) -> None:
    await sql(postgres, "CREATE DATABASE twice")
    url = database(postgres, "twice")
    engine = open_engine(url, keyring)
    assert not await head_matches(engine)
    await asyncio.gather(upgrade(url), upgrade(url), upgrade(url))
    assert await head_matches(engine)
    await engine.dispose()


def test_every_encrypted_column_is_bound_to_its_own_name() -> None:
    columns = [column for table in SQLModel.metadata.tables.values() for column in table.columns]
    kinds = Encrypted | EncryptedBytes | EncryptedJSON
    sealed = [column for column in columns if isinstance(column.type, kinds)]
    assert len(sealed) > 5
    for column in sealed:
        assert isinstance(column.type, kinds)
        assert column.type.context == str(column)


@pytest.mark.parametrize("name", ["phone", "name"])
def test_what_identifies_a_person_is_encrypted_from_the_first_table_on(name: str) -> None:
    for table in ("customers", "drivers"):
        assert isinstance(SQLModel.metadata.tables[table].columns[name].type, Encrypted)


def test_a_photo_is_encrypted_like_words() -> None:
    assert isinstance(SQLModel.metadata.tables["complaint_photos"].columns["picture"].type, EncryptedBytes)


async def test_every_migration_can_be_taken_back(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        for _ in range(len(list((SCRIPTS / "versions").glob("[0-9]*.py")))):
            await connection.run_sync(lambda sync: command.downgrade(config(sync), "-1"))
        left = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        assert list(left) == ["alembic_version"]
