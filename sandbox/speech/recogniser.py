"""The recogniser: streaming audio in, the words of registered utterances out, as their sound arrives."""

import numpy as np
from numpy.typing import NDArray

from sandbox.speech.features import QUIET_RMS, WINDOW_SECONDS, frames_of
from sandbox.speech.following import EDGE_ROWS, Following, HeardWord
from sandbox.speech.utterances import FRAME_SECONDS, ROWS_PER_FRAME, Utterances

# A window as short as "no" (100 ms of sound) may match; two voices at once stay near 0.69.
MATCH = 0.82
RIVALS = 16
SHORTEST_SOUND = 5
LEAD_FRAMES = 5

# Sounding frames that nothing explains, after which to search; later on, every so many.
SEARCH_AT = (12, 18, 25, 35, 50)
SEARCH_EVERY = 25
LONGEST_SEARCH = 50
WINDOWS = {15: 0.88, 25: MATCH, 50: MATCH}

# Sound after 60 ms of quiet may begin a sentence; after 80 ms of quiet one may be over.
ONSET_FRAMES = 3
PAUSE_FRAMES = 4
END_FRAMES = 15

# Two seconds of the past stay, for words whose sentence is recognised late.
REMEMBERED_FRAMES = 100
FORGET_EVERY = 100

# Per frame: the noise floor may double in three seconds, and fall at once.
NOISE_RISE = 1.005
LOUDEST_GATE = 400.0


class Recogniser:
    """Listens to one voice at one sample rate.

    Nothing but sound decides: speech that is muted, crossed by another voice or garbled yields no words.
    """

    def __init__(self, utterances: Utterances, rate: int) -> None:
        self.utterances = utterances
        self.rate = rate
        self._hop = round(rate * FRAME_SECONDS)
        self._window = round(rate * WINDOW_SECONDS)
        self._samples = np.zeros(0, np.int16)
        self._noise = 1.0
        self._following = Following()
        self._settled: list[HeardWord] = []
        self._taken = 0.0
        self._onset = 0
        self._doubted = 0
        self._doubts = 0
        self._unsearched = 0
        self._quiet = 0

    @property
    def seconds(self) -> float:
        """Audio listened to so far."""
        return self._following.number * FRAME_SECONDS

    @property
    def silence(self) -> float:
        """Seconds since the last sound, whether understood or not."""
        return self._quiet * FRAME_SECONDS

    @property
    def sounding(self) -> bool:
        """Whether the latest 20 ms were sound."""
        return self._following.number > 0 and self._quiet == 0

    @property
    def words(self) -> list[HeardWord]:
        """The words heard since the last `take`."""
        words = self._settled + self._following.words()
        return [word for word in words if (word.start + word.end) / 2 > self._taken]

    def settle(self) -> None:
        """No more sound is expected for now: decide on what has arrived."""
        if self._unsearched >= SHORTEST_SOUND:
            self._search()

    def take(self) -> list[HeardWord]:
        """The same words, which are then forgotten: the next ones are those that come after."""
        words = self.words
        self._settled = []
        if words:
            self._taken = words[-1].end
        return words

    def feed(self, samples: NDArray[np.int16]) -> None:
        """Listen to a chunk of any length, mono int16 at `rate`."""
        self._samples = np.concatenate((self._samples, samples))
        count = (len(self._samples) - self._window) // self._hop + 1
        if count <= 0:
            return
        used = self._samples[: (count - 1) * self._hop + self._window]
        for frame, loudness in zip(*frames_of(used, self.rate, FRAME_SECONDS), strict=True):
            self._step(frame if loudness > self._gate(float(loudness)) else np.zeros_like(frame))
        self._samples = self._samples[count * self._hop :]

    def _gate(self, loudness: float) -> float:
        """What is louder than this is sound: the line's own noise is learnt from its quietest moments."""
        self._noise = min(loudness, max(1.0, self._noise * NOISE_RISE))
        return min(max(QUIET_RMS, 3 * self._noise), LOUDEST_GATE)

    def _step(self, frame: NDArray[np.float32]) -> None:
        number = self._following.number
        sound = bool(frame.any())
        self._following.hear(frame, sound)
        if sound:
            if self._quiet >= ONSET_FRAMES or number == 0:
                self._onset = number
            self._quiet = 0
            self._unsearched += 1
            self._question(number)
        else:
            self._quiet += 1
            if self._quiet == PAUSE_FRAMES and self._unsearched >= SHORTEST_SOUND:
                self._search()
            if self._quiet == END_FRAMES:
                self._doubts = 0
        if self._following.number % FORGET_EVERY == 0:
            self._settled += self._following.forget(self._following.number - REMEMBERED_FRAMES)

    def _question(self, number: int) -> None:
        """Search when the sound is not explained, or so far only by the middle of a sentence."""
        present = self._following.present
        if present and self._following.fits(present):
            self._doubts = 0
            middle = present.candidate.row_at(present.start) > EDGE_ROWS
            if middle and number - self._onset in SEARCH_AT:
                self._search()
            return
        if not self._doubts:
            self._doubted = number
        self._doubts += 1
        if self._doubts in SEARCH_AT or self._doubts % SEARCH_EVERY == 0:
            self._search()

    def _search(self) -> None:
        """Look for utterances in windows of the last second: since the onset, since the doubts began, and others."""
        self._unsearched = 0
        number = self._following.number
        frames = self._following.frames(number - LONGEST_SEARCH)
        begins = {self._onset - LEAD_FRAMES}
        if self._doubts:
            begins.add(self._doubted - LEAD_FRAMES)
        enough = WINDOWS | {min(number - begin, len(frames)): MATCH for begin in begins}
        matches = self.utterances.search(frames, enough, RIVALS)
        last = ROWS_PER_FRAME * (number - 1)
        self._following.suppose([(match.utterance, match.row - last) for match in matches])
