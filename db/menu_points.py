"""A dish as a point in Qdrant: a dense vector, a sparse one weighted as BM25 does, and a payload to filter on."""

import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

from qdrant_client import models as q

from db.menu_rows import MenuRow
from db.words import sound, terms

DENSE, SPARSE = "dense", "sparse"
K1, B = 1.2, 0.5  # BM25: how soon repetition stops to count, how much long entries are held back
WEIGHTS = {"name": 3.0, "aliases": 2.0, "tags": 2.0, "category": 1.0, "diets": 1.0, "description": 1.0}
WIDENED = 0.6  # what a synonym counts beside a word that was said


def points_of(rows: Sequence[MenuRow], dense: Sequence[list[float]]) -> Iterator[q.PointStruct]:
    """What Qdrant stores of each dish: two vectors and what is filtered on."""
    counts = [_counts(row) for row in rows]
    average = sum(sum(count.values()) for count in counts) / max(1, len(counts))
    for row, vector, count in zip(rows, dense, counts, strict=True):
        length = 1 - B + B * sum(count.values()) / average
        sparse = {code(term): n * (K1 + 1) / (n + K1 * length) for term, n in count.items()}
        yield q.PointStruct(
            id=str(row.item_id),
            vector={
                DENSE: vector,
                SPARSE: q.SparseVector(indices=list(sparse), values=list(sparse.values())),
            },
            payload={
                "restaurant_id": str(row.restaurant_id),
                "diets": list(row.diets),
                "allergens": list(row.allergens),
                "price": row.price,
                "available": row.available,
            },
        )


def _counts(row: MenuRow) -> dict[str, float]:
    """How often each term stands in a dish, a name counting more than a description."""
    count: dict[str, float] = defaultdict(float)
    for field, text in row.fields().items():
        for term in terms(text):
            count[sound(term)] += WEIGHTS[field]
    return count


def sparse_query(said: Sequence[str], meant: Sequence[str]) -> q.SparseVector:
    """A query's stems and their synonyms; Qdrant multiplies each with how rare it is."""
    weights = {code(sound(term)): WIDENED for term in meant} | {code(sound(term)): 1.0 for term in said}
    return q.SparseVector(indices=list(weights), values=list(weights.values()))


def code(term: str) -> int:
    """The number a term has in sparse vectors; of a few thousand terms, hardly two share one of four billion."""
    return zlib.crc32(term.encode())
