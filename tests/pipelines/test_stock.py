"""What Pipecat's own classes still do: where one of these fails, an override beside it may go."""

from collections.abc import Sequence
from typing import Any, cast

import pytest
from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndFrame,
    Frame,
    LLMContextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.llm_switcher import LLMSwitcher
from pipecat.pipeline.service_switcher import ServiceSwitcher, ServiceSwitcherStrategyFailover
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMUserAggregator
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.llm_service import LLMService
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.tests.utils import SleepFrame
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import TurnAnalyzerUserTurnStopStrategy
from pipecat.turns.user_turn_processor import UserTurnProcessor
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from pipelines.card_guard import CardFreeUser
from pipelines.config import shipped
from pipelines.marks import TwilioMarks
from pipelines.onnx import SharedSilero, SharedSmartTurn
from pipelines.providers import voices
from pipelines.shared import Shared
from pipelines.turn_stop import WordAwareTurnStop
from pipelines.voices import VoiceSwitcher
from tests.pipelines import test_llm, test_turn_stop
from tests.pipelines.feed import Step, comes, feed
from tests.pipelines.test_card_guard import final, params
from tests.pipelines.vendor_servers import Knobs

UNTIL_GIVEN_UP = SleepFrame(sleep=2.0)


async def test_the_stock_switcher_still_loses_the_turn_of_a_model_that_is_busy(
    shared: Shared, knobs: Knobs
) -> None:
    """When this fails, `SameTurnSwitcher` may have become unnecessary; test_llm.py shows ours."""
    knobs.claude = [529]
    llms: list[LLMService[Any]] = [test_llm.claude(shared), test_llm.gpt(shared)]
    stock = LLMSwitcher(llms, ServiceSwitcherStrategyFailover)
    down, _ = await feed(stock, test_llm.question(), lambda _: knobs.claude_requests, UNTIL_GIVEN_UP)
    assert test_llm.words(down) == ""
    assert knobs.gpt_requests == []


async def spoken_by(switcher: ServiceSwitcher[Any], knobs: Knobs) -> list[str]:
    """What the second voice was given while the first one was refused for the moment."""
    knobs.tts_refuse = 503
    knobs.aura_said.clear()
    speak: list[Step] = [SleepFrame(sleep=0.5), TTSSpeakFrame("Good evening.")]
    await feed(switcher, *speak, SleepFrame(sleep=1.5), rates={"audio_out_sample_rate": 8000})
    return list(knobs.aura_said)


async def test_the_stock_strategy_still_stays_with_a_voice_that_cannot_speak(
    shared: Shared, knobs: Knobs
) -> None:
    """When this fails, `NextVoice` may have become unnecessary."""
    config = shipped()["phone"]
    both = cast(list[FrameProcessor], voices(config, shared))
    assert await spoken_by(ServiceSwitcher(both, ServiceSwitcherStrategyFailover), knobs) == []
    ours = VoiceSwitcher(voices(config, shared))
    knobs.tts_refuse = 503
    down, _ = await feed(
        ours,
        lambda _: ours.strategy.active_service is ours.services[1],
        TTSSpeakFrame("Good evening."),
        comes(TTSAudioRawFrame),
        rates={"audio_out_sample_rate": 8000},
    )
    assert knobs.aura_said == ["Good evening."]
    assert any(isinstance(frame, TTSAudioRawFrame) for frame in down)


async def test_the_stock_model_still_opens_a_client_of_its_own(shared: Shared) -> None:
    """When this fails, `Gpt` need not make the client any more."""
    one, two = OpenAILLMService(api_key="o"), OpenAILLMService(api_key="o")
    assert one._client is not two._client
    assert test_llm.gpt(shared)._client is test_llm.gpt(shared)._client is shared.openai


async def turns_of(stop: TurnAnalyzerUserTurnStopStrategy, expected: int) -> int:
    """How many turns "Hi, ... two naan please." becomes; each end is told up and down."""
    strategies = UserTurnStrategies(start=[VADUserTurnStartStrategy()], stop=[stop])
    steps = [*test_turn_stop.spoken("Hi,"), SleepFrame(sleep=0.1), *test_turn_stop.spoken("two naan please.")]
    down, _ = await feed(
        UserTurnProcessor(user_turn_strategies=strategies, user_turn_stop_timeout=60),
        *steps,
        comes(UserStoppedSpeakingFrame, 2 * expected),
    )
    return sum(isinstance(frame, UserStoppedSpeakingFrame) for frame in down)


async def test_the_stock_strategy_still_ends_a_turn_at_its_first_comma() -> None:
    """When this fails, `WordAwareTurnStop` may have become unnecessary."""
    analyzer = test_turn_stop.AlwaysComplete()
    assert await turns_of(TurnAnalyzerUserTurnStopStrategy(turn_analyzer=analyzer), 2) == 2
    ours = WordAwareTurnStop(turn_analyzer=analyzer, hold_secs=10, dictation_secs=1, punctuated=True)
    assert await turns_of(ours, 1) == 1


@pytest.mark.parametrize(("kind", "kept"), [(LLMUserAggregator, True), (CardFreeUser, False)])
async def test_the_stock_aggregator_still_makes_a_card_number_whole(
    kind: type[LLMUserAggregator], kept: bool
) -> None:
    """When the first fails, `CardFreeUser` may have become unnecessary."""
    context = LLMContext()
    turn: Sequence[Frame] = [
        VADUserStartedSpeakingFrame(),
        SleepFrame(),
        final("4242 4242"),
        SleepFrame(),
        final("4242 4242."),
        SleepFrame(),
        VADUserStoppedSpeakingFrame(),
    ]
    await feed(kind(context, params=params()), *turn, comes(UserStoppedSpeakingFrame))
    assert ("4242 4242 4242 4242" in str(context.get_messages())) is kept


async def test_the_stock_serializer_still_ignores_that_the_caller_has_gone() -> None:
    """When this fails, `TwilioMarks` need not read `stop` any more; ours tells it, see test_marks.py."""
    stop = '{"event": "stop", "streamSid": "MZ1", "stop": {}}'
    stock = TwilioFrameSerializer("MZ1", params=TwilioFrameSerializer.InputParams(auto_hang_up=False))
    assert await stock.deserialize(stop) is None
    told: list[str] = []

    async def stopped() -> None:
        told.append("stop")

    ours = TwilioMarks("MZ1", "CA1")
    ours.on_stop = stopped
    await ours.deserialize(stop)
    assert told == ["stop"]
    assert not isinstance(await stock.deserialize(stop), EndFrame)


def test_the_stock_analyzers_still_load_a_model_each() -> None:
    """When this fails, `pipelines/onnx.py` may have become unnecessary."""
    one, two = SileroVADAnalyzer(), SileroVADAnalyzer()
    assert one._model.session is not two._model.session
    turn, other = LocalSmartTurnAnalyzerV3(), LocalSmartTurnAnalyzerV3()
    assert turn._session is not other._session
    ours = [SharedSilero(VADParams())._model.session for _ in range(2)]
    assert ours[0] is ours[1]
    turns = [SharedSmartTurn(SmartTurnParams(), 0.2)._session for _ in range(2)]
    assert turns[0] is turns[1]


async def test_the_stock_aggregator_still_leaves_speech_without_words_unanswered() -> None:
    """When this fails, `CallerTurns` need not answer it; test_caller_turns.py shows ours."""
    stock = LLMUserAggregator(LLMContext(), params=params())
    turn = [VADUserStartedSpeakingFrame(), SleepFrame(), VADUserStoppedSpeakingFrame()]
    waiting = [BotStartedSpeakingFrame(), BotStoppedSpeakingFrame()]
    down, _ = await feed(stock, *waiting, *turn, comes(UserStoppedSpeakingFrame), SleepFrame(sleep=0.5))
    assert not [frame for frame in down if isinstance(frame, LLMContextFrame)]
