"""By text nothing is ever heard: the words themselves are the answer, and end the wait for one."""

from pipecat.frames.frames import (
    AggregatedTextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    UserStoppedSpeakingFrame,
)

from tests.pipelines.feed import Step
from tests.pipelines.test_silence import APOLOGISED, FILLED, QUIET, acts


def words(text: str) -> list[Step | str]:
    """A reply that is typed, as it leaves the voice that does not speak it."""
    frames = (
        LLMFullResponseStartFrame(),
        AggregatedTextFrame(text, "sentence"),
        LLMFullResponseEndFrame(),
    )
    for frame in frames:
        frame.skip_tts = True
    return list(frames)


async def test_a_typed_answer_needs_no_filler() -> None:
    assert await acts(UserStoppedSpeakingFrame(), *words("It is on its way."), QUIET) == []


async def test_a_typed_filler_is_not_the_answer_and_the_answer_after_it_needs_no_apology() -> None:
    waited: list[Step | str] = [UserStoppedSpeakingFrame(), FILLED, *words("One moment, please.")]
    assert await acts(*waited, APOLOGISED) == [FILLED, APOLOGISED]
    assert await acts(*waited, *words("It is on its way."), QUIET) == [FILLED]
