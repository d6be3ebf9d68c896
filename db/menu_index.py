"""The menu, searchable by name, by sound and by meaning: dense and sparse vectors in Qdrant, fused and filtered."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

import structlog
from qdrant_client import QdrantClient
from qdrant_client import models as q

from db.encoders import Encoder, SpellingEncoder
from db.engine import Sessions
from db.menu_points import points_of
from db.menu_rows import MenuRow, menu_rows
from db.points import SECONDS, Points, connect
from db.seeding.catalogue import read_synonyms
from db.sparse import DENSE, SPARSE, sparse_query
from db.wishes import Filters, understand
from db.words import Thesaurus, terms
from errors import VendorError

__all__ = ["Filters", "Hit", "MenuIndex"]

log = structlog.get_logger(__name__)

VERSION = 1  # of what a point holds; another one is another collection
CANDIDATES = 30  # of each kind, before they are fused
ANYTHING = "bestseller popular"  # what is looked for when only limits were said
INDEXED = {"restaurant_id": "uuid", "diets": "keyword", "allergens": "keyword", "price": "integer"}


@dataclass(frozen=True)
class Hit:
    """A dish that was found; scores of one search compare, those of two do not."""

    item_id: UUID
    score: float


class MenuIndex:
    """Finds dishes."""

    def __init__(
        self, client: QdrantClient, encoder: Encoder, thesaurus: Thesaurus, *, embedded: bool
    ) -> None:
        self._encoder, self._thesaurus = encoder, thesaurus
        self._known: set[str] = set()
        name = f"menu-{encoder.name}-v{VERSION}"
        self._points = Points(client, name, encoder.size, embedded=embedded)

    @classmethod
    async def open(cls, url: str | None, sessions: Sessions, encoder: Encoder | None = None) -> Self:
        """Connect to `url`, or make an index in this process, and fill it from PostgreSQL.

        Raises StoreDown when Qdrant cannot be reached, VendorError when the encoder cannot.
        """
        index = await cls.empty(url, encoder)
        await index.rebuild(await menu_rows(sessions))
        return index

    @classmethod
    async def empty(cls, url: str | None, encoder: Encoder | None = None) -> Self:
        """An index with nothing added to it yet; nobody is asked anything."""
        client = await asyncio.to_thread(connect, url)
        thesaurus = Thesaurus(await asyncio.to_thread(read_synonyms))
        return cls(client, encoder or SpellingEncoder(), thesaurus, embedded=url is None)

    async def rebuild(self, rows: Sequence[MenuRow]) -> None:
        """Make the index hold exactly these dishes; searches go on meanwhile."""
        dense = await self._encoder.encode([self._text(row) for row in rows])
        self._known = await asyncio.to_thread(
            lambda: {term for row in rows for text in row.fields().values() for term in terms(text)}
        )
        points = await asyncio.to_thread(lambda: list(points_of(rows, dense)))
        await self._points.replace(points, INDEXED)

    async def mark(self, item_ids: Sequence[UUID], *, available: bool) -> None:
        """Note that dishes have sold out, or are back."""
        ids: list[q.ExtendedPointId] = [str(item) for item in item_ids]
        collection, now = self._points.collection, {"available": available}
        await self._points.run(lambda client: client.set_payload(collection, now, points=ids))

    async def search(self, query: str, filters: Filters | None = None, limit: int = 5) -> list[Hit]:
        """The dishes that fit best, best first. Limits said in the query count like given ones.

        Raises StoreDown.
        """
        wish, limits = understand(query, filters or Filters())
        asked = terms(wish) or terms(ANYTHING)
        said = self._thesaurus.understood(asked, self._known)
        meant = [term for term in self._thesaurus.widen(asked) if term not in said]
        condition = _condition(limits)
        prefetch = [
            q.Prefetch(query=sparse_query(said, meant), using=SPARSE, filter=condition, limit=CANDIDATES)
        ]
        try:
            text = " ".join([*said, *said, *meant]) if self._encoder.literal else wish or ANYTHING
            (vector,) = await self._encoder.encode([text])
            prefetch.append(
                q.Prefetch(
                    query=vector,
                    using=DENSE,
                    filter=condition,
                    limit=CANDIDATES,
                    score_threshold=self._encoder.noise,
                )
            )
        except VendorError:
            log.warning("menu_index.encoder_failed", encoder=self._encoder.name)
        found = await self._points.run(
            lambda client: client.query_points(
                self._points.collection,
                prefetch=prefetch,
                query=q.FusionQuery(fusion=q.Fusion.RRF),
                limit=limit,
                with_payload=False,
                timeout=SECONDS,
            )
        )
        return [Hit(UUID(str(point.id)), point.score) for point in found.points]

    async def close(self) -> None:
        """Let go of the client."""
        await self._points.close()

    def _text(self, row: MenuRow) -> str:
        part = row.fields()
        if self._encoder.literal:
            return " ".join([part["name"], part["name"], part["aliases"], part["tags"], part["category"]])
        return f"{row.name}. {row.description} {row.category}; {', '.join([*row.tags, *row.diets, *row.aliases])}"


def _condition(limits: Filters) -> q.Filter:
    must: list[q.Condition] = []
    if limits.restaurant_ids is not None:
        ids = [str(item) for item in limits.restaurant_ids]
        must.append(q.FieldCondition(key="restaurant_id", match=q.MatchAny(any=ids)))
    if limits.suitable:
        must.append(q.FieldCondition(key="diets", match=q.MatchAny(any=list(limits.suitable))))
    if limits.max_price is not None:
        must.append(q.FieldCondition(key="price", range=q.Range(lte=limits.max_price)))
    if limits.available_only:
        must.append(q.FieldCondition(key="available", match=q.MatchValue(value=True)))
    without: list[q.Condition] = []
    if limits.without:
        without.append(q.FieldCondition(key="allergens", match=q.MatchAny(any=list(limits.without))))
    return q.Filter(must=must, must_not=without)
