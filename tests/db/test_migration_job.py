"""`python -m db.migrate`, as a deployment runs it."""

import asyncio
import os
import subprocess
import sys

import pytest
import yaml
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.migrate import head, head_matches
from domain.ids import new_id
from tests.db.databases import database, sql
from tests.test_layers import ROOT

pytestmark = pytest.mark.db


def migrate(**environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "db.migrate"]
    return subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True)


@pytest.fixture
def empty_url(postgres: str) -> str:
    """The address of a database without a table."""
    name = f"empty_{new_id().hex}"
    asyncio.run(sql(postgres, f"CREATE DATABASE {name}"))
    return database(postgres, name)


def newest(url: str) -> bool:
    async def ask() -> bool:
        engine: AsyncEngine = create_async_engine(url)
        try:
            return await head_matches(engine)
        finally:
            await engine.dispose()

    return asyncio.run(ask())


def test_it_brings_an_empty_database_to_this_releases_schema_and_may_be_repeated(empty_url: str) -> None:
    assert not newest(empty_url)
    first = migrate(DATABASE_URL=empty_url, APP_ENV="prod")
    assert (first.returncode, first.stderr) == (0, "")
    assert f"went from nothing to {head()}" in first.stdout
    assert newest(empty_url)
    again = migrate(DATABASE_URL=empty_url)
    assert again.returncode == 0
    assert f"was at {head()} already" in again.stdout


def test_compose_runs_it_before_the_server_and_the_image_has_it() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    job, app = services["migrate"], services["app"]
    assert " ".join(job["command"]) == "python -m db.migrate"
    assert app["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert job["image"] == app["image"]
    assert job["environment"]["DATABASE_URL"] == app["environment"]["DATABASE_URL"]
    assert job["restart"] == "no"
    assert "db" not in (ROOT / ".dockerignore").read_text().split()


def test_a_schema_of_a_later_release_is_refused(database_url: str) -> None:
    asyncio.run(sql(database_url, "UPDATE alembic_version SET version_num = '9999'"))
    job = migrate(DATABASE_URL=database_url)
    assert job.returncode == 1
    assert "cannot be migrated" in job.stderr
    assert len(job.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "code"), [("", 2), ("nonsense", 2), ("postgresql://a:hush@127.0.0.1:9/b", 1)]
)
def test_what_is_wrong_is_one_line_without_a_password(url: str, code: int) -> None:
    job = migrate(DATABASE_URL=url)
    assert (job.returncode, job.stdout) == (code, "")
    assert job.stderr.startswith("tiffin: ")
    assert len(job.stderr.splitlines()) == 1
    assert "hush" not in job.stderr
