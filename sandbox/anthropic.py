"""The model Claude's front door: the Messages API, streamed and not."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from sandbox.faults import Dropped, Fault, drop
from sandbox.models import Usage, models, pieces, tokens
from sandbox.policy.request import Reply
from sandbox.policy.wire import BadRequest, from_anthropic

router = APIRouter(tags=["anthropic"])

ERROR_TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error",
}  # fmt: skip
MESSAGES = {
    400: "The request is invalid.",
    401: "invalid x-api-key",
    429: "This request would exceed your account's rate limit.",
    529: "Overloaded",
}
Event = dict[str, Any]


def error_body(status: int, message: str = "") -> Event:
    """The vendor's error object for an HTTP status."""
    kind = ERROR_TYPES.get(status, "api_error")
    error = {"type": kind, "message": message or MESSAGES.get(status, "Internal server error")}
    return {"type": "error", "error": error, "request_id": f"req_{uuid.uuid4().hex[:24]}"}


def refusal(status: int, message: str = "") -> JSONResponse:
    """An error answer; a rate limit says when to come back."""
    return JSONResponse(error_body(status, message), status, {"retry-after": "1"} if status == 429 else None)


@router.post("/v1/messages")
async def create_message(request: Request) -> Response:
    """`messages.create` and `messages.stream`."""
    box = request.app.state.box
    try:
        body = await request.json()
    except ValueError:
        return refusal(400, "The request body is not valid JSON")
    box.log.add("anthropic", "POST", request.url.path, body, request.headers)
    fault = box.faults.take("anthropic", request.url.path)
    if fault:
        await fault.hold()
        if fault.kind == "status" and fault.due():
            return refusal(fault.status)
        if fault.kind == "drop" and fault.due():
            return Dropped()
    if request.headers.get("x-api-key") != box.keys["ANTHROPIC_API_KEY"]:
        return refusal(401)
    try:
        asked = from_anthropic(body)
    except BadRequest as error:
        return refusal(400, str(error))
    usage = models(request).account(prompt_segments(body))
    reply = models(request).reply(asked)
    if fault and fault.kind in ("drop", "act_and_drop") and not body.get("stream"):
        return Dropped()
    blocks = content_blocks(reply)
    message = message_of(asked.model, usage)
    if body.get("stream"):
        events = sent(stream_events(message, blocks), fault, request)
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"cache-control": "no-cache"}
        )
    message |= {"content": blocks, "stop_reason": stop_reason(reply)}
    message["usage"]["output_tokens"] = tokens(json.dumps(blocks))
    return JSONResponse(message, headers={"request-id": f"req_{uuid.uuid4().hex[:24]}"})


def prompt_segments(body: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """The prompt in the order it is cached in (tools, system, messages), with the caller's cache breakpoints."""
    for tool in body.get("tools") or []:
        yield json.dumps({key: tool[key] for key in tool if key != "cache_control"}), "cache_control" in tool
    contents = [body.get("system"), *(message.get("content") for message in body["messages"])]
    for content in contents:
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content or []:
            plain = {key: block[key] for key in block if key != "cache_control"}
            yield json.dumps(plain), "cache_control" in block


def content_blocks(reply: Reply) -> list[Event]:
    """The reply as content blocks: text first, then the tool calls."""
    blocks: list[Event] = [{"type": "text", "text": reply.text}] if reply.text or not reply.calls else []
    for call in reply.calls:
        name = {"name": call.name, "input": call.arguments}
        blocks.append({"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex[:24]}", **name})
    return blocks


def stop_reason(reply: Reply) -> str:
    return "tool_use" if reply.calls else "end_turn"


def message_of(model: str, usage: Usage) -> Event:
    """An empty message with the input side of its usage."""
    return {
        "id": f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": usage.fresh,
            "cache_creation_input_tokens": usage.cache_written,
            "cache_read_input_tokens": usage.cache_read,
            "output_tokens": 1,
        },
    }


def stream_events(message: Event, blocks: list[Event]) -> Iterator[Event]:
    """The server-sent events of one message, the JSON of tool calls in parts."""
    yield {"type": "message_start", "message": message}
    yield {"type": "ping"}
    for index, block in enumerate(blocks):
        if block["type"] == "text":
            start, parts, kind, key = block | {"text": ""}, pieces(block["text"]), "text_delta", "text"
        else:
            start, kind, key = block | {"input": {}}, "input_json_delta", "partial_json"
            parts = ["", *pieces(json.dumps(block["input"], ensure_ascii=False))]
        yield {"type": "content_block_start", "index": index, "content_block": start}
        for part in parts:
            yield {"type": "content_block_delta", "index": index, "delta": {"type": kind, key: part}}
        yield {"type": "content_block_stop", "index": index}
    used = any(block["type"] == "tool_use" for block in blocks)
    delta = {"stop_reason": "tool_use" if used else "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": tokens(json.dumps(blocks))}}
    yield {"type": "message_stop"}


async def sent(events: Iterator[Event], fault: Fault | None, request: Request) -> AsyncIterator[bytes]:
    """The events on the wire, with the fault's ending: `status` tells an error in the stream, drops cut the line."""
    size = 0
    for number, event in enumerate(events):
        if (
            fault
            and fault.kind == "slow_first_token"
            and event["type"] == "content_block_start"
            and not event["index"]
        ):
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind in ("status", "drop", "act_and_drop") and fault.due(events=number, sent=size):
            if fault.kind == "status":
                yield encoded(error_body(fault.status))
            else:
                await asyncio.sleep(0)
                drop(request.scope)
            return
        size += len(data := encoded(event))
        yield data


def encoded(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
