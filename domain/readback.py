"""The read-back: what the system says, word for word, before an order may be placed."""

import hashlib
import json
from datetime import datetime

from domain.call_state import CallState
from domain.money import Money
from domain.pricing import Bill
from domain.speech import say_allergens, say_list, say_when

QUESTION = "Shall I place it?"


def sentences(state: CallState, bill: Bill, payment: str, now: datetime, zone: str) -> str:
    """Lines, restaurant, address, time and total, ending with the total; the question follows apart."""
    lines = say_list([line.described() for line in state.cart.lines])
    where = state.place.spoken() if state.place else ""
    when = f", for {say_when(state.wanted_at, now, zone)}" if state.wanted_at else ""
    allergies = (
        f" The kitchen will be told about {say_allergens(state.allergies)}." if state.allergies else ""
    )
    total = Money(bill.total.amount, bill.currency).spoken()
    order = f"That's {lines}, from {state.restaurant_name}, to {where}{when}."
    return f"{order}{allergies} With everything, {total}, {payment}."


def terms(state: CallState, bill: Bill, payment: str) -> str:
    """Hash of everything the caller agrees to: any change makes an earlier read-back worthless."""
    agreed = {
        "cart": [[line.handle, line.described(), line.amount] for line in state.cart.lines],
        "restaurant": str(state.restaurant_id),
        "place": state.place.model_dump(mode="json") if state.place else None,
        "when": state.wanted_at.isoformat() if state.wanted_at else None,
        "bill": [[line.kind, line.label, line.amount] for line in bill.lines],
        "payment": payment,
        "allergies": state.allergies,
        "substitution": state.substitution,
    }
    return hashlib.sha256(json.dumps(agreed, sort_keys=True).encode()).hexdigest()
