"""What was bought: orders with their lines and price lines, the payment ledger, the order's events."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from db.models.base import Json, Row, json_list, json_object, maybe_moment, moment
from db.types import Encrypted, EncryptedJSON

OPEN_STATUSES = "('awaiting_payment','scheduled','placed','confirmed','preparing','ready','picked_up')"


class Order(Row, table=True):
    """One order. Its life cycle is `domain.order`; payment has a status of its own."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("call_id", "cart_version"),
        Index(
            "uq_orders_open_code", "code", unique=True, postgresql_where=text(f"status IN {OPEN_STATUSES}")
        ),
    )

    code: str = Field(max_length=6)
    """Six digits, spoken; unique among open orders."""
    customer_id: UUID = Field(foreign_key="customers.id", index=True)
    restaurant_id: UUID = Field(foreign_key="restaurants.id", index=True)
    call_id: UUID | None = Field(default=None, foreign_key="calls.id")
    cart_version: int
    status: str = Field(max_length=20, index=True)
    payment_status: str = Field(max_length=20)
    payment_kind: str = Field(max_length=20)
    """cash, card or link"""
    currency: str = Field(max_length=3)
    total: int
    """Minor units; equals the sum of the price lines."""
    place: Json = Field(sa_type=EncryptedJSON("orders.place"))
    note: str | None = Field(default=None, sa_type=Encrypted("orders.note"))
    allergies: list[str] = json_list()
    substitution: str = Field(default="call_me", max_length=12)
    promise_minutes: int
    wanted_at: datetime | None = maybe_moment()
    placed_at: datetime | None = maybe_moment()
    ready_by: datetime | None = maybe_moment()
    """When the kitchen says it is cooked."""
    expected_at: datetime | None = maybe_moment()
    """When it is at the door, as far as its kitchen and its driver tell; smoothed."""
    spread_seconds: int | None = None
    """How far off that may be, to either side."""
    told_late_at: datetime | None = maybe_moment()
    """When its customer was told that it is late: by a call or text of ours, or because they asked."""
    picked_up_at: datetime | None = maybe_moment()
    delivered_at: datetime | None = maybe_moment()
    created_at: datetime = moment(index=True)
    updated_at: datetime = moment()


class OrderLine(Row, table=True):
    """One dish of an order, with the name and price it had when it was sold."""

    __tablename__ = "order_lines"
    __table_args__ = (UniqueConstraint("order_id", "position"),)

    order_id: UUID = Field(foreign_key="orders.id", index=True)
    position: int
    item_id: UUID = Field(foreign_key="menu_items.id")
    name: str = Field(max_length=80)
    size: str | None = Field(default=None, max_length=40)
    choices: list[str] = json_list()
    quantity: int
    note: str | None = Field(default=None, sa_type=Encrypted("order_lines.note"))
    unit_amount: int
    amount: int


class PriceLine(Row, table=True):
    """One line of the bill: item, modifiers, a fee, a promotion (negative), one component of tax."""

    __tablename__ = "price_lines"
    __table_args__ = (UniqueConstraint("order_id", "position"),)

    order_id: UUID = Field(foreign_key="orders.id", index=True)
    position: int
    kind: str = Field(max_length=20)
    label: str = Field(max_length=80)
    amount: int
    currency: str = Field(max_length=3)
    rate_bp: int | None = None
    """Tax rate in basis points, on tax lines."""


class Payment(Row, table=True):
    """One thing that happened to money. Append-only: a new fact is a new row."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("key", "attempt", "kind"),)

    order_id: UUID = Field(foreign_key="orders.id", index=True)
    provider: str = Field(max_length=20)
    kind: str = Field(max_length=20)
    """attempted, authorised, declined, failed, unknown, released, captured, cash_due; of a refund: refund_begun,
    refund_unknown, refund_failed, refund_owed, refunded"""
    key: str = Field(max_length=120)
    """Call, cart version and means of payment; sent to the provider as its idempotency key."""
    attempt: int = 1
    """Which asking under that key the fact belongs to, from 1."""
    method_id: UUID | None = Field(default=None, foreign_key="payment_methods.id")
    """The card that is asked; none for cash."""
    amount: int
    currency: str = Field(max_length=3)
    reference: str | None = Field(default=None, max_length=120)
    code: str | None = Field(default=None, max_length=60)
    at: datetime = moment()


class OrderEvent(SQLModel, table=True):
    """One fact of an order's life; append-only, numbered from 1."""

    __tablename__ = "order_events"

    order_id: UUID = Field(foreign_key="orders.id", primary_key=True)
    seq: int = Field(primary_key=True)
    at: datetime = moment()
    type: str = Field(max_length=40)
    version: int = 1
    data: Json = json_object()
