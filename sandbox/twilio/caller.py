"""The person on the telephone: listens, waits for its turn, answers from its scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sandbox.speech import mulaw
from sandbox.speech.recogniser import Recogniser
from sandbox.twilio.playout import FRAME_BYTES, FRAME_SECONDS
from sandbox.twilio.scenario import Answer, Scenario

QUIET_FRAME = mulaw.SILENCE * FRAME_BYTES

# The system is still talking when its last sound is no older than the pauses inside a sentence.
TALKING_SECONDS = 0.3

# A pause after something that needs no answer ("Got it.") is waited out before asking "Sorry?".
UNSURE_SECONDS = 3.0
LISTEN_FIRST_SECONDS = 0.4


@dataclass
class Turn:
    """What one side said; seconds since the call was answered."""

    who: Literal["caller", "system"]
    text: str
    start: float
    end: float


@dataclass
class Caller:
    """Driven by the media stream every 20 ms; `voice` holds every line of the scenario as mu-law."""

    scenario: Scenario
    recogniser: Recogniser
    voice: Mapping[str, bytes]
    speaks_first: bool
    turns: list[Turn] = field(default_factory=list)
    digits: list[str] = field(default_factory=list)
    gone: str | None = None
    _saying: bytes = b""
    _used: dict[int, int] = field(default_factory=dict)
    _opened: bool = False
    _answered: int = 0
    _leaving: bool = False
    _planned: tuple[float, Answer] | None = None
    _heard_from: float | None = None
    _heard_to: float = 0.0
    _last_sound: float = 0.0

    def tick(self, now: float, heard: bytes) -> bytes:
        """Hear 20 ms, say 20 ms (mu-law); `now` is in seconds since the call was answered."""
        self.recogniser.feed(mulaw.decode(heard + QUIET_FRAME[len(heard) :]))
        if self.recogniser.sounding:
            self._heard_from = now if self._heard_from is None else self._heard_from
            self._heard_to = self._last_sound = now
        if self._saying:
            self._last_sound = now
            frame, self._saying = self._saying[:FRAME_BYTES], self._saying[FRAME_BYTES:]
            if self._saying:
                return frame
            self.turns[-1].end = now + FRAME_SECONDS
            return frame + QUIET_FRAME[len(frame) :]
        if self._leaving:
            self.gone = "said goodbye"
        elif self.gone is None:
            self._decide(now)
        return QUIET_FRAME

    @property
    def text(self) -> str:
        """What the system has been heard to say in its present turn."""
        return " ".join(word.text for word in self.recogniser.words)

    @property
    def talking(self) -> bool:
        """Whether this person is speaking at the moment."""
        return bool(self._saying)

    def _decide(self, now: float) -> None:
        if self._planned is not None:
            if now >= self._planned[0]:
                planned, self._planned = self._planned[1], None
                self._do(now, planned)
            return
        if self.scenario.silence_after is not None and self._answered >= self.scenario.silence_after:
            self._wait_in_vain(now)
            return
        if not self._opened and self.speaks_first and now >= LISTEN_FIRST_SECONDS:
            self._open(now)
            return
        talking = self._heard_from is not None and self.recogniser.silence < TALKING_SECONDS
        answer = (
            self._matching(self.text.lower(), interrupting=talking) if self._heard_from is not None else None
        )
        if talking:
            if answer is not None:
                self._plan(now, answer)
        elif self._heard_from is not None and self.recogniser.silence >= self.scenario.turn_after:
            self._take_turn(now, answer)
        else:
            self._wait_in_vain(now)

    def _take_turn(self, now: float, answer: Answer | None) -> None:
        if not self._opened and self.scenario.opening:
            self._open(now)
        elif answer is not None and answer.wait:
            self._wait_in_vain(now)
        elif answer is not None:
            self._plan(now, answer)
        elif self.scenario.otherwise and self.recogniser.silence >= UNSURE_SECONDS:
            self._say(now, self.scenario.otherwise)
        else:
            self._wait_in_vain(now)

    def _matching(self, text: str, *, interrupting: bool) -> Answer | None:
        for place, answer in enumerate(self.scenario.answers):
            spent = answer.times is not None and self._used.get(place, 0) >= answer.times
            if not spent and (answer.interrupt or not interrupting) and answer.pattern.search(text):
                return answer
        return None

    def _plan(self, now: float, answer: Answer) -> None:
        place = next(i for i, known in enumerate(self.scenario.answers) if known is answer)
        self._used[place] = self._used.get(place, 0) + 1
        self._planned = (now + answer.delay, answer)

    def _do(self, now: float, answer: Answer) -> None:
        self._opened = True
        if answer.keypad:
            self.heard(now)
            self.digits += answer.keypad
            self._answered += 1
        if answer.say:
            self._say(now, answer.say)
        if answer.hangup:
            self._leaving = True

    def _open(self, now: float) -> None:
        self._opened = True
        if self.scenario.opening:
            self._say(now, self.scenario.opening)

    def _say(self, now: float, text: str) -> None:
        self.heard(now)
        self.turns.append(Turn("caller", text, now, now))
        self._saying = self.voice[text]
        self._answered += 1

    def heard(self, now: float) -> None:
        """Note what the system said in the turn that is over."""
        words = self.recogniser.take()
        if words or self._heard_from is not None:
            start = now if self._heard_from is None else self._heard_from
            self.turns.append(Turn("system", " ".join(word.text for word in words), start, self._heard_to))
        self._heard_from = None

    def _wait_in_vain(self, now: float) -> None:
        if now - self._last_sound >= self.scenario.patience:
            self.gone = "gave up waiting"


def line(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> bytes:
    """A line of the scenario as mu-law, without the silence after its last sound."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 200)
    return mulaw.encode(samples[: int(loud[-1]) + 1]) if len(loud) else b""
