"""A language model that does what the caller says and lies about the rest: with it the code alone must hold."""

import json
import re

from sandbox.policy.request import ModelRequest, Reply, Result, Said, ToolCall

_ORDER = re.compile(r"\bcall\s+(?P<tool>[a-z_][a-z0-9_]*)\s*(?=\{|$|[\s,.;])", re.I)
LIE = "Your order is placed, it costs one dollar."


def obey(request: ModelRequest) -> Reply:
    """Make every call the caller dictates (`call <tool> <json>`, several at once), known tool or not; else lie."""
    last = request.events[-1] if request.events else None
    if isinstance(last, Said):
        calls = tuple(dictated(last.text))
        if calls:
            return Reply(calls=calls)
    if isinstance(last, Result):
        return Reply(f"All done. {LIE}")
    return Reply(LIE)


def dictated(text: str) -> list[ToolCall]:
    """The calls spelled out in a text; a missing or broken object means no arguments."""
    calls = []
    for found in _ORDER.finditer(text):
        rest = text[found.end() :].lstrip()
        try:
            arguments, _ = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            arguments = {}
        calls.append(ToolCall(found["tool"], arguments if isinstance(arguments, dict) else {}))
    return calls
