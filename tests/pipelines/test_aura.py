"""Deepgram's voice fails, and the caller hears the whole answer all the same."""

import asyncio

import pytest
from pipecat.frames.frames import InterruptionFrame
from pipecat.services.deepgram.tts import DeepgramTTSService, DeepgramTTSSettings
from pipecat.tests.utils import SleepFrame

from pipelines.aura import RestoringAura
from pipelines.call import Lines
from pipelines.config import shipped
from pipelines.providers import voices
from pipelines.shared import Shared
from tests.pipelines.conftest import GREETING, Desk, greeted
from tests.pipelines.phone import Phone
from tests.pipelines.test_tts import ANSWER, answer, speak, writes
from tests.pipelines.vendor_servers import Knobs


def aura(shared: Shared) -> RestoringAura:
    (voice,) = voices(shipped()["economy"], shared)
    assert isinstance(voice, RestoringAura)
    return voice


async def test_a_whole_answer_is_spoken_and_nothing_is_handed_back(shared: Shared, knobs: Knobs) -> None:
    written, lost = await speak(aura(shared), *answer(), writes("dollars."), SleepFrame(sleep=0.5))
    assert written == ANSWER
    assert not lost
    assert " ".join(knobs.aura_said) == ANSWER


async def test_what_a_death_mid_stream_swallowed_is_handed_back(shared: Shared, knobs: Knobs) -> None:
    knobs.aura_die_after = 25  # 1.5 s: "Your pizza comes in forty" as it was spoken, less as it is guessed
    written, lost = await speak(aura(shared), *answer(), SleepFrame(sleep=4.0))
    assert written == "Your pizza comes"
    assert lost == ["in forty minutes. It costs thirty dollars."]


async def test_the_stock_service_still_writes_what_nobody_heard(shared: Shared, knobs: Knobs) -> None:
    """When this fails, `pipelines/aura.py` may have become unnecessary."""
    knobs.aura_die_after = 25
    settings = DeepgramTTSSettings(voice="aura-2-helena-en")
    stock = DeepgramTTSService(api_key="d", base_url=shared.vendors.deepgram_url, settings=settings)
    written, _ = await speak(stock, *answer(), writes("forty"))
    assert "forty" in written


async def test_a_vendor_that_accepts_text_and_says_nothing_gives_it_back(
    shared: Shared, knobs: Knobs
) -> None:
    knobs.aura_mute = True
    written, lost = await speak(aura(shared), *answer(), SleepFrame(sleep=6.0))
    assert (written, lost) == ("", [ANSWER])


async def test_a_vendor_that_cannot_be_reached_gives_the_text_back(shared: Shared, knobs: Knobs) -> None:
    knobs.aura_refuse = 503
    written, lost = await speak(aura(shared), *answer(), SleepFrame(sleep=3.0))
    assert written == ""
    assert " ".join(lost) == ANSWER


async def test_nothing_is_handed_back_after_a_barge_in(shared: Shared, knobs: Knobs) -> None:
    knobs.aura_mute = True
    _, lost = await speak(
        aura(shared), *answer(), SleepFrame(sleep=0.3), InterruptionFrame(), SleepFrame(sleep=6.0)
    )
    assert not lost


@pytest.fixture
async def economical(desk: Desk) -> Desk:
    """A call with no other voice."""
    desk.config = shipped()["economy"]
    return desk


@pytest.mark.call
async def test_the_only_voice_dies_and_says_the_rest_again(economical: Desk) -> None:
    desk = economical

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        desk.knobs.aura_die_after = 25
        await desk.call.say(ANSWER, mark="answer")
        said = 0
        async with asyncio.timeout(40):
            while said < len(ANSWER.split()):
                await desk.until("turn.agent", count=len(desk.of("turn.agent")) + 1)
                said = sum(len(turn["text"].split()) for turn in desk.of("turn.agent")[1:])

    desk.greet = greeted
    await desk.phone(script)
    assert " ".join(turn["text"] for turn in desk.of("turn.agent")[1:]) == ANSWER


@pytest.mark.call
async def test_when_every_voice_is_lost_the_apology_is_heard(desk: Desk) -> None:
    desk.knobs.tts_refuse = desk.knobs.aura_refuse = 503

    async def script(phone: Phone) -> None:
        await desk.until("heard", "greeting")
        assert desk.call is not None
        await desk.call.say(ANSWER)
        await desk.until("turn.agent", count=2)

    desk.greet = greeted
    await desk.phone(script)
    assert [turn["text"] for turn in desk.of("turn.agent")] == [GREETING, Lines().apology]
    assert len(desk.of("speech.lost")) >= 4
