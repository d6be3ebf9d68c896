"""What the system says itself, as far as others have to know of it before it sounds."""

from typing import Any, cast

from pipecat.frames.frames import BotStartedSpeakingFrame, Frame, InterruptionFrame, TTSSpeakFrame
from pipecat.tests.utils import SleepFrame

from pipelines.playout import Playout
from pipelines.speaker import BEGINS_SECS, Speaker
from tests.pipelines.feed import Step, comes, feed

A_MOMENT = SleepFrame(sleep=0.1)


class NoPhrases:
    """Nothing has been prepared: a live voice says everything."""

    def find(self, text: str) -> None:
        """See pipelines.call_phrases.CallPhrases."""


async def after(*frames: Frame, silent: bool = False) -> float:
    """For how long a sentence is still expected to be heard, after these frames."""
    speaker = Speaker(cast(Any, NoPhrases()), Playout(), cast(Any, None))
    speaker.silent = silent
    left: list[float] = []

    def looked(_: object) -> bool:
        left.append(speaker.begins_within())
        return True

    said = speaker.reply("Your order is on its way.")
    steps: list[Step] = [said, *([] if silent else [comes(TTSSpeakFrame)]), *frames, A_MOMENT, looked]
    await feed(speaker, *steps)
    return left[0]


async def test_a_sentence_that_has_gone_to_a_voice_is_expected_for_a_moment() -> None:
    assert 0 < await after() <= BEGINS_SECS
    assert await after(SleepFrame(sleep=BEGINS_SECS)) == 0


async def test_once_it_sounds_or_is_cut_it_is_not() -> None:
    assert await after(BotStartedSpeakingFrame()) == 0
    assert await after(InterruptionFrame()) == 0


async def test_by_text_nothing_is_ever_heard() -> None:
    assert await after(silent=True) == 0
