"""A caller over WebRTC without a browser: a microphone and an ear in real time, and RTVI on the data channel."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

RATE = 48_000
SAMPLES = RATE // 50
LOUD = 200.0
"""RMS of a 16-bit frame above which somebody speaks; a synthetic voice has thousands, Opus's silence a few."""
CONNECT_SECONDS = 60.0


class Microphone(MediaStreamTrack):
    """Sends what it is given in real time, and silence between."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queued: deque[bytes] = deque()
        self._sent = 0
        self._began = 0.0
        self._said = asyncio.Event()

    def put(self, pcm: bytes) -> None:
        """Queue 16-bit mono sound at 48 kHz."""
        size = 2 * SAMPLES
        self._said.clear()
        self._queued.extend(pcm[i : i + size].ljust(size, b"\0") for i in range(0, len(pcm), size))

    async def said(self) -> None:
        """Wait until everything queued has been sent."""
        await self._said.wait()

    async def recv(self) -> AudioFrame:
        """The next 20 ms, when they are due."""
        loop = asyncio.get_running_loop()
        self._began = self._began or loop.time()
        await asyncio.sleep(self._began + self._sent / RATE - loop.time())
        pcm = self._queued.popleft() if self._queued else bytes(2 * SAMPLES)
        if not self._queued:
            self._said.set()
        frame = AudioFrame.from_ndarray(np.frombuffer(pcm, np.int16)[None, :], layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, Fraction(1, RATE)
        self._sent += SAMPLES
        return frame


@dataclass
class Ear:
    """How loud the agent is, frame by frame, and whether it says that it speaks."""

    speaking: bool = False
    """Between RTVI's `bot-started-speaking` and `bot-stopped-speaking`."""
    while_speaking: list[float] = field(default_factory=list)
    while_silent: list[float] = field(default_factory=list)
    """RMS of each frame of 20 ms."""
    silence: float = 0.0
    """Seconds since the last loud frame."""
    over: bool = False
    """Nothing will be heard any more."""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self, track: MediaStreamTrack) -> None:
        """Hear a track to its end."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                async with self.changed:
                    self.over = True
                    self.changed.notify_all()
                return
            assert isinstance(frame, AudioFrame)
            samples = frame.to_ndarray().astype(np.float64)
            loudness = float(np.sqrt(np.mean(samples * samples)))
            (self.while_speaking if self.speaking else self.while_silent).append(loudness)
            async with self.changed:
                self.silence = 0.0 if loudness > LOUD else self.silence + frame.samples / frame.sample_rate
                self.changed.notify_all()

    async def quiet(self, seconds: float) -> None:
        """Wait until nothing has been heard for that long and the agent says it does not speak, or it has gone."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.over or (self.silence >= seconds and not self.speaking))


class Caller:
    """One call from our side; made by `calling`."""

    def __init__(self, connection: RTCPeerConnection, channel: RTCDataChannel) -> None:
        self._connection, self._channel = connection, channel
        self.microphone = Microphone()
        self.ear = Ear()
        self.messages: list[dict[str, Any]] = []
        """Everything the server said on the data channel."""
        self.call = ""
        """`cal_...`"""
        self.ready = asyncio.Event()
        channel.on("open", lambda: self._send("client-ready", version="2.0.0", about={"library": "tests"}))
        channel.on("message", self._received)

    def write(self, text: str) -> None:
        """Say something in writing; the agent answers in speech."""
        self._send("send-text", content=text, options={"run_immediately": True, "audio_response": True})

    def press(self, key: str) -> None:
        """Press a key of the telephone."""
        self._send("dtmf", buttons=[key])

    def types(self) -> list[str]:
        """The kinds of messages that came, in order."""
        return [message["type"] for message in self.messages]

    def _send(self, type: str, **data: Any) -> None:
        self._channel.send(
            json.dumps({"label": "rtvi-ai", "type": type, "id": uuid4().hex[:8], "data": data})
        )

    def _received(self, text: str) -> None:
        message = json.loads(text)
        self.messages.append(message)
        match message["type"]:
            case "bot-ready":
                self.ready.set()
            case "bot-started-speaking":
                self.ear.speaking = True
            case "bot-stopped-speaking":
                self.ear.speaking = False
            case _:
                pass


@asynccontextmanager
async def calling(api: httpx.AsyncClient, person: str) -> AsyncIterator[Caller]:
    """Ring as a customer (`cus_...`) or a number; the line is open inside the block and hung up after it."""
    connection = RTCPeerConnection()
    caller = Caller(connection, connection.createDataChannel("chat"))
    listening: list[asyncio.Task[None]] = []

    def heard(track: MediaStreamTrack) -> None:
        listening.append(asyncio.get_running_loop().create_task(caller.ear.listen(track)))

    connection.on("track", heard)
    connection.addTrack(caller.microphone)
    await connection.setLocalDescription(await connection.createOffer())
    offer = {"sdp": connection.localDescription.sdp, "type": "offer", "request_data": {"as": person}}
    try:
        answer = await api.post("/webrtc/offer", json=offer)
        answer.raise_for_status()
        described = answer.json()
        caller.call = described["call"]
        await connection.setRemoteDescription(RTCSessionDescription(described["sdp"], described["type"]))
        async with asyncio.timeout(CONNECT_SECONDS):
            await caller.ready.wait()
        yield caller
    finally:
        await connection.close()
        await asyncio.gather(*listening)
