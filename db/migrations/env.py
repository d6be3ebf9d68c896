"""Alembic's entry: runs migrations on the connection it is handed by `db.migrate`."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import db.models  # noqa: F401 - fills the metadata
from db.types import Encrypted, EncryptedJSON, UtcDateTime


def plain_types(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as what the database stores, so that a migration never imports the product."""
    if kind == "type" and isinstance(item, Encrypted | EncryptedJSON):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_item=plain_types,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
