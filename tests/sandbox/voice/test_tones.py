"""Keys as tones: every one is heard, once, and speech is never taken for one."""

from pathlib import Path

import numpy as np
import pytest

from sandbox.speech import mulaw
from sandbox.speech.speech import Speech
from sandbox.speech.tones import FRAME, KEYS, ToneEar, key_tone, music, ringing, tone


def heard(audio: bytes, offset: int = 0) -> str:
    ear = ToneEar()
    samples = mulaw.decode(mulaw.SILENCE * offset + audio + mulaw.SILENCE * (2 * FRAME))
    found = [ear.hear(samples[at : at + FRAME]) for at in range(0, len(samples) - FRAME + 1, FRAME)]
    return "".join(key for key in found if key)


@pytest.mark.parametrize("key", "".join(KEYS))
@pytest.mark.parametrize("offset", [0, 37, 80, 159])
def test_every_key_is_heard_once_wherever_it_begins(key: str, offset: int) -> None:
    assert heard(key_tone(key, 0.2), offset) == key
    assert heard(key_tone(key, 0.1), offset) == key


def test_keys_one_after_another_are_told_apart_by_the_gap_between_them() -> None:
    gap = mulaw.SILENCE * 800
    assert heard(gap.join(key_tone(key) for key in "2212#")) == "2212#"
    assert heard(key_tone("5", 1.5)) == "5"


def test_a_quiet_key_in_noise_is_heard() -> None:
    noise = np.random.default_rng(7).normal(0, 120, 1600)
    samples = mulaw.decode(tone((697, 1336), 0.2, loudness=1500)) + noise
    assert heard(mulaw.encode(samples.astype(np.int16))) == "2"


@pytest.mark.parametrize(
    "sound",
    [music(3), ringing(3), tone((1000,), 1), tone((697,), 1), tone((697, 770), 1), mulaw.SILENCE * 8000],
)
def test_what_is_no_key_is_not_heard_as_one(sound: bytes) -> None:
    assert heard(sound) == ""


async def test_speech_is_no_key(tmp_path: Path) -> None:
    speech = Speech(tmp_path)
    text = "New order: two full paneer tikka hot, one garlic naan, five mango lassi. How many minutes? Yes, or skip?"
    for voice in ("en-us+f3", "en-us+m1", "en-us+m7"):
        assert heard(mulaw.encode((await speech.say(text, voice)).pcm(8000))) == ""


def test_a_blip_is_no_key_and_neither_are_its_tones_in_a_chord() -> None:
    assert heard(key_tone("5", 0.04)) == ""
    assert heard(tone((770, 1336, 2000, 2400), 0.5, loudness=4000)) == ""


def test_what_is_no_key_has_no_tone() -> None:
    with pytest.raises(ValueError, match="no key"):
        key_tone("12")
