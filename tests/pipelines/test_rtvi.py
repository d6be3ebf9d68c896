"""A client that follows by text gets what has passed the claim check, once and in its order."""

from typing import Any

import pytest
from pipecat.frames.frames import (
    Frame,
    FunctionCallInProgressFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.observers.base_observer import FramePushed
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.processors.frameworks.rtvi import RTVIObserverParams
from pipecat.services.llm_service import LLMService

from pipelines.rtvi import CheckedObserver, CheckedRTVI


class Told(CheckedObserver):
    """The observer, whose messages are kept instead of sent."""

    def __init__(self, checked: FrameProcessor) -> None:
        super().__init__(CheckedRTVI(checked), checked=checked, params=RTVIObserverParams())
        self.messages: list[str] = []

    async def send_rtvi_message(self, model: Any, exclude_none: bool = True) -> None:
        """Keep it."""
        data = getattr(model, "data", None)
        self.messages.append(getattr(data, "text", None) or model.type)


class Line:
    """A model, a check, and a speaker of fixed words, in this order."""

    def __init__(self) -> None:
        self.model, self.check, self.speaker = LLMService(), FrameProcessor(), FrameProcessor()
        self.told = Told(self.check)

    async def push(self, source: FrameProcessor, frame: Frame, *, first: bool) -> None:
        """A processor passes a frame along."""
        down = FrameDirection.DOWNSTREAM
        await self.told.on_push_frame(FramePushed(source, self.speaker, frame, down, 0, first))


@pytest.fixture
async def line() -> Line:
    """The processors, with a loop that runs."""
    return Line()


async def test_an_answer_is_told_as_it_leaves_the_check(line: Line) -> None:
    start, whole, end = LLMFullResponseStartFrame(), LLMTextFrame("then. Anyth"), LLMFullResponseEndFrame()
    rest = LLMTextFrame("ing else?")
    for frame in (start, whole, rest, end):  # the model is ahead of the check
        await line.push(line.model, frame, first=True)
    assert line.told.messages == []
    await line.push(line.check, start, first=False)
    for piece in ("then.", " Anyth"):
        await line.push(line.check, LLMTextFrame(piece), first=True)
    await line.push(line.check, rest, first=False)
    await line.push(line.check, end, first=False)
    texts = [told for told in line.told.messages if told != "bot-transcription"]
    assert (texts[0], texts[-1]) == ("bot-llm-started", "bot-llm-stopped")
    assert "then. Anything else?" in "".join(texts)
    assert line.told.messages.count("ing else?") == 1


async def test_what_comes_after_the_check_is_not_told_twice(line: Line) -> None:
    frame = LLMTextFrame("Hello.")
    await line.push(line.check, frame, first=False)
    before = list(line.told.messages)
    await line.push(line.speaker, frame, first=False)
    assert line.told.messages == before


async def test_the_systems_own_words_are_told_where_they_begin(line: Line) -> None:
    await line.push(line.speaker, LLMTextFrame("Tiffin's AI."), first=True)
    assert "Tiffin's AI." in line.told.messages


async def test_tools_are_told_from_the_model(line: Line) -> None:
    frame = FunctionCallInProgressFrame("search_menu", "call-1", {})
    await line.push(line.model, frame, first=True)
    assert [told for told in line.told.messages if "function-call" in told]
