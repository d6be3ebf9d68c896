"""A dish as a point in Qdrant: a dense vector, a sparse one weighted as BM25 does, and a payload to filter on."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from qdrant_client import models as q

from db.menu_rows import MenuRow
from db.sparse import DENSE, SPARSE, sparse_points
from db.words import sound, terms

WEIGHTS = {"name": 3.0, "aliases": 2.0, "tags": 2.0, "category": 1.0, "diets": 1.0, "description": 1.0}


def points_of(rows: Sequence[MenuRow], dense: Sequence[list[float]]) -> Iterator[q.PointStruct]:
    """What Qdrant stores of each dish: two vectors and what is filtered on."""
    sparse = sparse_points([_counts(row) for row in rows])
    for row, vector, weighted in zip(rows, dense, sparse, strict=True):
        yield q.PointStruct(
            id=str(row.item_id),
            vector={DENSE: vector, SPARSE: weighted},
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
