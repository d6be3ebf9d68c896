"""The person on the telephone: listens, waits for its turn, answers from its scenario."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sandbox.speech import mulaw
from sandbox.speech.recogniser import Recogniser
from sandbox.speech.tones import ToneEar, music, ringing
from sandbox.twilio.playout import FRAME_BYTES, FRAME_SECONDS
from sandbox.twilio.scenario import Answer, Scenario, Sound

QUIET_FRAME = mulaw.SILENCE * FRAME_BYTES

# The system is still talking when its last sound is no older than the pauses inside a sentence.
TALKING_SECONDS = 0.3

# A pause after something that needs no answer ("Got it.") is waited out before asking "Sorry?".
UNSURE_SECONDS = 3.0

Voices = Mapping[tuple[str, str], bytes]


@dataclass
class Turn:
    """What one side said; seconds since the call was answered."""

    who: Literal["caller", "system"]
    text: str
    start: float
    end: float


@dataclass
class Caller:
    """Driven by the media stream every 20 ms; `voice` holds every line as mu-law, by voice and text.

    `prepare` renders a line that hangs on what was heard, beside; it is said once `voice` holds it.
    """

    scenario: Scenario
    recogniser: Recogniser
    voice: Voices
    speaks_first: bool
    prepare: Callable[[str, str], None] | None = None
    turns: list[Turn] = field(default_factory=list)
    digits: list[str] = field(default_factory=list)
    tones: list[str] = field(default_factory=list)
    gone: str | None = None
    _ear: ToneEar = field(default_factory=ToneEar)
    _saying: bytes = b""
    _words_left: int = 0
    _used: dict[int, int] = field(default_factory=dict)
    _opened: bool = False
    _since: float = 0.0
    _answered: int = 0
    _leaving: bool = False
    _successor: Scenario | None = None
    _planned: tuple[float, Answer, str | None] | None = None
    _heard_from: float | None = None
    _heard_to: float = 0.0
    _last_sound: float = 0.0

    def tick(self, now: float, heard: bytes) -> bytes:
        """Hear 20 ms, say 20 ms (mu-law); `now` is in seconds since the call was answered."""
        samples = mulaw.decode(heard + QUIET_FRAME[len(heard) :])
        self.recogniser.feed(samples)
        if self.recogniser.sounding:
            self._heard_from = now if self._heard_from is None else self._heard_from
            self._heard_to = self._last_sound = now
        if (key := self._ear.hear(samples)) is not None:
            self._hear_key(now, key)
        if self._saying:
            return self._speak(now)
        if self._leaving:
            self.gone = self.gone or "said goodbye"
        elif self._successor is not None:
            self._hand_over(now, self._successor)
        elif self.gone is None:
            self._decide(now)
        return QUIET_FRAME

    def _speak(self, now: float) -> bytes:
        self._last_sound = now
        frame, self._saying = self._saying[:FRAME_BYTES], self._saying[FRAME_BYTES:]
        if self._words_left > 0:
            self._words_left -= FRAME_BYTES
            if self._words_left <= 0:
                self._end_turn(now + FRAME_SECONDS)
        return frame + QUIET_FRAME[len(frame) :]

    def _end_turn(self, at: float) -> None:
        """Their last words are over: nobody who leaves a message was heard by a machine before its beep."""
        self._words_left = 0
        self.turns[-1].end = at
        if self.scenario.picks_up == "voicemail":
            self.heard(at)

    @property
    def text(self) -> str:
        """What the system has been heard to say in its present turn."""
        return " ".join(word.text for word in self.recogniser.words)

    @property
    def talking(self) -> bool:
        """Whether this person is speaking at the moment."""
        return bool(self._saying)

    @property
    def left(self) -> str:
        """The message on an answering machine: what was said after its beep."""
        if self.scenario.picks_up != "voicemail":
            return ""
        beeps = [turn.end for turn in self.turns if turn.who == "caller"]
        said = [
            turn.text for turn in self.turns if turn.who == "system" and turn.start >= max(beeps, default=0)
        ]
        return " ".join([*said, self.text] if beeps else []).strip()

    # -- deciding

    def _decide(self, now: float) -> None:
        if self._planned is not None:
            self._carry_out(now, *self._planned)
            return
        if self.scenario.silence_after is not None and self._answered >= self.scenario.silence_after:
            self._wait_in_vain(now)
            return
        if not self._opened and self.speaks_first and now - self._since >= self.scenario.opens_after:
            self._open(now)
            return
        talking = self._heard_from is not None and self.recogniser.silence < TALKING_SECONDS
        found = self._matching(interrupting=talking)
        if talking:
            if found is not None:
                self._plan(now, *found)
        elif found is not None and found[0].silence is not None:
            if now - self._last_sound >= found[0].silence:
                self._take_turn(now, found)
            else:
                self._wait_in_vain(now)
        elif self._heard_from is not None and self.recogniser.silence >= self.scenario.turn_after:
            self._take_turn(now, found)
        else:
            self._wait_in_vain(now)

    def _carry_out(self, now: float, due: float, answer: Answer, say: str | None) -> None:
        if now >= due and (say is None or (self.scenario.voice, say) in self.voice):
            self._planned = None
            self._do(now, answer, say)

    def _take_turn(self, now: float, found: tuple[Answer, re.Match[str]] | None) -> None:
        if not self._opened and self.scenario.opening:
            self._open(now)
        elif found is not None and found[0].wait:
            self._wait_in_vain(now)
        elif found is not None:
            self._plan(now, *found)
        elif self.scenario.otherwise and self.recogniser.silence >= UNSURE_SECONDS:
            self._say(now, self.scenario.otherwise)
        else:
            self._wait_in_vain(now)

    def _matching(self, *, interrupting: bool) -> tuple[Answer, re.Match[str]] | None:
        """The first answer to what was said; to silence only those that ask for silence."""
        heard = self._heard_from is not None
        text = self.text.lower() if heard else ""
        for place, answer in enumerate(self.scenario.answers):
            if answer.hears_key is not None or self._spent(place) or (interrupting and not answer.interrupt):
                continue
            waiting = answer.silence is not None and (self._opened or not self.scenario.opening)
            if (heard if answer.silence is None else waiting) and (found := answer.pattern.search(text)):
                return answer, found
        return None

    def _spent(self, place: int) -> bool:
        times = self.scenario.answers[place].times
        return times is not None and self._used.get(place, 0) >= times

    def _hear_key(self, now: float, key: str) -> None:
        """A key's tone cuts short what they say, if it means something to them."""
        self.tones.append(key)
        for place, answer in enumerate(self.scenario.answers):
            if answer.hears_key in (key, "any") and not self._spent(place) and self.gone is None:
                self._cut(now)
                self.heard(now)
                self._plan(now, answer, answer.pattern.match(""))
                return

    def _cut(self, now: float) -> None:
        self._saying = b""
        if self._words_left > 0:
            self._end_turn(now)

    def _plan(self, now: float, answer: Answer, found: re.Match[str] | None) -> None:
        place = next(i for i, known in enumerate(self.scenario.answers) if known is answer)
        self._used[place] = self._used.get(place, 0) + 1
        say = answer.say
        if say is not None and "{" in say:
            say = say.format(**self._named(found))
            if self.prepare is not None and (self.scenario.voice, say) not in self.voice:
                self.prepare(self.scenario.voice, say)
        self._planned = (now + answer.delay, answer, say)

    def _named(self, found: re.Match[str] | None) -> dict[str, str]:
        """What a line can name: the groups of what was heard, a dish as on their menu, and what there is instead."""
        named = {name: (value or "").strip() for name, value in (found.groupdict() if found else {}).items()}
        known = [dish for dish in self.scenario.dishes if dish in named.get("dish", "")]
        dish = max(known, key=len, default=named.get("dish", "it"))
        others = list(self.scenario.dishes.values())
        instead = self.scenario.dishes.get(dish, others[0] if others else "something else")
        return {**named, "dish": dish, "instead": instead}

    # -- acting

    def _do(self, now: float, answer: Answer, say: str | None) -> None:
        self._opened = True
        if answer.keypad:
            self.heard(now)
            self.digits += answer.keypad
            self._answered += 1
        if say:
            self._say(now, say)
        if answer.sound is not None:
            self.heard(now)
            self._saying += _sound(answer.sound)
        self._successor = answer.becomes
        self._leaving = answer.hangup

    def _hand_over(self, now: float, successor: Scenario) -> None:
        """Somebody else is on the line, and has heard nothing of what was said before."""
        self.heard(now)
        self.scenario, self._successor = successor, None
        self.speaks_first = successor.speaks_first is not False
        self._used, self._opened, self._answered, self._since = {}, False, 0, now

    def _open(self, now: float) -> None:
        self._opened = True
        if self.scenario.opening:
            self._say(now, self.scenario.opening)

    def _say(self, now: float, text: str) -> None:
        self.heard(now)
        self.turns.append(Turn("caller", text, now, now))
        self._saying = self.voice[self.scenario.voice, text]
        self._words_left = len(self._saying)
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


def _sound(sound: Sound) -> bytes:
    return music(sound.seconds) if sound.play == "music" else ringing(sound.seconds)


def line(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> bytes:
    """A line of the scenario as mu-law, without the silence after its last sound."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 200)
    return mulaw.encode(samples[: int(loud[-1]) + 1]) if len(loud) else b""
