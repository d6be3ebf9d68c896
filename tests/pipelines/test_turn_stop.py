"""A turn whose words are plainly unfinished stays open."""

import pytest
from pipecat.audio.turn.base_turn_analyzer import BaseTurnAnalyzer, BaseTurnParams, EndOfTurnState
from pipecat.frames.frames import (
    Frame,
    TranscriptionFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.metrics.metrics import MetricsData
from pipecat.tests.utils import SleepFrame
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_turn_processor import UserTurnProcessor
from pipecat.turns.user_turn_strategies import UserTurnStrategies

from pipelines.turn_stop import WordAwareTurnStop, unfinished
from tests.pipelines.feed import Step, comes, feed

HOLD = 1.5


class AlwaysComplete(BaseTurnAnalyzer):
    """An analyzer that takes every pause for the end."""

    @property
    def speech_triggered(self) -> bool:
        return False

    @property
    def params(self) -> BaseTurnParams:
        return BaseTurnParams()

    def append_audio(self, buffer: bytes, is_speech: bool) -> EndOfTurnState:
        return EndOfTurnState.INCOMPLETE

    async def analyze_end_of_turn(self) -> tuple[EndOfTurnState, MetricsData | None]:
        return EndOfTurnState.COMPLETE, None

    def clear(self) -> None:
        return None


@pytest.mark.parametrize(
    "text", ["Hi,", "hello", "No,", "I want two and", "I'd like", "um", "Sorry,", "two naan with"]
)
def test_words_that_ask_for_more(text: str) -> None:
    assert unfinished(text, punctuated=False)


@pytest.mark.parametrize(
    "text", ["Yes.", "No.", "Yes, please.", "12 Juniper Lane, Old Mill.", "cash", "two naan"]
)
def test_words_that_stand_alone(text: str) -> None:
    assert not unfinished(text, punctuated=False)


def test_a_sentence_without_its_full_stop_is_not_over() -> None:
    assert unfinished("No that's", punctuated=True)
    assert not unfinished("No that's all.", punctuated=True)
    assert not unfinished("No that's", punctuated=False)


def spoken(text: str) -> list[Frame]:
    """A stretch of speech between two pauses, with its finalized text."""
    return [
        VADUserStartedSpeakingFrame(),
        SleepFrame(sleep=0.05),
        VADUserStoppedSpeakingFrame(),
        TranscriptionFrame(text, "caller", "now", finalized=True),
    ]


async def turns_in(*steps: Step, dictating: bool = False) -> int:
    """How many turns the strategy closes while these arrive."""
    stop = WordAwareTurnStop(
        turn_analyzer=AlwaysComplete(), hold_secs=HOLD, dictation_secs=HOLD, punctuated=True
    )
    stop.dictating = dictating
    strategies = UserTurnStrategies(start=[VADUserTurnStartStrategy()], stop=[stop])
    down, _ = await feed(
        UserTurnProcessor(user_turn_strategies=strategies, user_turn_stop_timeout=60), *steps
    )
    return sum(isinstance(frame, UserStoppedSpeakingFrame) for frame in down)


async def test_a_comma_holds_the_turn_open_for_what_follows() -> None:
    later = (SleepFrame(sleep=0.3), *spoken("two naan please."), SleepFrame(sleep=1.0))
    assert await turns_in(*spoken("Hi,"), *later) == 1


async def test_two_finished_sentences_are_two_turns() -> None:
    over = comes(UserStoppedSpeakingFrame)
    assert await turns_in(*spoken("Yes."), over, *spoken("two naan."), SleepFrame(sleep=1.0)) == 2


async def test_nothing_more_ends_it_after_the_hold() -> None:
    assert await turns_in(*spoken("Hi,"), SleepFrame(sleep=HOLD / 3)) == 0
    assert await turns_in(*spoken("Hi,"), comes(UserStoppedSpeakingFrame), SleepFrame(sleep=HOLD / 3)) == 1


async def test_a_dictated_address_may_have_pauses_after_whole_sentences() -> None:
    rest = (SleepFrame(sleep=0.3), *spoken("Old Mill."), SleepFrame(sleep=0.3))
    assert await turns_in(*spoken("12 Juniper Lane."), *rest, dictating=True) == 0
    over = comes(UserStoppedSpeakingFrame)
    assert await turns_in(*spoken("12 Juniper Lane."), *rest, over, dictating=True) == 1


async def test_a_code_is_over_with_its_last_digit() -> None:
    rest = (SleepFrame(sleep=0.3), *spoken("nine one three."))
    assert await turns_in(*spoken("four eight two."), SleepFrame(sleep=HOLD / 3), dictating=True) == 0
    assert await turns_in(*spoken("four eight two."), *rest, SleepFrame(sleep=HOLD / 3), dictating=True) == 1
