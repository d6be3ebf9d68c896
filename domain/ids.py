"""Ids: UUIDv7 inside, `ord_<32 hex digits>` wherever a person or another system sees them."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import uuid_utils

from errors import Invalid

HEX_DIGITS = 32
MILLISECONDS = 80  # to the right of a UUIDv7's Unix milliseconds (RFC 9562, 5.7)


class Prefix(StrEnum):
    """What an id belongs to."""

    ORDER = "ord"
    CALL = "cal"
    CUSTOMER = "cus"
    RESTAURANT = "rst"
    DISH = "dsh"
    PAYMENT = "pay"
    ADDRESS = "adr"
    DRIVER = "drv"
    EVENT = "evt"
    JOB = "job"
    BRAND = "brn"
    COMPLAINT = "cmp"
    DIAL = "dia"


def new_id() -> UUID:
    """A fresh UUIDv7: ids made later in one process sort later."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def made_at(id: UUID) -> datetime:
    """When an id was made, real time, to the millisecond."""
    return datetime.fromtimestamp((id.int >> MILLISECONDS) / 1000, UTC)


def earliest_at(moment: datetime) -> UUID:
    """A bound that sorts before every id made at a moment of real time or later, and after all made earlier."""
    return UUID(int=int(moment.timestamp() * 1000) << MILLISECONDS)


def show(prefix: Prefix, id: UUID) -> str:
    """`ord_0190...`: the id as the API shows it."""
    return f"{prefix}_{id.hex}"


def read(prefix: Prefix, text: str) -> UUID:
    """The id behind what the API was given. Raises Invalid when it is not one of this kind."""
    head, _, digits = text.partition("_")
    if head == prefix and len(digits) == HEX_DIGITS:
        try:
            return UUID(hex=digits)
        except ValueError:
            pass
    raise Invalid(f"Give an id like {prefix}_0190c6a4....")
