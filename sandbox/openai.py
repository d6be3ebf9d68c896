"""OpenAI's front door: chat completions and embeddings."""

import asyncio
import base64
import json
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from sandbox.embeddings import DIMENSIONS, embed
from sandbox.faults import Dropped, Fault, drop
from sandbox.models import models, pieces, tokens
from sandbox.policy.request import Reply
from sandbox.policy.wire import BadRequest, from_openai

router = APIRouter(prefix="/v1", tags=["openai"])

ERRORS = {
    400: ("invalid_request_error", None), 401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"), 429: ("requests", "rate_limit_exceeded"),
}  # fmt: skip
MESSAGES = {
    400: "The request is invalid.",
    401: "Incorrect API key provided.", 429: "Rate limit reached for requests.",
    500: "The server had an error while processing your request.", 503: "The engine is currently overloaded.",
}  # fmt: skip
Chunk = dict[str, Any]


def error_body(status: int, message: str = "", param: str | None = None) -> Chunk:
    """The vendor's error object for an HTTP status."""
    kind, code = ERRORS.get(status, ("server_error", None))
    message = message or MESSAGES.get(status, MESSAGES[500])
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def refusal(status: int, message: str = "", param: str | None = None) -> JSONResponse:
    """An error answer; a rate limit says when to come back."""
    headers = {"retry-after": "1"} if status == 429 else None
    return JSONResponse(error_body(status, message, param), status, headers)


async def _received(request: Request) -> tuple[dict[str, Any], Fault | None, Response | None]:
    """The body, the fault of this request and, when it ends here, the answer."""
    box = request.app.state.box
    try:
        body = await request.json()
    except ValueError:
        return {}, None, refusal(400, "We could not parse the JSON body of your request.")
    box.log.add("openai", "POST", request.url.path, body, request.headers)
    fault: Fault | None = box.faults.take("openai", request.url.path)
    if fault:
        await fault.hold()
        if fault.kind == "status" and fault.due():
            return body, fault, refusal(fault.status)
        if fault.kind == "drop" and fault.due():
            return body, fault, Dropped()
    if request.headers.get("authorization") != f"Bearer {box.keys['OPENAI_API_KEY']}":
        return body, fault, refusal(401)
    return body, fault, None


@router.post("/chat/completions")
async def create_completion(request: Request) -> Response:
    """`chat.completions.create`."""
    body, fault, ended = await _received(request)
    if ended:
        return ended
    try:
        asked = from_openai(body)
    except BadRequest as error:
        return refusal(400, str(error), "messages")
    usage = models(request).account(
        [(json.dumps(body["messages"]) + json.dumps(body.get("tools") or []), False)]
    )
    reply = models(request).reply(asked)
    if fault and fault.kind in ("drop", "act_and_drop") and not body.get("stream"):
        return Dropped()
    spent = tokens(reply.text + json.dumps([call.arguments for call in reply.calls]))
    used = {"prompt_tokens": usage.total, "completion_tokens": spent, "total_tokens": usage.total + spent}
    head = {"id": f"chatcmpl-{uuid.uuid4().hex[:24]}", "created": int(time.time()), "model": asked.model}
    if body.get("stream"):
        with_usage = (body.get("stream_options") or {}).get("include_usage")
        chunks = stream_chunks(head, reply, used if with_usage else None)
        return StreamingResponse(sent(chunks, fault, request), media_type="text/event-stream")
    message = {"role": "assistant", "content": reply.text or None, "refusal": None}
    if reply.calls:
        message["tool_calls"] = tool_calls(reply)  # type: ignore[assignment]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason(reply)}
    return JSONResponse({**head, "object": "chat.completion", "choices": [choice], "usage": used})


def finish_reason(reply: Reply) -> str:
    return "tool_calls" if reply.calls else "stop"


def tool_calls(reply: Reply) -> list[Chunk]:
    """The calls as the vendor writes them, each with a new id."""
    made = []
    for call in reply.calls:
        function = {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}
        made.append({"id": f"call_{uuid.uuid4().hex[:24]}", "type": "function", "function": function})
    return made


def stream_chunks(head: Chunk, reply: Reply, usage: Chunk | None) -> Iterator[Chunk]:
    """The chunks of one completion, the JSON of tool calls in parts, usage last when asked for."""

    def chunk(delta: Chunk, finish: str | None = None) -> Chunk:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        more = {"usage": None} if usage else {}
        return {**head, "object": "chat.completion.chunk", "choices": [choice], **more}

    yield chunk({"role": "assistant", "content": "" if reply.text else None})
    for part in pieces(reply.text):
        yield chunk({"content": part})
    for index, call in enumerate(tool_calls(reply)):
        arguments = call["function"]["arguments"]
        yield chunk(
            {"tool_calls": [{"index": index, **call, "function": {**call["function"], "arguments": ""}}]}
        )
        for part in pieces(arguments):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
    yield chunk({}, finish_reason(reply))
    if usage:
        yield {**head, "object": "chat.completion.chunk", "choices": [], "usage": usage}


async def sent(chunks: Iterator[Chunk], fault: Fault | None, request: Request) -> AsyncIterator[bytes]:
    """The chunks on the wire, with the fault's ending."""
    size = 0
    for number, chunk in enumerate(chunks):
        if fault and fault.kind == "slow_first_token" and number == 1:
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind in ("status", "drop", "act_and_drop") and fault.due(events=number, sent=size):
            if fault.kind == "status":
                yield encoded(error_body(fault.status))
            else:
                await asyncio.sleep(0)
                drop(request.scope)
            return
        size += len(data := encoded(chunk))
        yield data
    yield b"data: [DONE]\n\n"


def encoded(chunk: Chunk) -> bytes:
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


@router.post("/embeddings")
async def create_embeddings(request: Request) -> Response:
    """`embeddings.create`, base64 (little-endian float32) or plain numbers."""
    body, fault, ended = await _received(request)
    if ended:
        return ended
    model, given = str(body.get("model", "")), body.get("input")
    if model not in DIMENSIONS:
        return refusal(404, f"The model `{model}` does not exist or you do not have access to it.")
    texts = [given] if isinstance(given, str) else given
    if not texts or not all(isinstance(text, str) and text for text in texts):
        return refusal(400, "'$.input' is invalid.", "input")
    size = body.get("dimensions") or DIMENSIONS[model]
    if size > DIMENSIONS[model] or (size != DIMENSIONS[model] and not model.startswith("text-embedding-3")):
        return refusal(400, "This model does not support specifying dimensions.", "dimensions")
    vectors = await run_in_threadpool(embed, texts, size)
    if fault and fault.kind == "act_and_drop":
        return Dropped()
    data = []
    for index, vector in enumerate(vectors):
        as_base64 = body.get("encoding_format") == "base64"
        value: Any = (
            base64.b64encode(vector.astype("<f4").tobytes()).decode() if as_base64 else vector.tolist()
        )
        data.append({"object": "embedding", "index": index, "embedding": value})
    count = sum(tokens(text) for text in texts)
    usage = {"prompt_tokens": count, "total_tokens": count}
    return JSONResponse({"object": "list", "data": data, "model": model, "usage": usage})
