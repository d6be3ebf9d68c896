"""Who answers a call, decided by facts before the first word."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from domain.order import OrderStatus

Kind = Literal["customer", "restaurant", "driver"]
ON_ITS_WAY = (
    OrderStatus.PLACED,
    OrderStatus.CONFIRMED,
    OrderStatus.PREPARING,
    OrderStatus.READY,
    OrderStatus.PICKED_UP,
)
"""An order in one of these is what its customer most likely calls about."""
CALLED_ABOUT = timedelta(hours=3)
"""An order that was placed longer ago than this and still open is a matter of its own, not of a routine call."""


@dataclass(frozen=True)
class Caller:
    """What is known of a call when it is answered."""

    kind: Kind
    known: bool
    on_its_way: int = 0
    """A customer's orders that are open and were placed within `CALLED_ABOUT`."""


def first_agent(caller: Caller) -> tuple[str, str]:
    """The first agent's name, and the reason that is kept."""
    if caller.kind == "restaurant":
        return "restaurant_coordination", "inbound call from a kitchen's number"
    if caller.kind == "driver":
        return "driver_assignment", "inbound call from a driver's number"
    if caller.on_its_way:
        return "delivery_tracking", "inbound call by a customer whose order is on its way"
    if caller.known:
        return "customer_order", "inbound call by a known customer without an open order"
    return "customer_order", "inbound call to an ordering line"
