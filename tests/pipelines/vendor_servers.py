"""Loopback vendors that do what a test tells them: one uvicorn server, one knob object."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import StreamingResponse
from starlette.websockets import WebSocketDisconnect

RATE = 8000
SAMPLES_PER_LETTER = 480
"""60 ms a letter, about the speed of speech."""


@dataclass
class Knobs:
    """What the vendors do next, and what they have seen."""

    texts: list[str] = field(default_factory=list)
    """What the recogniser answers to the next Finalize that follows sound."""
    claude: list[Any] = field(default_factory=list)
    """Answers: text, a list of tool calls (name, arguments), a status code, 'hang', or ('cut', text)."""
    gpt: list[Any] = field(default_factory=list)
    claude_requests: list[dict[str, Any]] = field(default_factory=list)
    gpt_requests: list[dict[str, Any]] = field(default_factory=list)
    stt_refusals: list[int] = field(default_factory=list)
    stt_queries: list[str] = field(default_factory=list)
    stt_sockets: list[WebSocket] = field(default_factory=list)
    stt_bytes: list[int] = field(default_factory=list)
    tts_refuse: int | None = None
    tts_sockets: list[WebSocket] = field(default_factory=list)
    tts_die_after: int | None = None
    """Close the socket after this many letters of speech."""
    tts_mute: bool = False
    tts_said: list[str] = field(default_factory=list)
    aura_said: list[str] = field(default_factory=list)
    aura_refuse: int | None = None
    aura_die_after: int | None = None
    """Close the socket after this many letters of speech."""
    aura_mute: bool = False
    rendered: list[str] = field(default_factory=list)
    render_status: int = 200
    render_hang: frozenset[str] = frozenset()
    """Beginnings of texts whose rendering never ends."""


def tone(letters: int) -> bytes:
    """Audio that is not silence."""
    return b"\x00\x10\x00\xf0" * (letters * SAMPLES_PER_LETTER // 2)


def create_app(knobs: Knobs) -> FastAPI:
    app = FastAPI()

    @app.websocket("/v1/listen")
    async def listen(ws: WebSocket) -> None:
        knobs.stt_queries.append(ws.url.query)
        if knobs.stt_refusals:
            status = knobs.stt_refusals.pop(0)
            await ws.send_denial_response(Response(status_code=status))
            return
        await ws.accept()
        knobs.stt_sockets.append(ws)
        place = len(knobs.stt_bytes)
        knobs.stt_bytes.append(0)
        loud = False
        try:
            while True:
                message = await ws.receive()
                if message["type"] == "websocket.disconnect":
                    return
                if message.get("bytes"):
                    knobs.stt_bytes[place] += len(message["bytes"])
                    loud = loud or any(abs(b - 256 * (b > 127)) > 2 for b in message["bytes"][1::2])
                    continue
                kind = json.loads(message["text"])["type"]
                if kind == "Finalize":
                    text = knobs.texts.pop(0) if loud and knobs.texts else ""
                    loud = False
                    await ws.send_json(result(text))
                elif kind == "CloseStream":
                    await ws.close()
                    return
        except WebSocketDisconnect:
            return

    @app.websocket("/v1/text-to-speech/{voice}/multi-stream-input")
    async def speak(ws: WebSocket, voice: str) -> None:
        if knobs.tts_refuse is not None:
            await ws.send_denial_response(Response(status_code=knobs.tts_refuse))
            return
        await ws.accept()
        knobs.tts_sockets.append(ws)
        try:
            while True:
                order = json.loads(await ws.receive_text())
                if order.get("close_socket"):
                    await ws.close()
                    return
                context = order.get("context_id")
                text = order.get("text", "")
                if order.get("close_context") and not knobs.tts_mute:
                    await ws.send_json({"isFinal": True, "contextId": context})
                elif text.strip() and not knobs.tts_mute:
                    await say(ws, context, text)
        except WebSocketDisconnect:
            return

    async def say(ws: WebSocket, context: str, text: str) -> None:
        heard = text
        if knobs.tts_die_after is not None:
            heard, knobs.tts_die_after = text[: knobs.tts_die_after], None
            await ws.send_json(audio(context, heard))
            await ws.close(1011)
            return
        knobs.tts_said.append(heard)
        await ws.send_json(audio(context, heard))

    @app.post("/v1/text-to-speech/{voice}/stream/with-timestamps")
    async def render(voice: str, request: Request) -> Response:
        if knobs.render_status != 200:
            return Response(status_code=knobs.render_status)
        text = (await request.json())["text"]
        knobs.rendered.append(text)
        if knobs.render_hang and text.startswith(tuple(knobs.render_hang)):
            await hung_up(request)
        starts = [n * 0.06 for n in range(len(text))]
        line = {
            "audio_base64": base64.b64encode(tone(len(text))).decode(),
            "alignment": {
                "characters": list(text),
                "character_start_times_seconds": starts,
                "character_end_times_seconds": [s + 0.06 for s in starts],
            },
        }
        return Response(json.dumps(line) + "\n", media_type="application/json")

    @app.websocket("/v1/speak")
    async def aura(ws: WebSocket) -> None:
        if knobs.aura_refuse is not None:
            await ws.send_denial_response(Response(status_code=knobs.aura_refuse))
            return
        await ws.accept()
        try:
            while True:
                order = json.loads(await ws.receive_text())
                if knobs.aura_mute and order["type"] != "Close":
                    continue
                if order["type"] == "Speak" and knobs.aura_die_after is not None:
                    letters, knobs.aura_die_after = knobs.aura_die_after, None
                    await ws.send_bytes(tone(letters))
                    await ws.close(1011)
                    return
                if order["type"] == "Speak":
                    knobs.aura_said.append(order["text"].strip())
                    await ws.send_bytes(tone(len(order["text"])))
                elif order["type"] == "Flush":
                    await ws.send_json({"type": "Flushed", "sequence_id": 0})
                elif order["type"] == "Close":
                    await ws.close()
                    return
        except WebSocketDisconnect:
            return

    @app.post("/v1/messages")
    async def messages(request: Request) -> Response:
        knobs.claude_requests.append(await request.json())
        answer = knobs.claude.pop(0) if knobs.claude else "All right."
        if isinstance(answer, int):
            body = {"type": "error", "error": {"type": "api_error", "message": "no"}}
            return Response(json.dumps(body), status_code=answer, media_type="application/json")
        return StreamingResponse(claude_events(answer), media_type="text/event-stream")

    @app.post("/v1/chat/completions")
    async def completions(request: Request) -> Response:
        knobs.gpt_requests.append(await request.json())
        answer = knobs.gpt.pop(0) if knobs.gpt else "All right from the second model."
        if isinstance(answer, int):
            return Response('{"error":{"message":"no"}}', status_code=answer, media_type="application/json")
        return StreamingResponse(gpt_events(answer), media_type="text/event-stream")

    return app


def result(text: str) -> dict[str, Any]:
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "start": 0.0,
        "duration": 1.0,
        "is_final": True,
        "speech_final": True,
        "from_finalize": True,
        "channel": {"alternatives": [{"transcript": text, "confidence": 0.99, "words": []}]},
        "metadata": {"request_id": "r", "model_uuid": "m", "model_info": {}},
    }


def audio(context: str, text: str) -> dict[str, Any]:
    starts = [60 * n for n in range(len(text))]
    return {
        "audio": base64.b64encode(tone(len(text))).decode(),
        "isFinal": None,
        "contextId": context,
        "alignment": {"chars": list(text), "charStartTimesMs": starts, "charDurationsMs": [60] * len(text)},
    }


async def claude_events(answer: Any) -> AsyncIterator[str]:
    usage = {
        "input_tokens": 1,
        "output_tokens": 1,
        "cache_creation_input_tokens": 7,
        "cache_read_input_tokens": 9,
    }

    def event(kind: str, **data: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"

    yield event(
        "message_start",
        message={
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "claude",
            "content": [],
            "usage": usage,
        },
    )
    if answer == "hang":
        await asyncio.Event().wait()
    if isinstance(answer, list):
        for n, (name, arguments) in enumerate(answer):
            block = {"type": "tool_use", "id": f"t{n}", "name": name, "input": {}}
            yield event("content_block_start", index=n, content_block=block)
            delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
            yield event("content_block_delta", index=n, delta=delta)
            yield event("content_block_stop", index=n)
        stop = "tool_use"
    else:
        text = answer[1] if isinstance(answer, tuple) else answer
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for word in text.split(" "):
            yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": word + " "})
        if isinstance(answer, tuple):
            yield event("error", error={"type": "overloaded_error", "message": "busy"})
            return
        yield event("content_block_stop", index=0)
        stop = "end_turn"
    yield event(
        "message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": 5}
    )
    yield event("message_stop")


async def gpt_events(answer: str) -> AsyncIterator[str]:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        body = {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "gpt-4o-mini",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
        return f"data: {json.dumps(body)}\n\n"

    if answer == "hang":
        await asyncio.Event().wait()
    for word in answer.split(" "):
        yield chunk({"content": word + " "})
    yield chunk({}, "stop")
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    last = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini", "choices": []}
    yield f"data: {json.dumps({**last, 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


async def hung_up(request: Request) -> None:
    """Wait until the client has given up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The app on a free loopback port; yields `127.0.0.1:port`."""
    config = uvicorn.Config(app, log_level="error", ws="websockets-sansio", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as door:  # it listens already: early clients wait in line
        task = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield f"127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
