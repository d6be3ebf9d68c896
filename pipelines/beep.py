"""Hears the beep after which a machine records: one steady tone, higher than the ones that a network rings with."""

import numpy as np

LEAST_SECS = 0.15
"""A beep lasts a quarter of a second or more; no vowel is that pure for so long."""
FRAME_SECS = 0.02
BAND_HZ = (600.0, 2300.0)
"""Ringing and engaged tones are 400 to 480 Hz."""
PURE = 0.85
"""The share of a frame's energy that lies in its strongest frequency and the two beside it."""
LOUD = 500.0
"""Root mean square of 16-bit samples: a line's noise is below."""
DRIFT_HZ = 60.0


class BeepEar:
    """Fed with the audio of one line; tells when a beep has ended."""

    def __init__(self) -> None:
        self._left = b""
        self._pitch: float | None = None
        self._secs = 0.0

    def hears(self, pcm: bytes, rate: int) -> bool:
        """Whether a beep has come to its end in this piece of 16-bit mono audio."""
        self._left += pcm
        size = 2 * round(FRAME_SECS * rate)
        ended = False
        while len(self._left) >= size:
            frame, self._left = self._left[:size], self._left[size:]
            ended = self._frame(frame, rate) or ended
        return ended

    def _frame(self, frame: bytes, rate: int) -> bool:
        pitch = pitch_of(frame, rate)
        steady = pitch is not None and self._pitch is not None and abs(pitch - self._pitch) <= DRIFT_HZ
        if steady:
            self._secs += FRAME_SECS
            return False
        ended = self._secs >= LEAST_SECS
        self._pitch, self._secs = pitch, FRAME_SECS if pitch is not None else 0.0
        return ended


def pitch_of(frame: bytes, rate: int) -> float | None:
    """The frequency of a pure, loud tone within the band, Hz; None for anything else."""
    samples = np.frombuffer(frame, np.int16).astype(np.float64)
    if np.sqrt(np.mean(samples**2)) < LOUD:
        return None
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    peak = int(np.argmax(power))
    pitch = peak * rate / len(samples)
    if not BAND_HZ[0] <= pitch <= BAND_HZ[1]:
        return None
    share = power[max(0, peak - 2) : peak + 3].sum() / power.sum()
    return pitch if share >= PURE else None
