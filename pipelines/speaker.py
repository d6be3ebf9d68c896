"""What the system itself says (greeting, read-back, filler, goodbye): never over the caller."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    ControlFrame,
    Frame,
    InterruptionFrame,
    LLMConfigureOutputFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.call_phrases import CallPhrases
from pipelines.phrases import Phrase
from pipelines.player import PhraseFrame, PhrasePlayer
from pipelines.playout import Playout

BEGINS_SECS = 1.0
"""A live voice begins within that. What takes longer may be lost, and is no reason to be silent."""


async def _nothing_owed() -> None:
    """Nobody waits to speak."""


@dataclass
class SayFrame(ControlFrame):
    """Something to say; it survives interruptions on its way and is judged by the `Speaker`."""

    text: str
    mark: str | None
    append: bool
    protected: bool
    urgent: bool
    epoch: int
    interruptible: bool = field(default=False, init=False)


class Speaker(FrameProcessor):
    """Stands between the models and the voices.

    A prepared phrase is played from memory, anything else goes to the live voice. An `urgent` phrase
    goes around the voice, so it plays even when no vendor answers.
    """

    def __init__(self, phrases: CallPhrases, playout: Playout, player: PhrasePlayer) -> None:
        super().__init__()
        self._phrases = phrases
        self._playout = playout
        self._player = player
        self._epoch = 0
        self._caller_speaks = False
        self._pending_at: float | None = None
        """When something was sent to be spoken that has not begun to sound."""
        self.on_free: Callable[[], Awaitable[None]] = _nothing_owed
        """Awaited when speech that was cut or refused may be begun again."""
        self.silent = False
        """Text mode: nothing is spoken, the words are delivered as text."""

    def knows(self, *texts: str) -> bool:
        """Whether every one of these has been prepared."""
        return all(self._phrases.find(text) is not None for text in texts)

    def begins_within(self) -> float:
        """For how many seconds more a sentence of ours may be about to be heard; 0 when none is."""
        if self._pending_at is None:
            return 0.0
        return max(0.0, self._pending_at + BEGINS_SECS - asyncio.get_running_loop().time())

    async def say(self, text: str, *, mark: str | None, append: bool, protected: bool, urgent: bool) -> None:
        """Queue speech. If the caller barges in first, it is not begun and its mark is reported as cut."""
        await self.queue_frame(SayFrame(text, mark, append, protected, urgent, self._epoch))

    async def play(self, phrase: Phrase) -> None:
        """Play something that is there, ahead of whatever waits for a voice; it is no part of the conversation."""
        await self._player.queue_frame(PhraseFrame(phrase, append=False))

    def reply(self, text: str) -> SayFrame:
        """The frame to send through the pipeline for speech that has to come after what was sent before it."""
        return SayFrame(text, None, append=True, protected=False, urgent=True, epoch=self._epoch)

    async def interrupt(self) -> None:
        """Stop everything that is being said or thought, as a barge-in does."""
        await self._cut()
        await self.broadcast_interruption()
        await self._free()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Say things, and follow who is speaking."""
        await super().process_frame(frame, direction)
        if isinstance(frame, SayFrame):
            await self._say(frame)
            return
        if isinstance(frame, InterruptionFrame):
            await self._cut()
        elif isinstance(frame, UserStartedSpeakingFrame):
            self._caller_speaks = True
        elif isinstance(frame, UserStoppedSpeakingFrame):
            self._caller_speaks = False
        elif isinstance(frame, BotStartedSpeakingFrame):
            self._pending_at = None
        elif isinstance(frame, LLMConfigureOutputFrame):
            self.silent = frame.skip_tts
        await self.push_frame(frame, direction)
        if isinstance(frame, (InterruptionFrame, UserStoppedSpeakingFrame)):
            await self._free()

    async def _free(self) -> None:
        if not self._caller_speaks:
            await self.on_free()

    async def _cut(self) -> None:
        self._epoch += 1
        self._pending_at = None
        await self._playout.cut()

    async def _say(self, frame: SayFrame) -> None:
        if not frame.protected and (self._caller_speaks or frame.epoch != self._epoch):
            if frame.mark is not None:
                await self._playout.refused(frame.mark)
            await self._free()
            return
        phrase = None if self.silent else self._phrases.find(frame.text)
        around = phrase is not None and frame.urgent
        speech: list[Frame]
        if self.silent:
            speech = _as_text(frame.text)
        elif phrase is not None:
            speech = [PhraseFrame(phrase, frame.append)]
        else:
            speech = [TTSSpeakFrame(frame.text, append_to_context=frame.append)]
        if not self.silent:
            self._pending_at = asyncio.get_running_loop().time()
        for part in speech:
            part.interruptible = not frame.protected
        if frame.mark is not None:
            speech.append(self._playout.launch(frame.mark, protected=frame.protected))
        for part in speech:
            if around:
                await self._player.queue_frame(part)
            else:
                await self.push_frame(part)


def _as_text(text: str) -> list[Frame]:
    frames: tuple[LLMFullResponseStartFrame | LLMTextFrame | LLMFullResponseEndFrame, ...] = (
        LLMFullResponseStartFrame(),
        LLMTextFrame(text),
        LLMFullResponseEndFrame(),
    )
    for frame in frames:
        frame.skip_tts = True
    return list(frames)
