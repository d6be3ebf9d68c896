"""Audio formats the vendors offer, and the bytes of an utterance in one of them."""

import io
import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.speech import mulaw


class UnknownFormat(ValueError):
    """The vendor has no such audio format."""


@dataclass(frozen=True)
class AudioFormat:
    """`pcm` is signed 16 bit little-endian, `ulaw` is G.711; one channel."""

    encoding: str
    rate: int

    @property
    def sample_bytes(self) -> int:
        return 1 if self.encoding == "ulaw" else 2

    def encode(self, samples: NDArray[np.int16]) -> bytes:
        return mulaw.encode(samples) if self.encoding == "ulaw" else samples.astype("<i2").tobytes()


def elevenlabs_format(name: str) -> AudioFormat:
    """`pcm_16000`, `ulaw_8000` and their kin; raises UnknownFormat."""
    encoding, _, rate = name.partition("_")
    if encoding not in ("pcm", "ulaw") or rate not in ("8000", "16000", "22050", "24000", "44100", "48000"):
        raise UnknownFormat(name)
    return AudioFormat(encoding, int(rate))


def deepgram_format(encoding: str, rate: int) -> AudioFormat:
    """`linear16` or `mulaw` at a rate; raises UnknownFormat."""
    if encoding not in ("linear16", "mulaw") or not 8000 <= rate <= 48000:
        raise UnknownFormat(f"{encoding} at {rate} Hz")
    return AudioFormat("pcm" if encoding == "linear16" else "ulaw", rate)


def wav(samples: NDArray[np.int16], rate: int) -> bytes:
    """A WAV file; `samples` is (count,) for one channel or (count, 2) for two."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()
