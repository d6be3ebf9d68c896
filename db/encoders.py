"""Turning text into vectors: an encoder that needs nobody, and OpenAI's."""

import asyncio
import zlib
from collections.abc import Sequence
from typing import Protocol

import numpy
from openai import APIError, AsyncOpenAI

from db.words import sound, terms
from errors import VendorError

SPELLING_SIZE = 1024
GRAMS = (3, 4)  # letters; shorter ones match everything, longer ones survive no misspelling
ONE_BATCH = 256  # texts in one request to OpenAI, well under its 2048


class Encoder(Protocol):
    """Makes vectors of `size` numbers. `literal`: it knows spelling only, so queries have to be widened."""

    name: str
    size: int
    literal: bool
    noise: float
    """Cosine up to which two texts have nothing to do with each other."""

    async def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text, of length 1. Raises VendorError when a vendor is needed and fails."""
        ...


class SpellingEncoder:
    """Compares how words sound, in overlapping groups of letters: "panner tika" lands next to "Paneer Tikka"."""

    name = "spelling-1"
    size = SPELLING_SIZE
    literal = True
    noise = 0.15  # on the queries of the tests: 0.1 lets unrelated dishes through, 0.3 loses mishearings

    async def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text; many texts are done in a thread."""
        if len(texts) > 8:
            return await asyncio.to_thread(self._encode, texts)
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> list[float]:
        vector = numpy.zeros(self.size)
        for term in terms(text):
            heard = f"<{sound(term)}>"
            grams = [heard[at : at + n] for n in GRAMS for at in range(len(heard) - n + 1)] or [heard]
            share = 1.0 / len(grams) ** 0.5
            for gram in (*grams, heard):
                code = zlib.crc32(gram.encode())
                vector[code % self.size] += share if code & 0x8000_0000 else -share
        length = float(numpy.linalg.norm(vector))
        found: list[float] = (vector / length if length else vector).tolist()
        return found


class OpenAIEncoder:
    """OpenAI's embeddings, through a client that is shared and already knows key and address."""

    literal = False
    noise = 0.0  # not measured; whatever is nearest is found

    def __init__(
        self,
        client: AsyncOpenAI,
        model: str = "text-embedding-3-small",
        size: int = 1536,
        timeout: float = 2.0,
    ) -> None:
        """`size` is the model's own: 1536 for text-embedding-3-small and ada-002 (OpenAI's model pages)."""
        self.name, self.size = model, size
        self._client = client.with_options(timeout=timeout, max_retries=1)

    async def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text. Raises VendorError."""
        vectors: list[list[float]] = []
        try:
            for start in range(0, len(texts), ONE_BATCH):
                batch = list(texts[start : start + ONE_BATCH])
                answer = await self._client.embeddings.create(model=self.name, input=batch)
                vectors += [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
        except APIError as error:
            raise VendorError("OpenAI", f"no embeddings ({type(error).__name__})", retryable=True) from error
        return vectors
