"""A rendering: one text in one voice, as sound, with the time of every word."""

import re
from dataclasses import dataclass

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from sandbox.speech.espeak import RATE, Spoken

# Below 1 % of full scale: the tails espeak leaves around a sentence.
_QUIET = 300


@dataclass(frozen=True)
class Word:
    """A word as written (with its punctuation); seconds from the beginning of the audio."""

    text: str
    start: float
    end: float

    @property
    def bare(self) -> str:
        """The word as a recogniser without punctuation writes it."""
        return re.sub(r"^\W+|\W+$", "", self.text).lower() or self.text


@dataclass(frozen=True)
class Rendering:
    """Mono int16 samples at 22050 Hz."""

    text: str
    voice: str
    samples: NDArray[np.int16]
    words: tuple[Word, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    def pcm(self, rate: int) -> NDArray[np.int16]:
        """The samples at another rate."""
        if rate == RATE or not len(self.samples):
            return self.samples
        resampled: NDArray[np.int16] = soxr.resample(self.samples, RATE, rate)
        return resampled


def rendering(text: str, voice: str, spoken: Spoken) -> Rendering:
    """Tie espeak's word events to the words as written.

    A written word begins with its first event ("$31.06" is spoken as several); one without any (a dash)
    lasts no time. A word ends where the next begins, the last one with the audible sound.
    """
    loud = np.flatnonzero(np.abs(spoken.samples.astype(np.int32)) > _QUIET)
    audible_end = (float(loud[-1]) + 1) / RATE if len(loud) else len(spoken.samples) / RATE
    starts: list[tuple[str, float]] = []
    for token in re.finditer(r"\S+", text):
        events = [at for offset, at in spoken.words if token.start() <= offset < token.end()]
        starts.append((token.group(), events[0] if events else -1.0))
    words: list[Word] = []
    following = audible_end
    for token_text, start in reversed(starts):
        if start < 0:
            start = following
        words.append(Word(token_text, min(start, following), following))
        following = min(start, following)
    return Rendering(text, voice, spoken.samples, tuple(reversed(words)))
