"""Media Streams from Twilio's side: 20 ms frames out, playout, marks and clears in."""

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from sandbox.speech import mulaw
from sandbox.twilio.caller import Caller
from sandbox.twilio.playout import FRAME_BYTES, FRAME_SECONDS, Playout

# The product has this long to accept the media socket before the call goes on without it.
CONNECT_SECONDS = 10.0
DIGIT_FRAMES = 10
CLOSED_BY_US = 1000

# Of 32767: above the hiss of a codec, below any spoken sound.
AUDIBLE = 200
QUIET_FRAMES = 15


@dataclass
class Event:
    """Something seen on the wire; seconds since the call was answered."""

    at: float
    what: str
    name: str = ""


@dataclass
class Tape:
    """Both sides of a call, frame by frame, in mu-law."""

    caller: bytearray = field(default_factory=bytearray)
    system: bytearray = field(default_factory=bytearray)


@dataclass
class MediaStream:
    """One <Connect><Stream>: runs until either side ends it."""

    url: str
    parameters: dict[str, str]
    account_sid: str
    call_sid: str
    stream_sid: str
    signature: str
    caller: Caller
    answered_at: float
    on_event: Callable[[Event], None]
    tape: Tape | None = None
    playout: Playout = field(default_factory=Playout)
    close_code: int | None = None
    frames_received: int = 0
    _sequence: int = 0
    _socket: ClientConnection | None = None
    _quiet: int = QUIET_FRAMES

    def _note(self, what: str, name: str = "") -> None:
        self.on_event(Event(round(self._now(), 3), what, name))

    def _now(self) -> float:
        return time.monotonic() - self.answered_at

    def cut(self) -> None:
        """Break the socket without a closing word."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def run(self) -> str:
        """Hold the stream; returns who ended it: `caller` or `system`. Raises OSError when nobody answers."""
        headers = {"X-Twilio-Signature": self.signature}
        async with connect(
            self.url,
            additional_headers=headers,
            open_timeout=CONNECT_SECONDS,
            compression=None,
            close_timeout=2,
        ) as socket:
            self._socket = socket
            try:
                return await self._hold(socket)
            except ConnectionClosed:
                return "system"
            finally:
                # 1006 says that the other side went away without a word.
                self.close_code = socket.close_code if socket.close_code is not None else CLOSED_BY_US

    async def _hold(self, socket: ClientConnection) -> str:
        await socket.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        await self._send(socket, "start", start=self._start())
        self._note("start")
        reading = asyncio.create_task(self._read(socket))
        try:
            await self._beat(socket, reading)
            if reading.done():
                return "system"
            await self._send(socket, "stop", stop={"accountSid": self.account_sid, "callSid": self.call_sid})
            return "caller"
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await reading

    def _start(self) -> dict[str, Any]:
        return {
            "accountSid": self.account_sid,
            "streamSid": self.stream_sid,
            "callSid": self.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": self.parameters,
        }

    async def _send(self, socket: ClientConnection, event: str, **content: Any) -> None:
        self._sequence += 1
        message = {
            "event": event,
            "sequenceNumber": str(self._sequence),
            "streamSid": self.stream_sid,
            **content,
        }
        await socket.send(json.dumps(message))

    async def _beat(self, socket: ClientConnection, reading: asyncio.Task[None]) -> None:
        """Every 20 ms on an absolute schedule, so that a late beat is made up for."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        number = since_digit = 0
        while not reading.done() and self.caller.gone is None:
            audio, reached = self.playout.next_frame()
            self._watch(audio)
            talking = self.caller.talking
            frame = self.caller.tick(self._now(), audio)
            if self.caller.talking != talking:
                self._note("caller_starts" if self.caller.talking else "caller_ends")
            number += 1
            await self._send(socket, "media", media=self._media(number, frame))
            if self.tape is not None:
                self.tape.caller += frame
                self.tape.system += audio + mulaw.SILENCE * (FRAME_BYTES - len(audio))
            for name in reached:
                await self._mark(socket, name)
            since_digit += 1
            if self.caller.digits and since_digit >= DIGIT_FRAMES:
                since_digit = 0
                digit = self.caller.digits.pop(0)
                self._note("digit", digit)
                await self._send(socket, "dtmf", dtmf={"track": "inbound_track", "digit": digit})
            await asyncio.sleep(max(0.0, begun + number * FRAME_SECONDS - loop.time()))

    def _media(self, number: int, frame: bytes) -> dict[str, str]:
        return {
            "track": "inbound",
            "chunk": str(number),
            "timestamp": str(number * 20),
            "payload": base64.b64encode(frame).decode(),
        }

    def _watch(self, audio: bytes) -> None:
        """Note when the system becomes audible after at least 300 ms of quiet, and when it has become quiet."""
        audible = bool(audio) and bool((abs(mulaw.decode(audio).astype(int)) > AUDIBLE).any())
        if audible and self._quiet >= QUIET_FRAMES:
            self._note("audible")
        self._quiet = 0 if audible else self._quiet + 1
        if self._quiet == QUIET_FRAMES:
            self._note("silent")

    async def _mark(self, socket: ClientConnection, name: str) -> None:
        self._note("mark", name)
        await self._send(socket, "mark", mark={"name": name})

    async def _read(self, socket: ClientConnection) -> None:
        async for raw in socket:
            message = json.loads(raw)
            match message.get("event"):
                case "media":
                    self.frames_received += 1
                    self.playout.play(base64.b64decode(message["media"]["payload"]))
                case "mark":
                    self.playout.mark(str(message["mark"]["name"]))
                case "clear":
                    self._note("clear")
                    for name in self.playout.clear():
                        await self._mark(socket, name)
                case other:
                    self._note("unknown", str(other))
