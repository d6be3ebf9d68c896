"""The YAML of a pipeline: what may be written in it, read with every mistake reported at once."""

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pipecat.services.anthropic.llm import AnthropicLLMService
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.deepgram.tts import DeepgramTTSService
from pipecat.services.elevenlabs.tts import ElevenLabsTTSService
from pipecat.services.openai.llm import OpenAILLMService
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from errors import ConfigError
from pipelines.selection import Selection

HERE = Path(__file__).parent
SCHEMA = HERE / "schema.json"

SETTINGS: dict[str, type[Any]] = {
    "deepgram_stt": DeepgramSTTService.Settings,
    "anthropic_llm": AnthropicLLMService.Settings,
    "openai_llm": OpenAILLMService.Settings,
    "elevenlabs_tts": ElevenLabsTTSService.Settings,
    "deepgram_tts": DeepgramTTSService.Settings,
}
"""Service name in the YAML -> the class its `settings:` are handed to, verbatim."""

RESERVED = {"system_instruction", "extra"}
"""Set by code (the active agent's prompt) or unchecked by the service; refused in YAML."""

Seconds = Annotated[float, Field(gt=0, le=60)]


class Part(BaseModel):
    """A mapping in the YAML: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Audio(Part):
    """Samples per second in each direction. Silero and smart-turn know only these two rates."""

    input: Literal[8000, 16000]
    output: Literal[8000, 16000, 24000]


class Stt(Part):
    """Who listens."""

    service: Literal["deepgram_stt"]
    settings: dict[str, Any]
    p99_secs: Seconds = 0.35
    """How long after the end of speech a text may come (Pipecat's measured p99 for Deepgram)."""
    replay_secs: Annotated[float, Field(gt=0, le=10)] = 3.0
    """How much unrecognised audio is kept and sent again on a new connection."""
    retry_min_secs: Seconds = 0.3
    retry_max_secs: Seconds = 2.0


class Llm(Part):
    """Who answers. The first of the list is the primary, the others take over in order."""

    service: Literal["anthropic_llm", "openai_llm"]
    settings: dict[str, Any]
    first_token_secs: Seconds = 3.5
    """The answer must begin within this, or the next model is asked in the same turn."""
    gap_secs: Seconds = 3.0
    """The longest pause inside an answer before it counts as dropped."""
    cool_down_secs: Annotated[float, Field(gt=0, le=600)] = 30.0
    """How long a model that failed is left alone, by every call of the process."""
    function_timeout_secs: Seconds = 10.0


class Tts(Part):
    """Who speaks. The first of the list has the voice; the others speak when it cannot."""

    service: Literal["elevenlabs_tts", "deepgram_tts"]
    settings: dict[str, Any]


class Vad(Part):
    """When a sound is speech (Silero). See `docs/decisions/` for what each number costs."""

    confidence: Annotated[float, Field(ge=0, le=1)] = 0.7
    start_secs: Annotated[float, Field(ge=0.03, le=2)] = 0.2
    stop_secs: Annotated[float, Field(ge=0.03, le=2)] = 0.2
    min_volume: Annotated[float, Field(ge=0, le=1)] = 0.6


class Backchannels(Part):
    """When a voice over our speech is no interruption; figures by `python -m bench.backchannels`."""

    longest_secs: Annotated[float, Field(ge=0.1, le=2)] = 0.9
    """A voice that lasts longer interrupts, whatever it says; until then our speech only stands still."""
    text_secs: Annotated[float, Field(ge=0.1, le=2)] = 0.4
    """How long after a shorter voice its text is waited for; without a text we go on."""
    answer_secs: Annotated[float, Field(ge=0, le=5)] = 1.2
    """Said so shortly before our last word, a backchannel is the answer to it."""


class Turns(Part):
    """When somebody has finished a turn, and when a sound interrupts."""

    stop: Literal["smart_turn", "timeout"] = "smart_turn"
    smart_turn_stop_secs: Seconds = 3.0
    """Silence after which smart-turn gives up waiting for the rest of a sentence."""
    unfinished_secs: Annotated[float, Field(ge=0, le=3)] = 0.6
    """Only for `stop: smart_turn`: how long a turn stays open whose words are plainly unfinished."""
    dictation_secs: Annotated[float, Field(ge=0, le=2)] = 1.2
    """Only for `stop: smart_turn`: how long a turn stays open while an address or a code is dictated."""
    speech_timeout_secs: Seconds = 0.6
    """Only for `stop: timeout`: silence that ends a turn."""
    stop_timeout_secs: Seconds = 2.5
    """A turn without any text is closed after this; Pipecat's own default is 5 s of silence."""
    min_words: Annotated[int, Field(ge=0, le=5)] = 0
    """Above 0, so many words are needed to interrupt the bot; costs the wait for a text."""
    backchannels: Backchannels | None = Backchannels()
    """Not with `min_words`. None: every voice interrupts."""


class Silence(Part):
    """Nobody meets silence: seconds after the end of a turn (0.2 s after speech) until something is said."""

    filler_secs: Seconds = 1.3
    apology_secs: Seconds = 7.7
    nudge_secs: Seconds = 10.0
    nudges: Annotated[int, Field(ge=0, le=5)] = 2


class PipelineConfig(Part):
    """One file of `pipelines/*.yaml`."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    audio: Audio
    stt: Stt
    llm: Annotated[list[Llm], Field(min_length=1, max_length=4)]
    tts: Annotated[list[Tts], Field(min_length=1, max_length=3)]
    classifier: Llm | None = None
    """Who reads beside the conversation what the caller wants; nobody when left out."""
    selection: Selection | None = None
    """Which turns another model than the first answers although nothing has failed; none when left out."""
    vad: Vad = Vad()
    turns: Turns = Turns()
    silence: Silence = Silence()

    @property
    def cheap(self) -> int | None:
        """The place in `llm` of the model for simple turns; None without a selection."""
        wanted = self.selection.model if self.selection else None
        return next(
            (place for place, llm in enumerate(self.llm) if llm.settings.get("model") == wanted), None
        )

    @model_validator(mode="after")
    def _selects_what_is_there(self) -> Self:
        if self.selection is not None and not self.cheap:
            raise ValueError(f"selection.model: {self.selection.model!r} is no model of llm after the first")
        return self


def load(path: Path) -> PipelineConfig:
    """Read one file. Raises `ConfigError` with every problem of it."""
    return load_all([path])[path.stem]


def load_all(paths: Iterable[Path]) -> dict[str, PipelineConfig]:
    """Read many files, by name. Raises `ConfigError` with every problem of all of them."""
    found: dict[str, PipelineConfig] = {}
    problems: list[str] = []
    for path in paths:
        config = _read(path, problems)
        if config is None:
            continue
        if config.name != path.stem:
            problems.append(f"{path.name}: name: is {config.name!r}, the file says {path.stem!r}")
        found[path.stem] = config
    if problems:
        raise ConfigError(problems)
    return found


def shipped() -> dict[str, PipelineConfig]:
    """The files that come with the product, by name."""
    return load_all(sorted(HERE.glob("*.yaml")))


def schema_text() -> str:
    """The JSON Schema of a file, as it is kept in `schema.json` for editors."""
    return json.dumps(PipelineConfig.model_json_schema(), indent=2, sort_keys=True) + "\n"


def _read(path: Path, problems: list[str]) -> PipelineConfig | None:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        problems.append(f"{path.name}: cannot be read ({type(fault).__name__})")
        return None
    except yaml.YAMLError as fault:
        problems.append(f"{path.name}: not YAML: {' '.join(str(fault).split())}")
        return None
    unknown = list(_unknown_settings(data))
    problems.extend(f"{path.name}: {place}" for place in unknown)
    try:
        config = PipelineConfig.model_validate(data)
    except ValidationError as fault:
        for error in fault.errors():
            place = ".".join(str(step) for step in error["loc"]) or "(top)"
            problems.append(f"{path.name}: {place}: {error['msg']}")
        return None
    return None if unknown else config


def _unknown_settings(data: object) -> Iterable[str]:
    """Keys under `settings:` that the service does not have; Pipecat would refuse them one by one."""
    if not isinstance(data, dict):
        return
    for section in ("stt", "llm", "tts", "classifier"):
        entries = data.get(section)
        numbered = enumerate(entries) if isinstance(entries, list) else [(None, entries)]
        for number, entry in numbered:
            if not isinstance(entry, dict) or not isinstance(entry.get("settings"), dict):
                continue
            service = entry.get("service")
            kind = SETTINGS.get(service) if isinstance(service, str) else None
            if kind is None:
                continue
            known = {field.name for field in fields(kind)} - RESERVED
            where = section if number is None else f"{section}.{number}"
            for key in entry["settings"]:
                if key not in known:
                    yield f"{where}.settings.{key}: {service} has no such setting"
