"""Deepgram that never blocks a call and never goes deaf: it replays what it has missed."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress
from dataclasses import fields
from typing import Any

from deepgram import AsyncDeepgramClient
from deepgram.core import ApiError
from deepgram.core.events import EventType
from deepgram.listen.v1.types import ListenV1CloseStream, ListenV1Finalize, ListenV1Results
from loguru import logger
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.deepgram.stt import DeepgramSTTService, DeepgramSTTSettings
from pipecat.services.stt_service import STTService
from pipecat.utils.errors import ErrorCategory
from pipecat.utils.types import is_given
from websockets.exceptions import WebSocketException

from deadline import deadline

HANDSHAKE_SECS = 3.0
STABLE_SECS = 5.0
"""A connection that lived this long was a good one: the next drop is retried at once."""
LOST = (WebSocketException, OSError, TimeoutError, EOFError)


class PatientDeepgram(DeepgramSTTService):
    """The stock service blocks the start of the pipeline while it connects, gives up for the whole call on
    any 4xx (a single 429 included), waits 4-10 s after a drop, and loses the speech of the gap.

    `on_disconnected(stt)` fires once per outage, `on_connected(stt)` when the kept audio has been replayed.
    """

    def __init__(
        self,
        *,
        client: AsyncDeepgramClient,
        settings: DeepgramSTTSettings,
        p99_secs: float,
        replay_secs: float,
        retry_secs: tuple[float, float],
    ) -> None:
        # The parent's constructor opens an HTTP client of its own (20 ms of TLS set-up on the loop) and falls
        # back to the public cloud when the address is odd; the client is the process's one instead.
        STTService.__init__(self, settings=complete(settings), ttfs_p99_latency=p99_secs)
        self._addons = None
        self._encoding = "linear16"
        self._channels = 1
        self._multichannel = False
        self._callback = None
        self._callback_method = None
        self._tag = None
        self._mip_opt_out = True
        self._client = client
        self._connection: Any = None
        self._connection_task: asyncio.Task[None] | None = None  # type: ignore[assignment]
        self._connection_settled = asyncio.Event()
        self._replay_secs = replay_secs
        self._retry_secs = retry_secs
        self._kept: deque[bytes] = deque()
        self._unsent: deque[bytes] = deque()
        self._finalize_owed = False
        self._outage = False
        self._wanted: dict[str, Any] = {}
        self._we_speak = False
        self._caller_speaks = False
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def newest(self) -> bool:
        """Whether the model takes keyterms, and mixed languages with Hindi among them."""
        return str(getattr(self._settings, "model", "")).startswith("nova-3")

    def retune(self, **settings: Any) -> None:
        """Other settings from the next moment on in which only we speak: Deepgram takes them with a new connection.

        What the caller says meanwhile is kept and heard by the new one.
        """
        self._wanted |= settings

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Send audio, or keep it for the next connection. Texts come through the socket: yields None."""
        self._unsent.append(audio)
        self._forget_old_audio()
        if self._connection is not None:
            await self._send_unsent(self._connection)
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Ask for the final text when the speaker pauses; during an outage, afterwards."""
        await STTService.process_frame(self, frame, direction)
        if isinstance(frame, VADUserStartedSpeakingFrame):
            self._finalize_owed = False
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            self._finalize_owed = True
            if self._connection is not None:
                await self._finalize(self._connection)
        self._follow(frame)
        if self._wanted and self._we_speak and not self._caller_speaks and not self._finalize_owed:
            await self._retune()

    def _follow(self, frame: Frame) -> None:
        """Who speaks."""
        if isinstance(frame, (BotStartedSpeakingFrame, BotStoppedSpeakingFrame)):
            self._we_speak = isinstance(frame, BotStartedSpeakingFrame)
        elif isinstance(frame, (VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame)):
            self._caller_speaks = isinstance(frame, VADUserStartedSpeakingFrame)

    async def _retune(self) -> None:
        """Leave the connection and make another; nobody waits for the goodbye to the old one."""
        wanted, self._wanted = self._wanted, {}
        for name, value in wanted.items():
            setattr(self._settings, name, value)
        old, self._connection_task = self._connection_task, None
        connection, self._connection = self._connection, None
        await self._connect()
        leaving = self.create_task(self._leave(old, connection), "deepgram leaving")
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _leave(self, task: "asyncio.Task[None] | None", connection: Any) -> None:
        if connection is not None:
            with suppress(*LOST):
                await connection.send_close_stream(ListenV1CloseStream(type="CloseStream"))
        if task is not None:
            await self.cancel_task(task)

    async def _connect(self) -> None:
        """Start connecting and return at once."""
        if self._connection_task is None:
            self._connection_task = self.create_task(self._connection_handler(), "deepgram")

    async def _do_reconnect(self) -> None:
        await self._disconnect()
        await self._connect()

    async def _disconnect(self) -> None:
        task, self._connection_task = self._connection_task, None
        connection, self._connection = self._connection, None
        await self._leave(task, connection)

    async def _connection_handler(self) -> None:
        loop = asyncio.get_running_loop()
        wait, longest = self._retry_secs
        while True:
            since = loop.time()
            why = await self._stay_connected()
            self._connection = None
            if loop.time() - since > STABLE_SECS:
                wait = self._retry_secs[0]
            if not self._outage:
                self._outage = True
                await self._call_event_handler("on_disconnected")
                # Never a permanent category: that would make this call deaf for good.
                await self.push_error(f"Deepgram: {why}", category=ErrorCategory.CONNECTIVITY)
            await asyncio.sleep(wait)
            wait = min(wait * 2, longest)

    async def _stay_connected(self) -> str:
        """Hold one connection until it ends; why it ended, without the vendor's words."""
        try:
            async with AsyncExitStack() as stack:
                async with deadline(HANDSHAKE_SECS):
                    connection = await stack.enter_async_context(
                        self._client.listen.v1.connect(**self._build_connect_kwargs())
                    )
                connection.on(EventType.MESSAGE, self._on_message)
                connection.on(EventType.ERROR, self._on_error)
                await self._catch_up(connection)
                keepalive = self.create_task(self._keepalive_handler(), "deepgram keepalive")
                stack.push_async_callback(self.cancel_task, keepalive)
                await connection.start_listening()
        except ApiError as refusal:
            return f"refused (HTTP {refusal.status_code})"
        except LOST as fault:
            return f"cannot be reached ({type(fault).__name__})"
        return "connection lost"

    async def _catch_up(self, connection: Any) -> None:
        """Send what was not heard before, in order, then go live."""
        self._unsent.extendleft(reversed(self._kept))
        self._kept.clear()
        replayed = sum(map(len, self._unsent))
        await self._send_unsent(connection, live=False)
        self._connection = connection
        await self._send_unsent(connection)
        if self._finalize_owed:
            await self._finalize(connection)
        if self._outage:
            logger.info(f"{self}: connected again, {replayed} bytes replayed")
        self._outage = False
        await self._call_event_handler("on_connected")

    async def _send_unsent(self, connection: Any, *, live: bool = True) -> None:
        try:
            while self._unsent:
                chunk = self._unsent.popleft()
                self._kept.append(chunk)
                await connection.send_media(chunk)
        except LOST:
            self._connection = None
            if not live:
                raise

    async def _finalize(self, connection: Any) -> None:
        self.request_finalize()
        try:
            await connection.send_finalize(ListenV1Finalize(type="Finalize"))
        except LOST:
            self._connection = None

    async def _on_message(self, message: Any) -> None:
        if isinstance(message, ListenV1Results) and message.is_final:
            self._kept.clear()
            if message.from_finalize:
                self._finalize_owed = False
        await super()._on_message(message)

    async def _on_error(self, error: Any) -> None:
        """The listening loop failed; the connection handler sees its end and reports the outage once."""
        self._connection = None
        await self.stop_all_metrics()

    def _forget_old_audio(self) -> None:
        room = int(self._replay_secs * self.sample_rate * 2)
        held = sum(map(len, self._kept)) + sum(map(len, self._unsent))
        for chunks in (self._kept, self._unsent):
            while chunks and held > room:
                held -= len(chunks.popleft())


def complete(settings: DeepgramSTTSettings) -> DeepgramSTTSettings:
    """The settings with everything unsaid left to Deepgram."""
    whole = settings.copy()
    for field in fields(whole):
        if field.name != "extra" and not is_given(getattr(whole, field.name)):
            setattr(whole, field.name, None)
    return whole
