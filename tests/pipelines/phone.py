"""A telephone on the Twilio protocol: talks, plays out in real time, returns marks, obeys `clear`."""

import asyncio
import audioop
import base64
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

FRAME = 160
QUIET = b"\xff" * FRAME


@dataclass
class Phone:
    """One end of a media stream; times are `time.monotonic()`."""

    ws: ClientConnection
    returns_marks: bool = True
    audio_at: list[float] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)
    """All that was sent to it, mu-law at 8 kHz."""
    clears: list[float] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    spoke_at: float = 0.0
    """When the first sounding frame of the last `speak` was sent."""
    silent_at: float = 0.0
    _to_say: deque[bytes] = field(default_factory=deque)
    _to_play: deque[bytes | str] = field(default_factory=deque)
    _closed: bool = False
    _audio: asyncio.Event = field(default_factory=asyncio.Event)
    _clear: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        await self.ws.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        start = {"streamSid": "MZ1", "callSid": "CA1", "accountSid": "AC1", "customParameters": {}}
        await self.ws.send(json.dumps({"event": "start", "streamSid": "MZ1", "start": start}))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._tick())

    def speak(self, pcm: bytes) -> None:
        mulaw = audioop.lin2ulaw(pcm, 2)
        self._to_say.extend(mulaw[i : i + FRAME].ljust(FRAME, b"\xff") for i in range(0, len(mulaw), FRAME))
        self.spoke_at = 0.0

    async def send(self, message: dict[str, Any] | str) -> None:
        await self.ws.send(message if isinstance(message, str) else json.dumps(message))

    async def next_audio(self) -> float:
        """Wait for audio that has not come yet; when it came."""
        self._audio.clear()
        async with asyncio.timeout(30):
            await self._audio.wait()
        return self.audio_at[-1]

    async def next_clear(self) -> float:
        """Wait for a `clear` that has not come yet; when it came."""
        self._clear.clear()
        async with asyncio.timeout(30):
            await self._clear.wait()
        return self.clears[-1]

    async def _tick(self) -> None:
        due = time.monotonic()
        while not self._closed:
            saying = bool(self._to_say)
            frame = self._to_say.popleft() if saying else QUIET
            if saying:
                self.spoke_at = self.spoke_at or time.monotonic()
                self.silent_at = time.monotonic() + 0.02
            media = {"payload": base64.b64encode(frame).decode(), "track": "inbound"}
            try:
                await self.ws.send(json.dumps({"event": "media", "streamSid": "MZ1", "media": media}))
                await self._play(FRAME)
            except ConnectionClosed:
                return
            due += 0.02
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _play(self, room: int) -> None:
        while self._to_play and (room > 0 or isinstance(self._to_play[0], str)):
            item = self._to_play.popleft()
            if isinstance(item, str):
                await self._return(item)
            else:
                if len(item) > room:
                    self._to_play.appendleft(item[room:])
                room -= len(item)

    async def _return(self, name: str) -> None:
        self.marks.append(name)
        if self.returns_marks:
            await self.send({"event": "mark", "streamSid": "MZ1", "mark": {"name": name}})

    async def _listen(self) -> None:
        try:
            async for text in self.ws:
                message = json.loads(text)
                if message["event"] == "media":
                    self.audio_at.append(time.monotonic())
                    self.received += base64.b64decode(message["media"]["payload"])
                    self._audio.set()
                    self._to_play.append(base64.b64decode(message["media"]["payload"]))
                elif message["event"] == "mark":
                    self._to_play.append(message["mark"]["name"])
                elif message["event"] == "clear":
                    self.clears.append(time.monotonic())
                    self._clear.set()
                    pending = [item for item in self._to_play if isinstance(item, str)]
                    self._to_play.clear()
                    for name in pending:
                        await self._return(name)
        except ConnectionClosed:
            pass
        self._closed = True


async def dial(url: str, script: Callable[[Phone], Awaitable[None]]) -> Phone:
    """Hold a call while `script` runs, then hang up."""
    async with connect(url) as ws:
        phone = Phone(ws)
        line = asyncio.create_task(phone.run())
        try:
            await script(phone)
        finally:
            await ws.close()
            await line
    return phone
