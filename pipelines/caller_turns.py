"""The caller's turns, where the system itself may answer: what was not understood, what needs fixed words."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import Frame, VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.utils.string import TextPartForConcatenation

from pipelines.card_guard import CardFreeUser


@dataclass(frozen=True)
class OwnWords:
    """What the system says to a turn, which may be nothing. `alone`: that answers it, and no model is asked."""

    text: str
    alone: bool

    @property
    def note(self) -> str:
        """For the model that answers the rest."""
        return (
            f"Note: the system has just said: {self.text!r} Do not say it again; answer the rest of the turn."
        )


async def _not_ours(seconds: float) -> bool:
    """Nobody answers turns without words."""
    return False


class CallerTurns(CardFreeUser):
    """The stock aggregator asks the model whatever was said, and leaves a turn without words unanswered.

    `own_words(text)` is asked about each turn before a model is. `on_unheard(seconds)` is awaited after a turn of
    that many seconds of voice without a word; True when it has been answered. `speech(text)` makes the frame that
    `say` sends: behind the end of the turn, so that it is never refused as spoken over the caller.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.own_words: Callable[[str], OwnWords | None] = lambda text: None
        self.on_unheard: Callable[[float], Awaitable[bool]] = _not_ours
        self.speech: Callable[[str], Frame] | None = None
        self._voice_since: float | None = None
        self._voice_secs = 0.0
        self._open = False
        self._owed: OwnWords | None = None

    async def say(self, text: str) -> None:
        """Speak as the system, after everything sent so far."""
        if self.speech is not None:
            await self.push_frame(self.speech(text))

    def before(self, text: str) -> None:
        """Words of this turn that were said before what is in it so far."""
        self._aggregation.insert(0, TextPartForConcatenation(text, includes_inter_part_spaces=False))

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Measure how long the caller's voice was heard in this turn."""
        if isinstance(frame, VADUserStartedSpeakingFrame):
            self._voice_since = frame.timestamp - frame.start_secs
        elif isinstance(frame, VADUserStoppedSpeakingFrame) and self._voice_since is not None:
            self._voice_secs += frame.timestamp - frame.stop_secs - self._voice_since
            self._voice_since = None
        await super().process_frame(frame, direction)

    async def push_context_frame(self, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        """Ask the model, unless the system has the answer; while the turn is open its words have to wait."""
        said = self._last_said()
        self._owed = None if said is None else self.own_words(said)
        if self._owed is None:
            await super().push_context_frame(direction)
        elif not self._open:
            await self._pay()

    def _last_said(self) -> str | None:
        """The caller's words, when they are what the model would be asked about."""
        messages = self._context.get_messages()
        last = messages[-1] if messages else None
        content = last.get("content") if isinstance(last, dict) and last.get("role") == "user" else None
        return content if isinstance(content, str) else None

    async def _pay(self) -> None:
        owed, self._owed = self._owed, None
        if owed is None:
            return
        if owed.text:
            await self.say(owed.text)
        if not owed.alone:
            self._context.add_message({"role": "developer", "content": owed.note})
            await super().push_context_frame()

    async def _on_user_turn_started(self, *args: Any) -> None:
        self._open, self._owed = True, None
        self._voice_secs = 0.0
        await super()._on_user_turn_started(*args)

    async def _on_user_turn_stopped(self, *args: Any) -> None:
        await super()._on_user_turn_stopped(*args)
        self._open = False
        await self._pay()

    async def _maybe_recover_empty_user_turn(self, interrupted_bot: bool) -> bool:
        if await self.on_unheard(self._voice_secs):
            return True
        return await super()._maybe_recover_empty_user_turn(interrupted_bot)
