"""The read-back: what the system says, word for word, before an order may be placed."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from domain.call_state import CallState
from domain.cart import CartLine
from domain.hindi import say_number
from domain.money import Money
from domain.pricing import Bill
from domain.saying import Saying, both, said
from domain.speech import in_hindi, say_allergens, say_list, say_money, say_when

QUESTION = Saying("Shall I place it?", "क्या मैं यह ऑर्डर कर दूँ?")
ORDER = Saying(
    "That's {lines}, from {kitchen}, to {where}{when}.",
    "आपका ऑर्डर: {lines}। {kitchen} से आएगा, पता है {where}{when}।",
)
WHEN = Saying(", for {when}", ", {when}")
ALLERGIES = Saying(
    " The kitchen will be told about {allergens}.", " किचन को {allergens} से एलर्जी के बारे में बताया जाएगा।"
)
NOTE = Saying(" And this is passed on: {note}.", " और यह बता दिया जाएगा: {note}।")
TIP = Saying(" With a tip of {tip}.", " {tip} की टिप के साथ।")
TOTAL = Saying(" With everything, {total}, {payment}.", " सब मिलाकर {total}, {payment}।")


def sentences(state: CallState, bill: Bill, payment: str, now: datetime, zone: str) -> str:
    """Lines, restaurant, address, time, note, tip and total, ending with the total; the question follows apart.

    In the caller's language: `payment` is a `Saying`, the names of dishes and places stay as they are.
    """
    spoken = state.language
    when = ""
    if state.wanted_at:
        when = WHEN.to(spoken).format(when=say_when(state.wanted_at, now, zone, spoken))
    order = ORDER.to(spoken).format(
        lines=said(say_lines(state.cart.lines), spoken),
        kitchen=state.restaurant_name,
        where=state.place.spoken(spoken) if state.place else "",
        when=when,
    )
    allergies = ""
    if state.allergies:
        allergies = ALLERGIES.to(spoken).format(allergens=say_allergens(state.allergies, spoken))
    note = NOTE.to(spoken).format(note=state.order_note) if state.order_note else ""
    tip = bill.sum("tip")
    tipped = TIP.to(spoken).format(tip=say_money(Money(tip, bill.currency), spoken)) if tip else ""
    total = say_money(Money(bill.total.amount, bill.currency), spoken)
    return (
        order
        + allergies
        + note
        + tipped
        + TOTAL.to(spoken).format(total=total, payment=said(payment, spoken))
    )


def say_lines(lines: Sequence[CartLine]) -> Saying:
    """What is in a cart; nothing for an empty one. Hindi says how many in words."""
    return both(lambda language: say_list([_line(line, language) for line in lines], "and", language))


def _line(line: CartLine, language: str) -> str:
    told = line.described()
    return f"{say_number(line.quantity)} {told.partition(' ')[2]}" if in_hindi(language) else told


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
        "note": state.order_note,
        "substitution": state.substitution,
    }
    return hashlib.sha256(json.dumps(agreed, sort_keys=True).encode()).hexdigest()
