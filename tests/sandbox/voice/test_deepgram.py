"""Deepgram's protocol, through its own SDK, through Pipecat, and on the bare socket."""

import asyncio
import json
from typing import Any

import aiohttp
import httpx
import numpy as np
import pytest
from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.core.events import EventType
from deepgram.environment import DeepgramClientEnvironment
from numpy.typing import NDArray
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStoppedFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.deepgram.tts import DeepgramHttpTTSService, DeepgramTTSService
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pipelines.renderers import AuraRenderer
from sandbox.box import Box
from sandbox.faults import Fault
from tests.sandbox.voice.pipeline import running

TEXT = "I'd like two full paneer tikka, please."


def key(box: Box) -> dict[str, str]:
    return {"Authorization": f"Token {box.keys['DEEPGRAM_API_KEY']}"}


def address(box: Box, query: str, path: str = "/v1/listen") -> str:
    return f"{box.url.replace('http://', 'ws://')}{path}?{query}"


LINEAR = "model=nova-3&encoding=linear16&sample_rate=16000&interim_results=true&punctuate=true"


async def spoken(box: Box, rate: int = 16000) -> list[bytes]:
    """The sentence in 20 ms chunks, with half a second of silence after it."""
    rendering = await box.speech.say(TEXT, "en-us+f3")
    silence: NDArray[np.int16] = np.zeros(rate // 2, np.int16)
    data = np.concatenate([rendering.pcm(rate), silence]).astype("<i2").tobytes()
    return [data[begin : begin + rate // 25] for begin in range(0, len(data), rate // 25)]


async def results(socket: ClientConnection, until: str) -> list[dict[str, Any]]:
    """Messages up to the first one with this flag."""
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while not (seen and seen[-1].get(until)):
            seen.append(json.loads(await socket.recv()))
    return seen


def said(message: dict[str, Any]) -> str:
    return str(message["channel"]["alternatives"][0]["transcript"])


async def test_the_sdk_hears_interim_and_final_text(box: Box) -> None:
    root = box.url.replace("http://", "ws://")
    environment = DeepgramClientEnvironment(base=box.url, production=root, agent=root, agent_rest=box.url)
    client = AsyncDeepgramClient(api_key=box.keys["DEEPGRAM_API_KEY"], environment=environment)
    finals: list[str] = []
    interims: list[str] = []
    done = asyncio.Event()

    def on_message(message: Any) -> None:
        if message.type == "Results":
            (finals if message.is_final else interims).append(message.channel.alternatives[0].transcript)
        elif message.type == "Metadata":
            done.set()

    async with client.listen.v1.connect(
        model="nova-3",
        encoding="linear16",
        sample_rate=16000,
        interim_results=True,
        punctuate=True,
    ) as connection:
        connection.on(EventType.MESSAGE, on_message)
        listening = asyncio.create_task(connection.start_listening())
        for chunk in await spoken(box):
            await connection.send_media(chunk)
        await connection.send_close_stream()
        async with asyncio.timeout(30):
            await done.wait()
            await listening
    assert " ".join(final for final in finals if final) == TEXT
    assert len(interims) > 3
    assert all(TEXT.startswith(interim) for interim in interims)


async def test_the_sdk_is_told_that_a_key_is_wrong(box: Box) -> None:
    root = box.url.replace("http://", "ws://")
    environment = DeepgramClientEnvironment(base=box.url, production=root, agent=root, agent_rest=box.url)
    client = AsyncDeepgramClient(api_key="wrong", environment=environment)
    with pytest.raises(ApiError) as refused:
        async with client.listen.v1.connect(model="nova-3"):
            pytest.fail("was let in")
    assert refused.value.status_code == 401


async def test_by_default_a_pause_makes_the_text_final(box: Box) -> None:
    async with connect(address(box, LINEAR), additional_headers=key(box)) as socket:
        for chunk in await spoken(box):
            await socket.send(chunk)
        messages = await results(socket, "speech_final")
    assert said(messages[-1]) == TEXT
    assert messages[-1]["is_final"]
    assert not messages[-1]["from_finalize"]


async def test_without_endpointing_the_text_comes_as_the_answer_to_finalize(box: Box) -> None:
    async with connect(address(box, f"{LINEAR}&endpointing=false"), additional_headers=key(box)) as socket:
        for chunk in await spoken(box):
            await socket.send(chunk)
        await socket.send(json.dumps({"type": "Finalize"}))
        first = await results(socket, "from_finalize")
        await socket.send(json.dumps({"type": "Finalize"}))
        second = await results(socket, "from_finalize")
    assert [message["is_final"] for message in first] == [False] * (len(first) - 1) + [True]
    assert said(first[-1]) == TEXT
    assert [said(message) for message in second] == [""]


async def test_numbers_of_the_session(box: Box) -> None:
    async with connect(address(box, LINEAR), additional_headers=key(box)) as socket:
        for chunk in await spoken(box):
            await socket.send(chunk)
        await socket.send(json.dumps({"type": "KeepAlive"}))
        await socket.send(json.dumps({"type": "Bogus"}))
        await socket.send(json.dumps({"type": "CloseStream"}))
        messages = [json.loads(raw) async for raw in socket]
        assert socket.close_code == 1000
    final = next(message for message in messages if message.get("speech_final"))
    words = final["channel"]["alternatives"][0]["words"]
    assert [word["punctuated_word"] for word in words] == TEXT.split()
    assert words[0]["word"] == "i'd"
    assert all(word["start"] < word["end"] <= final["start"] + final["duration"] + 0.3 for word in words)
    assert [message["type"] for message in messages if message["type"] != "Results"] == ["Error", "Metadata"]


async def test_speech_events_are_sent_when_asked_for(box: Box) -> None:
    query = f"{LINEAR}&vad_events=true&utterance_end_ms=1000"
    async with connect(address(box, query), additional_headers=key(box)) as socket:
        for chunk in [*await spoken(box), *[bytes(640)] * 60]:
            await socket.send(chunk)
        await socket.send(json.dumps({"type": "CloseStream"}))
        kinds = [json.loads(raw)["type"] async for raw in socket]
    assert kinds.index("SpeechStarted") < kinds.index("Results") < kinds.index("UtteranceEnd")


async def test_a_refusal_carries_status_and_reason(box: Box) -> None:
    box.faults.arm(Fault(vendor="deepgram", kind="status", status=429))
    with pytest.raises(InvalidStatus) as refused:
        await connect(address(box, LINEAR), additional_headers=key(box))
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["dg-error"]
    with pytest.raises(InvalidStatus) as wrong:
        await connect(address(box, "encoding=flac"), additional_headers=key(box))
    assert wrong.value.response.status_code == 400


async def test_a_connection_can_be_cut_in_the_middle_of_a_sentence(box: Box) -> None:
    chunks = await spoken(box)
    box.faults.arm(Fault(vendor="deepgram", kind="drop", after_bytes=20000))

    async def talk(socket: ClientConnection) -> None:
        for chunk in chunks * 5:
            await socket.send(chunk)
        await results(socket, "never")

    async with connect(address(box, LINEAR), additional_headers=key(box)) as socket:
        with pytest.raises(ConnectionClosed) as cut:
            await talk(socket)
    assert cut.value.rcvd is None


async def test_pipecat_listens(box: Box) -> None:
    service = DeepgramSTTService(
        api_key=box.keys["DEEPGRAM_API_KEY"],
        base_url=box.url.replace("http://", "ws://"),
        settings=DeepgramSTTService.Settings(endpointing=False),
    )
    async with running(service, 16000) as (worker, sink):
        for chunk in await spoken(box):
            await worker.queue_frame(InputAudioRawFrame(audio=chunk, sample_rate=16000, num_channels=1))
        await worker.queue_frame(VADUserStoppedSpeakingFrame())
        frames = await sink.wait_for(TranscriptionFrame)
    assert [frame.text for frame in frames if isinstance(frame, TranscriptionFrame)] == [TEXT]
    assert all(frame.finalized for frame in frames if isinstance(frame, TranscriptionFrame))


def sound(frames: list[Frame]) -> NDArray[np.int16]:
    return np.frombuffer(b"".join(f.audio for f in frames if isinstance(f, TTSAudioRawFrame)), np.int16)


async def test_pipecat_speaks_with_aura(box: Box) -> None:
    service = DeepgramTTSService(
        api_key=box.keys["DEEPGRAM_API_KEY"], base_url=box.url.replace("http://", "ws://"), sample_rate=8000
    )
    async with running(service, 8000) as (worker, sink):
        await worker.queue_frame(TTSSpeakFrame("Your order is placed."))
        await sink.wait_for(TTSStoppedFrame)
        audio = sound([frame for frame in sink.frames if isinstance(frame, TTSAudioRawFrame)])
    expected = await box.speech.say("Your order is placed.", "aura-2-helena-en")
    assert len(audio) == pytest.approx(8000 * expected.seconds, abs=400)
    assert audio.std() > 500


async def test_pipecat_speaks_with_aura_over_http(box: Box) -> None:
    async with aiohttp.ClientSession() as session:
        service = DeepgramHttpTTSService(
            api_key=box.keys["DEEPGRAM_API_KEY"], base_url=box.url, aiohttp_session=session, sample_rate=16000
        )
        async with running(service, 16000) as (worker, sink):
            await worker.queue_frame(TTSSpeakFrame("Your order is placed."))
            await sink.wait_for(TTSStoppedFrame)
            audio = sound([frame for frame in sink.frames if isinstance(frame, TTSAudioRawFrame)])
    assert audio.std() > 500


@pytest.mark.parametrize("rate", [8000, 16000])
async def test_our_fixed_phrases_are_rendered_with_aura(box: Box, rate: int) -> None:
    root = box.url.replace("http://", "ws://")
    environment = DeepgramClientEnvironment(base=box.url, production=root, agent=root, agent_rest=box.url)
    async with httpx.AsyncClient() as http:
        client = AsyncDeepgramClient(
            api_key=box.keys["DEEPGRAM_API_KEY"], environment=environment, httpx_client=http
        )
        phrase = await AuraRenderer(client, "aura-2-helena-en", rate).render("Your order is placed.")
    expected = await box.speech.say("Your order is placed.", "aura-2-helena-en")
    assert phrase.rate == rate
    assert phrase.seconds == pytest.approx(expected.seconds, abs=0.05)


async def test_aura_can_be_cleared(box: Box) -> None:
    query = "model=aura-2-helena-en&encoding=linear16&sample_rate=8000"
    async with connect(address(box, query, "/v1/speak"), additional_headers=key(box)) as socket:
        assert json.loads(await socket.recv())["type"] == "Metadata"
        await socket.send(json.dumps({"type": "Speak", "text": "This sentence nobody will hear to its end."}))
        await socket.send(json.dumps({"type": "Clear"}))
        await socket.send(json.dumps({"type": "Flush"}))
        kinds = []
        async for raw in socket:
            if isinstance(raw, str):
                kinds.append(json.loads(raw)["type"])
            if kinds[-1:] == ["Flushed"]:
                await socket.send(json.dumps({"type": "Close"}))
        assert kinds == ["Cleared", "Flushed"]


async def test_aura_over_http_refuses_like_deepgram(box: Box) -> None:
    async with httpx.AsyncClient(base_url=box.url, timeout=30) as client:
        wrong = await client.post("/v1/speak", json={"text": "Hello."})
        box.faults.arm(Fault(vendor="deepgram", kind="status", status=429))
        limited = await client.post("/v1/speak", json={"text": "Hello."}, headers=key(box))
        empty = await client.post("/v1/speak", json={}, headers=key(box))
        good = await client.post(
            "/v1/speak?encoding=mulaw&sample_rate=8000", json={"text": "Hello."}, headers=key(box)
        )
    assert (wrong.status_code, wrong.json()["err_code"]) == (401, "INVALID_AUTH")
    assert (limited.status_code, empty.status_code, good.status_code) == (429, 400, 200)
    assert 2000 < len(good.content) < 16000
