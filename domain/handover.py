"""When an agent may hand the caller on, and what crosses: a summary from facts, the same for the same state."""

from domain.call_state import CallState, Level
from domain.speech import say_list

MOST_A_TURN = 2
"""Handoffs between two turns of the caller: one to the right agent, one more if that was wrong."""
MOST_A_CALL = 20
UNREACHABLE = (
    "That agent cannot be reached now; you still have the caller. Help as far as your tools go, or say that you "
    "cannot do this here and offer a person (ask_for_person)."
)
GONE = "{agent} has the caller now; if that is you, go on from their last words."
"""Of two handoffs in one answer the second is refused, and who reads so is the agent that the first one went to."""
BACK_AND_FORTH = (
    "The caller was handed on just now and has not spoken since; you still have them. Help as far as your tools go, "
    "or ask one question, or offer a person (ask_for_person)."
)


def refusal(state: CallState, source: str, target: str) -> str | None:
    """Why the caller stays where they are, as an instruction to the model; None when the handoff may happen."""
    if state.agent != source or target == source:
        return GONE.format(agent=state.agent)
    this_turn = [crossed for crossed in state.handovers if crossed.turn == state.turns]
    returns = any(crossed.source == target for crossed in this_turn)
    if returns or len(this_turn) >= MOST_A_TURN or len(state.handovers) >= MOST_A_CALL:
        return BACK_AND_FORTH
    return None


def summary(state: CallState) -> str:
    """What the next agent has to know at once; everything else stands in the history."""
    parts = [_caller(state), _cart(state)]
    if state.placed:
        parts.append(f"Placed in this call: {say_list(_handles(state))}.")
    if state.complaints:
        parts.append(f"Filed in this call: {say_list(list(state.complaints))}.")
    if state.open_question:
        parts.append(f"Still open: the question about {state.open_question.replace('_', ' ')}.")
    if state.allergies:
        parts.append(f"Allergies: {say_list(state.allergies)}.")
    if state.language != "en":
        parts.append(f"The caller speaks {state.language}.")
    return " ".join(parts)


def _caller(state: CallState) -> str:
    if state.denied:
        return "The caller is not the person this number belongs to; their file is closed."
    who = {
        Level.NOBODY: "The caller is not known",
        Level.NUMBER: "The caller is known by their number",
        Level.CODE: "The caller has proved who they are with a code",
    }[state.level]
    return f"{who}, first name {state.first_name}." if state.first_name else f"{who}."


def _cart(state: CallState) -> str:
    if not state.cart.lines:
        return "No order is being put together."
    lines = say_list([line.described() for line in state.cart.lines])
    return f"Being ordered, version {state.cart.version}: {lines}, from {state.restaurant_name}."


def _handles(state: CallState) -> list[str]:
    known = {order_id: handle for handle, order_id in state.orders.items()}
    return [known.get(order.id, "an order") for order in state.placed]
