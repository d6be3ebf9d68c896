"""Taking back words that were sent to the voice and not spoken yet."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

from dataclasses import dataclass

from pipecat.frames.frames import ControlFrame
from pipecat.utils.text.base_text_aggregator import BaseTextAggregator


@dataclass
class UnsaidFrame(ControlFrame):
    """To the voice: the beginning of a sentence, as it was sent, is not to be spoken after all."""

    text: str = ""


async def take_back(waiting: BaseTextAggregator, text: str) -> None:
    """Drop the words from the end of what waits for its full stop; what stands before them stays."""
    there, gone = waiting.text.text, text.strip()
    if not there or not (there.endswith(gone) or gone.endswith(there)):
        return
    await waiting.reset()
    rest = there[: -len(gone)] if there.endswith(gone) else ""
    if rest.strip():
        async for _ in waiting.aggregate(rest):
            pass
