"""Who is on the phone: customers with their addresses, cards and consents, and drivers."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from db.models.base import Json, Row, json_list, maybe_moment, moment
from db.types import Encrypted, EncryptedJSON


class Customer(Row, table=True):
    """A person who orders; found by the keyed hash of the number they call from."""

    __tablename__ = "customers"

    phone: str | None = Field(default=None, sa_type=Encrypted("customers.phone"))
    phone_hash: str | None = Field(default=None, unique=True, max_length=64)
    name: str | None = Field(default=None, sa_type=Encrypted("customers.name"))
    market: str = Field(max_length=2)
    language: str = Field(default="en", max_length=8)
    allergies: list[str] = json_list()
    created_at: datetime = moment()
    erased_at: datetime | None = maybe_moment()


class Address(Row, table=True):
    """Where a customer eats; everything that identifies a door is encrypted together."""

    __tablename__ = "addresses"

    customer_id: UUID = Field(foreign_key="customers.id", index=True)
    label: str = Field(default="home", max_length=40)
    city: str = Field(max_length=60)
    area: str = Field(max_length=60)
    postcode: str = Field(max_length=12)
    place: Json = Field(sa_type=EncryptedJSON("addresses.place"))
    """`domain.address.Place` as JSON: line, flat, landmark, lat, lng, recipient, note."""
    created_at: datetime = moment()
    used_at: datetime | None = maybe_moment()


class PaymentMethod(Row, table=True):
    """A card on file: a provider's token, never a number."""

    __tablename__ = "payment_methods"

    customer_id: UUID = Field(foreign_key="customers.id", index=True)
    provider: str = Field(max_length=20)
    token: str = Field(sa_type=Encrypted("payment_methods.token"))
    provider_customer: str | None = Field(
        default=None,
        sa_type=Encrypted("payment_methods.provider_customer"),
    )
    brand: str = Field(max_length=20)
    last4: str = Field(max_length=4)
    position: int = 0
    created_at: datetime = moment()


class Consent(Row, table=True):
    """One answer to one asked question. Append-only: the newest row of a purpose holds."""

    __tablename__ = "consents"

    customer_id: UUID | None = Field(default=None, foreign_key="customers.id", index=True)
    phone_hash: str = Field(max_length=64, index=True)
    purpose: str = Field(max_length=20)
    granted: bool
    wording: str
    wording_version: str = Field(max_length=20)
    call_id: UUID | None = Field(default=None, foreign_key="calls.id")
    at: datetime = moment()
    expires_at: datetime | None = maybe_moment()


class Driver(Row, table=True):
    """A person who delivers."""

    __tablename__ = "drivers"

    name: str = Field(sa_type=Encrypted("drivers.name"))
    phone: str = Field(sa_type=Encrypted("drivers.phone"))
    phone_hash: str = Field(unique=True, max_length=64)
    market: str = Field(max_length=2)
    city: str = Field(max_length=60)
    vehicle: str = Field(max_length=20)
    rating: float
    status: str = Field(default="offline", max_length=20)
    lat: float
    lng: float
    seen_at: datetime | None = maybe_moment()
