"""Whose turn it is, and what is said when nothing is heard."""

from collections.abc import Sequence

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FunctionCallFromLLM,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMFullResponseStartFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.tests.utils import SleepFrame, run_test

from pipelines.silence import SilenceGuard

FILLER, APOLOGY = 0.1, 0.4
CALL = FunctionCallFromLLM("search", "t1", {}, LLMContext())


async def acts(*frames: Frame) -> Sequence[str]:
    """What the guard did during these frames."""
    done: list[str] = []
    guard = SilenceGuard(FILLER, APOLOGY)

    async def filler() -> None:
        done.append("filler")

    async def apology() -> None:
        done.append("apology")

    guard.on_filler, guard.on_apology = filler, apology
    await run_test(guard, frames_to_send=list(frames))
    return done


def wait(seconds: float) -> SleepFrame:
    return SleepFrame(sleep=seconds)


async def test_a_quick_answer_needs_nothing() -> None:
    assert await acts(UserStoppedSpeakingFrame(), wait(0.05), BotStartedSpeakingFrame(), wait(0.6)) == []


async def test_a_slow_answer_gets_a_filler_and_no_apology() -> None:
    frames = [UserStoppedSpeakingFrame(), wait(0.15), BotStartedSpeakingFrame(), wait(0.05)]
    assert await acts(*frames, BotStoppedSpeakingFrame(), BotStartedSpeakingFrame(), wait(0.5)) == ["filler"]


async def test_an_answer_that_never_comes_gets_the_apology() -> None:
    frames = [UserStoppedSpeakingFrame(), wait(0.15), BotStartedSpeakingFrame(), wait(0.05)]
    assert await acts(*frames, BotStoppedSpeakingFrame(), wait(0.5)) == ["filler", "apology"]


async def test_the_caller_who_goes_on_speaking_is_left_alone() -> None:
    assert await acts(UserStoppedSpeakingFrame(), UserStartedSpeakingFrame(), wait(0.6)) == []


async def test_a_barge_in_ends_our_turn() -> None:
    assert await acts(UserStoppedSpeakingFrame(), wait(0.05), InterruptionFrame(), wait(0.6)) == []


async def test_a_slow_tool_after_a_preamble_gets_a_filler() -> None:
    frames = [UserStoppedSpeakingFrame(), BotStartedSpeakingFrame(), FunctionCallsStartedFrame([CALL])]
    assert await acts(*frames, BotStoppedSpeakingFrame(), wait(0.2)) == ["filler"]


async def test_a_result_that_asks_for_no_answer_starts_no_clock() -> None:
    from pipecat.frames.frames import FunctionCallResultProperties

    result = FunctionCallResultFrame("search", "t1", {}, {"status": "reading"})
    result.properties = FunctionCallResultProperties(run_llm=False)
    assert await acts(FunctionCallsStartedFrame([CALL]), result, wait(0.6)) == []


async def test_a_model_started_by_the_system_is_watched_too() -> None:
    assert await acts(LLMFullResponseStartFrame(), wait(0.2)) == ["filler"]


async def test_text_mode_is_not_watched() -> None:
    start = LLMFullResponseStartFrame()
    start.skip_tts = True
    assert await acts(start, wait(0.6)) == []
