"""A call's facts read as a conversation: who said what, which tools ran, how long it all took."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db.models import CallEvent

SPEAKERS = {"turn.user": "caller", "turn.agent": "agent"}
LATENCY = "latency"


@dataclass(frozen=True)
class Said:
    """One turn."""

    seq: int
    at: datetime
    who: str
    """caller or agent"""
    text: str
    agent: str | None
    interrupted: bool


@dataclass
class ToolRun:
    """One tool the model called, and how it ended if it has."""

    seq: int
    at: datetime
    tool: str
    arguments: dict[str, Any]
    result: dict[str, Any] | None = None
    ms: float | None = None
    """From the call to the answer the model got."""


@dataclass(frozen=True)
class Measured:
    """One measurement of the call, with its parts as they were recorded."""

    seq: int
    at: datetime
    what: str
    data: dict[str, Any]


@dataclass
class Told:
    """The whole conversation."""

    turns: list[Said] = field(default_factory=list)
    tools: list[ToolRun] = field(default_factory=list)
    latency: list[Measured] = field(default_factory=list)


def tell(events: Iterable[CallEvent]) -> Told:
    """Project a call's events, in their order, to turns, tools and measurements."""
    told = Told()
    running: dict[str, ToolRun] = {}
    for event in events:
        data = event.data
        if event.type in SPEAKERS:
            told.turns.append(
                Said(
                    seq=event.seq,
                    at=event.at,
                    who=SPEAKERS[event.type],
                    text=data.get("text", ""),
                    agent=data.get("agent"),
                    interrupted=bool(data.get("interrupted")),
                )
            )
        elif event.type == "tool.called":
            run = ToolRun(event.seq, event.at, data["tool"], data.get("arguments", {}))
            running[data["id"]] = run
            told.tools.append(run)
        elif event.type == "tool.result" and data["id"] in running:
            run = running[data["id"]]
            run.result, run.ms = data.get("result"), data.get("ms", run.ms)
        elif event.type.split(".")[0] == LATENCY or event.type.endswith(f".{LATENCY}"):
            told.latency.append(Measured(event.seq, event.at, event.type, data))
    return told
