"""Card numbers that callers say, type or key against all advice: nothing behind the guard sees them."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import time

from pipecat.frames.frames import (
    Frame,
    InputDTMFFrame,
    InterimTranscriptionFrame,
    LLMMessagesAppendFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage
from pipecat.processors.aggregators.llm_response_universal import (
    LLMAssistantAggregator,
    LLMAssistantAggregatorParams,
    LLMContextAggregatorPair,
    LLMUserAggregator,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.utils.string import TextPartForConcatenation

from domain.masking import mask_cards, mask_cards_across, mask_cards_in

MOST_KEYS = 11
"""A telephone number with its country's 1; a card's number has 13 digits or more."""
PAUSE_SECS = 5.0
"""Keys pressed further apart than this do not belong to one number."""
EARLIER_TURNS = 4
"""A card's number is read in four groups, and each may end a turn."""


class CardGuard(FrameProcessor):
    """Stands before everything that listens for words: hides whole card numbers, and stops long rows of keys."""

    def __init__(self, pause_secs: float = PAUSE_SECS) -> None:
        super().__init__(enable_direct_mode=True)
        self._pause_secs = pause_secs
        self._keys = 0
        self._key_at = 0.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass everything on but card numbers."""
        await super().process_frame(frame, direction)
        match frame:
            case InputDTMFFrame() if self._too_many():
                return
            case TranscriptionFrame() | InterimTranscriptionFrame():
                _hide_in(frame)
            case LLMMessagesAppendFrame():
                frame.messages = [_hidden(message) for message in frame.messages]
            case UserStartedSpeakingFrame() | UserStoppedSpeakingFrame():
                self._keys = 0
            case _:
                pass
        await self.push_frame(frame, direction)

    def _too_many(self) -> bool:
        now = time.monotonic()
        if now - self._key_at > self._pause_secs:
            self._keys = 0
        self._key_at = now
        self._keys += 1
        return self._keys > MOST_KEYS


class CardFreeUser(LLMUserAggregator):
    """The stock aggregator joins what the recogniser hears in pieces: a number is whole only here."""

    async def _handle_transcription(self, frame: TranscriptionFrame) -> None:
        await super()._handle_transcription(frame)
        said = self.aggregation_string()
        alone = mask_cards(said)
        earlier = self._earlier()
        *before, now = mask_cards_across([*(str(message["content"]) for message in earlier), alone])
        for message, text in zip(earlier, before, strict=True):
            message["content"] = text
        if now != said:
            self._aggregation = [TextPartForConcatenation(now, includes_inter_part_spaces=False)]

    def _earlier(self) -> list[dict[str, object]]:
        """The caller's last turns, which a number may have begun in; the newest last."""
        found: list[dict[str, object]] = []
        for message in reversed(self._context.get_messages()):
            if isinstance(message, dict) and message.get("role") == "user":
                found.insert(0, message)  # type: ignore[arg-type]
            if len(found) == EARLIER_TURNS:
                break
        return [message for message in found if isinstance(message["content"], str)]


class CardFreePair(LLMContextAggregatorPair):
    """The stock pair around a `CardFreeUser`, or around a kind of it."""

    def __init__(
        self,
        context: LLMContext,
        *,
        user_params: LLMUserAggregatorParams,
        user: type[CardFreeUser] = CardFreeUser,
    ) -> None:
        self._user = user(context, params=user_params)
        self._assistant = LLMAssistantAggregator(
            context, params=LLMAssistantAggregatorParams(), _paired_user_aggregator=self._user
        )


def _hide_in(frame: TranscriptionFrame | InterimTranscriptionFrame) -> None:
    hidden = mask_cards(frame.text)
    if hidden != frame.text:
        frame.text = hidden
        frame.result = None  # the recogniser's own message says it too


def _hidden(message: LLMContextMessage) -> LLMContextMessage:
    if isinstance(message, dict) and message.get("role") == "user":
        return {**message, "content": mask_cards_in(message.get("content"))}  # type: ignore[return-value]
    return message
