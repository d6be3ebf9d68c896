"""Keys as sound: Twilio's media streams can send no digit, so a menu that we called is answered with its tones.

Frequencies and least durations are ITU-T Q.23 and Q.24: 40 ms of tone and 40 ms of pause are understood everywhere; the
longer ones here survive a codec and a noisy line.
"""

import numpy as np

from pipelines.phrases import Phrase

LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
ROWS = ("123A", "456B", "789C", "*0#D")
PAIRS = {key: (LOW[row], HIGH[column]) for row, keys in enumerate(ROWS) for column, key in enumerate(keys)}
"""The two frequencies of each key, Hz."""
ON_SECS, OFF_SECS = 0.2, 0.1
LEVEL = 0.5
"""Of full scale for the two tones together: -6 dBFS at the peak."""
RAMP_SECS = 0.005
"""A tone that begins at once clicks."""


def tones(keys: str, rate: int) -> bytes:
    """16-bit mono PCM of keys pressed one after the other. Raises KeyError for what is no key."""
    count = round(ON_SECS * rate)
    time = np.arange(count) / rate
    ramp = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / (RAMP_SECS * rate))
    pause = np.zeros(round(OFF_SECS * rate))
    parts = []
    for key in keys:
        low, high = PAIRS[key]
        wave = np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time)
        parts += [LEVEL / 2 * wave * ramp, pause]
    samples = np.concatenate(parts) if parts else pause
    pcm: bytes = (samples * 32767).astype(np.int16).tobytes()
    return pcm


def pressed(keys: str, rate: int) -> Phrase:
    """The keys as something to play: it has no words, and none of it enters the conversation."""
    return Phrase("", rate, tones(keys, rate), ())
