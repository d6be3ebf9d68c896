"""How the stand-in puts things: short sentences, made for the ear."""

from collections.abc import Sequence
from typing import Any

from sandbox.policy.numbers import spoken_count
from sandbox.policy.state import State

ANYTHING_ELSE = "Anything else?"
WHAT_FIRST = "What would you like to order?"
WHICH_ADDRESS = "What is the delivery address?"
SHALL_I = "Shall I place it?"
WHAT_TO_CHANGE = "Of course. What should I change?"
TAKE_YOUR_TIME = "Of course, take your time."
NOT_YET = "I'm sorry, it is not placed yet. Shall I try again?"
NOT_UNDERSTOOD = "Sorry, I did not get that."
ROBOT = "I'm an AI assistant, not a person."
MODEL = "I'm the sandbox's stand-in for a language model: a fixed set of rules, made for tests."
NOT_HERE = "That is not possible from here just now; a person can call you back if you like."
EMERGENCY = "Please hang up now and dial the emergency number."
KIND = "I'm sorry this is annoying; I'm here to help."
NOTHING_YET = "There is nothing on your order yet."
FORGOTTEN = "Thank you for telling me. I'll leave that profile alone."


def joined(*parts: str) -> str:
    """Sentences side by side, empty ones left out."""
    return " ".join(part.strip() for part in parts if part and part.strip())


def either(names: Sequence[str]) -> str:
    """ "A", "A or B", "A, B, or C"."""
    if len(names) < 3:
        return " or ".join(names)
    return f"{', '.join(names[:-1])}, or {names[-1]}"


def listed(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B, and C"."""
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def line_text(text: str) -> str:
    """A line of the order for the ear: "2 full Paneer Tikka" -> "two full Paneer Tikka"."""
    first, _, rest = text.partition(" ")
    return f"{spoken_count(int(first))} {rest}" if first.isdigit() else text


def got_it(texts: Sequence[str]) -> str:
    """What was just put on the order."""
    return f"Got it: {listed([line_text(text) for text in texts])}." if texts else ""


def dish(found: dict[str, Any]) -> str:
    """A dish with its price, as the menu told it."""
    price = found.get("price")
    sold_out = ", which is sold out" if found.get("sold_out") else ""
    return f"{found.get('name')} for {price}{sold_out}" if price else f"{found.get('name')}{sold_out}"


def offered(found: Sequence[dict[str, Any]]) -> str:
    """What the menu has for a question about it."""
    if len(found) == 1:
        return f"I have {dish(found[0])}. Would you like that?"
    return f"I have {either([dish(one) for one in found])}. Which one would you like?"


def about(found: dict[str, Any], question: str) -> str:
    """What the menu says of one dish; allergens are told, never promised away."""
    tags = [str(tag).replace("_", " ") for tag in found.get("tags") or []]
    contains = [str(name).replace("_", " ") for name in found.get("contains") or []]
    parts = [f"{found.get('name')} is {dish(found).partition(' for ')[2]}." if found.get("price") else ""]
    if tags:
        parts.append(f"It is marked {listed(tags)}.")
    if contains:
        parts.append(f"It contains {listed(contains)}.")
    elif question:
        parts.append("No allergen is listed for it, but I cannot promise that it is safe.")
    return joined(*parts, "Would you like it?")


def which(found: Sequence[dict[str, Any]]) -> str:
    """Ask which of several like-named dishes is meant."""
    names = [str(one.get("name")) for one in found]
    if len({name.lower() for name in names}) < len(names):
        names = [f"{one.get('name')} from {one.get('restaurant')}" for one in found]
    return f"{either(names)}: which one would you like?"


def not_found(query: str, near: Sequence[dict[str, Any]]) -> str:
    """The menu does not have it; name what is near."""
    if not near:
        return f"I could not find {query} on the menu. What else would you like?"
    names = either([str(one.get("name")) for one in near])
    tail = "Would you like that?" if len(near) == 1 else "Would you like one of those?"
    return f"I could not find {query}. I have {names}. {tail}"


def recap(state: State) -> str:
    """The order so far."""
    if not state.lines:
        return NOTHING_YET
    return f"So far I have {listed([line_text(line.text or line.name) for line in state.lines.values()])}."


def farewell(state: State) -> str:
    """The last sentence of the call."""
    name = f", {state.name}" if state.name else ""
    if state.placed:
        return f"Thank you{name}. Enjoy your meal. Goodbye."
    if state.lines or state.turn.heard.cancelling:
        return f"All right{name}, I have not placed anything. Goodbye."
    return f"Thank you for calling{name}. Goodbye."
