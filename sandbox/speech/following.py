"""Following utterances: which sequence of them explains the sound heard so far.

Every place where an utterance may lie under the sound is a candidate. Token passing (Viterbi) finds the sequence
of candidates with the highest gain: a frame gains by how much it fits, and it costs to enter a sentence in its
middle or to leave it there. A candidate found late is compared with all the sound that is remembered, so that
the beginning of a sentence is not lost to whatever resembled it at first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sandbox.speech.features import BANDS, Frames
from sandbox.speech.utterances import FRAME_SECONDS, ROWS_PER_FRAME, Utterance

# Measured (mean correlation per frame): the same sound through mu-law and resampling 0.97, at -12 dB 0.98,
# with a second voice at equal level 0.69, another sentence in the same voice 0.30.
HEARD = 0.72
WORTHLESS = 0.65

# Costs are in frames' worth of gain, of which a perfect frame brings 0.35.
MISSING = 0.2
BEGIN_COST = 0.2
ENTER_COST = 2.5
LEAVE_COST = 2.0
MOVE_COST = 0.5

# So many rows of 10 ms still count as the beginning or the end of a sentence.
EDGE_ROWS = 8

RECENT_FRAMES = 8
HOPELESS = 6.0
MAX_CANDIDATES = 40
STALE_FRAMES = 50
NEVER = -1e9


@dataclass(frozen=True)
class HeardWord:
    """A word that was understood; seconds since the recogniser began to listen."""

    text: str
    bare: str
    start: float
    end: float


@dataclass(eq=False)
class Candidate:
    """An utterance whose row `offset` would fall on frame 0; how well it fits every remembered frame."""

    utterance: Utterance
    offset: int
    likeness: list[float] = field(default_factory=list)
    gains: list[float] = field(default_factory=list)

    def row_at(self, number: int) -> int:
        return self.offset + ROWS_PER_FRAME * number

    def seconds_at(self, row: int) -> float:
        return (row - self.offset) / ROWS_PER_FRAME * FRAME_SECONDS

    def hear(self, number: int, frame: NDArray[np.float32], sound: bool) -> None:
        row = self.row_at(number)
        likeness, gain = 0.0, NEVER
        if 0 <= row < len(self.utterance.frames):
            if sound:
                likeness = float(frame @ self.utterance.frames[row])
                gain = likeness - WORTHLESS
            else:
                gain = -MISSING if self.utterance.voiced[row] else 0.0
        self.likeness.append(likeness)
        self.gains.append(gain)

    def hear_all(self, first: int, frames: Frames, sounding: NDArray[np.bool_]) -> None:
        """What `hear` does, for all remembered frames at once."""
        rows = self.row_at(first) + ROWS_PER_FRAME * np.arange(len(frames))
        inside = (rows >= 0) & (rows < len(self.utterance.frames))
        likeness = np.zeros(len(frames))
        gains = np.full(len(frames), NEVER)
        places = rows[inside]
        likeness[inside] = (self.utterance.frames[places] * frames[inside]).sum(axis=1)
        missing = np.where(self.utterance.voiced[places], -MISSING, 0.0)
        gains[inside] = np.where(sounding[inside], likeness[inside] - WORTHLESS, missing)
        self.likeness, self.gains = likeness.tolist(), gains.tolist()


@dataclass(frozen=True, eq=False)
class Segment:
    """A candidate heard from frame `start` up to, not including, frame `end`, and what was heard before it."""

    candidate: Candidate
    start: int
    end: int
    before: "Segment | None"


@dataclass
class _Token:
    value: float
    start: int
    before: Segment | None


class Following:
    """The remembered sound, the candidates, and the best sequence of them."""

    def __init__(self) -> None:
        self.first = 0
        self.candidates: list[Candidate] = []
        self._frames: list[NDArray[np.float32]] = []
        self._sounding: list[bool] = []
        self._tokens: dict[Candidate, _Token] = {}
        self._free = _Token(0.0, 0, None)
        self._known: dict[tuple[tuple[Candidate, int, int], ...], list[HeardWord]] = {}

    @property
    def number(self) -> int:
        """The number of the next frame."""
        return self.first + len(self._frames)

    def frames(self, first: int) -> Frames:
        """The remembered frames from number `first` on."""
        kept = self._frames[max(0, first - self.first) :]
        return np.array(kept, np.float32) if kept else np.zeros((0, BANDS), np.float32)

    def hear(self, frame: NDArray[np.float32], sound: bool) -> None:
        number = self.number
        self._frames.append(frame)
        self._sounding.append(sound)
        for candidate in self.candidates:
            candidate.hear(number, frame, sound)
        self._pass(number)

    def suppose(self, supposed: list[tuple[Utterance, int]]) -> None:
        """Add candidates (utterance, row at frame 0) and decide anew."""
        known = {(candidate.utterance, candidate.offset) for candidate in self.candidates}
        new = [Candidate(*place) for place in supposed if place not in known]
        if not new:
            return
        frames, sounding = self.frames(self.first), np.array(self._sounding, np.bool_)
        for candidate in new:
            candidate.hear_all(self.first, frames, sounding)
        self.candidates += new
        self._decide()
        self._prune(new)

    def _decide(self) -> None:
        self._tokens, self._free = {}, _Token(0.0, self.first, None)
        for number in range(self.first, self.number):
            self._pass(number)

    def _prune(self, new: list[Candidate]) -> None:
        on_path = dict.fromkeys(segment.candidate for segment in self.path())
        best = self._best()[1].value

        def promise(candidate: Candidate) -> float:
            token = self._tokens.get(candidate)
            over = len(candidate.utterance.frames) - candidate.row_at(self.number - STALE_FRAMES)
            return token.value - best if token else (-1.0 if over > 0 else NEVER)

        kept = [c for c in self.candidates if c not in on_path and promise(c) > -HOPELESS]
        kept = sorted(kept, key=promise, reverse=True)[:MAX_CANDIDATES]
        self.candidates = [*on_path, *kept]
        self._tokens = {c: token for c, token in self._tokens.items() if c in on_path or c in set(kept)}

    def _pass(self, number: int) -> None:
        """Move every token on by one frame."""
        index = number - self.first
        free = self._free
        moving: dict[Utterance, tuple[float, Candidate]] = {}
        leaving: tuple[float, Candidate] | None = None
        for candidate, token in self._tokens.items():
            ended = candidate.row_at(number) >= len(candidate.utterance.frames) - EDGE_ROWS
            value = token.value if ended else token.value - LEAVE_COST
            if value > (leaving[0] if leaving else free.value):
                leaving = value, candidate
            if candidate.utterance not in moving or moving[candidate.utterance][0] < token.value:
                moving[candidate.utterance] = token.value, candidate
        if leaving:
            free = _Token(leaving[0], number, self._segment(leaving[1], number))
        tokens: dict[Candidate, _Token] = {}
        for candidate in self.candidates:
            gain = candidate.gains[index]
            if gain == NEVER:
                continue
            stays = self._tokens.get(candidate)
            value = stays.value if stays else NEVER
            entered = free.value - (BEGIN_COST if candidate.row_at(number) <= EDGE_ROWS else ENTER_COST)
            moved, origin = moving.get(candidate.utterance, (NEVER, candidate))
            moved -= MOVE_COST
            if stays and value >= entered and value >= moved:
                tokens[candidate] = _Token(value + gain, stays.start, stays.before)
            elif entered >= moved:
                tokens[candidate] = _Token(entered + gain, number, free.before)
            else:
                tokens[candidate] = _Token(moved + gain, number, self._segment(origin, number))
        self._tokens, self._free = tokens, free

    def _segment(self, candidate: Candidate, end: int) -> Segment:
        token = self._tokens[candidate]
        return Segment(candidate, token.start, end, token.before)

    def _best(self) -> tuple[Candidate | None, _Token]:
        best = max(self._tokens, key=lambda candidate: self._tokens[candidate].value, default=None)
        if best is None or self._tokens[best].value < self._free.value:
            return None, self._free
        return best, self._tokens[best]

    def path(self) -> list[Segment]:
        """The best sequence, oldest first."""
        candidate, token = self._best()
        segment = self._segment(candidate, self.number) if candidate else token.before
        found: list[Segment] = []
        while segment:
            found.append(segment)
            segment = segment.before
        return found[::-1]

    @property
    def present(self) -> Segment | None:
        """What is being heard right now."""
        candidate, _ = self._best()
        return self._segment(candidate, self.number) if candidate else None

    def fits(self, segment: Segment) -> bool:
        """Whether the latest sound of a segment is its utterance's."""
        first = max(segment.start, self.first) - self.first
        pairs = list(zip(segment.candidate.likeness[first:], self._sounding[first:], strict=True))
        recent = [likeness for likeness, sound in pairs[-2 * RECENT_FRAMES :] if sound][-RECENT_FRAMES:]
        return sum(recent) >= HEARD * len(recent)

    def forget(self, number: int) -> list[HeardWord]:
        """Settle what was heard before frame `number`, as far as whole segments go; returns its words."""
        path = self.path()
        spanning = [segment.start for segment in path if segment.start < number < segment.end]
        border = min([number, *spanning])
        while True:
            groups = [group for group in _groups(path) if group[0].start < border < group[-1].end]
            if not groups:
                break
            border = groups[0][0].start
        drop = border - self.first
        if drop <= 0:
            return []
        words = list(self._words([segment for segment in path if segment.end <= border]))
        del self._frames[:drop], self._sounding[:drop]
        self.first = border
        self.candidates = [c for c in self.candidates if c.row_at(border) < len(c.utterance.frames)]
        for candidate in self.candidates:
            del candidate.likeness[:drop], candidate.gains[:drop]
        self._decide()
        return words

    def words(self) -> list[HeardWord]:
        """The words understood in the remembered sound.

        A word counts when the likeness of its sounding rows averages 0.72: a word that was cut off, covered
        by another voice or muted does not.
        """
        return list(self._words(self.path()))

    def _words(self, path: list[Segment]) -> Iterator[HeardWord]:
        known, self._known = self._known, {}
        for group in _groups(path):
            key = tuple((segment.candidate, segment.start, segment.end) for segment in group)
            words = known[key] if key in known else list(_understood(group, self._evidence(group)))
            self._known[key] = words
            yield from words

    def _evidence(self, group: list[Segment]) -> NDArray[np.float64]:
        """How well every row of the utterance was heard."""
        evidence = np.zeros(len(group[0].candidate.utterance.frames) + ROWS_PER_FRAME)
        for segment in group:
            heard = segment.candidate.likeness[segment.start - self.first : segment.end - self.first]
            first = segment.candidate.row_at(segment.start)
            rows = slice(first, first + ROWS_PER_FRAME * len(heard))
            evidence[rows] = np.maximum(evidence[rows], np.repeat(heard, ROWS_PER_FRAME))
        return evidence[:-ROWS_PER_FRAME]


def _groups(path: list[Segment]) -> list[list[Segment]]:
    """Neighbours that are one utterance, going on after a stall or a slip, belong together."""
    groups: list[list[Segment]] = []
    for segment in path:
        last = groups[-1][-1] if groups else None
        goes_on = last and last.candidate.utterance is segment.candidate.utterance
        row = segment.candidate.row_at(segment.start)
        if last and goes_on and row > max(EDGE_ROWS, last.candidate.row_at(last.start)):
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return groups


def _understood(group: list[Segment], evidence: NDArray[np.float64]) -> Iterator[HeardWord]:
    utterance = group[0].candidate.utterance
    rows = utterance.word_rows
    weight = np.concatenate(([0], np.cumsum(utterance.voiced)))
    likeness = np.concatenate(([0.0], np.cumsum(np.where(utterance.voiced, evidence, 0))))
    sounding = weight[rows[1:]] - weight[rows[:-1]]
    heard = likeness[rows[1:]] - likeness[rows[:-1]]
    before = False
    for place, word in enumerate(utterance.words):
        before = before if sounding[place] == 0 else bool(heard[place] >= HEARD * sounding[place])
        if before:
            start, end = int(rows[place]), int(rows[place + 1])
            begun = [s.candidate for s in group if s.candidate.row_at(s.start) <= start]
            candidate = begun[-1] if begun else group[0].candidate
            yield HeardWord(word.text, word.bare, candidate.seconds_at(start), candidate.seconds_at(end))
