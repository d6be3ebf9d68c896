"""Which agent is asked, told from its tools, and which part of the history is its own."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sandbox.policy.request import Event, Result, Said, ToolCall

PREFIX = "transfer_to_"
ORDER, TRACKING, SUPPORT = "customer_order", "delivery_tracking", "customer_support"
FEEDBACK = "post_delivery"
# What every agent must know whoever heard it: whose call it is, and what was told of the orders.
_COMMON = ("not_this_person", "get_order_status", "get_customer_profile")


@dataclass(frozen=True)
class Handed:
    """The caller's last words before another agent handed them over; they are to be acted on now."""

    text: str


@dataclass(frozen=True)
class Left:
    """This agent handed the caller on."""


def playing(tools: Collection[str]) -> str:
    """The agent with these tools, or an empty text for one without a plan of its own."""
    for tool, agent in (("add_to_order", ORDER), ("file_complaint", SUPPORT), ("confirm_receipt", TRACKING)):
        if tool in tools:
            return agent
    return ""


def crossed(event: Event) -> str:
    """Whom a handoff went to; an empty text for anything else, also for a refused one."""
    if not isinstance(event, Result) or not event.call.name.startswith(PREFIX):
        return ""
    if event.content.get("status") != "transferred":
        return ""
    return str(event.content.get("to") or event.call.name.removeprefix(PREFIX))


def stale(event: Event) -> bool:
    """Whether a tool was called that the agent of that moment did not have any more."""
    return isinstance(event, Result) and "is not currently available" in str(event.content.get("text", ""))


def share(events: Iterable[Event], agent: str) -> Iterator[Event | Handed | Left]:
    """The agent's own turns, with what the others learned; each change of hands is marked."""
    history = list(events)
    hands = [place for place, event in enumerate(history) if crossed(event)]
    owner = agent
    if hands:
        first = history[hands[0]]
        owner = str(first.content.get("from") or "") if isinstance(first, Result) else ""
    resumed = bool(hands) and crossed(history[hands[-1]]) != agent
    undone = _undone(history)
    said = ""
    for place, event in enumerate(history):
        if isinstance(event, Said):
            said = event.text
        if to := crossed(event):
            if owner == agent:
                yield Left()
            owner = agent if resumed and place == hands[-1] else to
            if owner == agent and not resumed:
                yield Handed(said)
            continue
        if stale(event) or (isinstance(event, ToolCall) and event in undone):
            continue
        if owner == agent or _common(event):
            yield event


def _undone(history: list[Event]) -> list[ToolCall]:
    """Calls that found no tool any more are made again, each name once a turn of the caller."""
    undone: list[ToolCall] = []
    names: set[str] = set()
    for event in history:
        if isinstance(event, Said):
            names.clear()
        elif isinstance(event, Result) and stale(event) and event.call.name not in names:
            names.add(event.call.name)
            undone.append(event.call)
    return undone


def _common(event: Event) -> bool:
    name = event.call.name if isinstance(event, Result) else event.name if isinstance(event, ToolCall) else ""
    return name in _COMMON
