"""The voice fails, and the caller hears the whole answer all the same."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pipecat.frames.frames import (
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSTextFrame,
)
from pipecat.services.elevenlabs.tts import ElevenLabsTTSService, ElevenLabsTTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.tests.utils import SleepFrame

from pipelines.config import shipped
from pipelines.providers import voices
from pipelines.restoring import Restoring
from pipelines.shared import Shared
from pipelines.tts import RestoringElevenLabs
from pipelines.voices import VoiceSwitcher
from tests.pipelines.conftest import Desk, greeted
from tests.pipelines.feed import Step, comes, feed
from tests.pipelines.phone import Phone
from tests.pipelines.vendor_servers import Knobs

ANSWER = "Your pizza comes in forty minutes. It costs thirty dollars."


def elevenlabs(shared: Shared) -> RestoringElevenLabs:
    voice = voices(shipped()["phone"], shared)[0]
    assert isinstance(voice, RestoringElevenLabs)
    return voice


def stock(shared: Shared) -> ElevenLabsTTSService:
    settings = ElevenLabsTTSSettings(voice="v", model="eleven_flash_v2_5")
    return ElevenLabsTTSService(api_key="e", url=shared.vendors.elevenlabs_url, settings=settings)


def answer(text: str = ANSWER) -> list[Frame]:
    return [LLMFullResponseStartFrame(), LLMTextFrame(text), LLMFullResponseEndFrame()]


async def speak(voice: Any, *steps: Step) -> tuple[str, list[str]]:
    """The words written into the conversation, and the texts handed back."""
    lost: list[str] = []

    async def unspoken(_: object, text: str, append: bool) -> None:
        lost.append(text)

    if isinstance(voice, Restoring):
        voice.add_event_handler("on_unspoken", unspoken)
    down, _ = await feed(voice, SleepFrame(sleep=0.5), *steps, rates={"audio_out_sample_rate": 8000})
    return words(down), lost


def words(frames: Sequence[Frame]) -> str:
    return " ".join(frame.text for frame in frames if isinstance(frame, TTSTextFrame))


def writes(text: str) -> Step:
    """The condition that these words have been written."""
    return lambda frames: text in words(frames)


async def test_a_whole_answer_is_spoken_and_nothing_is_handed_back(shared: Shared) -> None:
    written, lost = await speak(elevenlabs(shared), *answer(), writes("dollars."), SleepFrame(sleep=0.5))
    assert written == ANSWER
    assert not lost


async def test_what_a_death_mid_stream_swallowed_is_handed_back(shared: Shared, knobs: Knobs) -> None:
    knobs.tts_die_after = 15  # "Your pizza come"
    written, lost = await speak(elevenlabs(shared), *answer(), SleepFrame(sleep=4.0))
    assert written == "Your pizza"
    assert lost == ["comes in forty minutes. It costs thirty dollars."]


async def test_the_stock_service_still_writes_what_nobody_heard(shared: Shared, knobs: Knobs) -> None:
    """When this fails, the overrides in `pipelines/tts.py` may have become unnecessary."""
    knobs.tts_die_after = 15
    written, _ = await speak(stock(shared), *answer(), writes("forty"))
    assert "forty" in written


async def test_a_vendor_that_accepts_text_and_says_nothing_gives_it_back(
    shared: Shared, knobs: Knobs
) -> None:
    knobs.tts_mute = True
    written, lost = await speak(elevenlabs(shared), *answer(), SleepFrame(sleep=6.0))
    assert written == ""
    assert lost == [ANSWER]


async def test_a_vendor_that_cannot_be_reached_gives_the_text_back(shared: Shared, knobs: Knobs) -> None:
    knobs.tts_refuse = 503
    written, lost = await speak(elevenlabs(shared), *answer(), SleepFrame(sleep=3.0))
    assert written == ""
    assert " ".join(lost) == ANSWER


async def test_nothing_is_handed_back_after_a_barge_in(shared: Shared, knobs: Knobs) -> None:
    knobs.tts_mute = True
    _, lost = await speak(
        elevenlabs(shared), *answer(), SleepFrame(sleep=0.3), InterruptionFrame(), SleepFrame(sleep=6.0)
    )
    assert not lost


async def test_the_second_voice_takes_over_when_the_first_is_refused(shared: Shared, knobs: Knobs) -> None:
    knobs.tts_refuse = 401
    both: list[TTSService] = voices(shipped()["phone"], shared)
    switcher = VoiceSwitcher(both)
    down, _ = await feed(
        switcher,
        lambda _: switcher.strategy.active_service is both[1],
        TTSSpeakFrame("Good evening."),
        comes(TTSAudioRawFrame),
        rates={"audio_out_sample_rate": 8000},
    )
    assert knobs.aura_said == ["Good evening."]
    assert any(isinstance(frame, TTSAudioRawFrame) for frame in down)


@pytest.mark.call
@pytest.mark.parametrize("fault", ["dies", "mute", "refuses"])
async def test_the_caller_hears_the_whole_answer_whatever_happens_to_the_voice(
    desk: Desk, fault: str
) -> None:
    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        if fault == "dies":
            desk.knobs.tts_die_after = 15
        elif fault == "mute":
            desk.knobs.tts_mute = True
        else:
            desk.knobs.tts_refuse = 503
            await desk.knobs.tts_sockets[-1].close(1011)
        await desk.call.say(ANSWER)
        await asyncio.sleep(0.1)
        written = 0
        async with asyncio.timeout(40):
            while written < len(ANSWER.split()):
                await desk.until("turn.agent", count=len(desk.of("turn.agent")) + 1)
                written = sum(len(said["text"].split()) for said in desk.of("turn.agent")[1:])

    desk.greet = greeted
    await desk.phone(script)
    assert " ".join(said["text"] for said in desk.of("turn.agent")[1:]) == ANSWER
    if fault != "dies":
        assert "".join(desk.knobs.aura_said)
