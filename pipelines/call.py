"""One running call: what the rest of the program may do with its pipeline."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    LLMConfigureOutputFrame,
    LLMMessagesAppendFrame,
    LLMUpdateSettingsFrame,
)
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings
from pipecat.workers.runner import WorkerRunner

from domain.saying import said
from pipelines.call_lines import Lines as Lines
from pipelines.call_phrases import CallPhrases
from pipelines.caller_turns import OwnWords
from pipelines.dtmf import pressed
from pipelines.llm.switcher import SameTurnSwitcher
from pipelines.observers import Record
from pipelines.owed import Owed
from pipelines.selection import Moment
from pipelines.speaker import Speaker
from pipelines.stt import PatientDeepgram
from pipelines.turn_stop import WordAwareTurnStop
from pipelines.turns import ProtectedMute

PROTECTED_SECS = 10.0
"""The whole greeting lasts at most 8 s; a mark that never comes back must not leave the caller unheard."""
FAREWELL_SECS = 15.0
"""A goodbye whose mark never comes back hangs up after this."""
FAREWELL = "farewell."
RESAID_AT_MOST = 3
NOISE_SECS = 0.3
"""A turn without words whose voice lasted less was a cough or a door."""
UNHEARD_AT_MOST = 3
"""So many turns in a row that nobody understood, and a person calls back."""

Act = Callable[[], Awaitable[None]]
Tell = Callable[[str], Awaitable[None]]


async def _nothing(*_: str) -> None:
    """Nobody asked."""


def _nothing_of_its_own(text: str) -> OwnWords | None:
    """The model answers everything."""


def _no_choices() -> str | None:
    """No question is open."""


def _no_record(type: str, /, **data: object) -> None:
    """Nobody keeps the events."""


@dataclass
class Callbacks:
    """What the call tells its owner. All are awaited on the audio path: return at once, or start a task."""

    on_connected: Act = _nothing
    on_disconnected: Act = _nothing
    """The other side has gone: the socket closed, or Twilio said `stop`."""
    on_user_turn: Tell = _nothing
    """What the caller said, when the turn is over; empty for a noise."""
    on_heard: Tell = _nothing
    on_cut: Tell = _nothing
    on_digit: Tell = _nothing
    on_gone: Act = _nothing
    """The caller has not answered the last nudge."""
    on_dead_air: Act = _nothing
    """The apology has been queued; offer a way on."""
    on_all_failed: Act = _nothing
    """No model answered this turn; the apology has been queued. A turn is apologised for, and this told, once."""
    on_not_understood: Act = _nothing
    """Several turns in a row had no words; a person is needed."""
    own_words: Callable[[str], OwnWords | None] = _nothing_of_its_own
    """What the system itself says to a turn, asked before a model is."""
    choices: Callable[[], str | None] = _no_choices
    """The open question again with its answers, for a caller who was not understood."""
    on_hold: Callable[[], bool] = lambda: False
    """Whether the caller waits for somebody, and owes us no word."""
    silent: Callable[[], bool] = lambda: False
    """Whether nothing is to be said by ourselves: no filler, no apology."""
    language: Callable[[], str] = lambda: "en"
    """What the caller is spoken to in, at this moment."""
    moment: Callable[[], Moment | None] = lambda: None
    """Where the conversation stands, for the choice of a model; the primary answers while nobody knows."""
    record: Record = _no_record


@dataclass
class CallPipeline:
    """Made by `build`; run it once."""

    worker: PipelineWorker
    context: LLMContext
    models: SameTurnSwitcher
    speaker: Speaker
    phrases: CallPhrases
    mute: ProtectedMute
    callbacks: Callbacks
    lines: Lines
    nudges: int
    rate: int = 8000
    """Samples per second of what is sent."""
    reply: Tell = _nothing
    """Speak right after the caller's turn; set by `build`."""
    patience: WordAwareTurnStop | None = None
    """Who waits for the end of a turn; set by `build`."""
    ears: PatientDeepgram | None = None
    """Who writes down what is said; set by `build`."""
    _owed: Owed = field(init=False)
    _protected: set[str] = field(default_factory=set)
    _guards: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)
    _leaving: asyncio.TimerHandle | None = None
    _endings: set[asyncio.Task[None]] = field(default_factory=set)
    _nudged: int = 0
    _fillers: int = 0
    _resaid: int = 0
    _apologised: bool = False
    _unheard: int = 0
    _begun: bool = False

    def __post_init__(self) -> None:
        """What is owed to the caller is said by this call."""
        self._owed = Owed(self.say, self._tell_model)
        self.speaker.on_free = self._owed.pay

    @property
    def llms(self) -> list[LLMService[Any]]:
        """Every model of the switcher: a prompt change goes to each of them directly."""
        return self.models.llms

    @property
    def degraded(self) -> bool:
        """True while the fallback model answers: read back and confirm more."""
        return self.models.degraded

    async def run(self) -> None:
        """Hold the call until it ends, from whichever side."""
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self.worker)
        if self.speaker.silent:  # or RTVI, which stands before the transport, has it spoken after one request
            await self.worker.queue_frame(LLMConfigureOutputFrame(skip_tts=True))
        try:
            await runner.run()
        finally:
            for timer in self._timers:
                timer.cancel()
            await self.phrases.close()

    async def say(
        self,
        text: str,
        *,
        mark: str | None = None,
        append: bool = True,
        protected: bool = False,
        urgent: bool = False,
    ) -> None:
        """Speak as the system; a `Saying` in the caller's language.

        `mark` is reported to `on_heard` when the text has been played to its end, or to `on_cut`. `protected`
        speech cannot be interrupted. `urgent` prepared phrases overtake speech that waits for a vendor.
        """
        if protected:
            mark = mark or "protected"
            self._protected.add(mark)
            self.mute.muted = True
            self._guards[mark] = self._renewed(self._guards.get(mark), PROTECTED_SECS, self._unmute, mark)
        text = said(text, self.callbacks.language())
        await self.speaker.say(text, mark=mark, append=append, protected=protected, urgent=urgent)

    async def owe(self, text: str) -> None:
        """Say what the caller has to hear: spoken into, or refused because they speak, it is said after their turn."""
        await self._owed.say(text)

    def prepared(self, *texts: str) -> bool:
        """Whether all of these can be played from memory, so that `urgent` keeps their order."""
        return self.speaker.knows(*texts)

    async def instruct(self, prompt: str) -> None:
        """Another system prompt, for each model by itself: the one that waits takes over with it.

        It goes into the models' own queues and so stands before any request made after this, whoever makes it.
        """
        for llm in self.llms:
            await llm.queue_frame(LLMUpdateSettingsFrame(delta=LLMSettings(system_instruction=prompt)))

    def set_dictating(self, dictating: bool) -> None:
        """Whether the caller reads something out: the end of their turns is then waited for longer."""
        if self.patience is not None:
            self.patience.dictating = dictating

    def listen_for(self, keyterms: Sequence[str]) -> None:
        """Names to expect from now on instead of those before, where the recogniser knows names (nova-3)."""
        if self.ears is not None and self.ears.newest:
            self.ears.retune(keyterm=list(keyterms))

    def listen_in(self, language: str) -> None:
        """The caller speaks another language: nova-3 then hears Hindi and English mixed, older ones only it."""
        if self.ears is not None:
            self.ears.retune(language="multi" if self.ears.newest else language)

    async def take_text(self, text: str) -> None:
        """A turn that was typed or keyed: what is being said stops, and the model answers."""
        await self.speaker.interrupt()
        message: LLMContextMessage = {"role": "user", "content": text}
        await self.worker.queue_frame(LLMMessagesAppendFrame(messages=[message], run_llm=True))

    async def press(self, keys: str) -> None:
        """Send keys as their tones."""
        await self.speaker.play(pressed(keys, self.rate))

    async def farewell(self, text: str, reason: str, *, protected: bool = False) -> None:
        """Say goodbye and hang up once it has been heard; a caller who barges in keeps the line, unless `protected`."""
        self._leaving = self._renewed(self._leaving, FAREWELL_SECS, self._hang_up, reason)
        await self.say(text, mark=FAREWELL + reason, protected=protected)

    async def end(self, reason: str) -> None:
        """Hang up after everything queued."""
        await self.worker.queue_frame(EndFrame(reason=reason))

    async def cancel(self, reason: str) -> None:
        """Stop at once: the other side has gone."""
        await self.worker.cancel(reason=reason)

    async def lost(self) -> None:
        """The audio is over, as somebody else knows; our own socket may not have noticed."""
        await self.callbacks.on_disconnected()

    # What the processors tell the call; wired by `build`.

    async def heard(self, mark: str) -> None:
        """A mark's speech has been played to its end."""
        self._begun = True
        self._unmute(mark)
        if mark.startswith(FAREWELL):
            self._hang_up(mark.removeprefix(FAREWELL))
        elif not self._owed.heard(mark):
            await self.callbacks.on_heard(mark)

    async def cut(self, mark: str) -> None:
        """A mark's speech was cut short, or never begun."""
        self._unmute(mark)
        if mark.startswith(FAREWELL) and self._leaving is not None:
            self._leaving.cancel()
        self._owed.cut(mark)
        await self.callbacks.on_cut(mark)

    async def fill(self) -> None:
        """Nothing has been heard for a moment."""
        if self.callbacks.silent():
            return
        filler = self.lines.fillers[self._fillers % len(self.lines.fillers)]
        self._fillers += 1
        await self.say(filler, append=False, urgent=True)

    async def apologise(self) -> None:
        """Nothing has been heard for too long."""
        await self._apologise(self.callbacks.on_dead_air)

    async def give_up_turn(self) -> None:
        """No model answered."""
        await self._apologise(self.callbacks.on_all_failed)

    async def nudge(self) -> None:
        """The caller has been silent for a while."""
        if self.callbacks.on_hold():
            return
        self._nudged += 1
        if self._nudged > self.nudges:
            await self.callbacks.on_gone()
        else:
            await self.say(self.lines.nudge, urgent=True)

    async def say_again(self, text: str, append: bool) -> None:
        """Words that a voice lost; after a few losses in one turn the caller gets the apology instead."""
        self._resaid += 1
        self.callbacks.record("speech.lost", times=self._resaid)
        if self._resaid <= RESAID_AT_MOST:
            await self.say(text, append=append)
        elif self._resaid == RESAID_AT_MOST + 1:
            logger.warning("no voice could say the answer")
            await self.say(self.lines.apology, urgent=True)

    async def unheard(self, seconds: float) -> bool:
        """The caller spoke for so long, and no words came of it; False when that counts as noise.

        The first sound of a call does not count: it may be the telephone being lifted to the ear.
        """
        begun, self._begun = self._begun, True
        if not begun or seconds < NOISE_SECS:
            return False
        self._unheard += 1
        self.callbacks.record("turn.unheard", times=self._unheard)
        if self._unheard < UNHEARD_AT_MOST:
            choices = self.callbacks.choices() or self.lines.choices
            text = self.lines.unheard if self._unheard == 1 else choices
            await self.reply(said(text, self.callbacks.language()))
        else:
            self._unheard = 0
            await self.callbacks.on_not_understood()
        return True

    async def turn_over(self, text: str) -> None:
        """The caller has finished a turn."""
        if text:
            self._nudged = 0
            self._resaid = 0
            self._apologised = False
            self._unheard = 0
            self._begun = True
            self.callbacks.record("turn.user", text=text)
        await self.callbacks.on_user_turn(text)

    async def _apologise(self, tell: Act) -> None:
        if self._apologised or self.callbacks.silent():
            return
        self._apologised = True
        await self.say(self.lines.apology, urgent=True)
        await tell()

    def _unmute(self, mark: str) -> None:
        self._protected.discard(mark)
        self.mute.muted = bool(self._protected)

    def _hang_up(self, reason: str) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
        ending = asyncio.get_running_loop().create_task(self.end(reason))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    def _tell_model(self, note: str) -> None:
        self.context.add_message({"role": "developer", "content": note})

    def _renewed(
        self, old: asyncio.TimerHandle | None, seconds: float, act: Callable[..., None], *args: Any
    ) -> asyncio.TimerHandle:
        """A timer in place of an earlier one, which must not act any more."""
        if old is not None:
            old.cancel()
        return self._after(seconds, act, *args)

    def _after(self, seconds: float, act: Callable[..., None], *args: Any) -> asyncio.TimerHandle:
        timer = asyncio.get_running_loop().call_later(seconds, act, *args)
        self._timers.append(timer)
        return timer
