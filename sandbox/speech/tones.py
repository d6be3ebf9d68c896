"""Tones on a telephone line: keys as dual tones, made and heard, and what a line plays while somebody waits."""

import numpy as np
from numpy.typing import NDArray

from sandbox.speech import mulaw

RATE = 8000
FRAME = 160
# ITU-T Q.23: a key is one tone of its row and one of its column.
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")

# Q.24 wants 40 ms recognised and lets 23 ms pass; three whole frames of 20 ms are heard of any tone of 80 ms.
FRAMES_OF_A_KEY = 3
FRAMES_OF_A_GAP = 2
# Of the sound's energy, so much lies in the two tones; speech stays below a half.
PURITY = 0.7
# One tone may be ten times as strong as the other (10 dB; Q.24 allows 8 and 4).
TWIST = 10.0
# The strongest tone of a group leaves a twentieth of its power at its neighbour.
OVER_NEIGHBOURS = 4.0
QUIETEST_RMS = 100.0

BEEP_HZ, BEEP_SECONDS = (1000,), 0.5
FAX_HZ, FAX_SECONDS = (2100,), 3.0
# What a caller hears of a telephone that rings in North America: two seconds in six.
RINGING_HZ, RINGING_SECONDS, RINGING_PERIOD = (440, 480), 2.0, 6.0
MELODY_HZ, NOTE_SECONDS = (262, 330, 392, 523, 392, 330), 0.4
LOUDNESS = 8000.0

_TIMES = np.arange(FRAME) / RATE
_BINS = np.exp(-2j * np.pi * np.array(ROWS + COLUMNS)[:, None] * _TIMES)


def tone(hertz: tuple[int, ...], seconds: float, loudness: float = LOUDNESS) -> bytes:
    """Sines of these frequencies together, mu-law; `loudness` is the peak of each, of 32767."""
    times = np.arange(round(RATE * seconds)) / RATE
    samples = sum(loudness * np.sin(2 * np.pi * one * times) for one in hertz)
    return mulaw.encode(np.asarray(samples).astype(np.int16))


def key_tone(key: str, seconds: float = 0.2) -> bytes:
    """The dual tone of a key, mu-law. Raises ValueError for what is no key."""
    row = next((number for number, keys in enumerate(KEYS) if key in keys), None)
    if row is None or len(key) != 1:
        raise ValueError(f"no key {key!r}")
    return tone((ROWS[row], COLUMNS[KEYS[row].index(key)]), seconds)


def ringing(seconds: float) -> bytes:
    """A telephone that rings elsewhere, mu-law."""
    ring = tone(RINGING_HZ, RINGING_SECONDS, LOUDNESS / 2)
    period = ring + mulaw.SILENCE * round(RATE * (RINGING_PERIOD - RINGING_SECONDS))
    return _cut(period, seconds)


def music(seconds: float) -> bytes:
    """What is played to somebody on hold, mu-law: six notes, over and over."""
    return _cut(b"".join(tone((note,), NOTE_SECONDS, LOUDNESS / 2) for note in MELODY_HZ), seconds)


def _cut(period: bytes, seconds: float) -> bytes:
    wanted = round(RATE * seconds)
    return (period * (wanted // len(period) + 1))[:wanted]


class ToneEar:
    """Hears keys in a line's sound by Goertzel's eight bins, 20 ms at a time; a key that is held counts once."""

    def __init__(self) -> None:
        self._heard: str | None = None
        self._frames = 0
        self._gap = FRAMES_OF_A_GAP
        self._held: str | None = None

    def hear(self, samples: NDArray[np.int16]) -> str | None:
        """The key that has just become certain; None otherwise. `samples`: 160 at 8000 Hz."""
        key = _key_of(samples.astype(np.float64))
        self._frames = self._frames + 1 if key is not None and key == self._heard else int(key is not None)
        self._heard = key
        self._gap = self._gap + 1 if key is None else 0
        if self._gap >= FRAMES_OF_A_GAP:
            self._held = None
        if key is None or key == self._held or self._frames < FRAMES_OF_A_KEY:
            return None
        self._held = key
        return key


def _key_of(samples: NDArray[np.float64]) -> str | None:
    energy = float(samples @ samples)
    if energy < QUIETEST_RMS**2 * FRAME:
        return None
    power = 2 * np.abs(_BINS @ samples) ** 2 / FRAME
    low, high = power[:4], power[4:]
    row, column = int(low.argmax()), int(high.argmax())
    strong, weak = max(low[row], high[column]), min(low[row], high[column])
    if low[row] + high[column] < PURITY * energy or strong > TWIST * weak:
        return None
    for group in (low, high):
        second, first = np.sort(group)[-2:]
        if first < OVER_NEIGHBOURS * second:
            return None
    return KEYS[row][column]
