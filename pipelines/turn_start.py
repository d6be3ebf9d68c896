"""The start of a turn: over our speech, only when the caller says more than "hmm"."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterimTranscriptionFrame,
    OutputTransportMessageUrgentFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.turns.types import ProcessFrameResult
from pipecat.turns.user_start import BaseUserTurnStartStrategy

from domain.backchannel import only_listens
from pipelines.config import Backchannels
from pipelines.floor import Floor

PAUSE_SECS = 0.2
"""Between two phrases of ours the line is silent for less than this."""

Again = Callable[[Frame], Coroutine[Any, Any, None]]


async def _nowhere(frame: Frame) -> None:
    """Not wired."""


def _nobody(text: str) -> None:
    """Nobody keeps count."""


@dataclass(eq=False)
class Kept:
    """A backchannel that may yet turn out to be the caller's."""

    frame: TranscriptionFrame
    until: float
    """On the event loop's clock: later it belongs to nothing any more."""
    answers: bool = True
    """Whether it would answer what we end with now; a new sentence of ours was not heard yet."""


class ListeningStart(BaseUserTurnStartStrategy):
    """A voice always silences us at once; whether it interrupts us is decided from what it says.

    Over our speech a voice only takes hold of the floor (the caller hears us stop within 0.2 s, nothing is cut).
    It interrupts when it lasts `longest_secs` or says a word that is no backchannel; else we go on where we
    stopped, and the word is dropped. If we end within `answer_secs` of it, it was the answer to our question, and
    `again` sends it on as a turn. If the caller goes on within that time, it was the beginning of their turn ("Yes,
    ... thanks."), and `before` puts it in front of what follows. When we are silent every voice starts a turn.
    """

    def __init__(self, floor: Floor, settings: Backchannels, **options: Any) -> None:
        super().__init__(**options)
        self._floor = floor
        self._settings = settings
        self.again: Again = _nowhere
        self.before: Callable[[str], None] = _nobody
        self.on_backchannel: Callable[[str], None] = _nobody
        self._speaking = False
        self._turn_open = False
        self._waits_for: Literal["voice", "text", None] = None
        self._timer: asyncio.TimerHandle | None = None
        self._decision: asyncio.Task[None] | None = None
        self._kept: list[Kept] = []
        self._after: asyncio.TimerHandle | None = None

    async def handle_user_turn_started(self) -> None:
        """The turn is open: nothing is left to decide. What was said just before is its beginning."""
        self._turn_open = True
        kept, self._kept = self._lately(), []
        if kept:
            self.before(" ".join(one.frame.text.strip() for one in kept))
        self._settle()

    async def handle_user_turn_stopped(self) -> None:
        """The next voice is decided anew."""
        self._turn_open = False

    async def process_frame(self, frame: Frame) -> ProcessFrameResult:
        """Decide on voices and words."""
        if isinstance(frame, BotStartedSpeakingFrame):
            self._speaking = True
            for one in self._kept:
                one.answers = False
        elif isinstance(frame, BotStoppedSpeakingFrame):
            self._speaking = False
            self._ended()
        elif isinstance(frame, VADUserStartedSpeakingFrame):
            await self._voice()
            return ProcessFrameResult.STOP
        elif isinstance(frame, VADUserStoppedSpeakingFrame) and self._waits_for == "voice":
            self._wait("text", self._settings.text_secs)
        elif isinstance(frame, (TranscriptionFrame, InterimTranscriptionFrame)):
            return await self._words(frame)
        return ProcessFrameResult.CONTINUE

    async def cleanup(self) -> None:
        """Decide nothing any more."""
        self._settle()
        self._kept.clear()
        self._floor.resume()
        await super().cleanup()

    async def _voice(self) -> None:
        if self._turn_open or not self._speaking:
            await self.trigger_user_turn_started()
            return
        message = self._floor.hold()
        if message is not None:
            await self.push_frame(OutputTransportMessageUrgentFrame(message=message))
        self._wait("voice", self._settings.longest_secs)

    async def _words(self, frame: TranscriptionFrame | InterimTranscriptionFrame) -> ProcessFrameResult:
        if self._turn_open or not self._speaking or not only_listens(frame.text):
            return ProcessFrameResult.CONTINUE  # to the strategy that starts a turn for any word
        if isinstance(frame, TranscriptionFrame):
            await self.trigger_reset_aggregation()
            if frame.text.strip():
                self.on_backchannel(frame.text)
                until = asyncio.get_running_loop().time() + self._settings.answer_secs
                self._kept = [*self._lately(), Kept(frame, until)]
            if self._waits_for == "text":
                self._go_on()
        return ProcessFrameResult.STOP

    def _wait(self, what: Literal["voice", "text"], seconds: float) -> None:
        self._settle()
        self._waits_for = what
        act = self._interrupt if what == "voice" else self._go_on
        self._timer = asyncio.get_running_loop().call_later(seconds, act)

    def _interrupt(self) -> None:
        self._settle()
        self._decision = self.task_manager.create_task(self.trigger_user_turn_started(), f"{self}::interrupt")

    def _go_on(self) -> None:
        self._settle()
        self._floor.resume()

    def _lately(self) -> list[Kept]:
        now = asyncio.get_running_loop().time()
        return [one for one in self._kept if now < one.until]

    def _ended(self) -> None:
        answers = [one for one in self._lately() if one.answers]
        if answers:
            self._after = asyncio.get_running_loop().call_later(PAUSE_SECS, self._answer, answers)

    def _answer(self, answers: list[Kept]) -> None:
        """We have said no more: what was kept is a turn, unless it has become part of one meanwhile."""
        found = [one for one in answers if one.answers and one in self._kept]
        if not found:
            return
        self._kept.clear()
        said = replace(found[-1].frame, text=" ".join(one.frame.text.strip() for one in found))
        self._decision = self.task_manager.create_task(self.again(said), f"{self}::answer")

    def _settle(self) -> None:
        self._waits_for = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
