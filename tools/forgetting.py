"""Takes what a tool had told the model out of the conversation again."""

import json
from typing import Any

from pipecat.processors.aggregators.llm_context import LLMContext

FORGOTTEN = json.dumps({"status": "forgotten"})


def forget(context: LLMContext, names: tuple[str, ...]) -> None:
    """Replace the results of these tools; the calls themselves stay, as every call needs its result."""
    calls: set[str] = set()
    messages: list[Any] = context.get_messages()
    for message in messages:
        if not isinstance(message, dict):
            continue
        for made in message.get("tool_calls") or ():
            if made["function"]["name"] in names:
                calls.add(made["id"])
        if message.get("role") == "tool" and message.get("tool_call_id") in calls:
            message["content"] = FORGOTTEN
