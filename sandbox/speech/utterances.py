"""The registry of utterances: everything the box has said, ready to be recognised when it is heard again."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandbox.speech.features import BANDS, Frames, frames_of
from sandbox.speech.rendering import Rendering, Word

# Registered frames are twice as dense as heard ones, so that any alignment is off by 5 ms at most.
ROW_SECONDS = 0.010
FRAME_SECONDS = 0.020
ROWS_PER_FRAME = 2

TELEPHONE_RATE = 8000

# What counts as a sound of a sentence: -44 dB below full scale, so that it is still louder than the quietest
# sound heard (-58 dB) when the line takes away 12 dB.
SAID_RMS = 200.0

# 200 000 rows are 33 minutes of speech and 19 MB; a search through all of them takes about 15 ms.
MAX_ROWS = 200_000

# Silence around every utterance in the table, so that the silence before a word speaks for its beginning.
GAP_ROWS = 16


@dataclass(eq=False)
class Utterance:
    """One rendering with its frames, row 0 at its first sound; the `voiced` rows must be heard."""

    text: str
    voice: str
    words: tuple[Word, ...]
    frames: Frames
    voiced: NDArray[np.bool_]
    pinned: bool
    word_rows: NDArray[np.intp] = field(init=False)

    def __post_init__(self) -> None:
        starts = [min(int(word.start / ROW_SECONDS), len(self.frames)) for word in self.words]
        self.word_rows = np.array([*starts, len(self.frames)], dtype=np.intp)


@dataclass(frozen=True)
class Match:
    """`row` is where in the utterance the latest frame falls (it may lie past the end); score at most 1."""

    utterance: Utterance
    row: int
    score: float


def make_utterance(rendering: Rendering, *, pinned: bool = False) -> Utterance:
    """The frames of a rendering between its first and last sound, and its words on that time scale."""
    frames, loudness = frames_of(rendering.pcm(TELEPHONE_RATE), TELEPHONE_RATE, ROW_SECONDS)
    voiced = loudness > SAID_RMS
    places = np.flatnonzero(voiced)
    first, last = (int(places[0]), int(places[-1]) + 1) if len(places) else (0, 0)
    lead = first * ROW_SECONDS
    words = tuple(
        Word(word.text, max(0.0, word.start - lead), max(0.0, word.end - lead)) for word in rendering.words
    )
    return Utterance(rendering.text, rendering.voice, words, frames[first:last], voiced[first:last], pinned)


class Utterances:
    """All registered utterances and one table of their rows to search through."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Utterance] = {}
        self._table = np.zeros((4096, BANDS), np.float32)
        self._used = GAP_ROWS
        self._loud = np.zeros(0, np.float32)
        self._begins: list[int] = []
        self._order: list[Utterance] = []

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Utterance]:
        return iter(self._known.values())

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._known

    def add(self, utterance: Utterance) -> Utterance:
        """Register an utterance; the same text in the same voice is kept once.

        Beyond 33 minutes of speech the oldest that are not pinned are forgotten.
        """
        key = (utterance.text, utterance.voice)
        known = self._known.get(key)
        if known is not None:
            known.pinned = known.pinned or utterance.pinned
            return known
        if self._used + len(utterance.frames) + GAP_ROWS > MAX_ROWS:
            self._forget_older_half()
        self._known[key] = utterance
        self._append(utterance)
        return utterance

    def _append(self, utterance: Utterance) -> None:
        needed = self._used + len(utterance.frames) + GAP_ROWS
        if needed > len(self._table):
            larger = np.zeros((max(needed, 2 * len(self._table)), BANDS), np.float32)
            larger[: self._used] = self._table[: self._used]
            self._table = larger
        self._begins.append(self._used)
        self._order.append(utterance)
        self._table[self._used : self._used + len(utterance.frames)] = utterance.frames
        self._used = needed
        self._loud = np.zeros(0, np.float32)

    def _forget_older_half(self) -> None:
        unpinned = [utterance for utterance in self._order if not utterance.pinned]
        for utterance in unpinned[: len(unpinned) // 2 + 1]:
            del self._known[utterance.text, utterance.voice]
        kept = [utterance for utterance in self._order if (utterance.text, utterance.voice) in self._known]
        self._table[:] = 0
        self._used = GAP_ROWS
        self._loud = np.zeros(0, np.float32)
        self._begins, self._order = [], []
        for utterance in kept:
            self._append(utterance)

    def search(self, frames: Frames, enough: dict[int, float], limit: int) -> list[Match]:
        """Where in which utterance the latest frames (20 ms apart) fit best.

        `enough` holds the lengths of windows to search with and the score that each must reach.

        The score is the correlation summed over the window, divided by the geometric mean of the voiced
        frames on both sides: sound against silence counts as disagreement.
        """
        if not self._order:
            return []
        longest = min(len(frames), max(enough), self._used // ROWS_PER_FRAME)
        products = frames[::-1][:longest] @ self._table[: self._used].T
        heard = np.cumsum(frames[::-1].any(axis=1))
        loud = self._loud_every_other_row()
        sums = np.zeros(self._used, np.float32)
        matches: list[Match] = []
        for back, likeness in enumerate(products):
            gone = ROWS_PER_FRAME * back
            sums[gone:] += likeness[: self._used - gone]
            if back + 1 in enough and heard[back]:
                voiced = loud[gone + ROWS_PER_FRAME :] - loud[: self._used - gone]
                scores = sums[gone:] / np.sqrt(np.maximum(voiced, 1) * heard[back])
                matches += self._best_of_each(scores, gone, enough[back + 1], limit)
        return matches

    def _loud_every_other_row(self) -> NDArray[np.float32]:
        """Running counts of the rows that sound, for even and odd rows apart, two rows ahead of the table."""
        if len(self._loud) != self._used + ROWS_PER_FRAME:
            self._loud = np.zeros(self._used + ROWS_PER_FRAME, np.float32)
            sounding: NDArray[np.bool_] = np.asarray(self._table[: self._used].any(axis=1))
            for phase in range(ROWS_PER_FRAME):
                self._loud[ROWS_PER_FRAME + phase :: ROWS_PER_FRAME] = np.cumsum(
                    sounding[phase::ROWS_PER_FRAME]
                )
        return self._loud

    def _best_of_each(
        self, scores: NDArray[np.float32], span: int, threshold: float, limit: int
    ) -> list[Match]:
        places = np.flatnonzero(scores >= threshold)
        best: dict[int, int] = {}
        for place in places[np.argsort(-scores[places], kind="stable")]:
            # A window that begins in the silence before an utterance belongs to that utterance.
            owner = int(np.searchsorted(self._begins, int(place) + GAP_ROWS, side="right")) - 1
            if owner not in best:
                best[owner] = int(place)
                if len(best) == limit:
                    break
        return [
            Match(self._order[owner], place + span - self._begins[owner], float(scores[place]))
            for owner, place in best.items()
        ]
