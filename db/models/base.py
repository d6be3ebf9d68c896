"""What every table shares: UUIDv7 keys made in Python, aware UTC times, JSON columns."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from db.types import UtcDateTime
from domain.ids import new_id

Json = dict[str, Any]


class Row(SQLModel):
    """A table whose rows have an id of their own."""

    id: UUID = Field(default_factory=new_id, primary_key=True)


def moment(*, index: bool = False) -> Any:
    """A required time column."""
    return Field(sa_type=UtcDateTime, index=index)


def maybe_moment(*, index: bool = False) -> Any:
    """An optional time column."""
    return Field(default=None, sa_type=UtcDateTime, nullable=True, index=index)


def json_list() -> Any:
    """A JSON array column, empty by default."""
    return Field(default_factory=list, sa_type=JSON)


def json_object() -> Any:
    """A JSON object column, empty by default."""
    return Field(default_factory=dict, sa_type=JSON)


__all__ = ["Json", "Row", "datetime", "json_list", "json_object", "maybe_moment", "moment"]
