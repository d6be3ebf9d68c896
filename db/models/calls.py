"""What was said: calls, their events and snapshots, hand-overs between agents, promised call-backs."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from db.models.base import Json, Row, maybe_moment, moment
from db.types import Encrypted, EncryptedJSON


class CallRow(Row, table=True):
    """One phone or browser call."""

    __tablename__ = "calls"

    sid: str = Field(unique=True, max_length=64)
    channel: str = Field(max_length=12)
    """twilio, webrtc, eval"""
    direction: str = Field(default="inbound", max_length=10)
    market: str = Field(max_length=2)
    line: str = Field(max_length=16)
    """Our own number that was dialled."""
    phone: str | None = Field(default=None, sa_type=Encrypted("calls.phone"))
    phone_hash: str | None = Field(default=None, max_length=64, index=True)
    customer_id: UUID | None = Field(default=None, foreign_key="customers.id", index=True)
    purpose: str = Field(default="inbound", max_length=20)
    agent: str = Field(default="customer_order", max_length=40)
    status: str = Field(default="ringing", max_length=20, index=True)
    outcome: str | None = Field(default=None, max_length=40)
    recording_consent: bool | None = None
    resumed_from: UUID | None = Field(default=None, foreign_key="calls.id")
    started_at: datetime = moment(index=True)
    answered_at: datetime | None = maybe_moment()
    ended_at: datetime | None = maybe_moment()


class CallEvent(SQLModel, table=True):
    """One fact of a call, numbered from 1. Transcript, waterfall and console project these rows."""

    __tablename__ = "call_events"

    call_id: UUID = Field(foreign_key="calls.id", primary_key=True)
    seq: int = Field(primary_key=True)
    at: datetime = moment()
    type: str = Field(max_length=40, index=True)
    version: int = 1
    data: Json = Field(sa_type=EncryptedJSON("call_events.data"))


class CallSnapshot(SQLModel, table=True):
    """The whole call state at one version, kept so that a dropped call resumes on any process."""

    __tablename__ = "call_snapshots"

    call_id: UUID = Field(foreign_key="calls.id", primary_key=True)
    version: int = Field(primary_key=True)
    cart_version: int
    phone_hash: str | None = Field(default=None, max_length=64, index=True)
    at: datetime = moment()
    state: Json = Field(sa_type=EncryptedJSON("call_snapshots.state"))


class AgentTransition(Row, table=True):
    """A handoff, or the choice of the first agent."""

    __tablename__ = "agent_transitions"

    call_id: UUID = Field(foreign_key="calls.id", index=True)
    from_agent: str | None = Field(default=None, max_length=40)
    to_agent: str = Field(max_length=40)
    reason: str = Field(max_length=200)
    summary: str | None = Field(default=None, sa_type=Encrypted("agent_transitions.summary"))
    latency_ms: float | None = None
    at: datetime = moment()


class Callback(Row, table=True):
    """A promise that a person calls back."""

    __tablename__ = "callbacks"

    call_id: UUID | None = Field(default=None, foreign_key="calls.id", unique=True)
    phone: str | None = Field(default=None, sa_type=Encrypted("callbacks.phone"))
    phone_hash: str | None = Field(default=None, max_length=64, index=True)
    reason: str = Field(max_length=200)
    promised_at: datetime = moment()
    created_at: datetime = moment()
    done_at: datetime | None = maybe_moment()
