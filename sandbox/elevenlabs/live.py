"""Streaming voices: `multi-stream-input`, several contexts on one socket."""

import asyncio
import base64
import contextlib
import json
from typing import Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from sandbox.box import Box
from sandbox.elevenlabs.door import admit, refusal
from sandbox.faults import OPEN_KINDS, Fault, drop
from sandbox.speech.alignment import Piece, pieces
from sandbox.speech.formats import AudioFormat, UnknownFormat, elevenlabs_format

router = APIRouter()

# ElevenLabs' own limits.
MAX_CONTEXTS = 5
INACTIVITY_SECONDS = 20.0
MAX_INACTIVITY_SECONDS = 180.0


class _Context:
    """One context: texts are spoken in order; a task of its own lets an interruption stop it at once."""

    def __init__(self, socket: "_Socket", name: str) -> None:
        self.socket, self.name = socket, name
        self.pending = ""
        self.waiting: asyncio.Queue[str | None] = asyncio.Queue()
        self.task = asyncio.create_task(self._speak())

    def add(self, text: str, *, at_once: bool) -> None:
        self.pending += text
        if at_once:
            self.flush()

    def flush(self) -> None:
        text, self.pending = self.pending.strip(), ""
        if text:
            self.waiting.put_nowait(text)

    def finish(self) -> None:
        """Speak what is left, then say that it was the last."""
        self.flush()
        self.waiting.put_nowait(None)

    async def _speak(self) -> None:
        while (text := await self.waiting.get()) is not None:
            rendering = await self.socket.box.speech.say(text, self.socket.voice)
            samples = rendering.pcm(self.socket.audio.rate)
            for piece in pieces(rendering):
                begin, end = (round(at * self.socket.audio.rate) for at in (piece.start, piece.end))
                await self.socket.send_audio(self.name, self.socket.audio.encode(samples[begin:end]), piece)
        await self.socket.send({"isFinal": True, "contextId": self.name})
        self.socket.contexts.pop(self.name, None)


def _alignment(piece: Piece) -> dict[str, list[str] | list[int]]:
    """Milliseconds that restart at zero in every message; rounding never loses time in between."""
    starts = [round((start - piece.start) * 1000) for _, start, _ in piece.characters]
    ends = [round((end - piece.start) * 1000) for _, _, end in piece.characters]
    return {
        "chars": [character for character, _, _ in piece.characters],
        "charStartTimesMs": starts,
        "charDurationsMs": [end - start for start, end in zip(starts, ends, strict=True)],
    }


class _Socket:
    """One websocket and its contexts."""

    def __init__(
        self, box: Box, socket: WebSocket, voice: str, audio: AudioFormat, fault: Fault | None
    ) -> None:
        self.box, self.socket, self.voice, self.audio, self.fault = box, socket, voice, audio, fault
        self.automatic = socket.query_params.get("auto_mode") == "true"
        asked = float(socket.query_params.get("inactivity_timeout", INACTIVITY_SECONDS))
        self.patience = min(asked, MAX_INACTIVITY_SECONDS)
        self.contexts: dict[str, _Context] = {}
        self.events = self.bytes = 0

    async def run(self) -> None:
        try:
            while True:
                async with asyncio.timeout(self.patience):
                    text = await self.socket.receive_text()
                if not await self._take(text):
                    return
        except TimeoutError:
            await self.socket.close(1008, "input_timeout_exceeded")
        finally:
            for context in list(self.contexts.values()):
                context.task.cancel()

    async def _take(self, text: str) -> bool:
        """Act on one message; False ends the session."""
        try:
            message = json.loads(text)
            name = str(message.get("context_id", "default"))
        except (ValueError, AttributeError):
            await self.socket.close(1008, "invalid_message")
            return False
        self.box.log.add("elevenlabs", "WS", self.socket.url.path, message)
        if message.get("close_socket"):
            await self.socket.close(1000)
            return False
        if message.get("close_context"):
            await self._close_context(name)
            return True
        spoken = str(message.get("text") or "")
        if name not in self.contexts and spoken:
            if len(self.contexts) >= MAX_CONTEXTS:
                await self.socket.close(1008, "max_active_conversations")
                return False
            self.contexts[name] = _Context(self, name)
        context = self.contexts.get(name)
        if context is not None:
            context.add(spoken, at_once=self.automatic and bool(spoken.strip()))
            if message.get("flush"):
                context.flush()
        return True

    async def _close_context(self, name: str) -> None:
        context = self.contexts.get(name)
        if context is not None:
            context.finish()
        else:
            await self.send({"isFinal": True, "contextId": name})

    async def send_audio(self, context: str, audio: bytes, piece: Piece) -> None:
        """One piece of sound with its timing."""
        alignment = _alignment(piece)
        message = {
            "audio": base64.b64encode(audio).decode(),
            "isFinal": None,
            "contextId": context,
            "alignment": alignment,
            "normalizedAlignment": alignment,
        }
        self.bytes += len(audio)
        self.events += 1
        await self.send(message)
        fault = self.fault or self.box.faults.take("elevenlabs", self.socket.url.path, OPEN_KINDS)
        self.fault = fault
        if fault and fault.kind in OPEN_KINDS and fault.due(events=self.events, sent=self.bytes):
            drop(self.socket.scope)

    async def send(self, message: dict[str, Any]) -> None:
        if self.fault and self.fault.kind == "slow_first_token" and self.events == 1:
            await asyncio.sleep(self.fault.seconds)
        if self.socket.client_state is WebSocketState.CONNECTED:
            with contextlib.suppress(WebSocketDisconnect):
                await self.socket.send_json(message)


@router.websocket("/v1/text-to-speech/{voice}/multi-stream-input")
async def speak_live(socket: WebSocket, voice: str) -> None:
    """Text up, audio with character times down, faster than it is spoken."""
    box: Box = socket.app.state.box
    box.log.add("elevenlabs", "GET", socket.url.path, dict(socket.query_params), socket.headers.keys())
    fault, refused = await admit(box, socket)
    if refused is not None:
        await socket.send_denial_response(refused)
        return
    try:
        audio = elevenlabs_format(socket.query_params.get("output_format", "pcm_16000"))
    except UnknownFormat as bad:
        await socket.send_denial_response(refusal(422, f"unknown output_format {bad}"))
        return
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        await _Socket(box, socket, voice, audio, fault).run()
