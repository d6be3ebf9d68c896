"""The life of an order and of its money: every state, the moves between them, and no other."""

from enum import StrEnum

from errors import Conflict


class OrderStatus(StrEnum):
    """Where an order is in its life."""

    AWAITING_PAYMENT = "awaiting_payment"
    SCHEDULED = "scheduled"
    PLACED = "placed"
    CONFIRMED = "confirmed"
    PREPARING = "preparing"
    READY = "ready"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


class PaymentStatus(StrEnum):
    """Where the money is."""

    PENDING = "pending"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    CASH_DUE = "cash_due"
    RELEASED = "released"
    REFUNDED = "refunded"


class Substitution(StrEnum):
    """What to do when a dish turns out to be sold out."""

    CALL_ME = "call_me"
    SIMILAR = "similar"
    REFUND = "refund"


S = OrderStatus
MOVES: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.AWAITING_PAYMENT: frozenset({S.PLACED, S.SCHEDULED, S.CANCELLED, S.FAILED}),
    S.SCHEDULED: frozenset({S.PLACED, S.CANCELLED, S.FAILED}),
    S.PLACED: frozenset({S.CONFIRMED, S.REJECTED, S.CANCELLED, S.FAILED}),
    S.CONFIRMED: frozenset({S.PREPARING, S.CANCELLED, S.FAILED}),
    S.PREPARING: frozenset({S.READY, S.CANCELLED, S.FAILED}),
    S.READY: frozenset({S.PICKED_UP, S.CANCELLED, S.FAILED}),
    S.PICKED_UP: frozenset({S.DELIVERED, S.FAILED}),
    S.DELIVERED: frozenset({S.CLOSED}),
    S.REJECTED: frozenset({S.CLOSED}),
    S.CANCELLED: frozenset({S.CLOSED}),
    S.FAILED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
}

P = PaymentStatus
ASKED_FOR = frozenset(P) - {P.REFUNDED}
"""An order that does not stand yet may be paid another way after each of these, or after all is let go of."""
PAID: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    P.PENDING: ASKED_FOR,
    P.DECLINED: ASKED_FOR,
    P.UNKNOWN: ASKED_FOR,
    P.CASH_DUE: ASKED_FOR,
    P.RELEASED: ASKED_FOR,
    P.AUTHORISED: frozenset({P.CAPTURED, P.RELEASED}),
    P.CAPTURED: frozenset({P.REFUNDED}),
    P.REFUNDED: frozenset({P.CAPTURED}),  # the bank could not give it back
}


def move(current: OrderStatus, to: OrderStatus) -> OrderStatus:
    """The state after a move. Raises Conflict when the move is not allowed."""
    if to not in MOVES[current]:
        allowed = ", ".join(sorted(MOVES[current])) or "nothing"
        raise Conflict(f"an order that is {current} cannot become {to}; it can become {allowed}")
    return to


def pay(current: PaymentStatus, to: PaymentStatus) -> PaymentStatus:
    """The state of the money after a move; the same again is none. Raises Conflict when it is not allowed."""
    if to != current and to not in PAID[current]:
        raise Conflict(f"money that is {current} cannot become {to}")
    return to
