"""What a denied caller's file had told the model leaves the conversation."""

import json
from typing import Any

from pipecat.processors.aggregators.llm_context import LLMContext

from tools.forgetting import forget


def exchange(call_id: str, tool: str, result: dict[str, str]) -> list[Any]:
    call = {"id": call_id, "type": "function", "function": {"name": tool, "arguments": "{}"}}
    answer = {"role": "tool", "tool_call_id": call_id, "content": json.dumps(result)}
    return [{"role": "assistant", "tool_calls": [call]}, answer]


def test_only_the_named_tools_results_are_replaced() -> None:
    said: list[Any] = [
        *exchange("a", "get_customer_profile", {"first_name": "Asha"}),
        *exchange("b", "search_menu", {"name": "Naan"}),
        {"role": "user", "content": "I am not Asha"},
    ]
    context = LLMContext(messages=said)
    forget(context, ("get_customer_profile",))
    text = json.dumps(context.get_messages())
    assert '\\"first_name\\"' not in text
    assert "forgotten" in text
    assert "Naan" in text
    assert text.count("tool_call_id") == 2
