"""A scenario's people and what they have done before, once it is written down."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Stage:
    """Who calls, and the rows that stand before the call."""

    phone: str | None
    """The caller's number; None when it is withheld."""
    before: UUID
    """An id made when the writing began: those of the call's rows sort after it."""
    customer_id: UUID | None = None
    kitchen_id: UUID | None = None
    """The kitchen that calls."""
    driver_id: UUID | None = None
    """The driver who calls."""
    orders: dict[str, UUID] = field(default_factory=dict)
    """Given orders by name."""
    codes: dict[str, str] = field(default_factory=dict)
    """The six digits of given orders, by the orders' names."""
    calls: set[UUID] = field(default_factory=set)
    """The calls of the past."""
    complaints: set[UUID] = field(default_factory=set)
