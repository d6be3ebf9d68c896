"""Deepgram's voice that notices when speech was lost."""

# Pipecat's own methods are half typed.
# mypy: disable-error-code="no-untyped-call"

import json
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from pipecat.frames.frames import Frame, TTSAudioRawFrame
from pipecat.services.deepgram.tts import DeepgramTTSService, DeepgramTTSSettings
from websockets.exceptions import ConnectionClosed

from pipelines.phrases import spread
from pipelines.restoring import Restoring

LETTER_SECS = 0.075
"""Slower than the voice speaks (0.06): after a death a word is rather heard twice than never."""


class RestoringAura(Restoring, DeepgramTTSService):
    """The vendor tells no word times: they are guessed from the letters, as the audio comes.

    When a context has been spoken to its end the words still missing are written at once. The stock service writes
    a whole answer before the first sound of it.
    """

    def __init__(self, *, api_key: str, url: str, settings: DeepgramTTSSettings) -> None:
        super().__init__(
            api_key=api_key, base_url=url, mip_opt_out=True, settings=settings, push_text_frames=False
        )
        self._audio_secs: dict[str, float] = {}

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Ask for speech, or keep the text for somebody who can speak."""
        if await self._open():
            self._note_sent(context_id, text)
            await self.start_tts_usage_metrics(text)
            if self._websocket is not None:
                with suppress(ConnectionClosed):
                    await self._websocket.send(json.dumps({"type": "Speak", "text": text}))
            yield None
        else:
            async for frame in super().run_tts(text, context_id):
                yield frame

    async def append_to_audio_context(self, context_id: str | None, frame: Any) -> None:
        """Time the words that this much audio is enough for."""
        await super().append_to_audio_context(context_id, frame)
        if context_id is None or context_id not in self._sent or not isinstance(frame, TTSAudioRawFrame):
            return
        seconds = self._audio_secs.get(context_id, 0.0) + len(frame.audio) / 2 / frame.sample_rate
        self._audio_secs[context_id] = seconds
        text = "".join(self._sent[context_id])
        begun = [word for word in spread(text, len(text) * LETTER_SECS) if word[1] < seconds]
        ended = begun[
            self._timed_words.get(context_id, 0) : -1
        ]  # the last one may have been cut in the middle
        if ended:
            await self.add_word_timestamps(ended, context_id)

    def _forget(self, context_id: str) -> None:
        super()._forget(context_id)
        self._audio_secs.pop(context_id, None)
