"""Keys as sound, proved by Goertzel's filter; and the beep of a machine, told from voices and from ringing."""

import math

import numpy as np
import pytest

from pipelines.beep import BeepEar
from pipelines.dtmf import HIGH, LOW, OFF_SECS, ON_SECS, PAIRS, pressed, tones
from tests.pipelines.speech import speech

RATES = (8000, 16000, 24000)


def goertzel(samples: np.ndarray, rate: int, frequency: float) -> float:
    """The energy of one frequency, as a share of the samples'; 1 for nothing else."""
    step = 2 * math.cos(2 * math.pi * frequency / rate)
    before = last = 0.0
    for sample in samples:
        before, last = last, float(sample) + step * last - before
    power = last**2 + before**2 - step * last * before
    whole = float(np.sum(samples.astype(np.float64) ** 2))
    return 2 * power / (len(samples) * whole)


def heard(pcm: bytes, rate: int) -> str:
    """The keys in some audio, by the two strongest of the eight frequencies in the middle of each tone."""
    samples = np.frombuffer(pcm, np.int16)
    step, tone = round((ON_SECS + OFF_SECS) * rate), round(ON_SECS * rate)
    keys = ""
    for start in range(0, len(samples), step):
        middle = samples[start + tone // 4 : start + tone * 3 // 4]
        low = max(LOW, key=lambda one: goertzel(middle, rate, one))
        high = max(HIGH, key=lambda one: goertzel(middle, rate, one))
        shares = goertzel(middle, rate, low), goertzel(middle, rate, high)
        assert min(shares) > 0.4
        assert sum(shares) > 0.95
        keys += next(key for key, pair in PAIRS.items() if pair == (low, high))
    return keys


@pytest.mark.parametrize("rate", RATES)
def test_every_key_is_its_two_tones_and_nothing_else(rate: int) -> None:
    keys = "0123456789*#"
    assert heard(tones(keys, rate), rate) == keys


def test_a_key_lasts_a_fifth_of_a_second_and_is_loud_but_not_clipped() -> None:
    phrase = pressed("2", 8000)
    samples = np.frombuffer(phrase.pcm, np.int16)
    assert phrase.seconds == pytest.approx(ON_SECS + OFF_SECS)
    assert 0.4 < np.abs(samples).max() / 32767 <= 0.5
    assert not samples[round(ON_SECS * 8000) :].any()
    assert (phrase.text, phrase.words) == ("", ())


def test_what_is_no_key_is_not_pressed() -> None:
    with pytest.raises(KeyError):
        tones("x", 8000)


def tone(frequencies: tuple[float, ...], seconds: float, rate: int = 8000) -> bytes:
    time = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * one * time) for one in frequencies) / len(frequencies)
    return (np.asarray(wave) * 8000).astype(np.int16).tobytes()


QUIET = bytes(2 * 4000)


def beeps(pcm: bytes) -> int:
    ear = BeepEar()
    return sum(ear.hears(pcm[start : start + 320], 8000) for start in range(0, len(pcm), 320))


@pytest.mark.parametrize("pitch", [800, 1000, 1400, 2000])
def test_a_beep_is_heard_once_when_it_ends(pitch: float) -> None:
    assert beeps(QUIET + tone((pitch,), 0.4)) == 0
    assert beeps(QUIET + tone((pitch,), 0.4) + QUIET) == 1


def test_ringing_keys_clicks_and_voices_are_no_beep() -> None:
    assert beeps(tone((440, 480), 1.0) + QUIET) == 0
    assert beeps(tone((400,), 0.4) + QUIET) == 0
    assert beeps(tones("25", 8000) + QUIET) == 0
    assert beeps(tone((1000,), 0.06) + QUIET) == 0
    said = speech("Hello, this is Spice Route. Please leave a message, and we will call you back soon.")
    assert beeps(said + QUIET) == 0
