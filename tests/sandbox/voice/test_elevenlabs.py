"""ElevenLabs' protocol, through Pipecat, over HTTP, and on the bare socket."""

import asyncio
import base64
import json
from typing import Any

import aiohttp
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from pipecat.frames.frames import Frame, TTSAudioRawFrame, TTSSpeakFrame, TTSStoppedFrame, TTSTextFrame
from pipecat.services.elevenlabs.tts import ElevenLabsHttpTTSService, ElevenLabsTTSService
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sandbox.box import Box
from sandbox.faults import Fault
from sandbox.speech import mulaw
from tests.sandbox.voice.pipeline import running

VOICE = "21m00Tcm4TlvDq8ikWAM"
TEXT = "Your order is placed. It comes in forty minutes."


def key(box: Box) -> dict[str, str]:
    return {"xi-api-key": box.keys["ELEVENLABS_API_KEY"]}


def address(box: Box, query: str = "output_format=pcm_8000&auto_mode=true") -> str:
    return f"{box.url.replace('http://', 'ws://')}/v1/text-to-speech/{VOICE}/multi-stream-input?{query}"


async def send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def until_final(socket: ClientConnection, context: str) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while not (seen and seen[-1]["isFinal"] and seen[-1]["contextId"] == context):
            seen.append(json.loads(await socket.recv()))
    return seen


def sound(frames: list[Frame]) -> NDArray[np.int16]:
    return np.frombuffer(b"".join(f.audio for f in frames if isinstance(f, TTSAudioRawFrame)), np.int16)


async def test_a_context_is_spoken_with_the_time_of_every_character(box: Box) -> None:
    async with connect(address(box), additional_headers=key(box)) as socket:
        await send(socket, text=" ", context_id="a")
        await send(socket, text="Your order is placed. ", context_id="a")
        await send(socket, text="Thank you. ", context_id="a", flush=True)
        await send(socket, context_id="a", close_context=True)
        messages = await until_final(socket, "a")
    spoken = messages[:-1]
    assert "".join("".join(m["alignment"]["chars"]) for m in spoken) == "Your order is placed. Thank you. "
    for message in spoken:
        alignment = message["alignment"]
        seconds = len(base64.b64decode(message["audio"])) / 2 / 8000
        assert alignment["charStartTimesMs"][0] == 0
        assert alignment["charStartTimesMs"] == sorted(alignment["charStartTimesMs"])
        last = alignment["charStartTimesMs"][-1] + alignment["charDurationsMs"][-1]
        assert last == pytest.approx(1000 * seconds, abs=2)
    audio = np.frombuffer(b"".join(base64.b64decode(m["audio"]) for m in spoken), np.int16)
    assert audio.std() > 500


async def test_contexts_do_not_wait_for_each_other(box: Box) -> None:
    async with connect(address(box), additional_headers=key(box)) as socket:
        await send(socket, text="First sentence. ", context_id="a")
        await send(socket, text="Second sentence. ", context_id="b")
        await send(socket, context_id="b", close_context=True)
        second = await until_final(socket, "b")
        await send(socket, context_id="a", close_context=True)
        await until_final(socket, "a")
    assert any(message["contextId"] == "b" and message.get("audio") for message in second)


async def test_without_auto_mode_text_waits_for_a_flush(box: Box) -> None:
    async with connect(address(box, "output_format=pcm_16000"), additional_headers=key(box)) as socket:
        await send(socket, text="Hello ", context_id="a")
        await send(socket, text="there. ", context_id="a")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await socket.recv()
        await send(socket, context_id="a", flush=True)
        first = json.loads(await socket.recv())
    assert "".join(first["alignment"]["chars"]).startswith("Hello ")


async def test_close_socket_closes_at_once(box: Box) -> None:
    loop = asyncio.get_running_loop()
    async with connect(address(box), additional_headers=key(box)) as socket:
        begun = loop.time()
        await send(socket, close_socket=True)
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert loop.time() - begun < 5
        assert socket.close_code == 1000


async def test_the_sixth_context_is_too_many(box: Box) -> None:
    async with connect(address(box), additional_headers=key(box)) as socket:
        for name in "abcdef":
            await send(socket, text=" ", context_id=name)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "max_active_conversations")  # type: ignore[union-attr]


async def test_faults_refuse_and_cut(box: Box) -> None:
    with pytest.raises(InvalidStatus) as wrong:
        await connect(address(box), additional_headers={"xi-api-key": "wrong"})
    box.faults.arm(Fault(vendor="elevenlabs", kind="status", status=429))
    with pytest.raises(InvalidStatus) as limited:
        await connect(address(box), additional_headers=key(box))
    assert (wrong.value.response.status_code, limited.value.response.status_code) == (401, 429)
    box.faults.arm(Fault(vendor="elevenlabs", kind="drop", after_events=2))
    async with connect(address(box), additional_headers=key(box)) as socket:
        await send(socket, text=TEXT + " ", context_id="a")
        with pytest.raises(ConnectionClosed) as cut:
            await until_final(socket, "a")
    assert cut.value.rcvd is None


async def test_pipecat_speaks_and_knows_the_words(box: Box) -> None:
    service = ElevenLabsTTSService(
        api_key=box.keys["ELEVENLABS_API_KEY"],
        url=box.url.replace("http://", "ws://"),
        sample_rate=8000,
        settings=ElevenLabsTTSService.Settings(voice=VOICE),
    )
    async with running(service, 8000) as (worker, sink):
        await worker.queue_frame(TTSSpeakFrame(TEXT))
        await sink.wait_for(TTSStoppedFrame)
        frames = list(sink.frames)
    assert " ".join(frame.text for frame in frames if isinstance(frame, TTSTextFrame)) == TEXT
    expected = await box.speech.say(TEXT, VOICE)
    assert len(sound(frames)) == pytest.approx(8000 * expected.seconds, abs=800)


async def test_pipecat_speaks_over_http_with_timestamps(box: Box) -> None:
    async with aiohttp.ClientSession() as session:
        service = ElevenLabsHttpTTSService(
            api_key=box.keys["ELEVENLABS_API_KEY"],
            base_url=box.url,
            aiohttp_session=session,
            sample_rate=16000,
            settings=ElevenLabsHttpTTSService.Settings(voice=VOICE),
        )
        async with running(service, 16000) as (worker, sink):
            await worker.queue_frame(TTSSpeakFrame(TEXT))
            await sink.wait_for(TTSStoppedFrame)
            frames = list(sink.frames)
    assert " ".join(frame.text for frame in frames if isinstance(frame, TTSTextFrame)) == TEXT
    assert sound(frames).std() > 500


@pytest.mark.parametrize(
    ("name", "size"), [("pcm_8000", 16000), ("pcm_16000", 32000), ("pcm_24000", 48000), ("ulaw_8000", 8000)]
)
async def test_every_format_lasts_as_long(box: Box, name: str, size: int) -> None:
    async with httpx.AsyncClient(base_url=box.url, headers=key(box), timeout=30) as client:
        response = await client.post(f"/v1/text-to-speech/{VOICE}?output_format={name}", json={"text": TEXT})
    rendering = await box.speech.say(TEXT, VOICE)
    assert len(response.content) / size == pytest.approx(rendering.seconds, abs=0.01)


async def test_what_was_rendered_can_be_recognised(box: Box) -> None:
    async with httpx.AsyncClient(base_url=box.url, headers=key(box), timeout=30) as client:
        response = await client.post(
            f"/v1/text-to-speech/{VOICE}?output_format=ulaw_8000", json={"text": TEXT}
        )
    recogniser = box.speech.recogniser(8000)
    recogniser.feed(mulaw.decode(response.content))
    recogniser.settle()
    assert " ".join(word.text for word in recogniser.take()) == TEXT
    assert json.loads((box.data_dir / "phrases.jsonl").read_text())["text"] == TEXT


async def test_http_refuses_like_elevenlabs(box: Box) -> None:
    async with httpx.AsyncClient(base_url=box.url, headers=key(box), timeout=30) as client:
        path = f"/v1/text-to-speech/{VOICE}"
        wrong = await client.post(path, json={"text": "Hi."}, headers={"xi-api-key": "wrong"})
        mp3 = await client.post(f"{path}?output_format=mp3_44100_128", json={"text": "Hi."})
        box.faults.arm(Fault(vendor="elevenlabs", kind="drop", after_bytes=100))
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(path, json={"text": "Hi."})
    assert (wrong.status_code, wrong.json()["detail"]["status"]) == (401, "invalid_api_key")
    assert mp3.status_code == 422
