"""Plays prepared phrases: audio at once, and the words into the conversation as they are heard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pipecat.frames.frames import (
    ControlFrame,
    Frame,
    InterruptionFrame,
    LLMAssistantPushAggregationFrame,
    OutputTransportMessageFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.text.base_text_aggregator import TextType

from pipelines.phrases import Phrase
from pipelines.playout import PlayoutMark

NANOSECONDS = 1_000_000_000


@dataclass
class PhraseFrame(ControlFrame):
    """A phrase to play in its place among the speech; `append` puts its words into the conversation."""

    phrase: Phrase
    append: bool


class PhrasePlayer(FrameProcessor):
    """Stands right before the output transport. `wire_mark` makes a telephony mark message of a token."""

    def __init__(self, wire_mark: Callable[[str], dict[str, Any]] | None) -> None:
        super().__init__()
        self._wire_mark = wire_mark
        self._free_at = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Play phrases, translate marks, and keep count of the audio that is ahead."""
        await super().process_frame(frame, direction)
        if isinstance(frame, PhraseFrame):
            await self._play(frame)
            return
        if isinstance(frame, PlayoutMark) and self._wire_mark is not None:
            message = OutputTransportMessageFrame(message=self._wire_mark(frame.token))
            message.interruptible = frame.interruptible
            await self.push_frame(message)
            return
        if isinstance(frame, TTSAudioRawFrame):
            self._advance(frame)
        elif isinstance(frame, InterruptionFrame):
            self._free_at = 0
        await self.push_frame(frame, direction)

    async def _play(self, frame: PhraseFrame) -> None:
        phrase = frame.phrase
        context = f"phrase-{uuid4()}"
        start = max(self.get_clock().get_time(), self._free_at)
        audio = TTSAudioRawFrame(phrase.pcm, phrase.rate, 1, context_id=context)
        self._advance(audio)
        frames: list[Frame] = [TTSStartedFrame(context_id=context, append_to_context=frame.append), audio]
        for word, seconds in phrase.words:
            text = TTSTextFrame(word, TextType.WORD, context_id=context)
            text.append_to_context = frame.append
            text.pts = start + int(seconds * NANOSECONDS)
            frames.append(text)
        frames.append(TTSStoppedFrame(context_id=context))
        if frame.append:
            commit = LLMAssistantPushAggregationFrame()
            commit.pts = start + int(phrase.words[-1][1] * NANOSECONDS) + 1 if phrase.words else start
            frames.append(commit)
        for part in frames:
            part.interruptible = frame.interruptible
            await self.push_frame(part)

    def _advance(self, audio: TTSAudioRawFrame) -> None:
        length = len(audio.audio) * NANOSECONDS // (2 * audio.sample_rate)
        self._free_at = max(self.get_clock().get_time(), self._free_at) + length
