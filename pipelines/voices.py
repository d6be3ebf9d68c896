"""Speaks with the next voice when the first one cannot; a call that has changed its voice keeps it."""

from collections.abc import Sequence
from typing import cast

from loguru import logger
from pipecat.frames.frames import ErrorFrame
from pipecat.pipeline.service_switcher import ServiceSwitcher, ServiceSwitcherStrategyManual
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.tts_service import TTSService
from pipecat.utils.errors import ErrorCategory

from pipelines.restoring import Restoring


class NextVoice(ServiceSwitcherStrategyManual):
    """Pipecat's own strategy waits until a service is written off: up to 12 s of silence with ElevenLabs."""

    async def handle_error(self, error: ErrorFrame) -> FrameProcessor | None:
        """Switch on the first fault of the provider; the service that could not speak hands its text back."""
        if error.category is ErrorCategory.APPLICATION:
            return None
        failed = self.active_service
        later = self.services[self.services.index(failed) + 1 :]
        target = next((service for service in later if service.is_usable), None)
        if target is None:
            return None
        logger.warning(f"{failed.name} failed, {target.name} speaks from here on")
        await self._set_active_if_available(target)
        if isinstance(failed, Restoring):
            await failed.surrender()
        return target


class VoiceSwitcher(ServiceSwitcher[NextVoice]):
    """The voices of a call, in the order they are tried."""

    def __init__(self, voices: Sequence[TTSService]) -> None:
        super().__init__(cast(list[FrameProcessor], list(voices)), NextVoice)
