"""The end of a turn: what the sound says, held back a moment when the words are plainly unfinished."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import asyncio
import re
from typing import Any

from pipecat.audio.turn.base_turn_analyzer import BaseTurnAnalyzer
from pipecat.frames.frames import TranscriptionFrame
from pipecat.turns.user_stop import TurnAnalyzerUserTurnStopStrategy

from domain.spoken_code import LENGTH, digits_said

ENOUGH = LENGTH
"""A code or a postcode is complete, and nothing is waited for."""
OPENERS = r"(?:hi|hello|hey|sorry|excuse me|ok(?:ay)?|so|well|actually|um+|uh+|namaste|haan|ji)"
DANGLING = (
    r"(?:and|or|but|with|without|the|an?|to|for|from|of|in|at|on|my|your|some|i|i'd|i'll|i'm|like|want|please can|"
    r"um+|uh+|aur|ek|do)"
)
ENDED = re.compile(r"[.?!।]['\"”]?$")
UNFINISHED = re.compile(rf"(?:[,;:–-]|\.\.\.|…)$|^{OPENERS}[.!]?$|(?:^|\s){DANGLING}$", re.IGNORECASE)


def unfinished(text: str, *, punctuated: bool) -> bool:
    """Whether words alone tell that more is coming: a comma, a bare greeting, a dangling "and".

    `punctuated`: the recogniser ends sentences with a full stop, so that one without it is not at its end.
    """
    said = text.strip()
    return UNFINISHED.search(said) is not None or (punctuated and ENDED.search(said) is None)


class WordAwareTurnStop(TurnAnalyzerUserTurnStopStrategy):
    """Smart-turn decides by sound and calls "Hi," or "No," finished more often than not.

    When the words say otherwise the turn stays open for `hold_secs` more; speech meanwhile goes on with it.
    While `dictating`, every turn stays open for `dictation_secs`, until it ends in `ENOUGH` digits.
    """

    def __init__(
        self,
        *,
        turn_analyzer: BaseTurnAnalyzer,
        hold_secs: float,
        dictation_secs: float,
        punctuated: bool,
        **options: Any,
    ) -> None:
        super().__init__(turn_analyzer=turn_analyzer, **options)
        self.dictating = False
        self._hold_secs = hold_secs
        self._dictation_secs = dictation_secs
        self._punctuated = punctuated
        self._hold: asyncio.Task[None] | None = None
        self._said = self._turn = ""

    async def trigger_user_turn_stopped(self, *, enable_user_speaking_frames: bool | None = None) -> None:
        """End the turn, or hold it open."""
        if not (wait := self._patience()):
            await super().trigger_user_turn_stopped(enable_user_speaking_frames=enable_user_speaking_frames)
        elif self._hold is None:
            self._hold = self.task_manager.create_task(self._release(wait), f"{self}::hold")

    def _patience(self) -> float:
        if self.dictating:
            return 0.0 if len(digits_said(self._turn)) >= ENOUGH else self._dictation_secs
        return self._hold_secs if unfinished(self._said, punctuated=self._punctuated) else 0.0

    async def _release(self, wait: float) -> None:
        await asyncio.sleep(wait)
        self._hold = None
        await super().trigger_user_turn_stopped()

    async def _handle_transcription(self, frame: TranscriptionFrame) -> None:
        self._said = frame.text or self._said
        self._turn = f"{self._turn} {frame.text}".strip()
        await super()._handle_transcription(frame)

    async def _reset(self) -> None:
        self._said = self._turn = ""
        await super()._reset()

    async def _discard_pending_end_of_turn(self) -> None:
        await self._let_go()
        await super()._discard_pending_end_of_turn()

    async def cleanup(self) -> None:
        """Stop holding."""
        await self._let_go()
        await super().cleanup()

    async def _let_go(self) -> None:
        hold, self._hold = self._hold, None
        if hold is not None and hold is not asyncio.current_task():
            await self.task_manager.cancel_task(hold)
