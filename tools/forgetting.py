"""Takes what the tools had told of the number's owner out of the conversation again."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pipecat.processors.aggregators.llm_context import LLMContext

from compliance import wording
from operations import resuming

OF_THEIRS = (
    "get_customer_profile",
    "verify_address",
    "set_allergies",
    "add_to_order",
    "change_order_line",
    "read_back_order",
    "place_order",
    "send_code",
    "prove",
    "get_order_status",
    "propose_change",
    "carry_out",
    "ask_about_unavailable",
    "decide_unavailable",
    "confirm_receipt",
    "file_complaint",
    "process_refund",
    "rate_order",
    "offer_promotion",
)
"""Tools whose results tell of the person the number belongs to."""
HANDOFF = "transfer_to_"
"""So begins the name of every handoff; its result sums up what is known of the caller."""
LATE = "Note: {tool} went on after it was interrupted. Its outcome is now known: {result}"
FORGOTTEN = json.dumps({"status": "forgotten"})
NOTE_FORGOTTEN = "Note: what stood here is forgotten; the caller is somebody else."
SPEECH_FORGOTTEN = "(What was said here was for somebody else, and is forgotten.)"
UNANSWERED = (resuming.UNANSWERED, "CANCELLED")
"""Where Pipecat still puts a result, or never had one."""

Told = Callable[[Mapping[str, Any], str], bool]
ONLY: Mapping[str, Told] = {
    "verify_address": lambda arguments, result: not arguments.get("text"),  # else it is the caller's own
    "add_to_order": lambda arguments, result: '"error"' in result,  # it may name an allergy on file
    "change_order_line": lambda arguments, result: '"error"' in result,
}
"""Of these tools only some results tell of the owner: by arguments and result."""


def of_theirs(name: str, arguments: Mapping[str, Any], result: str) -> bool:
    """Whether a result of a tool tells of the number's owner."""
    if name.startswith(HANDOFF):
        return True
    only = ONLY.get(name)
    return name in OF_THEIRS and (only is None or only(arguments, result))


def forget(context: LLMContext) -> None:
    """Blank what the tools told of the number's owner, and everything that was said or noted after it.

    The calls themselves and the caller's own words stay, and every message its place.
    """
    calls: dict[str, tuple[str, Mapping[str, Any]]] = {}
    told = False
    messages: list[Any] = context.get_messages()
    for message in messages:
        if not isinstance(message, dict):
            continue
        for made in message.get("tool_calls") or ():
            function = made["function"]
            calls[made["id"]] = function["name"], json.loads(function["arguments"] or "{}")
        content = message.get("content")
        if not isinstance(content, str) or not content:
            continue
        match message["role"]:
            case "tool":
                name, arguments = calls.get(message["tool_call_id"], ("", {}))
                if content not in UNANSWERED and of_theirs(name, arguments, content):
                    message["content"], told = FORGOTTEN, True
            case "developer" if content not in wording.SPEAK_NOTE.values():
                if told or content.startswith((resuming.LINE_LOST, *_late())):
                    message["content"], told = NOTE_FORGOTTEN, True
            case "assistant" if told:
                message["content"] = SPEECH_FORGOTTEN
            case _:
                pass


def _late() -> tuple[str, ...]:
    return tuple(LATE.partition("{result}")[0].format(tool=name) for name in OF_THEIRS)
