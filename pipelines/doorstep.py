"""Stands before the conversation of a call that we began: until a person is recognised, what is heard stays here."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import asyncio
from collections.abc import Awaitable, Callable

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    LLMMessagesAppendFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from pipelines.beep import BeepEar

TEXT_SECS = 0.5
"""How long the words of an utterance may take after its end: Deepgram's p99 is 0.35 s, and the network's way."""

Words = Callable[[str, float], Awaitable[None]]
Tell = Callable[[bool], Awaitable[None]]
Act = Callable[[], Awaitable[None]]


async def _nobody(*_: object) -> None:
    """The owner until the call is wired."""


class Doorstep(FrameProcessor):
    """While it is shut, voices and words start no turn: they are told here, an utterance at a time.

    `on_voice(speaking)`; `on_words(text, seconds)` after each utterance, with "" where no words came in time;
    `on_beep()` when a beep has ended. Once it is opened everything passes, but for the words of an utterance that was
    heard before: they are nobody's turn. Words are told all the same, for an opening that nobody may interrupt makes
    the conversation deaf to them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.on_voice: Tell = _nobody
        self.on_words: Words = _nobody
        self.on_beep: Act = _nobody
        self._shut = True
        self._late = False
        """Open, and nobody has spoken since: words are those of an utterance before."""
        self._speaking = False
        self._since = 0.0
        self._secs = 0.0
        self._said: list[str] = []
        self._due: asyncio.Task[None] | None = None
        self._beep = BeepEar()

    @property
    def shut(self) -> bool:
        """Whether nothing passes."""
        return self._shut

    @shut.setter
    def shut(self, shut: bool) -> None:
        if not shut and self._shut:
            self._late = True
        if shut and not self._shut:
            self._beep = BeepEar()
        self._shut = shut

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Keep what is not for the conversation."""
        await super().process_frame(frame, direction)
        if direction is FrameDirection.UPSTREAM or not await self._kept(frame):
            await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        """Wait for nothing any more."""
        await self._settle()
        await super().cleanup()

    async def _kept(self, frame: Frame) -> bool:
        """Whether the frame ends here."""
        match frame:
            case VADUserStartedSpeakingFrame():
                self._late = False
                return self._shut and await self._begins(frame)
            case VADUserStoppedSpeakingFrame():
                return self._shut and await self._ends(frame)
            case InterimTranscriptionFrame():
                return self._shut or self._late
            case TranscriptionFrame() if self._shut or self._late:
                return await self._words(frame.text)
            case TranscriptionFrame():
                await self.on_words(frame.text, 0.0)
            case LLMMessagesAppendFrame() if self._shut:
                return await self._typed(frame)
            case InputAudioRawFrame() if self._shut:
                if self._beep.hears(frame.audio, frame.sample_rate):
                    await self.on_beep()
            case EndFrame() | CancelFrame():
                await self._settle()
            case _:
                pass
        return False

    async def _begins(self, frame: VADUserStartedSpeakingFrame) -> bool:
        await self._settle()
        self._speaking, self._since = True, frame.timestamp - frame.start_secs
        await self.on_voice(True)
        return True

    async def _ends(self, frame: VADUserStoppedSpeakingFrame) -> bool:
        if self._speaking:
            self._secs += frame.timestamp - frame.stop_secs - self._since
        self._speaking = False
        await self.on_voice(False)
        await self._settle()
        self._due = self.create_task(self._wait(), "words")
        return True

    async def _words(self, text: str) -> bool:
        if text.strip():
            self._said.append(text.strip())
        if not self._speaking:
            await self._settle()
            await self._tell()
        return True

    async def _typed(self, frame: LLMMessagesAppendFrame) -> bool:
        """By text, each message is an utterance."""
        said = [
            one.get("content")
            for one in frame.messages
            if isinstance(one, dict) and one.get("role") == "user"
        ]
        self._said += [text for text in said if isinstance(text, str)]
        if said:
            await self._tell()
        return bool(said)

    async def _wait(self) -> None:
        await asyncio.sleep(TEXT_SECS)
        self._due = None
        await self._tell()

    async def _tell(self) -> None:
        text, seconds = " ".join(self._said), self._secs
        self._said, self._secs = [], 0.0
        await self.on_words(text, seconds)

    async def _settle(self) -> None:
        due, self._due = self._due, None
        if due is not None and due is not asyncio.current_task():
            await self.cancel_task(due)
