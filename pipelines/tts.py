"""ElevenLabs that notices when speech was lost."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

from contextlib import suppress

from pipecat.services.elevenlabs.tts import ElevenLabsTTSService, ElevenLabsTTSSettings
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from pipelines.restoring import Restoring


class RestoringElevenLabs(Restoring, ElevenLabsTTSService):
    """The vendor tells when every word is spoken, so what a death swallowed is known to the word."""

    def __init__(self, *, api_key: str, url: str, settings: ElevenLabsTTSSettings) -> None:
        super().__init__(api_key=api_key, url=url, settings=settings)

    async def _send_context_init(self, context_id: str) -> None:
        with suppress(ConnectionClosed):
            await super()._send_context_init(context_id)

    async def _send_text(self, text: str, context_id: str) -> None:
        self._note_sent(context_id, text)
        with suppress(ConnectionClosed):
            await super()._send_text(text, context_id)

    async def flush_audio(self, context_id: str | None = None) -> None:
        """Ask for the rest of the audio of a context."""
        with suppress(ConnectionClosed):
            await super().flush_audio(context_id)

    async def _close_context(self, context_id: str) -> None:
        if self._websocket is not None and self._websocket.state is State.OPEN:
            await super()._close_context(context_id)
