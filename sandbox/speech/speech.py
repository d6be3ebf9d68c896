"""Speech in the box: whatever is said here can be recognised here."""

import asyncio
import json
from pathlib import Path

from sandbox.speech.recogniser import Recogniser
from sandbox.speech.rendering import Rendering
from sandbox.speech.synthesiser import Synthesiser
from sandbox.speech.utterances import Utterances, make_utterance
from sandbox.speech.voices import espeak_voice


class Speech:
    """The synthesiser and the registry it fills.

    Phrases that callers of the vendors keep as files (`keep=True`) are written to `phrases.jsonl`, so that
    they are still understood after a restart.
    """

    def __init__(self, data_dir: Path) -> None:
        self.synthesiser = Synthesiser()
        self.utterances = Utterances()
        self._phrases = data_dir / "phrases.jsonl"

    async def say(self, text: str, voice: str, *, keep: bool = False) -> Rendering:
        """Render and register `text`; raises EspeakError."""
        rendering = await self.synthesiser.render(text, voice)
        if (text, rendering.voice) not in self.utterances:
            utterance = await asyncio.to_thread(make_utterance, rendering, pinned=keep)
            self.utterances.add(utterance)
            if keep:
                await asyncio.to_thread(self._write, text, rendering.voice)
        return rendering

    def _write(self, text: str, voice: str) -> None:
        with self._phrases.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"text": text, "voice": voice}, ensure_ascii=False) + "\n")

    def _read(self) -> list[tuple[str, str]]:
        if not self._phrases.exists():
            return []
        lines = self._phrases.read_text(encoding="utf-8").splitlines()
        return [(entry["text"], entry["voice"]) for entry in map(json.loads, lines)]

    async def recall(self) -> None:
        """Register what earlier runs kept."""
        for text, voice in await asyncio.to_thread(self._read):
            if (text, espeak_voice(voice, text)) not in self.utterances:
                rendering = await self.synthesiser.render(text, voice)
                self.utterances.add(await asyncio.to_thread(make_utterance, rendering, pinned=True))

    def recogniser(self, rate: int) -> Recogniser:
        return Recogniser(self.utterances, rate)
