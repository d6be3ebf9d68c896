"""What every call of the process shares: SDK clients, models, circuit breakers and rendered phrases."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
import httpx2
import numpy
from anthropic import AsyncAnthropic
from deepgram import AsyncDeepgramClient, DeepgramClientEnvironment
from elevenlabs.client import AsyncElevenLabs
from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.vad.vad_analyzer import VADParams

from pipelines.config import PipelineConfig
from pipelines.llm.breaker import Breaker
from pipelines.onnx import SharedSilero, SharedSmartTurn
from pipelines.phrases import PhraseStore, Renderer
from pipelines.renderers import AuraRenderer, ElevenLabsRenderer

CONNECT_SECS = 2.0
READ_SECS = 8.0
"""The longest any model request may hang; the switcher's own limits are shorter."""


@dataclass(frozen=True)
class Vendors:
    """Keys, and roots of addresses (`http(s)://` or `ws(s)://`, no slash at the end; OpenAI's has `/v1`)."""

    deepgram_key: str
    elevenlabs_key: str
    anthropic_key: str
    openai_key: str
    deepgram_url: str = "wss://api.deepgram.com"
    elevenlabs_url: str = "wss://api.elevenlabs.io"
    anthropic_url: str = "https://api.anthropic.com"
    openai_url: str = "https://api.openai.com/v1"


def as_ws(url: str) -> str:
    """The same root for websockets."""
    return "ws" + url.removeprefix("http") if url.startswith("http") else url


def as_http(url: str) -> str:
    """The same root for plain requests."""
    return "http" + url.removeprefix("ws") if url.startswith("ws") else url


class Shared:
    """Made once at boot with `await Shared.open(...)`, closed with `close()`; the constructor blocks."""

    def __init__(self, vendors: Vendors, phrase_folder: Path) -> None:
        self.vendors = vendors
        self.anthropic = AsyncAnthropic(
            api_key=vendors.anthropic_key,
            base_url=vendors.anthropic_url,
            max_retries=0,
            timeout=httpx2.Timeout(READ_SECS, connect=CONNECT_SECS),
        )
        limits = httpx2.Limits(max_keepalive_connections=100, max_connections=1000, keepalive_expiry=60)
        self.openai = AsyncOpenAI(
            api_key=vendors.openai_key,
            base_url=vendors.openai_url,
            max_retries=0,
            timeout=httpx2.Timeout(READ_SECS, connect=CONNECT_SECS),
            http_client=DefaultAsyncHttpxClient(limits=limits),
        )
        ws, http = as_ws(vendors.deepgram_url), as_http(vendors.deepgram_url)
        where = DeepgramClientEnvironment(base=http, production=ws, agent=ws, agent_rest=http)
        self._http = httpx.AsyncClient(timeout=READ_SECS)
        self.deepgram = AsyncDeepgramClient(
            api_key=vendors.deepgram_key, environment=where, httpx_client=self._http
        )
        self.elevenlabs = AsyncElevenLabs(
            api_key=vendors.elevenlabs_key,
            base_url=as_http(vendors.elevenlabs_url),
            httpx_client=self._http,
        )
        self._folder = phrase_folder
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self._stores: dict[str, PhraseStore] = {}

    @classmethod
    async def open(cls, vendors: Vendors, phrase_folder: Path) -> Self:
        """Everything built, the models loaded and run once; nothing of it on the loop."""
        shared = await asyncio.to_thread(cls, vendors, phrase_folder)
        await asyncio.to_thread(_run_models_once)
        return shared

    async def close(self) -> None:
        """Close the connections."""
        await self.anthropic.close()
        await self.openai.close()
        await self._http.aclose()

    def breaker(self, service: str, model: str, cool_down: float) -> Breaker:
        """The process's breaker of one model; a fault seen by one call spares the others the wait."""
        return self._breakers.setdefault((service, model), Breaker(cool_down))

    def phrases(self, config: PipelineConfig) -> PhraseStore:
        """The fixed phrases in the first voice of a pipeline, at its rate."""
        renderer = self.renderer(config)
        return self._stores.setdefault(renderer.voice, PhraseStore(self._folder, renderer))

    def renderer(self, config: PipelineConfig) -> Renderer:
        """Who renders phrases in the first voice of a pipeline, at its rate."""
        voice, rate = config.tts[0], config.audio.output
        settings = voice.settings
        if voice.service == "deepgram_tts":
            return AuraRenderer(self.deepgram, str(settings["voice"]), rate)
        return ElevenLabsRenderer(self.elevenlabs, str(settings["voice"]), str(settings["model"]), rate)


def _run_models_once() -> None:
    """The first inference of a session is the slow one: do it before the first caller."""
    silero = SharedSilero(VADParams())
    silero.set_sample_rate(8000)
    silero.voice_confidence(bytes(2 * silero.num_frames_required()))
    turn = SharedSmartTurn(SmartTurnParams(), heard_secs=0.2)
    turn.set_sample_rate(16000)
    turn._predict_endpoint(numpy.zeros(16000, dtype=numpy.float32))
