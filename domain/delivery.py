"""A delivery as its driver meets it: where it stands, the number at the counter, how far it is."""

from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from num2words import num2words


class AssignmentStatus(StrEnum):
    """Where one offer of one order to one driver is."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    AT_RESTAURANT = "at_restaurant"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


A = AssignmentStatus
HELD = (A.ACCEPTED, A.AT_RESTAURANT, A.PICKED_UP)
"""The driver has it; of every order one assignment at most is here."""


class Declined(StrEnum):
    """Why a driver does not want a delivery."""

    TOO_FAR = "too_far"
    TOO_LITTLE = "too_little"
    BUSY = "busy"
    OFF_SHIFT = "off_shift"
    VEHICLE = "vehicle"
    NOT_SAID = "not_said"


def counter_number(order_id: UUID) -> str:
    """Four digits that driver and kitchen know an order by. Never its code: that one proves the customer's door."""
    return f"{int.from_bytes(sha256(order_id.bytes).digest()[:4]) % 10_000:04d}"


def say_km(metres: int) -> str:
    """A distance, spoken, to a tenth: "two point one kilometres"."""
    km = max(1, round(metres / 100)) / 10
    number = int(km) if km == int(km) else km
    return f"{num2words(number)} kilometre{'' if number == 1 else 's'}"
