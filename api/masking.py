"""What of a call's facts is shown without the scope `privacy`: what happened and when, not what was said."""

import re
from collections.abc import Mapping
from typing import Any

from domain.masking import HIDDEN

OURS = frozenset({
    "agent", "call", "category", "channel", "currency", "error", "failed", "id", "mark", "model", "order", "outcome",
    "owner", "part", "service", "since", "source", "target", "tool",
})  # fmt: skip
"""Fields of events whose words are the system's own. A field that is not here may hold a person's, and is hidden."""
OF_RESULTS = frozenset({"status"})
"""The same inside what a tool was given and what it answered."""
NUMBERS = frozenset({"code", "lat", "lng", "phone"})
"""Names of numbers in there that say where or who somebody is, or prove it; other numbers are amounts and counts."""
TOOL_FIELDS = frozenset({"arguments", "result"})
HANDLE = re.compile(r"(dish|line|address|card|restaurant|order|complaint|change)-\d{1,4}")
"""Names that mean something within their call only."""


def shown_facts(data: dict[str, Any], personal: bool) -> dict[str, Any]:
    """An event's data; every text in it that may be somebody's is hidden unless `personal`."""
    if personal:
        return data
    return {
        key: shown_tool(value, personal) if key in TOOL_FIELDS else _masked(value, key, OURS)
        for key, value in data.items()
    }


def shown_tool(value: Any, personal: bool) -> Any:
    """A tool's arguments or result; names, addresses, codes and prices in words are hidden unless `personal`."""
    return value if personal else _masked(value, "", OF_RESULTS)


def _masked(value: Any, key: str, plain: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(inner, name, plain) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner, key, plain) for inner in value]
    if isinstance(value, str) and key not in plain and not HANDLE.fullmatch(value):
        return HIDDEN
    if isinstance(value, int | float) and key in NUMBERS:
        return HIDDEN
    return value
