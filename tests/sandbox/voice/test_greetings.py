"""No greeting keeps a caller waiting: measured with the voice of the sandbox, in both languages."""

import pytest

from compliance.greetings import greeting
from sandbox.speech.espeak import RATE, speak
from sandbox.speech.synthesiser import WORDS_PER_MINUTE
from sandbox.speech.voices import espeak_voice

VOICE = "21m00Tcm4TlvDq8ikWAM"
MOST_SECONDS = 8.0
PROTECTED_SECONDS = 6.0
"""What cannot be interrupted; a long name among it."""


def seconds(text: str) -> float:
    return len(speak(text, espeak_voice(VOICE, text), WORDS_PER_MINUTE).samples) / RATE


@pytest.mark.parametrize("ordering", [True, False])
@pytest.mark.parametrize("recorded", [True, False, None])
@pytest.mark.parametrize("market", ["US", "IN"])
@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_greeting_is_short(language: str, market: str, recorded: bool | None, ordering: bool) -> None:
    one = greeting(market, "Fatima", recorded, ordering=ordering).to(language)
    assert seconds(one.opening) <= PROTECTED_SECONDS
    assert seconds(one.text) <= MOST_SECONDS
