"""Features: what two recordings of the same sound have in common, whatever their volume, rate or codec.

A frame is 32 ms of audio in 24 mel bands between 150 and 3600 Hz (what a telephone passes), compressed by the
cube root, freed of its mean and scaled to length one: the dot product of two frames is their correlation.
A quiet frame is all zeros.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

WINDOW_SECONDS = 0.032
BANDS = 24
LOW_HZ, HIGH_HZ = 150.0, 3600.0

# -58 dB below full scale: louder than comfort noise.
QUIET_RMS = 40.0

Frames = NDArray[np.float32]


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


@cache
def _bank(rate: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    size = round(rate * WINDOW_SECONDS)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    mels = 2595 * np.log10(1 + hertz / 700)
    edges = np.linspace(_mel(LOW_HZ), _mel(HIGH_HZ), BANDS + 2)
    rising = (mels[:, None] - edges[None, :-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[None, 2:] - mels[:, None]) / (edges[2:] - edges[1:-1])
    triangles = np.clip(np.minimum(rising, falling), 0, None)
    return np.hanning(size).astype(np.float32), triangles.astype(np.float32)


def frames_of(samples: NDArray[np.int16], rate: int, hop_seconds: float) -> tuple[Frames, Frames]:
    """Frames at every `hop_seconds`, and their loudness.

    Returns an array (count, 24) whose rows have length one, or are zeros where it is quiet, and an array
    (count,) of root mean squares (full scale 32767).
    """
    size, hop = round(rate * WINDOW_SECONDS), round(rate * hop_seconds)
    if len(samples) < size:
        return np.zeros((0, BANDS), np.float32), np.zeros(0, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop].astype(np.float32)
    loudness: Frames = np.sqrt(np.mean(windows * windows, axis=1))
    window, triangles = _bank(rate)
    power = np.abs(np.fft.rfft(windows * window, axis=1)) ** 2
    bands = np.cbrt(power.astype(np.float32) @ triangles)
    bands -= bands.mean(axis=1, keepdims=True)
    length = np.linalg.norm(bands, axis=1, keepdims=True)
    sound = (loudness > QUIET_RMS)[:, None]
    frames: Frames = np.where(sound, bands / np.maximum(length, 1e-9), 0).astype(np.float32)
    return frames, loudness
