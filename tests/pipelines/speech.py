"""Spoken English for tests, made by espeak-ng: a tone does not pass for a voice."""

import ctypes
from functools import cache

import espeakng_loader
import numpy as np
import soxr  # type: ignore[import-untyped]

SYNCHRONOUS, UTF8 = 2, 1
VOICE = "en-us+f3"
RATE, WORDS_PER_MINUTE = 1, 175  # espeakRATE and its default, speak_lib.h
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


@cache
def espeak() -> tuple[ctypes.CDLL, int]:
    """The library and its rate."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(SYNCHRONOUS, 200, espeakng_loader.get_data_path().encode(), 0)
    return library, rate


@cache
def speech(text: str, rate: int = 8000, voice: str = VOICE) -> bytes:
    """16-bit mono PCM without silence at either end, at the level of a telephone voice."""
    library, own_rate = espeak()
    library.espeak_SetVoiceByName(voice.encode())
    # There is one library in a process: the pace that somebody else has set would stay.
    library.espeak_SetParameter(RATE, WORDS_PER_MINUTE, 0)
    heard = bytearray()

    def collect(samples: int | None, count: int, _: int | None) -> int:
        if samples and count > 0:
            heard.extend(ctypes.string_at(samples, 2 * count))
        return 0

    callback = CALLBACK(collect)
    library.espeak_SetSynthCallback(callback)
    library.espeak_Synth(text.encode(), len(text) + 1, 0, 0, 0, UTF8, None, None)
    library.espeak_Synchronize()
    samples = soxr.resample(np.frombuffer(bytes(heard), np.int16).astype(np.float32), own_rate, rate)
    loud = np.flatnonzero(np.abs(samples) > 300)
    samples = samples[loud[0] : loud[-1] + 1]
    pcm: bytes = (samples / np.abs(samples).max() * 20000).astype(np.int16).tobytes()
    return pcm
