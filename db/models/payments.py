"""Money outside a call: payment links, what providers have told us of, and how their books compare with ours."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from db.models.base import Row, maybe_moment, moment


class PaymentLink(Row, table=True):
    """A link at a provider that pays one order. The hex digits of its id are the provider's reference of it."""

    __tablename__ = "payment_links"
    __table_args__ = (
        Index(
            "uq_payment_links_live",
            "order_id",
            unique=True,
            postgresql_where=text("status IN ('begun','open')"),
        ),
    )

    order_id: UUID = Field(foreign_key="orders.id", index=True)
    provider: str = Field(max_length=20)
    key: str = Field(unique=True, max_length=120)
    """Its key in the payment ledger: call, cart version and number."""
    number: int = 1
    """Which link of the order it is, from 1."""
    amount: int
    """Minor units."""
    currency: str = Field(max_length=3)
    status: str = Field(max_length=10)
    """begun, open, paid, over, failed; late and then returned: paid when nothing was to be paid any more"""
    reference: str | None = Field(default=None, unique=True, max_length=60)
    """The provider's id of the link; none until it has answered."""
    url: str | None = Field(default=None, max_length=200)
    """What is texted."""
    payment: str | None = Field(default=None, max_length=60)
    """The provider's id of the payment, once there is one."""
    expires_at: datetime = moment()
    """Business time: so long stock and price are held."""
    created_at: datetime = moment()
    updated_at: datetime = moment()


class WebhookEvent(Row, table=True):
    """One event a provider has told us of. The row makes the second telling of it do nothing."""

    __tablename__ = "webhook_events"
    __table_args__ = (Index("uq_webhook_events", "provider", "event_id", unique=True),)

    provider: str = Field(max_length=20)
    event_id: str = Field(max_length=120)
    type: str = Field(max_length=80)
    jobs: int = 0
    """How many jobs it has caused or woken."""
    at: datetime = moment(index=True)


class Reconciliation(Row, table=True):
    """One comparison of a provider's books with the payment ledger. `since` and `until` are real time."""

    __tablename__ = "reconciliations"

    provider: str = Field(max_length=20, index=True)
    since: datetime = moment()
    until: datetime = moment()
    theirs: int
    """Payments and refunds the provider has in that window."""
    ours: int
    """Those that the ledger has begun in it."""
    differences: int
    at: datetime = moment(index=True)
    """Business time."""


class Difference(Row, table=True):
    """One thing that a provider and the ledger do not agree on. Nothing is changed because of it: a person decides."""

    __tablename__ = "reconciliation_differences"

    reconciliation_id: UUID = Field(foreign_key="reconciliations.id", index=True)
    kind: str = Field(max_length=20)
    """missing_here, missing_there, amount, status"""
    about: str = Field(max_length=10)
    """payment or refund"""
    reference: str = Field(max_length=120)
    """The provider's id."""
    order_id: UUID | None = Field(default=None, foreign_key="orders.id")
    our_amount: int | None = None
    their_amount: int | None = None
    currency: str = Field(max_length=3)
    our_status: str | None = Field(default=None, max_length=20)
    """held, taken, released, given"""
    their_status: str | None = Field(default=None, max_length=20)
    seen_at: datetime | None = maybe_moment()
    """When the provider made it, real time."""
