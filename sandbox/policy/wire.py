"""From the vendors' request bodies to the neutral form; raises BadRequest as the vendors would."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.policy.request import (
    Event,
    ModelRequest,
    Note,
    Result,
    Said,
    Spoke,
    Tool,
    ToolCall,
    result_content,
    said_or_note,
)

Body = dict[str, Any]


class BadRequest(Exception):
    """The vendor would answer 400 with this message."""


def _blocks(content: Any) -> list[Body]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content or [] if isinstance(block, dict)]


def _text(content: Any) -> str:
    return "\n".join(block.get("text", "") for block in _blocks(content) if block.get("type") == "text")


def from_anthropic(body: Body) -> ModelRequest:
    """A Messages API body in the neutral form."""
    messages = body.get("messages")
    if not messages:
        raise BadRequest("messages: at least one message is required")
    if not isinstance(body.get("max_tokens"), int):
        raise BadRequest("max_tokens: Field required")
    choice = body.get("tool_choice") or {}
    tools = {
        tool["name"]: Tool(tool["name"], tool.get("description", ""), tool.get("input_schema", {}))
        for tool in body.get("tools") or []
    }
    return ModelRequest(
        model=str(body.get("model", "")),
        system=_text(body.get("system")),
        tools=tools,
        events=tuple(_anthropic_events(messages)),
        parallel=not choice.get("disable_parallel_tool_use", False),
        use_tools=choice.get("type") != "none",
        forced=_forced(choice.get("name") if choice.get("type") == "tool" else None, tools),
        schema=(body.get("output_config", {}).get("format") or body.get("output_format") or {}).get("schema"),
    )


def _anthropic_events(messages: list[Body]) -> Iterator[Event]:
    open_calls: dict[str, ToolCall] = {}
    for index, message in enumerate(messages):
        role = message.get("role")
        if role not in ("user", "assistant"):
            raise BadRequest(f"messages.{index}.role: Input should be 'user' or 'assistant'")
        blocks = _blocks(message.get("content"))
        if open_calls:
            answered = {block.get("tool_use_id") for block in blocks if block.get("type") == "tool_result"}
            if missing := sorted(open_calls.keys() - answered):
                raise BadRequest(
                    f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately "
                    f"after: {', '.join(missing)}. Each `tool_use` block must have a corresponding "
                    "`tool_result` block in the next message."
                )
        answers, open_calls = open_calls, {}
        for block in blocks:
            kind = block.get("type")
            if kind == "text" and block.get("text") not in ("(empty)", ".", ""):
                text = str(block.get("text"))
                yield said_or_note(text) if role == "user" else Spoke(text)
            elif kind == "tool_use":
                call = ToolCall(block["name"], dict(block.get("input") or {}), block["id"])
                open_calls[call.id] = call
                yield call
            elif kind == "tool_result":
                call_id = str(block.get("tool_use_id"))
                if call_id not in answers:
                    raise BadRequest(
                        f"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {call_id}. Each "
                        "`tool_result` block must have a corresponding `tool_use` block in the previous message."
                    )
                yield Result(answers[call_id], result_content(block.get("content", "")))
    if open_calls:
        raise BadRequest(
            "messages: `tool_use` ids were found without `tool_result` blocks: " + ", ".join(open_calls)
        )


def from_openai(body: Body) -> ModelRequest:
    """A chat completions body in the neutral form."""
    messages = body.get("messages")
    if not messages:
        raise BadRequest("Invalid 'messages': empty array. Expected an array with minimum length 1.")
    head = 0
    while head < len(messages) and messages[head].get("role") in ("system", "developer"):
        if head and _text(messages[head].get("content")).startswith("Note:"):
            break  # told at the beginning of a conversation, and no part of the prompt
        head += 1
    tools = {}
    for tool in body.get("tools") or []:
        made = tool["function"]
        tools[made["name"]] = Tool(made["name"], made.get("description", ""), made.get("parameters", {}))
    choice = body.get("tool_choice")
    named = choice.get("function", {}).get("name") if isinstance(choice, dict) else None
    answer = body.get("response_format") or {}
    return ModelRequest(
        model=str(body.get("model", "")),
        system="\n".join(_text(message.get("content")) for message in messages[:head]),
        tools=tools,
        events=tuple(_openai_events(messages[head:])),
        parallel=body.get("parallel_tool_calls") is not False,
        use_tools=choice != "none",
        forced=_forced(named, tools),
        schema=answer.get("json_schema", {}).get("schema", {})
        if answer.get("type", "text") != "text"
        else None,
    )


def _openai_events(messages: list[Body]) -> Iterator[Event]:
    waiting: dict[str, ToolCall] = {}
    for index, message in enumerate(messages):
        role, text = message.get("role"), _text(message.get("content"))
        if role == "tool":
            call_id = str(message.get("tool_call_id"))
            if call_id not in waiting:
                raise BadRequest(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                    "'tool_calls'."
                )
            yield Result(waiting.pop(call_id), result_content(text))
            continue
        if waiting:
            raise BadRequest(
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
                f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(waiting)}"
            )
        if role in ("system", "developer"):
            yield Note(text)
        elif role == "user":
            if text:
                yield Said(text) if message.get("name") else said_or_note(text)
        elif role == "assistant":
            if text:
                yield Spoke(text)
            for made in message.get("tool_calls") or []:
                arguments = made["function"].get("arguments") or "{}"
                call = ToolCall(made["function"]["name"], json.loads(arguments), made["id"])
                waiting[call.id] = call
                yield call
        else:
            raise BadRequest(f"Invalid value: '{role}'. 'messages[{index}].role'")
    if waiting:
        raise BadRequest("An assistant message with 'tool_calls' must be followed by tool messages.")


def _forced(name: str | None, tools: dict[str, Tool]) -> str | None:
    if name is not None and name not in tools:
        raise BadRequest(f"tool_choice: tool '{name}' not found in provided tools")
    return name
