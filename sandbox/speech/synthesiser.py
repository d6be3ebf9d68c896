"""The synthesiser: renders text on a worker thread and remembers what it has rendered."""

import asyncio
from collections import OrderedDict

from sandbox.speech.espeak import speak
from sandbox.speech.rendering import Rendering, rendering
from sandbox.speech.voices import espeak_voice

# About 90 kB each (two seconds at 22050 Hz, 16 bit): 512 are 45 MB.
CACHED = 512
WORDS_PER_MINUTE = 165


class Synthesiser:
    """Text to speech for every made-up vendor and every persona."""

    def __init__(self) -> None:
        self._rendered: OrderedDict[tuple[str, str], Rendering] = OrderedDict()

    async def render(self, text: str, voice: str) -> Rendering:
        """Speak `text` as `voice` (a vendor's id or an espeak name); raises EspeakError."""
        name = espeak_voice(voice, text)
        known = self._rendered.get((text, name))
        if known is not None:
            self._rendered.move_to_end((text, name))
            return known
        spoken = await asyncio.to_thread(speak, text, name, WORDS_PER_MINUTE)
        result = rendering(text, name, spoken)
        self._rendered[text, name] = result
        if len(self._rendered) > CACHED:
            self._rendered.popitem(last=False)
        return result
