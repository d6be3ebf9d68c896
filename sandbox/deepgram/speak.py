"""The Aura voices: `/v1/speak` as a websocket and as a request per sentence."""

import asyncio
import contextlib
import json
import uuid
from typing import Any

from fastapi import APIRouter, Request, WebSocket
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect

from sandbox.box import Box
from sandbox.deepgram.door import admit, refusal
from sandbox.faults import OPEN_KINDS, Dropped, Fault, drop
from sandbox.speech.formats import AudioFormat, UnknownFormat, deepgram_format

router = APIRouter()

DEFAULT_MODEL = "aura-2-thalia-en"
CHUNK_SECONDS = 0.2


class _Speaker:
    """One socket: sentences wait in a queue until they are spoken or cleared."""

    def __init__(self, box: Box, socket: WebSocket, audio: AudioFormat, fault: Fault | None) -> None:
        self.box, self.socket, self.audio, self.fault = box, socket, audio, fault
        self.model = socket.query_params.get("model", DEFAULT_MODEL)
        self.waiting: asyncio.Queue[str | None] = asyncio.Queue()
        self.sequence = 0
        self.sent = 0

    async def run(self) -> None:
        request_id = str(uuid.uuid4())
        await self.socket.send_json({"type": "Metadata", "request_id": request_id, "model_name": self.model})
        voice = asyncio.create_task(self._speak())
        try:
            while True:
                text = await self.socket.receive_text()
                message = _parse(text)
                self.box.log.add("deepgram", "WS", self.socket.url.path, message)
                kind = message.get("type")
                if kind == "Speak":
                    self.waiting.put_nowait(str(message.get("text", "")))
                elif kind == "Flush":
                    self.waiting.put_nowait(None)
                elif kind == "Clear":
                    voice = await self._clear(voice)
                elif kind == "Close":
                    await self.socket.close(1000)
                    return
                else:
                    warning = {"type": "Warning", "code": "DATA-0000", "description": "Unknown message"}
                    await self.socket.send_json(warning)
        finally:
            await _stop(voice)

    async def _clear(self, voice: asyncio.Task[None]) -> asyncio.Task[None]:
        await _stop(voice)
        while not self.waiting.empty():
            self.waiting.get_nowait()
        await self.socket.send_json({"type": "Cleared", "sequence_id": self._next()})
        return asyncio.create_task(self._speak())

    def _next(self) -> int:
        self.sequence += 1
        return self.sequence - 1

    async def _speak(self) -> None:
        while True:
            text = await self.waiting.get()
            if text is None:
                await self.socket.send_json({"type": "Flushed", "sequence_id": self._next()})
            elif text.strip():
                rendering = await self.box.speech.say(text.strip(), self.model)
                data = self.audio.encode(rendering.pcm(self.audio.rate))
                size = int(self.audio.rate * CHUNK_SECONDS) * self.audio.sample_bytes
                for begin in range(0, len(data), size):
                    await self._send(data[begin : begin + size])

    async def _send(self, chunk: bytes) -> None:
        await self.socket.send_bytes(chunk)
        self.sent += len(chunk)
        fault = self.fault or self.box.faults.take("deepgram", self.socket.url.path, OPEN_KINDS)
        self.fault = fault
        if fault and fault.kind in OPEN_KINDS and fault.due(sent=self.sent):
            drop(self.socket.scope)


def _parse(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
        await task


@router.websocket("/v1/speak")
async def speak_live(socket: WebSocket) -> None:
    """Sentences up, audio down, faster than it is spoken."""
    box: Box = socket.app.state.box
    query = socket.query_params
    box.log.add("deepgram", "GET", socket.url.path, dict(query), socket.headers.keys())
    fault, refused = await admit(box, socket)
    if refused is not None:
        await socket.send_denial_response(refused)
        return
    try:
        audio = deepgram_format(query.get("encoding", "linear16"), int(query.get("sample_rate", "24000")))
    except (UnknownFormat, ValueError) as bad:
        await socket.send_denial_response(refusal(400, f"Bad request: {bad}"))
        return
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        await _Speaker(box, socket, audio, fault).run()


@router.post("/v1/speak")
async def speak(request: Request) -> Response:
    """One text, one body of raw audio (`container=none`)."""
    box: Box = request.app.state.box
    query = request.query_params
    try:
        body = json.loads(await request.body())
        text = str(body["text"]).strip()
        audio = deepgram_format(query.get("encoding", "linear16"), int(query.get("sample_rate", "24000")))
    except (UnknownFormat, ValueError, KeyError, TypeError) as bad:
        return refusal(400, f"Bad request: {bad}")
    box.log.add("deepgram", "POST", request.url.path, body, request.headers.keys())
    fault, refused = await admit(box, request)
    if refused is not None:
        return refused
    rendering = await box.speech.say(text, query.get("model", DEFAULT_MODEL), keep=True)
    data = audio.encode(rendering.pcm(audio.rate))
    if fault and fault.kind in OPEN_KINDS:
        return Dropped(data[: fault.after_bytes], "audio/l16")
    return Response(data, media_type="audio/l16" if audio.encoding == "pcm" else "audio/mulaw")
