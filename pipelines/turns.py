"""Turn-taking of one call, made from the YAML: who may interrupt, and when a turn is over."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import Frame
from pipecat.processors.aggregators.llm_response_universal import LLMUserAggregatorParams
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.turns.user_mute import BaseUserMuteStrategy
from pipecat.turns.user_start import (
    BaseUserTurnStartStrategy,
    MinWordsUserTurnStartStrategy,
    TranscriptionUserTurnStartStrategy,
    VADUserTurnStartStrategy,
)
from pipecat.turns.user_stop import (
    BaseUserTurnStopStrategy,
    SpeechTimeoutUserTurnStopStrategy,
)
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from pipelines.config import PipelineConfig, Turns
from pipelines.floor import Floor
from pipelines.onnx import SharedSilero, SharedSmartTurn
from pipelines.turn_start import ListeningStart
from pipelines.turn_stop import WordAwareTurnStop


class ProtectedMute(BaseUserMuteStrategy):
    """Deaf while protected speech (identity, the notice the law asks for) is played; never longer."""

    def __init__(self) -> None:
        super().__init__()
        self.muted = False

    async def process_frame(self, frame: Frame) -> bool:
        """Whether the caller's frames are dropped."""
        await super().process_frame(frame)
        return self.muted


def vad(config: PipelineConfig) -> VADProcessor:
    """Voice activity on the shared model."""
    params = VADParams(**config.vad.model_dump())
    return VADProcessor(vad_analyzer=SharedSilero(params))


def user_params(config: PipelineConfig, mute: ProtectedMute, floor: Floor) -> LLMUserAggregatorParams:
    """What the user aggregator needs; its own VAD stays off, the `VADProcessor` hears before it."""
    return LLMUserAggregatorParams(
        user_turn_strategies=UserTurnStrategies(start=_start(config.turns, floor), stop=[_stop(config)]),
        user_mute_strategies=[mute],
        user_turn_stop_timeout=config.turns.stop_timeout_secs,
        user_idle_timeout=config.silence.nudge_secs,
    )


def listening(params: LLMUserAggregatorParams) -> ListeningStart | None:
    """The strategy that lets backchannels pass, if the pipeline has one."""
    strategies = params.user_turn_strategies
    found = strategies.start if strategies else None
    return next((one for one in found or [] if isinstance(one, ListeningStart)), None)


def stopping(params: LLMUserAggregatorParams) -> WordAwareTurnStop | None:
    """The strategy that knows patience, if the pipeline has one."""
    strategies = params.user_turn_strategies
    found = strategies.stop if strategies else None
    return next((one for one in found or [] if isinstance(one, WordAwareTurnStop)), None)


def _start(turns: Turns, floor: Floor) -> list[BaseUserTurnStartStrategy]:
    if turns.min_words:
        return [MinWordsUserTurnStartStrategy(min_words=turns.min_words)]
    if turns.backchannels is not None:
        return [ListeningStart(floor, turns.backchannels), TranscriptionUserTurnStartStrategy()]
    return [VADUserTurnStartStrategy(), TranscriptionUserTurnStartStrategy()]


def _stop(config: PipelineConfig) -> BaseUserTurnStopStrategy:
    turns = config.turns
    if turns.stop == "timeout":
        return SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=turns.speech_timeout_secs)
    params = SmartTurnParams(stop_secs=turns.smart_turn_stop_secs)
    analyzer = SharedSmartTurn(params, config.vad.stop_secs)
    punctuated = bool(config.stt.settings.get("punctuate"))
    return WordAwareTurnStop(
        turn_analyzer=analyzer,
        hold_secs=turns.unfinished_secs,
        dictation_secs=turns.dictation_secs,
        punctuated=punctuated,
    )
