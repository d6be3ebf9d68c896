"""How well "hmm" is told from "no, wait" over our speech: `python -m bench.backchannels`.

Every text of `backchannels.yaml` is spoken by each of its voices into the telephone's voice detector, in real time, and
the strategy of `pipelines/turn_start.py` decides. The recogniser's text is written in the file and comes `TEXT_SECS`
after the voice ended; the second table is of a recogniser that writes nothing for every fifth clip. An interruption
is right for a barge-in and wrong for a backchannel.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pipecat.audio.vad.vad_analyzer import VADParams, VADState
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    Frame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.turns.user_start import UserTurnStartedParams
from pipecat.utils.asyncio.task_manager import TaskManager
from pipecat.utils.base_object import BaseObject
from rich.console import Console

from pipelines.config import Backchannels, PipelineConfig, shipped
from pipelines.floor import Floor
from pipelines.onnx import SharedSilero
from pipelines.turn_start import ListeningStart
from tests.pipelines.speech import speech

RATE, STEP = 8000, 320  # 20 ms of 16-bit samples
TEXT_SECS = 0.2
"""From the end of the voice, as the detector tells it, to Deepgram's answer to Finalize."""
AT_ONCE = 16
LEAD = 50
"""Frames of quiet before each clip: the detector measures loudness over the last 0.4 s and has to have begun."""
LONGEST = (0.35, 0.5, 0.7, 0.9)


@dataclass
class Clip:
    """One voice over ours, and what became of it; seconds from its first sample."""

    pcm: bytes
    heard: str
    interrupts: bool
    """What it should do."""
    held: float | None = None
    interrupted: float | None = None
    resumed: float | None = None
    began: float = 0.0


@dataclass
class Watched(Floor):
    """A floor that notes when it is held and given back."""

    clip: Clip = field(kw_only=True)

    def hold(self) -> dict[str, Any] | None:
        """See Floor."""
        self.clip.held = self.clip.held or time.monotonic() - self.clip.began
        return super().hold()

    def resume(self) -> None:
        """See Floor."""
        if self.held:
            self.clip.resumed = time.monotonic() - self.clip.began
        super().resume()


def clips(lost_every: int = 0) -> list[Clip]:
    """Every text in every voice. Of each `lost_every`th clip the recogniser writes nothing."""
    data = yaml.safe_load((Path(__file__).parent / "backchannels.yaml").read_text("utf-8"))
    made = [
        Clip(speech(one["say"], RATE, voice), one.get("heard", one["say"]), kind == "barge_ins")
        for kind in ("backchannels", "barge_ins")
        for one in data[kind]
        for voice in data["voices"]
    ]
    for clip in made[:: lost_every or len(made) + 1][bool(not lost_every) :]:
        clip.heard = ""
    return made


async def play(clip: Clip, config: PipelineConfig, settings: Backchannels) -> None:
    """Speak it over us, in real time."""
    strategy = ListeningStart(Watched(clip=clip), settings)
    await BaseObject.setup(strategy, TaskManager())

    async def started(_: object, params: UserTurnStartedParams) -> None:
        clip.interrupted = clip.interrupted or time.monotonic() - clip.began
        await strategy.handle_user_turn_started()

    strategy.add_event_handler("on_user_turn_started", started)
    vad = SharedSilero(VADParams(**config.vad.model_dump()))
    vad.set_sample_rate(RATE)
    await strategy.process_frame(BotStartedSpeakingFrame())
    quiet = bytes(STEP)
    pieces = [quiet] * LEAD + [
        clip.pcm[n : n + STEP].ljust(STEP, b"\0") for n in range(0, len(clip.pcm), STEP)
    ]
    pieces += [quiet] * int((TEXT_SECS + settings.text_secs + 0.5) * 50)
    speaking, text_at, due = False, None, time.monotonic()
    for number, piece in enumerate(pieces):
        due += STEP / 2 / RATE
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if number == LEAD:
            clip.began = time.monotonic() - STEP / 2 / RATE
        state = await vad.analyze_audio(piece)
        frame: Frame | None = None
        if state is VADState.SPEAKING and not speaking:
            speaking, frame = True, VADUserStartedSpeakingFrame(start_secs=config.vad.start_secs)
        elif state is VADState.QUIET and speaking:
            speaking, frame = False, VADUserStoppedSpeakingFrame(stop_secs=config.vad.stop_secs)
            text_at = time.monotonic() + TEXT_SECS
        elif text_at is not None and time.monotonic() >= text_at and not speaking:
            text_at = None
            if clip.heard:
                frame = TranscriptionFrame(clip.heard, "caller", "now", finalized=True)
        if frame is not None and clip.interrupted is None:
            result = await strategy.process_frame(frame)
            if isinstance(frame, TranscriptionFrame) and result.name == "CONTINUE":
                await strategy.trigger_user_turn_started()  # what the next strategy does with any word
    await strategy.cleanup()


async def run(config: PipelineConfig, settings: Backchannels, lost_every: int = 0) -> list[Clip]:
    """Every clip, a few at a time."""
    made = clips(lost_every)
    for first in range(0, len(made), AT_ONCE):
        await asyncio.gather(*(play(clip, config, settings) for clip in made[first : first + AT_ONCE]))
    return made


def figures(made: Sequence[Clip]) -> tuple[float, float, float, float, float, float]:
    """Precision, recall, p50 and p95 ms to our silence, p95 ms to a right interruption, p50 ms of a needless pause."""
    cut = [clip for clip in made if clip.interrupted is not None]
    right = [clip for clip in cut if clip.interrupts]
    wanted = sum(clip.interrupts for clip in made)
    silent = [clip.held for clip in made if clip.interrupts and clip.held is not None]
    commits = [clip.interrupted for clip in right if clip.interrupted is not None]
    pauses = [
        clip.resumed - clip.held
        for clip in made
        if not clip.interrupts and clip.resumed is not None and clip.held is not None
    ]
    return (
        len(right) / len(cut) if cut else 1.0,
        len(right) / wanted,
        statistics.median(silent) * 1000,
        _p95(silent) * 1000,
        _p95(commits) * 1000,
        (statistics.median(pauses) if pauses else 0.0) * 1000,
    )


def _p95(of: Sequence[float]) -> float:
    ranked = sorted(of)
    return ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))] if ranked else 0.0


async def main() -> None:
    """Print the tables."""
    config = shipped()["phone"]
    standard = config.turns.backchannels or Backchannels()
    console = Console(highlight=False, width=100)
    made = clips()
    seconds = sorted(len(clip.pcm) / 2 / RATE for clip in made if not clip.interrupts)
    console.print(
        f"{len(seconds)} backchannels ({seconds[0]:.2f} to {seconds[-1]:.2f} s, "
        f"p95 {_p95(seconds):.2f}), {len(made) - len(seconds)} barge-ins"
    )
    for lost in (0, 5):
        console.print("\nevery text comes" if not lost else f"\nno text for every {lost}th clip")
        console.print(
            f"{'longest_secs':<14}{'precision':>10}{'recall':>8}{'silent p50':>12}{'p95':>6}"
            f"{'cut p95':>10}{'pause p50':>11}  ms"
        )
        for longest in LONGEST if not lost else (standard.longest_secs,):
            settings = standard.model_copy(update={"longest_secs": longest})
            tried = await run(config, settings, lost)
            precision, recall, silent, latest, commit, pause = figures(tried)
            star = "*" if longest == standard.longest_secs else " "
            console.print(
                f"{longest:<13}{star}{precision:>10.3f}{recall:>8.3f}{silent:>12.0f}{latest:>6.0f}{commit:>10.0f}{pause:>11.0f}"
            )
    heard = sum(clip.held is not None for clip in tried if clip.interrupts)
    console.print(f"\n* the standard. The detector hears {heard} of the barge-ins at all.")
    console.print("Without the strategy every voice interrupts: precision 0.5, recall and silence the same.")


if __name__ == "__main__":
    asyncio.run(main())
