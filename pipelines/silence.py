"""Our turn is never silent: a filler after a moment, an apology before the caller gives up."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import asyncio
from collections.abc import Awaitable, Callable

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

Act = Callable[[], Awaitable[None]]


async def nobody() -> None:
    """The owner until the call is wired."""


class SilenceGuard(FrameProcessor):
    """Stands behind the output transport, where "the bot speaks" means that audio has left.

    `on_filler` is awaited `filler_secs` after our turn began without a sound, `on_apology` after
    `apology_secs`. A filler does not count as the answer; it waits while `begins_within()` says that a sentence of
    the system itself may be about to be heard.
    """

    def __init__(self, filler_secs: float, apology_secs: float) -> None:
        super().__init__(enable_direct_mode=True)
        self._filler_secs = filler_secs
        self._apology_secs = apology_secs
        self.on_filler: Act = nobody
        self.on_apology: Act = nobody
        self.begins_within: Callable[[], float] = lambda: 0.0
        self._watch: asyncio.Task[None] | None = None
        self._filling = False
        self._bot_speaks = False
        self._calls: set[str] = set()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follow whose turn it is."""
        await super().process_frame(frame, direction)
        match frame:
            case UserStoppedSpeakingFrame():
                await self._begin()
            case UserStartedSpeakingFrame() | InterruptionFrame() | EndFrame() | CancelFrame():
                self._calls.clear()
                await self.stand_down()
            case BotStartedSpeakingFrame():
                self._bot_speaks = True
                if not self._filling:
                    await self.stand_down()
            case BotStoppedSpeakingFrame():
                await self._bot_stopped()
            case FunctionCallsStartedFrame():
                self._calls.update(call.tool_call_id for call in frame.function_calls)
            case FunctionCallCancelFrame():
                self._calls.discard(frame.tool_call_id)
            case FunctionCallResultFrame():
                self._calls.discard(frame.tool_call_id)
                if frame.properties is None or frame.properties.run_llm is not False:
                    await self._begin_unless_busy()
            case LLMFullResponseStartFrame() if not frame.skip_tts:
                await self._begin_unless_busy()
            case TextFrame() if frame.skip_tts and frame.text.strip() and not self._filling:
                await self.stand_down()  # by text nothing is ever heard: the words are the answer
            case LLMFullResponseEndFrame() if frame.skip_tts:
                self._filling = False
            case _:
                pass
        await self.push_frame(frame, direction)

    async def stand_down(self) -> None:
        """It is not our turn, or the answer has begun."""
        self._filling = False
        watch, self._watch = self._watch, None
        if watch is not None and watch is not asyncio.current_task():
            await self.cancel_task(watch)

    async def cleanup(self) -> None:
        """Stop watching."""
        await self.stand_down()
        await super().cleanup()

    async def _bot_stopped(self) -> None:
        self._bot_speaks = False
        if self._filling:
            self._filling = False
        elif self._calls:
            await self._begin()

    async def _begin_unless_busy(self) -> None:
        if self._watch is None and not self._bot_speaks:
            await self._begin()

    async def _begin(self) -> None:
        await self.stand_down()
        self._watch = self.create_task(self._wait_for_sound(), "silence")

    async def _wait_for_sound(self) -> None:
        loop = asyncio.get_running_loop()
        apology_at = loop.time() + self._apology_secs
        await asyncio.sleep(self._filler_secs)
        await asyncio.sleep(self.begins_within())
        self._filling = True
        await self.on_filler()
        await asyncio.sleep(apology_at - loop.time())
        self._watch = None
        self._filling = False
        await self.on_apology()
