"""Calls and texts that we begin: one row a try, written before the telephone company is asked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from db.models.base import Row, maybe_moment, moment
from db.types import Encrypted


class DialRow(Row, table=True):
    """One try to reach somebody. Its id travels in the webhook's address, so that the call finds its way back."""

    __tablename__ = "dials"
    __table_args__ = (
        Index(
            "uq_dials_live_party",
            "party_kind",
            "party_id",
            unique=True,
            postgresql_where=text("channel = 'call' AND status <> 'over'"),
        ),
        Index("ix_dials_job_key", "job_key"),
        Index("ix_dials_party", "party_kind", "party_id", "asked_at"),
    )

    job_key: str = Field(max_length=160)
    """`Outbox.key` of the job it is made for; that of a person's wish, where one of ours asks for it."""
    channel: str = Field(default="call", max_length=4)
    """call or sms"""
    topic: str = Field(max_length=20)
    purpose: str = Field(max_length=20)
    party_kind: str = Field(max_length=10)
    party_id: UUID
    order_id: UUID | None = Field(default=None, foreign_key="orders.id")
    line: str = Field(max_length=16)
    """Our own number that calls."""
    phone: str | None = Field(default=None, sa_type=Encrypted("dials.phone"))
    status: str = Field(max_length=10, index=True)
    """asked, ringing, answered, over"""
    sid: str | None = Field(default=None, unique=True, max_length=64)
    call_id: UUID | None = Field(default=None, foreign_key="calls.id", unique=True)
    answered_by: str | None = Field(default=None, max_length=20)
    """What machine detection said: human, machine_start, fax, unknown."""
    sequence: int = -1
    """The greatest SequenceNumber of the carrier's reports so far."""
    outcome: str | None = Field(default=None, max_length=20)
    rule: str | None = Field(default=None, max_length=60)
    """The rule of the gate that allowed or refused it."""
    asked_at: datetime = moment()
    """Business time."""
    asked_real: datetime = moment()
    """The machine's time: what the telephone company's own list is searched by."""
    over_at: datetime | None = maybe_moment()
    """Business time."""
