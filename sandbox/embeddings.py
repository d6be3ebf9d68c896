"""Vectors for texts without a model: words and their parts hashed into fixed places, so that near texts are near."""

import hashlib
import re

import numpy as np
from numpy.typing import NDArray

# The sizes the vendor documents for these models.
DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-ada-002": 1536, "text-embedding-3-large": 3072}
# A whole word says more than its parts; parts make "biriyani" and "biryani" neighbours.
WORD_WEIGHT, PART_WEIGHT = 1.0, 0.35
PART = 3
_STOP = "a an and the of with in on for to is are or some any something anything do you have i me my it"
STOP = frozenset(_STOP.split())


def features(text: str) -> dict[str, float]:
    """The weighted words and letter triples of a text."""
    weights: dict[str, float] = {}
    for word in re.findall(r"[^\W_]+", text.lower()):
        if word in STOP:
            continue
        weights[word] = weights.get(word, 0.0) + WORD_WEIGHT
        padded = f"<{word}>"
        for start in range(len(padded) - PART + 1):
            part = f"#{padded[start : start + PART]}"
            weights[part] = weights.get(part, 0.0) + PART_WEIGHT
    return weights or {"<empty>": 1.0}


def embed(texts: list[str], dimensions: int) -> list[NDArray[np.float32]]:
    """One unit vector for each text; the same text always gets the same one."""
    vectors = []
    for text in texts:
        vector = np.zeros(dimensions, dtype=np.float32)
        for feature, weight in features(text).items():
            digest = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=8).digest(), "big")
            # The lowest bit is the sign: what collides cancels out on average.
            vector[(digest >> 1) % dimensions] += weight if digest & 1 else -weight
        norm = float(np.linalg.norm(vector))
        vectors.append(vector / norm if norm else vector)
    return vectors
