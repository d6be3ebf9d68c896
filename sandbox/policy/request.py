"""One form for what both model vendors are asked: the system text, the tools and the turns so far."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.policy.devanagari import latin

# Notes of the developer reach Claude as the user's text; these shapes tell them from speech.
_NOTE = re.compile(
    r"^\s*(?:[\[(<{].*[\])>}]|(?:note|system|developer|context|fact|update|outcome|\w+ outcome)\s*:.*)\s*$",
    re.S | re.I,
)
_ABOUT_CALLER = re.compile(
    r"^\s*(?:the|this|your) (?:caller|customer|answer|user|call|payment|order|read-?back)\b", re.I
)


@dataclass(frozen=True)
class Said:
    """What the caller said in one turn."""

    text: str


@dataclass(frozen=True)
class Spoke:
    """What the assistant said."""

    text: str


@dataclass(frozen=True)
class Note:
    """What the developer (not the caller) tells the model in the middle of a conversation."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool; `id` is empty while the policy proposes it."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True)
class Result:
    """What a tool answered; `content` is the JSON object, or `{"text": ...}` when it was not one."""

    call: ToolCall
    content: dict[str, Any]


Event = Said | Spoke | Note | ToolCall | Result


@dataclass(frozen=True)
class Reply:
    """What the model answers: text, tool calls, or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A tool on offer with its JSON schema."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True)
class ModelRequest:
    """A request in the neutral form.

    `forced` names a tool the model must call; `schema` is the JSON schema of the answer when the vendor was asked for
    structured output; `parallel` is False when at most one tool call is allowed.
    """

    model: str
    system: str
    tools: dict[str, Tool]
    events: tuple[Event, ...]
    parallel: bool = True
    use_tools: bool = True
    forced: str | None = None
    schema: dict[str, Any] | None = None

    def fits(self, name: str, arguments: dict[str, Any]) -> ToolCall:
        """A call with only the arguments the offered tool knows."""
        known = self.tools[name].schema.get("properties", {})
        return ToolCall(name, {key: value for key, value in arguments.items() if key in known})

    def last_said(self) -> str:
        """The caller's newest words, or an empty text."""
        return next((event.text for event in reversed(self.events) if isinstance(event, Said)), "")


def said_or_note(text: str) -> Said | Note:
    """Tell the caller's words from a developer's note sent in the user's role."""
    if _NOTE.match(text) or _ABOUT_CALLER.match(text):
        return Note(text)
    return Said(latin(text))


def result_content(content: Any) -> dict[str, Any]:
    """A tool's answer as an object: a JSON string, a list of text blocks or plain words."""
    if isinstance(content, list):
        content = "".join(block.get("text", "") for block in content if isinstance(block, dict))
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except ValueError:
            return {"text": content}
    return content if isinstance(content, dict) else {"text": str(content)}
