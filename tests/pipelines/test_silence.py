"""Whose turn it is, and what is said when nothing is heard."""

from collections.abc import Sequence

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    FunctionCallFromLLM,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMFullResponseStartFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.tests.utils import SleepFrame

from pipelines.silence import SilenceGuard
from tests.pipelines.feed import Step, feed

FILLER, APOLOGY = 1.0, 2.5
"""Long enough that frames sent one right after the other stay together on a busy machine."""
QUIET = SleepFrame(sleep=max(FILLER, APOLOGY - FILLER) + 0.5)
"""Longer than what comes next takes."""
FILLED, APOLOGISED = "filler", "apology"
CALL = FunctionCallFromLLM("search", "t1", {}, LLMContext())


async def acts(*steps: Step | str, begins: Sequence[float] = ()) -> Sequence[str]:
    """What the guard did during these frames; at the name of an act it is waited for.

    `begins`: within how many seconds a sentence of ours is heard, at each time it asks; then none is.
    """
    done: list[str] = []
    guard = SilenceGuard(FILLER, APOLOGY)
    left = iter(begins)
    guard.begins_within = lambda: next(left, 0.0)

    async def filler() -> None:
        done.append(FILLED)

    async def apology() -> None:
        done.append(APOLOGISED)

    guard.on_filler, guard.on_apology = filler, apology

    def has(act: str) -> Step:
        return lambda _: act in done

    await feed(guard, *(has(step) if isinstance(step, str) else step for step in steps))
    return done


async def test_a_quick_answer_needs_nothing() -> None:
    assert await acts(UserStoppedSpeakingFrame(), BotStartedSpeakingFrame(), QUIET) == []


async def test_a_slow_answer_gets_a_filler_and_no_apology() -> None:
    filler: list[Step | str] = [
        UserStoppedSpeakingFrame(),
        FILLED,
        BotStartedSpeakingFrame(),
        BotStoppedSpeakingFrame(),
    ]
    answer = [BotStartedSpeakingFrame(), QUIET]
    assert await acts(*filler, *answer) == [FILLED]


async def test_an_answer_that_never_comes_gets_the_apology() -> None:
    filler: list[Step | str] = [
        UserStoppedSpeakingFrame(),
        FILLED,
        BotStartedSpeakingFrame(),
        BotStoppedSpeakingFrame(),
    ]
    assert await acts(*filler, APOLOGISED) == [FILLED, APOLOGISED]


async def test_a_filler_does_not_run_into_a_sentence_of_ours_that_is_about_to_be_heard() -> None:
    sounds = [SleepFrame(sleep=FILLER + 0.2), BotStartedSpeakingFrame(), QUIET]
    assert await acts(UserStoppedSpeakingFrame(), *sounds, begins=[30.0]) == []


async def test_a_sentence_of_ours_that_is_never_heard_keeps_the_filler_for_a_moment_only() -> None:
    assert await acts(UserStoppedSpeakingFrame(), FILLED, begins=[0.1]) == [FILLED]


async def test_the_caller_who_goes_on_speaking_is_left_alone() -> None:
    assert await acts(UserStoppedSpeakingFrame(), UserStartedSpeakingFrame(), QUIET) == []


async def test_a_barge_in_ends_our_turn() -> None:
    assert await acts(UserStoppedSpeakingFrame(), InterruptionFrame(), QUIET) == []


async def test_a_slow_tool_after_a_preamble_gets_a_filler() -> None:
    frames = [UserStoppedSpeakingFrame(), BotStartedSpeakingFrame(), FunctionCallsStartedFrame([CALL])]
    assert await acts(*frames, BotStoppedSpeakingFrame(), FILLED) == [FILLED]


async def test_a_result_that_asks_for_no_answer_starts_no_clock() -> None:
    from pipecat.frames.frames import FunctionCallResultProperties

    result = FunctionCallResultFrame("search", "t1", {}, {"status": "reading"})
    result.properties = FunctionCallResultProperties(run_llm=False)
    assert await acts(FunctionCallsStartedFrame([CALL]), result, QUIET) == []


async def test_a_model_started_by_the_system_is_watched_too() -> None:
    assert await acts(LLMFullResponseStartFrame(), FILLED) == [FILLED]


async def test_text_mode_is_not_watched() -> None:
    start = LLMFullResponseStartFrame()
    start.skip_tts = True
    assert await acts(start, QUIET) == []
