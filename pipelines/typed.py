"""Turns that were typed or keyed instead of spoken are told like spoken ones."""

from collections.abc import Awaitable, Callable

from pipecat.frames.frames import Frame, LLMMessagesAppendFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor


class TypedTurns(FrameProcessor):
    """Stands before the user aggregator: a user's message that is appended from outside is a finished turn."""

    def __init__(self) -> None:
        super().__init__(enable_direct_mode=True)
        self.on_turn: Callable[[str], Awaitable[None]] | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Tell the turn before the model can answer it."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMMessagesAppendFrame) and self.on_turn is not None:
            for message in frame.messages:
                if isinstance(message, dict) and message.get("role") == "user":
                    content = message.get("content")
                    await self.on_turn(content if isinstance(content, str) else "")
        await self.push_frame(frame, direction)
