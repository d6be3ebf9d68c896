"""Reads latencies out of what the telephone network noted of a call."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

Event = dict[str, Any]


def between(events: Sequence[Event], begin: str, end: str, *, broken_by: Sequence[str] = ()) -> list[float]:
    """Milliseconds from each `begin` to the `end` that follows it, unless one of `broken_by` comes first."""
    found: list[float] = []
    since: float | None = None
    for event in events:
        name, at = event["what"], float(event["at"])
        if name == begin:
            since = at
        elif name == end and since is not None:
            found.append((at - since) * 1000)
            since = None
        elif name in broken_by:
            since = None
    return found


def first_audio(events: Sequence[Event]) -> list[float]:
    """Milliseconds from the stream's `start` to the first audible frame; one figure or none."""
    return between(events, "start", "audible")[:1]


def answers(events: Sequence[Event]) -> list[float]:
    """Milliseconds from the end of the caller's speech to our first audible frame."""
    return between(events, "caller_ends", "audible", broken_by=("caller_starts",))


def barge_ins(events: Sequence[Event]) -> list[float]:
    """Milliseconds from the caller's first sound to `clear`, where we were speaking at that moment."""
    speaking = False
    started: float | None = None
    found: list[float] = []
    for event in events:
        name, at = event["what"], float(event["at"])
        if name in ("audible", "silent"):
            speaking = name == "audible"
        elif name == "caller_starts":
            started = at if speaking else None
        elif name == "clear" and started is not None:
            found.append((at - started) * 1000)
            started = None
    return found


MEASURES: dict[str, Callable[[Sequence[Event]], list[float]]] = {
    "first audio": first_audio,
    "answer": answers,
    "barge-in": barge_ins,
}
"""What is read out of every call, by name."""


def lasted(call: Mapping[str, Any]) -> float:
    """Seconds from its answer to its end."""
    begun, ended = (datetime.fromisoformat(call[name]) for name in ("answered_at", "ended_at"))
    return (ended - begun).total_seconds()


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` of the values lie (nearest rank); None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
