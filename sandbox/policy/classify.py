"""Structured answers: fill the schema that was asked for from the caller's words."""

import json
import re
from typing import Any

from rapidfuzz import fuzz

from sandbox.policy.hear import hear
from sandbox.policy.intent import AGENTS, agent_for
from sandbox.policy.request import ModelRequest, Reply, Said, ToolCall

# What in a caller's turn speaks for which sort of label; the label's own words count besides.
_SIGNS: dict[str, str] = {
    "support complaint refund problem": r"refund|complain|cold|wrong|missing|late|cancel|spilled|money back|bad",
    "tracking status delivery where": r"where|track|status|how long|arrive|driver|eta",
    "order menu food place customer_order": r"order|like|want|get|have|menu|hungry|pizza|naan|tikka|biryani|usual",
    "person human agent transfer": r"\bagent\b|human|person|manager|representative",
    "feedback post_delivery rating review": r"feedback|rating|review|stars|enjoyed",
    "goodbye end other": r"bye|goodbye|hang up",
    "restaurant": r"kitchen|restaurant here|prepar",
    "driver": r"\bi'?m the driver|\bpick ?up\b",
}

_SAYS = re.compile(r'"caller_says":\s*(?P<said>"(?:[^"\\]|\\.)*")')
_SPEAKS = re.compile(r'"speaks_with":\s*"(?P<agent>\w+)"')
# Our rules are sure or silent.
SURE = 0.9


def classified(request: ModelRequest) -> Reply:
    """An object that fits the schema, as text or as the forced tool's arguments."""
    text = request.last_said() or next(
        (event.text for event in request.events if isinstance(event, Said)), ""
    )
    text, speaks = _asked_about(text)
    if request.forced is not None:
        filled = _fill(request.tools[request.forced].schema, text, request.forced, speaks)
        return Reply(calls=(ToolCall(request.forced, filled if isinstance(filled, dict) else {}),))
    return Reply(json.dumps(_fill(request.schema or {"type": "object"}, text, "", speaks)))


def _asked_about(text: str) -> tuple[str, str]:
    """The caller's words in a classifier's question, and the agent who speaks with them."""
    said = _SAYS.search(text)
    if said is None:
        return text, ""
    speaks = _SPEAKS.search(text)
    return str(json.loads(said["said"])), speaks["agent"] if speaks else ""


def _fill(schema: dict[str, Any], text: str, name: str, speaks: str) -> Any:
    if "enum" in schema:
        return choose([str(option) for option in schema["enum"]], text, speaks)
    if "const" in schema:
        return schema["const"]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return _fill(schema[several][0], text, name, speaks)
    match schema.get("type"):
        case "object" | None:
            filled = {
                key: _fill(inner, text, key, speaks) for key, inner in schema.get("properties", {}).items()
            }
            return _shared(filled)
        case "array":
            return []
        case "boolean":
            return hear(text, "none").answer is True
        case "number" | "integer":
            return (
                schema.get("minimum", 0)
                if schema["type"] == "integer"
                else min(0.8, schema.get("maximum", 0.8))
            )
        case "null":
            return None
        case _:
            return text[:80]


def _shared(filled: dict[str, Any]) -> dict[str, Any]:
    """Probabilities beside a choice: most for it, the rest in equal shares."""
    shares, choice = filled.get("probabilities"), filled.get("choice")
    if isinstance(shares, dict) and choice in shares:
        rest = round((1 - SURE) / max(1, len(shares) - 1), 4)
        filled["probabilities"] = {label: SURE if label == choice else rest for label in shares}
    return filled


def choose(labels: list[str], text: str, speaks: str = "") -> str:
    """The label that the words speak for most; when none does, the agent who speaks, or the first one."""
    if len(AGENTS & set(labels)) > 1:
        agent = agent_for(text, speaks)
        if agent in labels or speaks in labels:
            return agent if agent in labels else speaks
    scores = []
    for place, label in enumerate(labels):
        own = fuzz.partial_ratio(label.replace("_", " ").lower(), text.lower()) / 100
        signs = [
            pattern
            for words, pattern in _SIGNS.items()
            if any(part in words.split() for part in re.split(r"[_\s-]", label.lower()))
        ]
        # Everybody says "want" and "order"; whoever says "cold" or "where" means it.
        hits = sum(
            len(re.findall(pattern, text, re.I)) / (2 if "order" in pattern else 1) for pattern in signs
        )
        scores.append((hits * 2 + (own if own > 0.9 else 0), -place, label))
    return max(scores)[2] if scores else ""
