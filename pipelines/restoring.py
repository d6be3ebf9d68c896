"""A voice that notices when speech was lost: what was not heard is handed back to be said again."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from pipecat.frames.frames import (
    AggregatedTextFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.tts_service import WebsocketTTSService
from pipecat.utils.errors import ErrorCategory
from websockets.protocol import State

from deadline import deadline
from pipelines.unsaid import UnsaidFrame, take_back

CONNECT_SECS = 1.0
"""How long a sentence waits for the socket before another voice gets it."""


class Restoring(WebsocketTTSService):
    """Mixed into a stock service that speaks over a socket, in front of it.

    The stock services block the start of the pipeline while they connect, do not notice a death mid-stream, and
    write the whole text into the conversation although it was not heard. A subclass calls `_note_sent` for every
    text it sends, and `add_word_timestamps` for every word whose audio has come.

    Event `on_unspoken(tts, text, append)`: these words were not heard; say them again. `append` is whether
    they belong into the conversation. It comes after everything that was received has been passed on.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(reconnect_backoff_min_wait=0.5, reconnect_backoff_max_wait=2.0, **options)
        self._sent: dict[str, list[str]] = {}
        self._timed_words: dict[str, int] = {}
        self._finished: set[str] = set()
        self._held: list[str] = []
        self._held_append = True
        self._collecting = False
        self._opening: asyncio.Task[None] | None = None
        self._door = asyncio.Lock()
        self._reconnected = asyncio.Event()
        self._reconnected.set()
        self._register_event_handler("on_unspoken")

    # Connecting: never on the pipeline's way.

    async def _connect(self) -> None:
        if self._opening is None or self._opening.done():
            self._opening = self.create_task(super()._connect(), "elevenlabs")

    async def _disconnect(self) -> None:
        opening, self._opening = self._opening, None
        if opening is not None and not opening.done():
            await self.cancel_task(opening)
        await super()._disconnect()

    async def _connect_websocket(self) -> None:
        async with self._door:
            await super()._connect_websocket()  # type: ignore[safe-super]  # the service it is mixed into has it

    async def _try_reconnect(self, *args: Any, **kwargs: Any) -> bool:
        self._reconnected.clear()
        try:
            return await super()._try_reconnect(*args, **kwargs)
        finally:
            self._reconnected.set()

    async def _open(self) -> bool:
        """Whether the socket is open, waiting a moment for one that is being opened."""
        with suppress(TimeoutError):
            async with deadline(CONNECT_SECS):
                await self._reconnected.wait()
                if self._websocket is None or self._websocket.state is not State.OPEN:
                    await self._connect()
                    if self._opening is not None:
                        await asyncio.shield(self._opening)
        return self._websocket is not None and self._websocket.state is State.OPEN

    # Sending: remember what was asked for; a dead socket is the receive loop's business.

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Ask for speech, or keep the text for somebody who can speak."""
        if await self._open():
            async for frame in super().run_tts(text, context_id):
                yield frame
            return
        self._lose(context_id, text)
        await self.push_error(f"{self.name} cannot be reached", category=ErrorCategory.CONNECTIVITY)
        yield None

    async def _synthesize_text(self, text: str, context_id: str) -> None:
        if self.is_usable:
            await super()._synthesize_text(text, context_id)
        else:  # the stock service drops the text and writes it down as said
            self._lose(context_id, text)

    def _note_sent(self, context_id: str, text: str) -> None:
        self._sent.setdefault(context_id, []).append(text)

    # Receiving: count what has come.

    async def add_word_timestamps(
        self,
        word_times: list[tuple[str, float]],
        context_id: str | None = None,
        includes_inter_frame_spaces: bool | None = None,
        pre_merge_tokens: bool = False,
    ) -> None:
        """Words whose audio has arrived."""
        if context_id is not None:
            self._timed_words[context_id] = self._timed_words.get(context_id, 0) + len(word_times)
        await super().add_word_timestamps(
            word_times, context_id, includes_inter_frame_spaces, pre_merge_tokens
        )

    async def append_to_audio_context(self, context_id: str | None, frame: Any) -> None:
        """Remember that the vendor has closed a context itself: nothing of it is missing."""
        if context_id is not None and isinstance(frame, TTSStoppedFrame):
            self._finished.add(context_id)
        await super().append_to_audio_context(context_id, frame)

    # Losing: a context that ends without the vendor's word for it.

    async def _close_connection_contexts(self) -> None:
        turn = self._turn_context_id
        if turn is not None and self.audio_context_available(turn):
            self._collecting = True
        await super()._close_connection_contexts()

    async def _speak_text(self, src_frame: AggregatedTextFrame, text: str, context_id: str) -> None:
        if self._collecting:
            self._held.append(text)
            return
        await super()._speak_text(src_frame, text, context_id)

    async def _apply_force_complete(self, context_id: str) -> None:
        if context_id in self._finished or context_id not in self._sent:
            await super()._apply_force_complete(context_id)
            return
        words = " ".join(self._sent.pop(context_id)).split()
        missing = words[self._timed_words.get(context_id, 0) :]
        if missing:
            self._drop(context_id)
            self._held.insert(0, " ".join(missing))
        else:
            await super()._apply_force_complete(context_id)

    async def _end_audio_context(self, context_id: str, playback: Any) -> None:
        await super()._end_audio_context(context_id, playback)
        self._tts_contexts.pop(context_id, None)
        self._forget(context_id)
        if not self._collecting:
            await self._hand_back()

    async def _handle_llm_response_end(
        self, frame: LLMFullResponseEndFrame | EndFrame, direction: FrameDirection
    ) -> None:
        await super()._handle_llm_response_end(frame, direction)
        await self._hand_back()

    async def _handle_tts_speak(self, frame: TTSSpeakFrame) -> None:
        await super()._handle_tts_speak(frame)
        if self._turn_context_id is None:
            await self._hand_back()

    async def _handle_interruption(self, frame: InterruptionFrame, direction: FrameDirection) -> None:
        self._held.clear()
        self._collecting = False
        await super()._handle_interruption(frame, direction)

    async def on_audio_context_interrupted(self, context_id: str) -> None:
        """Nobody wants the rest of it."""
        self._forget(context_id)
        await super().on_audio_context_interrupted(context_id)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Speak, but for what is taken back."""
        if isinstance(frame, UnsaidFrame):
            await take_back(self._text_aggregator, frame.text)
            await take_back(self._skipped_text_aggregator, frame.text)
            return
        await super().process_frame(frame, direction)

    async def surrender(self) -> None:
        """Another voice takes over mid-answer: hand back the words still waiting for a full stop."""
        rest = await self._text_aggregator.flush()
        if rest is not None and rest.text.strip():
            self._held.append(rest.text.strip())
        await self._hand_back()

    def _lose(self, context_id: str, text: str) -> None:
        self._drop(context_id)
        self._held.append(text.strip())

    def _drop(self, context_id: str) -> None:
        """Take the text of a context out of what the conversation will remember as said."""
        context = self._tts_contexts.get(context_id)
        self._held_append = context.append_to_context if context else True
        others = set(self._tts_contexts) - {context_id}
        self._aggregated_frame_sequencer.clear(keep_contexts=others)

    def _forget(self, context_id: str) -> None:
        self._sent.pop(context_id, None)
        self._timed_words.pop(context_id, None)
        self._finished.discard(context_id)

    async def _hand_back(self) -> None:
        self._collecting = False
        text = " ".join(self._held).strip()
        self._held.clear()
        if text:
            await self._call_event_handler("on_unspoken", text, self._held_append)
