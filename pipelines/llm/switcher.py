"""Answers the same turn with the next model when one fails, and goes back when it has recovered."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from loguru import logger
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMConfigureOutputFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
    ManuallySwitchServiceFrame,
)
from pipecat.pipeline.llm_switcher import LLMSwitcher
from pipecat.pipeline.service_switcher import ServiceSwitcherStrategyManual
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.utils.errors import ErrorCategory

from deadline import deadline
from pipelines.llm.breaker import Breaker
from pipelines.selection import PRIMARY, Preference

CONTINUE = (
    "Your answer was cut off by a fault after these words, which the caller has heard: {said!r}. "
    "Finish it in one short sentence; do not greet and do not repeat them."
)
CUT_SHORT = "cut_short"
"""In the metadata of the end of an answer that a fault has cut: a `Cut`."""
CHECK_SECS = 1.0
"""A check tells within milliseconds what it passed on; a caller does not wait for one that does not."""
RESERVE = "reserve"
"""The reason when a model answers because one before it rests after a fault."""
FAULT = "fault"
"""The reason when a model answers because another failed in this very turn."""


def _promise() -> "asyncio.Future[str]":
    return asyncio.get_running_loop().create_future()


def _nobody_asks(place: int, why: str) -> None:
    """Which model answers is not kept."""


@dataclass
class Cut:
    """An answer that a fault has cut."""

    goes_on: bool
    """Whether another model goes on with its last sentence."""
    _passed: "asyncio.Future[str] | None" = None

    def passed_on(self, text: str) -> None:
        """Tell, as who may hold words back, which went to the voice."""
        if self._passed is not None and not self._passed.done():
            self._passed.set_result(text)

    async def heard(self, made: str) -> str:
        """What went to the voice of what the model made."""
        if self._passed is None:
            return made
        try:
            async with deadline(CHECK_SECS):
                return await self._passed
        except TimeoutError:
            return made


@dataclass
class Turn:
    """One request to a model, with what has come of it."""

    context: LLMContext
    tried: list[LLMService[Any]] = field(default_factory=list)
    said: str = ""
    """What went to the voice of the answers that were cut."""
    saying: str = ""
    """The answer under way."""
    called: bool = False
    fault: ErrorFrame | None = None


class SameTurnSwitcher(LLMSwitcher[ServiceSwitcherStrategyManual]):
    """Pipecat's own failover switches only on permanent errors and never repeats the lost turn.

    Events: `on_failover(switcher, failed, taking_over, category, mid_sentence)` with service names and an
    `ErrorCategory` value; `on_all_failed(switcher, category)` when no model is left for this turn.
    """

    def __init__(
        self, llms: Sequence[LLMService[Any]], breakers: Sequence[Breaker], cheap: int | None = None
    ) -> None:
        super().__init__(list(llms), ServiceSwitcherStrategyManual)
        self._breakers = dict(zip(llms, breakers, strict=True))
        self._cheap = None if cheap is None else self.llms[cheap]
        self._turn: Turn | None = None
        self._in_reserve = False
        self.checked = False
        """Whether a check behind the models may hold words back, and tells which it passed on."""
        self.prefers_cheap: Preference = lambda context: None
        """Asked before each request whether the cheap model may answer it, and why."""
        self.on_chosen: Callable[[int, str], None] = _nobody_asks
        """Told of every request: the model's place and the reason. Called on the audio path."""
        self._register_event_handler("on_failover")
        self._register_event_handler("on_all_failed")

    @property
    def degraded(self) -> bool:
        """True while a model other than the first answers, because the first failed; not for a simple turn's model."""
        return self._in_reserve

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pick the model for each request; forget the request when the caller barges in.

        A request comes down from the caller's turn, and up from the assistant's side once a tool has answered.
        """
        if isinstance(frame, LLMContextFrame):
            self._turn = Turn(frame.context)
            await self._begin(frame.context)
        elif isinstance(frame, InterruptionFrame):
            self._turn = None
        elif isinstance(frame, LLMConfigureOutputFrame):
            await self._configure_waiting(frame)
        await super().process_frame(frame, direction)

    async def _begin(self, context: LLMContext) -> None:
        """The cheap model where a rule says so and it is well, else the first that is."""
        first = self.llms[0]
        why = self.prefers_cheap(context) if self._cheap and self._breakers[self._cheap].closed else None
        chosen = self._cheap if why and self._cheap else self._choice([]) or first
        self._in_reserve = chosen is not first and not (why and self._breakers[first].closed)
        self.on_chosen(self.llms.index(chosen), why or (PRIMARY if chosen is first else RESERVE))
        await self._activate(chosen)

    async def _configure_waiting(self, frame: LLMConfigureOutputFrame) -> None:
        """Pipecat tells only the active model whether the answer is spoken or read; the others may follow it."""
        for llm in self.llms:
            if llm is not self.active_llm:
                await llm.queue_frame(frame)

    async def push_frame(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        """Keep a model's faults here, and ask the next one once the failed answer has been closed."""
        turn = self._turn
        if isinstance(frame, ErrorFrame) and frame.processor in self.llms:
            if frame.category is ErrorCategory.APPLICATION:
                await super().push_frame(frame, direction)
            else:
                self._note_fault(frame)
            return
        if turn is not None and isinstance(frame, LLMTextFrame):
            turn.saying += frame.text
        elif turn is not None and isinstance(frame, FunctionCallsStartedFrame):
            turn.called = True
        ends = turn is not None and isinstance(frame, LLMFullResponseEndFrame)
        fault = turn.fault if turn is not None and ends else None
        if turn is None or fault is None:
            await super().push_frame(frame, direction)
            if ends and turn is self._turn:
                self._breakers[self.active_llm].reset()
            return
        turn.tried.append(self.active_llm)
        target = None if turn.called else self._choice(turn.tried)
        checked = self.checked and target is not None
        cut = frame.metadata[CUT_SHORT] = Cut(target is not None, _promise() if checked else None)
        await super().push_frame(frame, direction)
        turn.said, turn.saying = f"{turn.said} {(await cut.heard(turn.saying)).strip()}".strip(), ""
        if turn is self._turn:
            await self._ask_next(turn, fault, target)

    def _note_fault(self, error: ErrorFrame) -> None:
        if error.processor is not self.active_llm:
            return
        self._breakers[self.active_llm].trip()
        if self._turn is not None and self._turn.fault is None:
            self._turn.fault = error

    async def _ask_next(self, turn: Turn, fault: ErrorFrame, target: LLMService[Any] | None) -> None:
        failed, turn.fault = turn.tried[-1], None
        category = (fault.category or ErrorCategory.UNKNOWN).value
        if target is None:
            self._turn = None
            await self._call_event_handler("on_all_failed", category)
            return
        logger.warning(f"{self}: {failed.name} failed ({category}), {target.name} answers this turn")
        if turn.said:
            turn.context.add_message({"role": "developer", "content": CONTINUE.format(said=turn.said)})
        self._in_reserve = target is not self.llms[0]
        self.on_chosen(self.llms.index(target), FAULT)
        await self._activate(target)
        await self._call_event_handler("on_failover", failed.name, target.name, category, bool(turn.said))
        await target.queue_frame(LLMContextFrame(context=turn.context))

    def _choice(self, tried: Sequence[LLMService[Any]]) -> LLMService[Any] | None:
        """The first model not tried whose breaker is closed; when all are open, the one that opens first."""
        left = [llm for llm in self.llms if llm not in tried]
        healthy = [llm for llm in left if self._breakers[llm].closed]
        if healthy:
            return healthy[0]
        return min(left, key=lambda llm: self._breakers[llm].open_until, default=None)

    async def _activate(self, llm: LLMService[Any]) -> None:
        if not llm.is_usable:
            await llm.set_usable(True)
        if llm is not self.active_llm:
            await self.strategy.handle_frame(
                ManuallySwitchServiceFrame(service=llm), FrameDirection.DOWNSTREAM
            )
