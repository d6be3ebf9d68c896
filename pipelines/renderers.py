"""The two vendors that render fixed phrases, over their HTTP routes."""

import base64
import binascii

import httpx
from deepgram import AsyncDeepgramClient
from deepgram.core import ApiError as DeepgramRefusal
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core import ApiError as ElevenLabsRefusal

from errors import VendorError, VendorTimeout
from pipelines.phrases import Phrase, join_letters, spread

TIMEOUT_SECS = 10


class ElevenLabsRenderer:
    """Speech with the start of every letter, so that a barge-in cuts the text at the right word."""

    def __init__(self, client: AsyncElevenLabs, voice: str, model: str, rate: int) -> None:
        self._client = client
        self._voice = voice
        self._model = model
        self._rate = rate
        self.voice = f"elevenlabs/{voice}/{model}/pcm_{rate}"

    async def render(self, text: str) -> Phrase:
        """Raises `VendorError`."""
        pcm = bytearray()
        letters: list[str] = []
        starts: list[float] = []
        try:
            async for chunk in self._client.text_to_speech.stream_with_timestamps(
                self._voice,
                text=text,
                model_id=self._model,
                output_format="pcm_8000" if self._rate == 8000 else "pcm_16000",
                request_options={"timeout_in_seconds": TIMEOUT_SECS, "max_retries": 0},
            ):
                pcm += base64.b64decode(chunk.audio_base_64 or "")
                if chunk.alignment is not None:
                    letters += chunk.alignment.characters
                    starts += chunk.alignment.character_start_times_seconds
        except ElevenLabsRefusal as refusal:
            raise VendorError("elevenlabs", f"HTTP {refusal.status_code}", retryable=True) from refusal
        except httpx.TimeoutException as fault:
            raise VendorTimeout("elevenlabs", "no phrase in time") from fault
        except (httpx.HTTPError, binascii.Error) as fault:
            raise VendorError("elevenlabs", type(fault).__name__, retryable=True) from fault
        if not pcm:
            raise VendorError("elevenlabs", "an empty phrase", retryable=True)
        words = join_letters(letters, starts) or spread(text, len(pcm) / 2 / self._rate)
        return Phrase(text, self._rate, bytes(pcm), words)


class AuraRenderer:
    """Deepgram's voice; it tells no word times, so they are guessed from the letters."""

    def __init__(self, client: AsyncDeepgramClient, voice: str, rate: int) -> None:
        self._client = client
        self._model = voice
        self._rate = rate
        self.voice = f"deepgram/{voice}/linear16/{rate}"

    async def render(self, text: str) -> Phrase:
        """Raises `VendorError`."""
        pcm = bytearray()
        try:
            async for chunk in self._client.speak.v1.audio.generate(
                text=text,
                model=self._model,
                encoding="linear16",
                container="none",
                sample_rate=self._rate,  # 8000, not 8000.0: it goes into the address as it is
                mip_opt_out=True,
                request_options={"timeout_in_seconds": TIMEOUT_SECS, "max_retries": 0},
            ):
                pcm += chunk
        except DeepgramRefusal as refusal:
            raise VendorError("deepgram", f"HTTP {refusal.status_code}", retryable=True) from refusal
        except httpx.TimeoutException as fault:
            raise VendorTimeout("deepgram", "no phrase in time") from fault
        except httpx.HTTPError as fault:
            raise VendorError("deepgram", type(fault).__name__, retryable=True) from fault
        if len(pcm) < 2:
            raise VendorError("deepgram", "an empty phrase", retryable=True)
        del pcm[len(pcm) - len(pcm) % 2 :]
        return Phrase(text, self._rate, bytes(pcm), spread(text, len(pcm) / 2 / self._rate))
