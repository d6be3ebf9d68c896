"""What a call reports about itself: turns, tools, latency, usage and faults, through one callback."""

from typing import Any, Protocol

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    InterruptionFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.observers.error_observer import ErrorEvent, ErrorObserver
from pipecat.observers.function_call_observer import (
    FunctionCallEvent,
    FunctionCallEventKind,
    FunctionCallObserver,
)
from pipecat.observers.service_metrics_observer import (
    ServiceMetricsObserver,
    ServiceUsageKind,
    ServiceUsageRecord,
)
from pipecat.observers.user_bot_latency_observer import LatencyBreakdown, UserBotLatencyObserver
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService

OUTCOMES = {
    FunctionCallEventKind.COMPLETED: "ok",
    FunctionCallEventKind.FAILED: "failed",
    FunctionCallEventKind.TIMED_OUT: "timed_out",
    FunctionCallEventKind.CANCELLED: "cancelled",
}


class Record(Protocol):
    """Takes one event of the call. Called on the audio path: put it in a queue and return."""

    def __call__(self, type: str, /, **data: Any) -> None:
        """`type` is dotted (`tool.finished`); `data` is JSON-able."""
        ...


class BargeIn(BaseObserver):
    """Reports an interruption that cut speech, not the ones at every turn's start."""

    def __init__(self, record: Record) -> None:
        super().__init__(observe_every_push=False)
        self._record = record
        self._speaking = False

    async def on_push_frame(self, data: FramePushed) -> None:
        """Follow the bot's voice."""
        if data.direction is not FrameDirection.DOWNSTREAM:
            return
        match data.frame:
            case BotStartedSpeakingFrame():
                self._speaking = True
            case BotStoppedSpeakingFrame():
                self._speaking = False
            case InterruptionFrame() if self._speaking:
                self._speaking = False
                self._record("caller.barged_in")
            case _:
                pass


class ModelSpeaks(BaseObserver):
    """Reports the moment a model's answer begins to have words."""

    def __init__(self, record: Record) -> None:
        super().__init__(observe_every_push=False)
        self._record = record
        self._silent = False

    async def on_push_frame(self, data: FramePushed) -> None:
        """Follow each answer from its start to its first text."""
        if not isinstance(data.source, LLMService):
            return
        if isinstance(data.frame, LLMFullResponseStartFrame):
            self._silent = True
        elif isinstance(data.frame, LLMTextFrame) and self._silent and data.frame.text.strip():
            self._silent = False
            self._record("model.spoke")


def observers(record: Record) -> list[BaseObserver]:
    """The observers of one call. Every event's fields:

    `tool.started` tool, call · `tool.finished` tool, call, ms, outcome (ok, failed,
    timed_out, cancelled) ·
    `turn.latency` ms, from, parts [{part, owner, ms}] · `usage.llm` model, prompt, completion, cache_read,
    cache_write (tokens) · `usage.tts` model, characters · `usage.stt` model, seconds ·
    `fault` service, category · `caller.barged_in` · `model.spoke`.
    """
    return [
        _tools(record),
        _latency(record),
        _usage(record),
        _faults(record),
        BargeIn(record),
        ModelSpeaks(record),
    ]


def _tools(record: Record) -> BaseObserver:
    observer = FunctionCallObserver(include_arguments=False)

    async def report(_: BaseObserver, event: FunctionCallEvent) -> None:
        if event.kind is FunctionCallEventKind.STARTED:
            record("tool.started", tool=event.function_name, call=event.tool_call_id)
        elif event.kind in OUTCOMES:
            since = event.in_progress_at or event.started_at or event.timestamp
            record(
                "tool.finished",
                tool=event.function_name,
                call=event.tool_call_id,
                ms=round((event.timestamp - since) * 1000),
                outcome=OUTCOMES[event.kind],
            )

    observer.add_event_handler("on_function_call_event", report)
    return observer


def _latency(record: Record) -> BaseObserver:
    observer = UserBotLatencyObserver(min_contribution_secs=0.001)

    async def report(_: BaseObserver, turn: LatencyBreakdown) -> None:
        record(
            "turn.latency",
            ms=round(turn.total_secs * 1000),
            since=turn.measured_from.value if turn.measured_from else None,
            parts=[
                {"part": part.key, "owner": part.owner, "ms": round(part.duration_secs * 1000)}
                for part in turn.contributions
            ],
        )

    observer.add_event_handler("on_latency_breakdown", report)
    return observer


def _usage(record: Record) -> BaseObserver:
    observer = ServiceMetricsObserver()

    async def report(_: BaseObserver, usage: ServiceUsageRecord) -> None:
        if usage.kind is ServiceUsageKind.LLM:
            record(
                "usage.llm",
                model=usage.model,
                prompt=usage.prompt_tokens,
                completion=usage.completion_tokens,
                cache_read=usage.cache_read_input_tokens,
                cache_write=usage.cache_creation_input_tokens,
            )
        elif usage.kind is ServiceUsageKind.TTS:
            record("usage.tts", model=usage.model, characters=usage.characters)
        else:
            record("usage.stt", model=usage.model, seconds=usage.audio_seconds)

    observer.add_event_handler("on_service_usage", report)
    return observer


def _faults(record: Record) -> BaseObserver:
    observer = ErrorObserver()

    async def report(_: BaseObserver, error: ErrorEvent) -> None:
        # The message may quote what the provider sent back; only the kind of fault is kept.
        record("fault", service=error.processor, category=error.category.value)

    observer.add_event_handler("on_error", report)
    return observer
