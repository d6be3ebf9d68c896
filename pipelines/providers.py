"""Turns a service name of the YAML into the service; the one place that knows the constructors."""

from collections.abc import Sequence
from typing import Any

from pipecat.services.anthropic.llm import AnthropicLLMSettings
from pipecat.services.deepgram.stt import DeepgramSTTSettings
from pipecat.services.deepgram.tts import DeepgramTTSSettings
from pipecat.services.elevenlabs.tts import ElevenLabsTTSSettings
from pipecat.services.llm_service import LLMService
from pipecat.services.openai.base_llm import OpenAILLMSettings
from pipecat.services.tts_service import TTSService

from pipelines.aura import RestoringAura
from pipelines.config import Llm, PipelineConfig, Stt, Tts
from pipelines.llm.anthropic import Claude
from pipelines.llm.openai import Gpt
from pipelines.llm.stream import Patience
from pipelines.llm.switcher import SameTurnSwitcher
from pipelines.shared import Shared, as_ws
from pipelines.stt import PatientDeepgram
from pipelines.tts import RestoringElevenLabs


def listener(config: Stt, shared: Shared, keyterms: Sequence[str]) -> PatientDeepgram:
    """Speech to text. `keyterms` (dish and brand names) help nova-3; other models do not know them."""
    settings = dict(config.settings)
    if keyterms and str(settings.get("model", "")).startswith("nova-3"):
        settings["keyterm"] = [*settings.get("keyterm", ()), *keyterms]
    return PatientDeepgram(
        client=shared.deepgram,
        settings=DeepgramSTTSettings(**settings),
        p99_secs=config.p99_secs,
        replay_secs=config.replay_secs,
        retry_secs=(config.retry_min_secs, config.retry_max_secs),
    )


def models(config: PipelineConfig, shared: Shared, prompt: str) -> SameTurnSwitcher:
    """The language models behind one switcher, all of them with the first agent's prompt."""
    breakers = [
        shared.breaker(llm.service, str(llm.settings.get("model")), llm.cool_down_secs) for llm in config.llm
    ]
    return SameTurnSwitcher([model(llm, shared, prompt) for llm in config.llm], breakers, config.cheap)


def voices(config: PipelineConfig, shared: Shared) -> list[TTSService]:
    """Text to speech, in the order they are tried."""
    return [_voice(tts, shared) for tts in config.tts]


def model(config: Llm, shared: Shared, prompt: str) -> LLMService[Any]:
    """One language model by itself."""
    patience = Patience(config.first_token_secs, config.gap_secs)
    if config.service == "openai_llm":
        return Gpt(
            client=shared.openai,
            patience=patience,
            settings=OpenAILLMSettings(system_instruction=prompt, **config.settings),
            function_timeout_secs=config.function_timeout_secs,
        )
    return Claude(
        client=shared.anthropic,
        patience=patience,
        settings=AnthropicLLMSettings(system_instruction=prompt, **config.settings),
        function_timeout_secs=config.function_timeout_secs,
    )


def _voice(config: Tts, shared: Shared) -> TTSService:
    vendors = shared.vendors
    if config.service == "deepgram_tts":
        return RestoringAura(
            api_key=vendors.deepgram_key,
            url=as_ws(vendors.deepgram_url),
            settings=DeepgramTTSSettings(**config.settings),
        )
    return RestoringElevenLabs(
        api_key=vendors.elevenlabs_key,
        url=as_ws(vendors.elevenlabs_url),
        settings=ElevenLabsTTSSettings(**config.settings),
    )
