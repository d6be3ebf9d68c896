"""The phrases of one call: the process's fixed ones, and those with a name in them, which are never kept."""

import asyncio
from contextlib import suppress

from loguru import logger

from errors import VendorError
from pipelines.phrases import Phrase, PhraseStore, Renderer


class CallPhrases:
    """What can be played from memory in this call.

    A phrase about the caller is personal data: it lives as long as the call, and is never written to disk.
    """

    def __init__(self, store: PhraseStore, renderer: Renderer) -> None:
        self._store = store
        self._renderer = renderer
        self._own: dict[str, Phrase] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def find(self, text: str) -> Phrase | None:
        """The phrase, if it is there. Never waits."""
        return self._own.get(text) or self._store.find(text)

    def begin(self, text: str) -> None:
        """Have a phrase rendered beside the call."""
        if text not in self._under_way and self.find(text) is None:
            self._under_way[text] = asyncio.get_running_loop().create_task(self._render(text))

    async def ready(self, text: str, seconds: float) -> bool:
        """Whether the phrase is there, waiting at most so long for it."""
        self.begin(text)
        if text in self._under_way:
            await asyncio.wait([self._under_way[text]], timeout=seconds)
        return self.find(text) is not None

    def join(self, first: str, second: str) -> str:
        """Make one phrase of two that are there; its text."""
        one, two = self.find(first), self.find(second)
        if one is None or two is None or one.rate != two.rate:
            raise ValueError("both phrases must be there, in one voice")
        text = f"{first} {second}"
        words = (*one.words, *((word, start + one.seconds) for word, start in two.words))
        self._own[text] = Phrase(text, one.rate, one.pcm + two.pcm, words)
        return text

    async def close(self) -> None:
        """Forget the caller."""
        for task in self._under_way.values():
            task.cancel()
        for task in self._under_way.values():
            with suppress(asyncio.CancelledError):
                await task
        self._own.clear()

    async def _render(self, text: str) -> None:
        try:
            self._own[text] = await self._renderer.render(text)
        except VendorError as fault:
            logger.warning(f"a phrase of this call could not be rendered: {fault.message}")
