"""Making, addressing and copying databases on a test server."""

from collections.abc import AsyncIterator

import asyncpg

from domain.ids import new_id


async def sql(server: str, *statements: str) -> None:
    """Run statements outside a transaction on the server's maintenance database."""
    connection = await asyncpg.connect(server.replace("+asyncpg", ""))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def database(server: str, name: str) -> str:
    """The address of another database on the same server."""
    return f"{server.rsplit('/', 1)[0]}/{name}"


async def fresh(server: str, template: str) -> AsyncIterator[str]:
    """A copy of a template database for one test."""
    name = f"t_{new_id().hex}"
    await sql(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield database(server, name)
    await sql(server, f"DROP DATABASE {name} WITH (FORCE)")
