"""A telephone conversation in no time: a persona whose ears are told the words, on a clock of 20 ms frames."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandbox.directory import directory, stranger
from sandbox.speech import mulaw
from sandbox.speech.rendering import Word
from sandbox.twilio.caller import QUIET_FRAME, Caller
from sandbox.twilio.personas import persona

CHARACTERS_PER_SECOND = 15
BYTES_PER_CHARACTER = 8000 // CHARACTERS_PER_SECOND
FRAME_SECONDS = 0.02


@dataclass
class Ears:
    """Hears what it is told while it is told: what a recogniser says of itself, without sound."""

    saying: str = ""
    left: int = 0
    words: list[Word] = field(default_factory=list)
    quiet: int = 0

    def feed(self, samples: NDArray[np.int16]) -> None:
        if self.left > 0:
            self.left -= 1
            self.quiet = 0
            if self.left == 0:
                self.words.append(Word(self.saying, 0.0, 1.0))
        else:
            self.quiet += 1

    @property
    def sounding(self) -> bool:
        return self.quiet == 0 and bool(self.saying)

    @property
    def silence(self) -> float:
        return self.quiet * FRAME_SECONDS

    def take(self) -> list[Word]:
        words, self.words = self.words, []
        return words


class Rehearsal:
    """One call to a persona at a number."""

    def __init__(self, name: str, number: str = "+15125550120") -> None:
        scenario = persona(name, directory().get(number) or stranger(number))
        self.voice = {
            (one.voice, text): mulaw.encode(np.full(len(text) * BYTES_PER_CHARACTER, 1000, np.int16))
            for one in scenario.people
            for text in one.lines
        }
        self.ears = Ears()
        self.caller = Caller(scenario, self.ears, self.voice, True, self._render)  # type: ignore[arg-type]
        self.now = 0.0

    def _render(self, voice: str, text: str) -> None:
        self.voice[voice, text] = mulaw.encode(np.full(len(text) * BYTES_PER_CHARACTER, 1000, np.int16))

    def _tick(self, heard: bytes = QUIET_FRAME) -> None:
        self.caller.tick(self.now, heard)
        self.now += FRAME_SECONDS

    def wait(self, seconds: float) -> str:
        """Say nothing for a while; what they said meanwhile."""
        before = len(self.said)
        for _ in range(round(seconds / FRAME_SECONDS)):
            if self.caller.gone is None:
                self._tick()
        return " ".join(self.said[before:])

    def say(self, text: str, wait: float = 3.0) -> str:
        """Say something, and wait for their answer."""
        before = len(self.said)
        self.ears.saying, self.ears.left = text, max(1, round(len(text) / CHARACTERS_PER_SECOND / 0.02))
        while self.ears.left:
            self._tick()
        self.wait(wait)
        return " ".join(self.said[before:])

    def send(self, audio: bytes, wait: float = 1.0) -> str:
        """Let a sound go over the line, and wait for their answer."""
        before = len(self.said)
        for start in range(0, len(audio), len(QUIET_FRAME)):
            self._tick(audio[start : start + len(QUIET_FRAME)])
        self.wait(wait)
        return " ".join(self.said[before:])

    @property
    def said(self) -> list[str]:
        """Their turns so far."""
        return [turn.text for turn in self.caller.turns if turn.who == "caller"]

    @property
    def gone(self) -> bool:
        """Whether they have hung up."""
        return self.caller.gone is not None

    def keys(self) -> str:
        """The keys they have pressed since they were last looked at."""
        pressed = "".join(self.caller.digits)
        self.caller.digits.clear()
        return pressed
