"""A Pipecat pipeline around one service, fed by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from pipecat.frames.frames import Frame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner


class Sink(FrameProcessor):
    """Keeps every frame that arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self.arrived = asyncio.Condition()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        async with self.arrived:
            self.frames.append(frame)
            self.arrived.notify_all()
        await self.push_frame(frame, direction)

    async def wait_for(self, kind: type[Frame], count: int = 1, seconds: float = 30) -> list[Frame]:
        """Wait until `count` frames of a kind have arrived."""

        def found() -> list[Frame]:
            return [frame for frame in self.frames if isinstance(frame, kind)]

        async with asyncio.timeout(seconds), self.arrived:
            await self.arrived.wait_for(lambda: len(found()) >= count)
        return found()


@contextlib.asynccontextmanager
async def running(service: FrameProcessor, rate: int) -> AsyncIterator[tuple[PipelineWorker, Sink]]:
    """Run service -> sink at a sample rate."""
    sink = Sink()
    params = PipelineParams(audio_in_sample_rate=rate, audio_out_sample_rate=rate)
    worker = PipelineWorker(Pipeline([service, sink]), params=params, cancel_on_idle_timeout=False)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    work = asyncio.create_task(runner.run())
    try:
        yield worker, sink
    finally:
        await runner.cancel()
        await work
