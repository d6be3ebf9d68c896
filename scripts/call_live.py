"""The live transcript of a call in the terminal: who says what, which tools run, how long they take."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

ENDED = "call.ended"
QUIET = ("call.greeted", "cart.changed", "greeting.heard", "model.", "tool.", "turn.", "usage.", "user.")
"""Beginnings of event types that are not told: bookkeeping, or told as part of something else."""
AGENT, INTENT = "turn.agent", "intent.read"
NAME = 17
"""Columns of a name: that of the longest agent who speaks with customers."""
LONGEST = 110
"""Characters shown of a tool's arguments."""


async def follow(api: httpx.AsyncClient, call: str) -> AsyncIterator[dict[str, Any]]:
    """The events of a call (`cal_...`) from its first to `call.ended`; goes on where a connection broke."""
    last = ""
    while True:
        headers = {"Last-Event-ID": last} if last else {}
        asked = api.stream("GET", "/events", params={"call": call}, headers=headers, timeout=None)
        try:
            async with asked as answer:
                answer.raise_for_status()
                async for line in answer.aiter_lines():
                    name, _, value = line.partition(":")
                    if name == "id":
                        last = value.strip()
                    elif name == "data":
                        event = json.loads(value)
                        yield event
                        if event["type"] == ENDED:
                            return
        except httpx.RemoteProtocolError:
            continue


class Transcript:
    """Prints events as lines; `label` stands before each when several calls are told at once."""

    def __init__(self, console: Console, *, caller: str, label: str = "") -> None:
        self._console, self._caller, self._label = console, caller, label
        self._began: float | None = None
        self._arguments: dict[str, str] = {}
        self._took = ""
        self.last = "nothing was said"
        """The last thing that was told, for the reason of a time-out."""

    def tell(self, event: dict[str, Any], seconds: float) -> None:
        """Print one event that happened `seconds` after the call began; most bookkeeping is not printed."""
        kind, data = event["type"], event["data"]
        if kind == "turn.user":
            self._took = ""
            self._line(seconds, self._caller, str(data["text"]), "bold cyan")
        elif kind == AGENT:
            cut = " ..." if data.get("interrupted") else ""
            took, self._took = self._took, ""
            self._line(seconds, str(data.get("agent") or "agent"), f"{data['text']}{cut}{took}", "bold green")
        elif kind == "turn.latency":  # measured as the answer begins, told with its words
            self._took = f"  [{data['ms']:.0f} ms]"
        elif kind == "agent.handoff":
            took = f"  {data['ms']:.0f} ms" if data.get("ms") is not None else ""
            why = f" ({data['reason']})" if data.get("reason") else ""
            self._line(seconds, "", f"- {data['source']} -> {data['target']}{why}{took}", "yellow")
        elif kind == "tool.called":
            self._arguments[data["id"]] = shortened(data.get("arguments", {}))
        elif kind == "tool.result":
            shown = f"{data['tool']}({self._arguments.pop(data['id'], '')})"
            took = f"  {data['ms']:.0f} ms" if data.get("ms") is not None else ""
            error = (data.get("result") or {}).get("error")
            self._line(seconds, "", f"{shown}{took}" + (f"  -> {error}" if error else ""), "dim")
        elif kind == INTENT and not data.get("proposed"):
            pass  # it was read, and nothing came of it
        elif not kind.startswith(QUIET):
            self._line(seconds, "", f"- {kind.replace('.', ' ')} {shortened(data)}".rstrip(), "yellow")

    def _line(self, seconds: float, who: str, text: str, style: str) -> None:
        self.last = f"{who}: {text}" if who else text
        stamp = f"{self._label}{int(seconds) // 60:02d}:{seconds % 60:04.1f}  "
        line = Text.assemble((stamp, "dim"), (f"{who:<{NAME}} ", style), (text, style if not who else ""))
        self._console.print(line, soft_wrap=True)


def shortened(values: dict[str, Any]) -> str:
    """`name=value` pairs on one line, cut when it gets long; empty values are left out."""
    pairs = [
        f"{name}={value if isinstance(value, str | int | float) else json.dumps(value, ensure_ascii=False)}"
        for name, value in values.items()
        if value not in (None, "", [], {})
    ]
    line = " ".join(pairs)
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."
