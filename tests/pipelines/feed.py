"""Pipecat's `run_test` for a busy machine: it may start late, and a test waits for what it needs, not for a time."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from pipecat.frames.frames import Frame
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.pipeline.worker import PipelineParams
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.tests.utils import QueuedFrameProcessor, SleepFrame, run_test

START_SECS = 30.0
PATIENCE = 20.0
"""Seconds until a condition is given up; the test then fails at what it asserts."""
PAUSE = 0.02

Step = Frame | Callable[[Sequence[Frame]], object]
"""A frame to send, or a condition on the frames that have come out at either end; it is waited for."""


class Ends(BaseObserver):
    """Keeps what has come out of the processor under test."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []

    async def on_push_frame(self, data: FramePushed) -> None:
        if isinstance(data.destination, QueuedFrameProcessor):
            self.frames.append(data.frame)


def comes(kind: type[Frame], count: int = 1) -> Step:
    """The condition that so many frames of a kind have come out."""
    return lambda frames: sum(isinstance(frame, kind) for frame in frames) >= count


async def feed(
    processor: FrameProcessor,
    *steps: Step,
    rates: dict[str, int] | None = None,
    **options: Any,
) -> tuple[Sequence[Frame], Sequence[Frame]]:
    """Send frames one by one, waiting where a condition stands; what came out downstream, and upstream.

    `rates` are PipelineParams, in Hz; `options` are those of `run_test`.
    """
    ends = Ends()
    return await run_test(
        processor,
        frames_to_send=cast(Sequence[Frame], _sent(steps, ends)),
        observers=[ends],
        pipeline_params=PipelineParams(**(rates or {})),
        start_timeout=START_SECS,
        **options,
    )


def _sent(steps: Sequence[Step], ends: Ends) -> Iterator[Frame]:
    for step in steps:
        if isinstance(step, Frame):
            yield step
            continue
        deadline = time.monotonic() + PATIENCE
        while not step(ends.frames) and time.monotonic() < deadline:
            yield SleepFrame(sleep=PAUSE)
