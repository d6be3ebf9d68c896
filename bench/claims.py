"""How much later a sentence reaches the voice because of the claim check: `python -m bench.claims`.

Each sentence of the labelled set is streamed to the check as a model would, word by word with `GAP` seconds between
them. Three delays are taken, in milliseconds: how long the check itself computes per word; how long each word of an
ordinary sentence (no claim begun) waits; and how much later the last word of a sentence leaves than it came.
The voice begins a sentence at its end, so the last is what a caller could hear.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence

from pipecat.frames.frames import Frame, LLMFullResponseEndFrame, LLMFullResponseStartFrame, LLMTextFrame
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection
from rich.console import Console

from compliance.corrections import corrections
from domain.truth import may_claim
from pipelines.claim_check import ClaimCheck
from tests.domain.claim_set import FILES, Sentence, read

GAP = 0.012
"""Seconds between two words: some 80 words a second, a fast model."""


class Timed(ClaimCheck):
    """A check whose output is a clock."""

    def __init__(self, sentence: Sentence) -> None:
        context = LLMContext([{"role": "user", "content": said} for said in sentence.ledger.heard])
        super().__init__(context, lambda: sentence.ledger.facts, corrections(), lambda type, /, **data: None)
        self.left: list[tuple[float, str]] = []

    async def push_frame(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        """Note when text leaves."""
        if isinstance(frame, LLMTextFrame):
            self.left.append((time.perf_counter(), frame.text))


async def measure(sentence: Sentence) -> tuple[list[float], list[float], float]:
    """Milliseconds: computing per word, waiting per word, and the last word's wait."""
    check = Timed(sentence)
    await check.process_frame(LLMFullResponseStartFrame(), FrameDirection.DOWNSTREAM)
    words = [f"{word} " for word in sentence.text.split()]
    came: list[float] = []
    busy: list[float] = []
    for word in words:
        await asyncio.sleep(GAP)
        came.append(time.perf_counter())
        await check.process_frame(LLMTextFrame(word), FrameDirection.DOWNSTREAM)
        busy.append((time.perf_counter() - came[-1]) * 1000)
    await check.process_frame(LLMFullResponseEndFrame(), FrameDirection.DOWNSTREAM)
    waits: list[float] = []
    sent = iter(_marks(check.left))
    letters, at = 0, 0.0
    for word, moment in zip(words, came, strict=True):
        letters += len(word)
        done, at = next(sent, (0, at))
        while done < letters:
            done, at = next(sent, (letters, at))
        sent = iter([(done, at), *sent])
        waits.append((at - moment) * 1000)
    return busy, waits, waits[-1]


def _marks(left: Sequence[tuple[float, str]]) -> list[tuple[int, float]]:
    """After how many letters were gone at which moment."""
    gone, marks = 0, []
    for moment, text in left:
        gone += len(text)
        marks.append((gone, moment))
    return marks


def shown(name: str, figures: Sequence[float]) -> str:
    """One line of the table."""
    ranked = sorted(figures)
    p95 = ranked[min(len(ranked) - 1, int(len(ranked) * 0.95))]
    return f"{name:<46}{len(ranked):>7}{statistics.median(ranked):>10.2f}{p95:>10.2f}{ranked[-1]:>10.2f}"


async def main() -> None:
    """Print the table."""
    spoken = [one for name in FILES for one in read(name) if not one.refused]
    results = [(one, await measure(one)) for one in spoken]
    held = [result for one, result in results if may_claim(one.text)]
    free = [result for one, result in results if not may_claim(one.text)]
    console = Console(highlight=False, width=100)
    console.print(
        f"{len(spoken)} true or harmless sentences, {len(held)} of them held; a word every {GAP * 1000:.0f} ms"
    )
    console.print(f"{'ms':<46}{'n':>7}{'p50':>10}{'p95':>10}{'max':>10}")
    rows = (
        ("computing, per word", [ms for _, (busy, _, _) in results for ms in busy]),
        ("ordinary sentence: each word waits", [ms for _, waits, _ in free for ms in waits]),
        ("ordinary sentence: its end waits", [last for _, _, last in free]),
        ("held sentence: each word waits", [ms for _, waits, _ in held for ms in waits]),
        ("held sentence: its end waits", [last for _, _, last in held]),
    )
    for name, figures in rows:
        console.print(shown(name, figures))


if __name__ == "__main__":
    asyncio.run(main())
