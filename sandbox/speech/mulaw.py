"""G.711 mu-law, the telephone's eight bits per sample, by table."""

import numpy as np
from numpy.typing import NDArray

SILENCE = b"\xff"

_BIAS = 0x84
_CLIP = 32635


def _decoding_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent, mantissa = (code >> 4) & 7, code & 15
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoding_table() -> NDArray[np.uint8]:
    samples = np.arange(-32768, 32768, dtype=np.int32)
    biased = np.minimum(np.abs(samples), _CLIP) + _BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 15
    sign = np.where(samples < 0, 0x80, 0)
    table: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return table


_DECODE = _decoding_table()
_ENCODE = _encoding_table()


def decode(data: bytes) -> NDArray[np.int16]:
    """Mu-law bytes to int16 samples."""
    samples: NDArray[np.int16] = _DECODE[np.frombuffer(data, np.uint8)]
    return samples


def encode(samples: NDArray[np.int16]) -> bytes:
    """Int16 samples to mu-law bytes."""
    codes: NDArray[np.uint8] = _ENCODE[samples.astype(np.int32) + 32768]
    return codes.tobytes()
