"""The recogniser's connection fails, and the caller is understood all the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from deepgram import AsyncDeepgramClient
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.deepgram.stt import DeepgramSTTService, DeepgramSTTSettings
from pipecat.tests.utils import SleepFrame

from pipelines.config import shipped
from pipelines.providers import listener
from pipelines.shared import Shared
from pipelines.stt import PatientDeepgram
from tests.pipelines.feed import Step, comes, feed
from tests.pipelines.vendor_servers import Knobs, tone

STT = shipped()["phone"].stt


def ears(shared: Shared) -> PatientDeepgram:
    return listener(STT, shared, ["Paneer Tikka"])


def sound(seconds: float) -> list[Frame]:
    """Speech in frames of 20 ms."""
    pcm = (tone(100) * 20)[: int(seconds * 16000)]
    return [InputAudioRawFrame(pcm[at : at + 320], 8000, 1) for at in range(0, len(pcm), 320)]


async def hear(stt: PatientDeepgram, *steps: Step) -> tuple[list[str], list[ErrorFrame]]:
    """The texts that came out, and the faults, once all was sent and a moment has passed."""
    down, up = await feed(stt, *steps, SleepFrame(sleep=0.3), rates={"audio_in_sample_rate": 8000})
    texts = [frame.text for frame in down if isinstance(frame, TranscriptionFrame)]
    return texts, [frame for frame in up if isinstance(frame, ErrorFrame)]


def connected(knobs: Knobs, times: int = 1) -> Step:
    """The condition that the recogniser has been reached."""
    return lambda _: len(knobs.stt_sockets) >= times


UTTERANCE = [VADUserStartedSpeakingFrame(), *sound(0.4), VADUserStoppedSpeakingFrame()]


async def test_words_come_through_and_the_request_says_what_the_yaml_says(
    shared: Shared, knobs: Knobs
) -> None:
    knobs.texts = ["two lassi"]
    texts, errors = await hear(ears(shared), connected(knobs), *UTTERANCE, comes(TranscriptionFrame))
    assert texts == ["two lassi"]
    assert not errors
    query = knobs.stt_queries[0]
    for part in ("endpointing=false", "mip_opt_out=true", "model=nova-3", "keyterm=Paneer+Tikka"):
        assert part in query.replace("%20", "+")


async def test_speech_before_the_connection_is_not_lost(shared: Shared, knobs: Knobs) -> None:
    knobs.texts = ["early words"]
    knobs.stt_refusals = [503]
    texts, errors = await hear(ears(shared), *UTTERANCE, comes(TranscriptionFrame))
    assert texts == ["early words"]
    assert len(errors) == 1


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_no_refusal_makes_the_call_deaf(shared: Shared, knobs: Knobs, status: int) -> None:
    knobs.texts = ["still here"]
    knobs.stt_refusals = [status, status]
    stt = ears(shared)
    texts, errors = await hear(stt, connected(knobs), *UTTERANCE, comes(TranscriptionFrame))
    assert texts == ["still here"]
    assert len(errors) == 1  # once per outage, however many attempts
    assert stt.is_usable


async def test_a_drop_in_the_middle_of_an_utterance_loses_nothing(shared: Shared, knobs: Knobs) -> None:
    knobs.texts = ["the whole sentence"]

    cutting: list[asyncio.Task[None]] = []

    def begun(_: Sequence[Frame]) -> bool:
        return bool(knobs.stt_bytes) and knobs.stt_bytes[0] >= 16000 * 0.6

    def cut(_: Sequence[Frame]) -> bool:
        cutting.append(asyncio.create_task(knobs.stt_sockets[0].close(1011)))
        return True

    frames = [VADUserStartedSpeakingFrame(), *sound(0.6), begun, cut, connected(knobs, 2), *sound(0.2)]
    texts, _ = await hear(ears(shared), *frames, VADUserStoppedSpeakingFrame(), comes(TranscriptionFrame))
    await asyncio.gather(*cutting)
    assert texts == ["the whole sentence"]
    assert knobs.stt_bytes[-1] == 16000 * 0.8  # the second connection heard all of it


async def test_only_the_last_three_seconds_are_kept(shared: Shared, knobs: Knobs) -> None:
    knobs.stt_refusals = [503] * 2
    await hear(ears(shared), *sound(5), lambda _: knobs.stt_bytes and knobs.stt_bytes[-1] >= 16000 * 3)
    assert knobs.stt_bytes[-1] == 16000 * 3


async def test_the_stock_service_is_still_deaf_after_one_429(shared: Shared, knobs: Knobs) -> None:
    """When this fails, `PatientDeepgram` may have become unnecessary."""
    knobs.stt_refusals = [429]
    stock = DeepgramSTTService(api_key="d", base_url=shared.vendors.deepgram_url)
    await feed(stock, lambda _: not stock.is_usable)
    assert not stock.is_usable


async def test_our_constructor_sets_what_the_stock_constructor_sets(shared: Shared) -> None:
    """Ours does not call the parent's; a new attribute there must be noticed here."""
    stock = DeepgramSTTService(api_key="d", settings=DeepgramSTTSettings(model="nova-3"))
    unset = {"_quick_failure_tracker"}  # belongs to the connection loop that ours replaces
    assert set(vars(stock)) - unset <= set(vars(ears(shared)))


async def test_the_pipeline_starts_while_the_vendor_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.stt.HANDSHAKE_SECS", 100.0)
    async with silent_server() as (port, held):
        client = AsyncDeepgramClient(api_key="d", environment=_environment(port))
        settings = DeepgramSTTSettings(model="nova-3")
        stt = PatientDeepgram(
            client=client, settings=settings, p99_secs=0.35, replay_secs=3, retry_secs=(0.3, 2)
        )
        async with asyncio.timeout(20):
            await feed(stt, lambda _: held, EndFrame(), send_end_frame=False)
        assert len(held) == 1


def _environment(port: int):  # type: ignore[no-untyped-def]
    from deepgram import DeepgramClientEnvironment

    ws = f"ws://127.0.0.1:{port}"
    return DeepgramClientEnvironment(base=ws, production=ws, agent=ws, agent_rest=ws)


@asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[int, list[asyncio.StreamWriter]]]:
    """Its port, and the connections it has accepted: it never answers."""
    held: list[asyncio.StreamWriter] = []

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], held
    finally:
        for writer in held:
            writer.close()
        server.close()
        await server.wait_closed()


def retuned(stt: PatientDeepgram) -> Step:
    """Not a condition: from here on other names are expected."""

    def act(_: Sequence[Frame]) -> bool:
        stt.retune(keyterm=["Masala Dosa"])
        return True

    return act


async def test_other_names_are_expected_from_the_moment_we_speak(shared: Shared, knobs: Knobs) -> None:
    knobs.texts = ["two dosa"]
    stt = ears(shared)
    steps = (connected(knobs), retuned(stt), BotStartedSpeakingFrame(), *sound(0.1), connected(knobs, 2))
    texts, errors = await hear(stt, *steps, *UTTERANCE, comes(TranscriptionFrame))
    assert texts == ["two dosa"]
    assert not errors
    first, second = [query.replace("%20", "+") for query in knobs.stt_queries]
    assert "Paneer+Tikka" in first
    assert "Masala+Dosa" in second
    assert "Paneer" not in second


async def test_the_connection_stays_while_we_are_silent(shared: Shared, knobs: Knobs) -> None:
    stt = ears(shared)
    await hear(stt, connected(knobs), retuned(stt), *sound(0.1), SleepFrame(sleep=0.2))
    assert len(knobs.stt_queries) == 1


async def test_the_connection_stays_until_the_caller_has_finished(shared: Shared, knobs: Knobs) -> None:
    knobs.texts = ["all of it"]
    stt = ears(shared)
    over_us: tuple[Step, ...] = (
        BotStartedSpeakingFrame(),
        VADUserStartedSpeakingFrame(),
        *sound(0.2),
        lambda _: knobs.stt_bytes[0] >= 16000 * 0.2,
        retuned(stt),
        *sound(0.2),
    )
    steps = (connected(knobs), *over_us, VADUserStoppedSpeakingFrame(), comes(TranscriptionFrame))
    texts, _ = await hear(stt, *steps, *sound(0.1), connected(knobs, 2))
    assert texts == ["all of it"]
    assert knobs.stt_bytes[0] >= 16000 * 0.4


async def test_what_is_said_during_the_change_is_heard_by_the_new_connection(
    shared: Shared, knobs: Knobs
) -> None:
    knobs.texts = ["the whole sentence"]
    stt = ears(shared)
    change = (retuned(stt), BotStartedSpeakingFrame(), *UTTERANCE)
    texts, errors = await hear(stt, connected(knobs), *change, comes(TranscriptionFrame))
    assert texts == ["the whole sentence"]
    assert not errors
    assert knobs.stt_bytes[1] == 16000 * 0.4
