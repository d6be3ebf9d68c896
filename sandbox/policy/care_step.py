"""A step in a conversation about placed orders, and the words that refusals and several orders lead to."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.policy import say
from sandbox.policy.care_state import Asking, CareState, Topic
from sandbox.policy.plain import plain
from sandbox.policy.request import ModelRequest, ToolCall
from sandbox.policy.state import Fact
from sandbox.policy.which import ask_which, narrowed, placed_by

NO_ORDER = "I see no order from this number."
A_PERSON = "Would you like a person to call you back?"

_OFFERS_PERSON = re.compile(
    r"[,;]?\s*(?:and )?\boffer [^.?!;]*(?:ask_for_person|call[- ]?back|\bperson\b)[^.?!;]*", re.I
)


@dataclass
class Step:
    """What to do next: calls, or words; without a question the caller is asked whether there is anything else."""

    text: str = ""
    asking: Asking | None = None
    calls: list[ToolCall] = field(default_factory=list)


def status_call(state: CareState, request: ModelRequest, topic: Topic) -> ToolCall | None:
    """Ask for the orders when nothing is known of them yet."""
    known = state.asked or topic.results.get("get_order_status")
    if known or "get_order_status" not in request.tools:
        return None
    return request.fits("get_order_status", {})


def choose(state: CareState, topic: Topic, fits: Callable[[Fact], bool]) -> tuple[Fact | None, Step | None]:
    """The order a topic is about, or the question which; neither when there is no order at all.

    A day or a restaurant decides first, among all orders; then what an order must be like; then the other words.
    """
    if topic.order in state.orders:
        return state.orders[topic.order], None
    named = placed_by(state.facts(), topic.words)
    found = narrowed([order for order in named if fits(order)] or named, topic.words)
    if len(found) > 1 and state.focus in [order["order"] for order in found]:
        found = [state.orders[state.focus]]
    if len(found) > 1:
        handles = [str(order["order"]) for order in found]
        sorry = "Sorry, I did not get that." if state.turn.missed else ""
        return None, Step(say.joined(sorry, ask_which(found)), Asking("which", orders=handles))
    return (found[0] if found else None), None


def refusal(instruction: str, *before: str) -> Step:
    """A tool's refusal in plain words, with the question it leads to."""
    said = _OFFERS_PERSON.sub("", instruction)
    said = re.sub(r",? and give its line.*", "?", said)
    said = re.sub(r"\bsay you (cannot|can't)", r"say I \1", said, flags=re.I)
    said = re.sub(r"\s*\(action \w+\)", "", said)
    said = re.sub(r";\s*(\w)", lambda found: f". {found[1].upper()}", said)
    text = plain(said).text.replace(", or to ", ", or ")
    asking = Asking("anything") if text.endswith("?") else None
    if _OFFERS_PERSON.search(instruction):
        text, asking = say.joined(text, A_PERSON), Asking("person")
    elif re.search(r"customer_order|take one", instruction):
        asking = Asking("food")
    elif re.search(r"\bwhat (?:happened|went|was wrong)\b", instruction, re.I):
        asking = Asking("wrong")
    elif re.search(r"\bwhich (?:dish|item|of)|\bwhat was missing\b", instruction, re.I):
        asking = Asking("dishes")
    return Step(say.joined(*before, text), asking)


def told(content: Fact | None) -> str:
    """What a tool wants spoken, as it stands."""
    return str((content or {}).get("say") or (content or {}).get("ask") or "")


def spoken(*parts: str) -> Step:
    """What tools wanted spoken; a question at its end is the caller's to answer."""
    text = say.joined(*parts)
    if not text.endswith("?"):
        return Step(text)
    if re.search(r"\b(?:something|anything) else\b", text.rsplit(".", 1)[-1], re.I):
        return Step(text, Asking("else"))
    person = re.search(r"\bperson\b|call(?:ed)? (?:you )?back|somebody", text.rsplit(".", 1)[-1], re.I)
    return Step(text, Asking("person" if person else "anything"))
