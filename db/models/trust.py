"""Who somebody is, and who takes over: codes that prove a person, and calls that wait for one of ours."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from db.models.base import Row, maybe_moment, moment
from db.types import Encrypted


class ProofCode(Row, table=True):
    """A code that was sent or spoken to a caller to read back; kept as a keyed hash, good for minutes."""

    __tablename__ = "proof_codes"

    call_id: UUID = Field(foreign_key="calls.id", index=True)
    phone_hash: str = Field(max_length=64, index=True)
    purpose: str = Field(max_length=20)
    """address, refund, card"""
    sent_by: str = Field(max_length=10)
    """sms or voice"""
    code_hash: str = Field(max_length=64)
    tries: int = 0
    created_at: datetime = moment()
    expires_at: datetime = moment()
    proved_at: datetime | None = maybe_moment()


class Transfer(Row, table=True):
    """A caller who waits for a person, or was put through to one."""

    __tablename__ = "transfers"

    call_id: UUID = Field(foreign_key="calls.id", unique=True)
    market: str = Field(max_length=2)
    person_number: str = Field(max_length=16)
    reason: str = Field(max_length=200)
    briefing: str = Field(sa_type=Encrypted("transfers.briefing"))
    """What is whispered to the person before they take the call."""
    status: str = Field(max_length=12, index=True)
    """waiting, ringing, accepted, declined, missed, left"""
    sid: str | None = Field(default=None, max_length=64)
    """The carrier's id of the call to the person."""
    created_at: datetime = moment(index=True)
    answered_at: datetime | None = maybe_moment()
    ended_at: datetime | None = maybe_moment()
