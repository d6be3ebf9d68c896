"""Sparse vectors, weighted as BM25 does; Qdrant multiplies each term with how rare it is."""

import zlib
from collections.abc import Iterator, Mapping, Sequence

from qdrant_client import models as q

from db.words import sound

DENSE, SPARSE = "dense", "sparse"
K1, B = 1.2, 0.5  # BM25: how soon repetition stops to count, how much long entries are held back
WIDENED = 0.6  # what a synonym counts beside a word that was said


def sparse_points(counts: Sequence[Mapping[str, float]]) -> Iterator[q.SparseVector]:
    """One vector per entry, from how often each term, as it sounds, stands in it."""
    average = sum(sum(count.values()) for count in counts) / max(1, len(counts))
    for count in counts:
        length = 1 - B + B * sum(count.values()) / average
        sparse = {code(term): n * (K1 + 1) / (n + K1 * length) for term, n in count.items()}
        yield q.SparseVector(indices=list(sparse), values=list(sparse.values()))


def sparse_query(said: Sequence[str], meant: Sequence[str] = ()) -> q.SparseVector:
    """A query's stems and their synonyms."""
    weights = {code(sound(term)): WIDENED for term in meant} | {code(sound(term)): 1.0 for term in said}
    return q.SparseVector(indices=list(weights), values=list(weights.values()))


def code(term: str) -> int:
    """The number a term has in sparse vectors; of a few thousand terms, hardly two share one of four billion."""
    return zlib.crc32(term.encode())
