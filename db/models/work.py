"""What still has to happen, and who did what: the outbox and the audit trail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from db.models.base import Json, Row, json_object, maybe_moment, moment


class Outbox(Row, table=True):
    """A job, written in the transaction that caused it. The row owns due time, attempts, lease and death."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due",
            "due_at",
            "priority",
            postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
        ),
    )

    kind: str = Field(max_length=60)
    key: str = Field(unique=True, max_length=160)
    """De-duplication: the same fact never makes the same job twice."""
    payload: Json = json_object()
    priority: int = 5
    due_at: datetime = moment()
    attempts: int = 0
    leased_by: str | None = Field(default=None, max_length=60)
    lease_until: datetime | None = maybe_moment()
    done_at: datetime | None = maybe_moment()
    dead_at: datetime | None = maybe_moment()
    outcome: str | None = Field(default=None, max_length=200)
    created_at: datetime = moment()


class Audit(Row, table=True):
    """A sensitive thing somebody did: who, what, when, from where. Append-only."""

    __tablename__ = "audit"

    actor: str = Field(max_length=80)
    action: str = Field(max_length=60)
    subject: str = Field(max_length=80)
    source: str = Field(max_length=80)
    call_id: UUID | None = Field(default=None, foreign_key="calls.id")
    at: datetime = moment(index=True)
    data: Json = json_object()
