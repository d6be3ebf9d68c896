"""Who brings it and how it was: offers of a delivery to drivers, and what customers thought of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from db.models.base import Row, maybe_moment, moment
from db.types import Encrypted

HELD = "('accepted','at_restaurant','picked_up')"


class Assignment(Row, table=True):
    """One offer of one order to one driver, and what became of it. One driver at most holds an order."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index("uq_assignments_held", "order_id", unique=True, postgresql_where=text(f"status IN {HELD}")),
    )

    order_id: UUID = Field(foreign_key="orders.id", index=True)
    driver_id: UUID = Field(foreign_key="drivers.id", index=True)
    status: str = Field(max_length=16, index=True)
    """offered, accepted, at_restaurant, picked_up, delivered; declined, expired, withdrawn"""
    distance_m: int
    """Metres from the kitchen to the door, as the crow flies."""
    pay: int
    """Minor units, the incentive in it."""
    incentive: int = 0
    currency: str = Field(max_length=3)
    reason: str | None = Field(default=None, max_length=120)
    """Why it was declined, expired or withdrawn."""
    offered_at: datetime = moment()
    expires_at: datetime = moment()
    answered_at: datetime | None = maybe_moment()
    best_m: int | None = None
    """Metres left to where the driver is going, the fewest so far: to the kitchen, then to the door."""
    moved_at: datetime | None = maybe_moment()
    """When it last became less."""
    done_at: datetime | None = maybe_moment()


class Rating(Row, table=True):
    """What a customer thought of an order; one an order, the newest words count."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("order_id"),)

    order_id: UUID = Field(foreign_key="orders.id")
    customer_id: UUID = Field(foreign_key="customers.id", index=True)
    call_id: UUID | None = Field(default=None, foreign_key="calls.id")
    stars: int
    """1 to 5"""
    comment: str | None = Field(default=None, sa_type=Encrypted("ratings.comment"))
    at: datetime = moment()
