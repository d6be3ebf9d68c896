"""What a client that follows by text is told the agent says: what has passed the claim check, and not what was made."""

from dataclasses import replace
from typing import Any

from pipecat.frames.frames import LLMFullResponseEndFrame, LLMFullResponseStartFrame, LLMTextFrame
from pipecat.observers.base_observer import FramePushed
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.processors.frameworks.rtvi import RTVIObserver, RTVIObserverParams, RTVIProcessor
from pipecat.services.llm_service import LLMService

ANSWER = (LLMFullResponseStartFrame, LLMTextFrame, LLMFullResponseEndFrame)


class CheckedObserver(RTVIObserver):
    """The stock observer tells a frame when it is pushed first, by the model; a check cuts it up and pushes it anew.

    Then parts of an answer came twice, and in any order.
    """

    def __init__(self, *args: Any, checked: FrameProcessor, **options: Any) -> None:
        super().__init__(*args, **options)
        self._checked = checked

    async def on_push_frame(self, data: FramePushed) -> None:
        """Tell an answer where it leaves the last check; the system's own words where they begin."""
        if isinstance(data.frame, ANSWER):
            own = data.first_push and not isinstance(data.source, LLMService)
            if data.source is not self._checked and not own:
                return
            data = replace(data, first_push=True)
        await super().on_push_frame(data)


class CheckedRTVI(RTVIProcessor):
    """RTVI whose observer reads answers behind `checked`."""

    def __init__(self, checked: FrameProcessor) -> None:
        super().__init__()
        self._checked = checked

    def create_rtvi_observer(
        self, *, params: RTVIObserverParams | None = None, **options: Any
    ) -> RTVIObserver:
        """The observer that goes with it."""
        return CheckedObserver(self, params=params, checked=self._checked, **options)
