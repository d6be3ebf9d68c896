"""Live listening: `GET /v1/listen`, audio up, transcripts down."""

import asyncio
import json
import uuid
from typing import Any

import numpy as np
from fastapi import APIRouter, WebSocket
from numpy.typing import NDArray
from starlette.websockets import WebSocketDisconnect

from sandbox.box import Box
from sandbox.deepgram.door import admit, refusal
from sandbox.deepgram.results import error, metadata, results
from sandbox.faults import OPEN_KINDS, Fault, drop
from sandbox.speech import mulaw
from sandbox.speech.following import HeardWord
from sandbox.speech.formats import UnknownFormat, deepgram_format

router = APIRouter()

# Deepgram closes a socket that has brought neither audio nor KeepAlive for ten seconds (NET-0001).
IDLE_SECONDS = 10.0
DEFAULT_ENDPOINTING_MS = 10

# A pause between two sounds of one word lasts up to 100 ms; only a longer one can end a segment.
HANGOVER_SECONDS = 0.10
INTERIM_SECONDS = 0.10


class _Closed(Exception):
    """The session is over: the client closed it, or a fault did."""


class _Session:
    """One socket: what has been heard of it, what has been said about it."""

    def __init__(self, box: Box, socket: WebSocket, fault: Fault | None) -> None:
        query = socket.query_params
        self.box, self.socket, self.fault = box, socket, fault
        self.request_id = str(uuid.uuid4())
        self.model = query.get("model", "nova-3")
        self.format = deepgram_format(
            query.get("encoding", "linear16"), int(query.get("sample_rate", "16000"))
        )
        self.interim = query.get("interim_results") == "true"
        self.punctuate = "true" in (query.get("punctuate"), query.get("smart_format"))
        self.languages = query.get("language") == "multi"
        self.events = query.get("vad_events") == "true"
        endpointing = query.get("endpointing", str(DEFAULT_ENDPOINTING_MS))
        self.endpointing = None if endpointing == "false" else int(endpointing) / 1000
        self.utterance_end = int(query.get("utterance_end_ms", "0")) / 1000
        self.recogniser = box.speech.recogniser(self.format.rate)
        self.shown: list[HeardWord] = []
        self.last_interim = 0.0
        self.segment_start = 0.0
        self.received = 0
        self.sounding = False
        self.last_word_end: float | None = None

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    message = await self.socket.receive()
            except TimeoutError:
                await self.socket.close(1011, "NET-0001")
                return
            if message["type"] == "websocket.disconnect":
                return
            if message.get("bytes") is not None:
                await self._audio(message["bytes"])
            else:
                await self._control(str(message.get("text")))

    async def _audio(self, data: bytes) -> None:
        self.received += len(data)
        self._break_if_told()
        if not data:
            # An empty frame is the old way to say CloseStream.
            await self._close()
        self.recogniser.feed(self._samples(data))
        await self._voice_events()
        await self._report()

    def _samples(self, data: bytes) -> NDArray[np.int16]:
        if self.format.encoding == "ulaw":
            return mulaw.decode(data)
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16)

    def _break_if_told(self) -> None:
        fault = self.fault or self.box.faults.take("deepgram", self.socket.url.path, OPEN_KINDS)
        self.fault = fault
        if fault and fault.kind in OPEN_KINDS and fault.due(sent=self.received):
            drop(self.socket.scope)
            raise _Closed

    async def _voice_events(self) -> None:
        sounding = self.recogniser.silence < HANGOVER_SECONDS and self.recogniser.seconds > 0
        if sounding and not self.sounding and self.events:
            now = round(self.recogniser.seconds, 3)
            await self.socket.send_json({"type": "SpeechStarted", "channel": [0], "timestamp": now})
        self.sounding = sounding
        ended = self.last_word_end
        if ended is not None and self.utterance_end and self.recogniser.silence >= self.utterance_end:
            self.last_word_end = None
            await self.socket.send_json(
                {"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": round(ended, 3)}
            )

    async def _report(self) -> None:
        words = self.recogniser.words
        if not words:
            return
        pause = None if self.endpointing is None else self.endpointing + HANGOVER_SECONDS
        if pause is not None and self.recogniser.silence >= pause:
            await self._send(self.recogniser.take(), is_final=True, speech_final=True)
        elif self.interim and words != self.shown and self._interim_due():
            self.shown = words
            self.last_interim = self.recogniser.seconds
            await self._send(words, is_final=False)

    def _interim_due(self) -> bool:
        return self.recogniser.seconds - self.last_interim >= INTERIM_SECONDS

    async def _send(self, words: list[HeardWord], *, is_final: bool, **flags: bool) -> None:
        now = self.recogniser.seconds
        message = results(
            words,
            request_id=self.request_id,
            model=self.model,
            start=self.segment_start,
            duration=now - self.segment_start,
            punctuate=self.punctuate,
            languages=self.languages,
            is_final=is_final,
            **flags,
        )
        if words:
            self.last_word_end = words[-1].end
        if is_final:
            self.segment_start, self.shown = now, []
        await self.socket.send_json(message)

    async def _control(self, text: str) -> None:
        try:
            kind = json.loads(text)["type"]
        except (ValueError, KeyError, TypeError):
            kind = None
        self.box.log.add("deepgram", "WS", self.socket.url.path, text)
        if kind == "Finalize":
            self.recogniser.settle()
            await self._send(self.recogniser.take(), is_final=True, from_finalize=True)
        elif kind == "CloseStream":
            await self._close()
        elif kind != "KeepAlive":
            await self.socket.send_json(error(text, "Could not deserialize last text message"))

    async def _close(self) -> None:
        self.recogniser.settle()
        words = self.recogniser.take()
        if words:
            await self._send(words, is_final=True, speech_final=True)
        await self.socket.send_json(metadata(self.request_id, self.recogniser.seconds))
        await self.socket.close(1000)
        raise _Closed


@router.websocket("/v1/listen")
async def listen(socket: WebSocket) -> None:
    """One live session; a socket that asks for what Deepgram does not have is refused with 400."""
    box: Box = socket.app.state.box
    query: dict[str, Any] = dict(socket.query_params)
    box.log.add("deepgram", "GET", socket.url.path, query, socket.headers.keys())
    fault, refused = await admit(box, socket)
    if refused is not None:
        await socket.send_denial_response(refused)
        return
    try:
        session = _Session(box, socket, fault)
    except (UnknownFormat, ValueError) as bad:
        await socket.send_denial_response(refusal(400, f"Bad request: {bad}"))
        return
    await socket.accept(headers=[(b"dg-request-id", session.request_id.encode())])
    try:
        await session.run()
    except (_Closed, WebSocketDisconnect):
        return
