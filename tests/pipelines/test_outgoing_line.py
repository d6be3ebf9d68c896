"""The line of a call that we began: what is kept at the doorstep, and how the opening is said."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from pipecat.frames.frames import (
    Frame,
    LLMMessagesAppendFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.tests.utils import SleepFrame, run_test

from agents.door import IDENTITY, SAID, TOLD
from compliance.outgoing_words import Opening
from pipelines import doorstep as module
from pipelines.doorstep import Doorstep
from pipelines.outgoing_line import OutgoingLine

OPENING = Opening("Tiffin's AI.", "New order, two items.", question="Press 1 to hear it.")


@dataclass
class Heard:
    """What a doorstep told."""

    voices: list[bool] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    async def voice(self, speaking: bool) -> None:
        self.voices.append(speaking)

    async def word(self, text: str, seconds: float) -> None:
        self.words.append(text)


def said(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text, "callee", "now", finalized=True)


def began() -> VADUserStartedSpeakingFrame:
    return VADUserStartedSpeakingFrame(start_secs=0.1, timestamp=10.0)


def ended() -> VADUserStoppedSpeakingFrame:
    return VADUserStoppedSpeakingFrame(stop_secs=0.1, timestamp=11.0)


async def passed(door: Doorstep, *frames: Frame) -> tuple[Heard, list[type]]:
    """What was told, and what went on into the conversation."""
    heard = Heard()
    door.on_voice, door.on_words = heard.voice, heard.word
    apart = [one for frame in frames for one in (frame, SleepFrame(sleep=0.02))]  # voices overtake words
    down, _ = await run_test(door, frames_to_send=apart)
    kinds = (
        TranscriptionFrame,
        VADUserStartedSpeakingFrame,
        VADUserStoppedSpeakingFrame,
        LLMMessagesAppendFrame,
    )
    return heard, [type(frame) for frame in down if isinstance(frame, kinds)]


async def test_nothing_passes_a_shut_door_and_all_of_an_utterance_is_told_at_once() -> None:
    heard, through = await passed(Doorstep(), began(), said("For orders,"), ended(), said("press 2."))
    assert through == []
    assert (heard.voices, heard.words) == ([True, False], ["For orders, press 2."])


async def test_words_that_do_not_come_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TEXT_SECS", 0.05)
    heard, _ = await passed(Doorstep(), began(), ended(), SleepFrame(sleep=0.3))
    assert heard.words == [""]


async def test_late_words_of_an_utterance_are_nobodys_turn_and_the_next_ones_are() -> None:
    door = Doorstep()
    door.shut = False
    heard, through = await passed(door, said("Hello?"), began(), said("Yes."), ended())
    assert through == [VADUserStartedSpeakingFrame, TranscriptionFrame, VADUserStoppedSpeakingFrame]
    assert heard.words == ["Hello?", "Yes."]  # told all the same: an opening is deaf


async def test_a_typed_message_is_an_utterance() -> None:
    typed = LLMMessagesAppendFrame(messages=[{"role": "user", "content": "Hello?"}], run_llm=True)
    heard, through = await passed(Doorstep(), typed)
    assert (heard.words, through) == (["Hello?"], [])


@dataclass
class FakeCall:
    """As much of a pipeline as an opening needs."""

    quick: bool
    silent: bool = False
    spoken: list[tuple[str, str, bool, bool]] = field(default_factory=list)

    @property
    def speaker(self) -> "FakeCall":
        return self

    @property
    def phrases(self) -> "FakeCall":
        return self

    async def ready(self, text: str, seconds: float) -> bool:
        return self.quick

    async def say(self, text: str, *, mark: str, protected: bool, urgent: bool) -> None:
        self.spoken.append((text, mark, protected, urgent))


@pytest.mark.parametrize("quick", [True, False])
async def test_who_we_are_is_protected_and_all_parts_go_one_way(quick: bool) -> None:
    call = FakeCall(quick)
    await OutgoingLine(cast(Any, call), Doorstep(), OPENING, lambda: None).begin()
    assert call.spoken == [
        ("Tiffin's AI.", IDENTITY, True, quick),
        ("New order, two items.", TOLD, False, quick),
        ("Press 1 to hear it.", SAID, False, quick),
    ]


async def test_where_nothing_is_told_the_question_is_what_counts() -> None:
    call = FakeCall(quick=True)
    asked = Opening("Hi Asha.", "", "Press 9 to opt out.", "How was it?")
    await OutgoingLine(cast(Any, call), Doorstep(), asked, lambda: None).begin()
    assert [(text, mark) for text, mark, _, _ in call.spoken] == [
        ("Hi Asha.", IDENTITY),
        ("Press 9 to opt out. How was it?", TOLD),
    ]
