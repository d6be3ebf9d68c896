"""What may still be changed about a placed order, by its state, and what a refusal tells the model to do."""

import hashlib
import json
from enum import StrEnum
from typing import Any

from domain.order import OrderStatus


class Action(StrEnum):
    """What a caller may want of an order they have placed."""

    CANCEL = "cancel"
    REMOVE = "remove"
    QUANTITY = "quantity"
    NOTE = "note"
    ADDRESS = "address"


S = OrderStatus
UNTOUCHED = frozenset({S.SCHEDULED, S.PLACED})  # the kitchen has not said that it cooks
MAY: dict[Action, frozenset[OrderStatus]] = {
    Action.CANCEL: UNTOUCHED | {S.AWAITING_PAYMENT},
    Action.REMOVE: UNTOUCHED,
    Action.QUANTITY: UNTOUCHED,
    Action.NOTE: UNTOUCHED | {S.CONFIRMED, S.PREPARING},
    Action.ADDRESS: UNTOUCHED | {S.CONFIRMED, S.PREPARING, S.READY},  # the rider has not left with it
}
STANDS: dict[OrderStatus, str] = {
    S.AWAITING_PAYMENT: "This order is not placed yet",
    S.CONFIRMED: "The restaurant has accepted this order",
    S.PREPARING: "The restaurant is cooking this order",
    S.READY: "The food is ready",
    S.PICKED_UP: "The food is on its way",
    S.DELIVERED: "This order has been delivered",
    S.CLOSED: "This order is closed",
    S.REJECTED: "The restaurant did not take this order",
    S.CANCELLED: "This order is cancelled already",
    S.FAILED: "This order could not be delivered",
}
CANNOT: dict[Action, str] = {
    Action.CANCEL: "it cannot be cancelled any more",
    Action.REMOVE: "its dishes cannot be changed any more",
    Action.QUANTITY: "its dishes cannot be changed any more",
    Action.NOTE: "a note would not reach anybody any more",
    Action.ADDRESS: "its address cannot be changed any more",
}
BEING_COOKED = (S.CONFIRMED, S.PREPARING)


def refusal(action: Action, status: OrderStatus) -> str | None:
    """Why an order in this state cannot be changed so, as an instruction with a next step; None when it can."""
    if status in MAY[action]:
        return None
    stands = STANDS[status]
    if status in (S.CANCELLED, S.REJECTED, S.FAILED):
        return f"{stands}. Say so; there is nothing to change."
    if status is S.AWAITING_PAYMENT:
        return f"{stands}. Change the order that is being taken instead (customer_order), or cancel this one."
    if action is Action.CANCEL and status in BEING_COOKED:
        return f"{stands}, so only a person can cancel it. Say so, and offer a call-back (ask_for_person)."
    after = "if something is wrong with the food when it comes, customer support takes a complaint"
    if status in (S.DELIVERED, S.CLOSED):
        after = "if something was wrong with it, customer support takes a complaint"
    elif action is not Action.CANCEL:
        after = "offer a call-back if it matters (ask_for_person)"
    return f"{stands}, so {CANNOT[action]}. Say so; {after}."


def terms(of: dict[str, Any]) -> str:
    """Hash of everything a change does and costs."""
    return hashlib.sha256(json.dumps(of, sort_keys=True, default=str).encode()).hexdigest()
