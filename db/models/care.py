"""What is put right afterwards: complaints, refunds, and the answers to what everybody asks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from db.models.base import Row, json_list, maybe_moment, moment
from db.types import Encrypted, EncryptedBytes


class Complaint(Row, table=True):
    """Something that went wrong, with the dates by which it must be acknowledged and settled."""

    __tablename__ = "complaints"

    key: str = Field(unique=True, max_length=160)
    """The same grievance told twice is one complaint: call, order and kind."""
    customer_id: UUID | None = Field(default=None, foreign_key="customers.id", index=True)
    order_id: UUID | None = Field(default=None, foreign_key="orders.id", index=True)
    call_id: UUID | None = Field(default=None, foreign_key="calls.id")
    market: str = Field(max_length=2)
    kind: str = Field(max_length=20)
    """not_delivered, wrong_order, missing_items, quality, late, conduct, charge, other"""
    said: str = Field(sa_type=Encrypted("complaints.said"))
    """What the caller told, in a sentence."""
    reference: str = Field(max_length=8, unique=True)
    """Spoken: C and five digits."""
    status: str = Field(default="open", max_length=12, index=True)
    """open, settled, closed"""
    acknowledge_by: datetime = moment()
    settle_by: datetime = moment()
    acknowledged_at: datetime | None = maybe_moment()
    settled_at: datetime | None = maybe_moment()
    outcome: str | None = Field(default=None, max_length=200)
    created_at: datetime = moment(index=True)


class EvidenceLink(Row, table=True):
    """The address that was texted to a caller, where photos for one complaint are taken: one per complaint, ever."""

    __tablename__ = "evidence_links"

    complaint_id: UUID = Field(foreign_key="complaints.id", unique=True)
    token_hash: str = Field(unique=True, max_length=64)
    """SHA-256 of the token in the address, as hex; the token itself is in the text and nowhere else."""
    created_at: datetime = moment()
    expires_at: datetime = moment()
    sent_at: datetime | None = maybe_moment()
    """When the telephone company took the text; None while nobody knows."""


class ComplaintPhoto(Row, table=True):
    """A photo a caller sent for their complaint, without what the camera wrote into it."""

    __tablename__ = "complaint_photos"
    __table_args__ = (UniqueConstraint("complaint_id", "number"),)

    complaint_id: UUID = Field(foreign_key="complaints.id")
    number: int
    """From 1, in the order they came."""
    kind: str = Field(max_length=20)
    """image/jpeg, image/png, image/webp, image/heic"""
    size: int
    """Bytes, as kept and before they are sealed."""
    picture: bytes = Field(sa_type=EncryptedBytes("complaint_photos.picture"))
    created_at: datetime = moment()


class Refund(Row, table=True):
    """Money that was promised back. Its provider's answers are facts in the payment ledger."""

    __tablename__ = "refunds"

    key: str = Field(unique=True, max_length=160)
    """Order and reason; sent to the provider as its idempotency key."""
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    complaint_id: UUID | None = Field(default=None, foreign_key="complaints.id")
    call_id: UUID | None = Field(default=None, foreign_key="calls.id")
    reason: str = Field(max_length=20)
    lines: list[str] = json_list()
    """Names of the dishes it is for; empty means the whole order."""
    amount: int
    """Minor units."""
    currency: str = Field(max_length=3)
    rule: str = Field(max_length=60)
    """The id of the policy row that set the amount."""
    means: str = Field(max_length=12)
    """card: back to the card that paid; hold: what the card holds is let go of; person: cash, by somebody who calls"""
    status: str = Field(max_length=12, index=True)
    """begun, refunded, unknown, failed, owed (cash: a person pays it)"""
    reference: str | None = Field(default=None, max_length=120)
    """The refund's id at the provider; for a hold, the payment's."""
    created_at: datetime = moment()
    updated_at: datetime = moment()


class Faq(Row, table=True):
    """A question people ask, with its answer and where that comes from."""

    __tablename__ = "faqs"

    slug: str = Field(unique=True, max_length=60)
    question: str = Field(max_length=200)
    answer: str = Field(max_length=600)
    """At most three short sentences, as they are spoken."""
    also: list[str] = json_list()
    """Other ways the question is put, Hindi and mixed speech among them."""
    markets: list[str] = json_list()
    """Where the answer holds; empty means everywhere."""
    source: str = Field(max_length=120)
    """What the answer rests on, as it is named to the caller."""
    version: int = 1
