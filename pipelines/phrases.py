"""Fixed phrases, rendered before any call and kept on disk: they play at once, whatever the vendors do."""

import asyncio
import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from loguru import logger

from errors import VendorError

AT_ONCE = 3
"""Phrases asked for together: what ElevenLabs' smallest paid plan, Starter, has at once (elevenlabs.io/pricing)."""
GIVE_UP = 3
"""Failures in a row after which a vendor is left alone until the next attempt."""


@dataclass(frozen=True)
class Phrase:
    """Speech with its words. `pcm` is 16-bit mono at `rate`; a word comes with its start in seconds."""

    text: str
    rate: int
    pcm: bytes
    words: tuple[tuple[str, float], ...]

    @property
    def seconds(self) -> float:
        """How long it takes to say."""
        return len(self.pcm) / 2 / self.rate


class Renderer(Protocol):
    """Who speaks the phrases; `voice` names service, voice, model and format."""

    voice: str

    async def render(self, text: str) -> Phrase:
        """Raises `VendorError`."""
        ...


class PhraseStore:
    """The phrases of one voice, in memory and under `folder`; a damaged file is rendered again."""

    def __init__(self, folder: Path, renderer: Renderer) -> None:
        self._folder = folder
        self._renderer = renderer
        self._known: dict[str, Phrase] = {}

    def find(self, text: str) -> Phrase | None:
        """The phrase, if it has been prepared. Never waits."""
        return self._known.get(text)

    async def prepare(self, texts: Iterable[str]) -> list[str]:
        """Make sure of these phrases, in this order; the texts that could not be had are returned."""
        wanted = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known |= await asyncio.to_thread(self._kept, wanted)
        turn, failures = asyncio.Semaphore(AT_ONCE), 0

        async def obtain(text: str) -> None:
            nonlocal failures
            async with turn:
                if failures >= GIVE_UP:
                    return
                failures = 0 if await self._obtain(text) else failures + 1

        await asyncio.gather(*(obtain(text) for text in wanted if text not in self._known))
        return [text for text in wanted if text not in self._known]

    def _kept(self, texts: Iterable[str]) -> dict[str, Phrase]:
        """What is on disk of these. Blocks."""
        found = {text: _read(self._path(text), text) for text in texts}
        return {text: phrase for text, phrase in found.items() if phrase is not None}

    async def _obtain(self, text: str) -> bool:
        """Have a phrase rendered and kept; whether it could be."""
        try:
            phrase = await self._renderer.render(text)
        except VendorError as fault:
            logger.warning(f"a fixed phrase could not be rendered: {fault.message}")
            return False
        self._known[text] = phrase
        try:
            await asyncio.to_thread(_write, self._path(text), phrase)
        except OSError as fault:
            logger.warning(f"a fixed phrase could not be kept on disk: {fault.strerror}")
        return True

    def _path(self, text: str) -> Path:
        key = hashlib.sha256(f"{text}\0{self._renderer.voice}".encode()).hexdigest()
        return self._folder / f"{key}.json"


def spread(text: str, seconds: float) -> tuple[tuple[str, float], ...]:
    """Words with starts guessed from their length, for a voice that does not tell."""
    share = seconds / max(len(text), 1)
    words: list[tuple[str, float]] = []
    place = 0
    for word in text.split():
        place = text.index(word, place)
        words.append((word, place * share))
        place += len(word)
    return tuple(words)


def join_letters(letters: Sequence[str], starts: Sequence[float]) -> tuple[tuple[str, float], ...]:
    """Words from the vendor's alignment: one start (seconds) per letter."""
    words: list[tuple[str, float]] = []
    fresh = True
    for letter, start in zip(letters, starts, strict=False):
        if letter.isspace():
            fresh = True
        elif fresh:
            words.append((letter, start))
            fresh = False
        else:
            words[-1] = (words[-1][0] + letter, words[-1][1])
    return tuple(words)


def _read(path: Path, text: str) -> Phrase | None:
    try:
        kept = json.loads(path.read_bytes())
        pcm = base64.b64decode(kept["pcm"], validate=True)
        words = tuple((str(word), float(start)) for word, start in kept["words"])
        if hashlib.sha256(pcm).hexdigest() == kept["sha256"] and pcm:
            return Phrase(text, int(kept["rate"]), pcm, words)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, binascii.Error):
        pass
    logger.warning(f"{path.name}: damaged, rendered again")
    return None


def _write(path: Path, phrase: Phrase) -> None:
    kept = {
        "rate": phrase.rate,
        "words": phrase.words,
        "sha256": hashlib.sha256(phrase.pcm).hexdigest(),
        "pcm": base64.b64encode(phrase.pcm).decode(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part")
    try:
        fresh.write_text(json.dumps(kept), encoding="utf-8")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)  # half a file on a full disk helps nobody
