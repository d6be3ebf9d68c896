"""espeak-ng through ctypes: text in, samples and word events out.

The library keeps its voice and its callback in globals, so one call runs at a time (`_ONE_AT_A_TIME`).
Constants and the event layout are those of `speak_lib.h` (espeak-ng 1.52).
"""

import ctypes
import threading
from dataclasses import dataclass
from functools import cache

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

RATE = 22050

_SYNCHRONOUS = 2
_UTF8 = 1
_WORDS_PER_MINUTE = 1
_EVENT_WORD = 1
_ONE_AT_A_TIME = threading.Lock()


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class EspeakError(Exception):
    """espeak-ng is missing its data, or does not know the voice."""


@dataclass(frozen=True)
class Spoken:
    """Mono int16 samples at 22050 Hz, and where words begin: (character offset, seconds)."""

    samples: NDArray[np.int16]
    words: list[tuple[int, float]]


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 200, espeakng_loader.get_data_path().encode(), 0)
    if rate != RATE:
        raise EspeakError(f"espeak-ng speaks at {rate} Hz instead of {RATE}")
    return library


def speak(text: str, voice: str, words_per_minute: int) -> Spoken:
    """Speak `text` with an espeak voice such as `en-us+f3` or `hi`.

    Blocks for about 5 ms per second of speech: call it from a worker thread. Raises EspeakError.
    """
    chunks: list[NDArray[np.int16]] = []
    words: list[tuple[int, float]] = []

    def collect(
        samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]"
    ) -> int:
        if samples and count > 0:
            chunks.append(np.ctypeslib.as_array(samples, (count,)).astype(np.int16))
        index = 0
        while (event := events[index]).type:
            if event.type == _EVENT_WORD:
                words.append((event.text_position - 1, event.audio_position / 1000))
            index += 1
        return 0

    callback = _CALLBACK(collect)
    data = text.encode()
    with _ONE_AT_A_TIME:
        library = _library()
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise EspeakError(f"no voice {voice!r}")
        library.espeak_SetParameter(_WORDS_PER_MINUTE, words_per_minute, 0)
        library.espeak_SetSynthCallback(callback)
        library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
        library.espeak_Synchronize()
    samples = np.concatenate(chunks) if chunks else np.zeros(0, np.int16)
    return Spoken(samples, words)
