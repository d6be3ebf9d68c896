"""What a person is told about a caller before they take the call: from the state alone, the same every time."""

from domain.call_state import CallState
from domain.handover import summary
from domain.masking import mask_text

LONGEST = 700
"""Characters: three quarters of a minute of speech."""


def briefing(state: CallState, reason: str) -> str:
    """Who calls, why they want a person, what is going on and what is open. No card, no number, no address."""
    about = reason.strip().rstrip(".!?") or "they did not say why"
    parts = [f"Tiffin, a caller wants a person: {about}.", summary(state)]
    open_offers = [offer.action for offer in state.offers.values() if not (offer.done or offer.withdrawn)]
    if open_offers:
        parts.append(f"Put to them and not settled: {open_offers[-1].replace('_', ' ')} of an order.")
    if state.orders:
        parts.append(f"Orders spoken about: {len(state.orders)}.")
    return mask_text(" ".join(parts))[:LONGEST]
