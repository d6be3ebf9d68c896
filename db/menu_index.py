"""The menu, searchable by name, by sound and by meaning: dense and sparse vectors in Qdrant, fused and filtered."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self, TypeVar
from uuid import UUID

import structlog
from qdrant_client import QdrantClient
from qdrant_client import models as q
from qdrant_client.http.exceptions import ApiException

from db.encoders import Encoder, SpellingEncoder
from db.engine import Sessions
from db.menu_points import DENSE, SPARSE, points_of, sparse_query
from db.menu_rows import MenuRow, menu_rows
from db.seeding.catalogue import read_synonyms
from db.wishes import Filters, understand
from db.words import Thesaurus, terms
from errors import StoreDown, VendorError

__all__ = ["Filters", "Hit", "MenuIndex"]

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")

VERSION = 1  # of what a point holds; another one is another collection
CANDIDATES = 30  # of each kind, before they are fused
ANYTHING = "bestseller popular"  # what is looked for when only limits were said
BATCH = 200
SECONDS = 5
INDEXED = {"restaurant_id": "uuid", "diets": "keyword", "allergens": "keyword", "price": "integer"}


@dataclass(frozen=True)
class Hit:
    """A dish that was found; scores of one search compare, those of two do not."""

    item_id: UUID
    score: float


class MenuIndex:
    """Finds dishes. Qdrant's client blocks, so it works in threads; the embedded one takes one at a time."""

    def __init__(
        self, client: QdrantClient, encoder: Encoder, thesaurus: Thesaurus, *, embedded: bool
    ) -> None:
        self._client, self._encoder, self._thesaurus = client, encoder, thesaurus
        self._turn: contextlib.AbstractContextManager[object] = (
            threading.Lock() if embedded else contextlib.nullcontext()
        )
        self._embedded = embedded
        self._known: set[str] = set()
        self.collection = f"menu-{encoder.name}-v{VERSION}"

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
        client = await asyncio.to_thread(_client, url)
        thesaurus = Thesaurus(await asyncio.to_thread(read_synonyms))
        return cls(client, encoder or SpellingEncoder(), thesaurus, embedded=url is None)

    async def rebuild(self, rows: Sequence[MenuRow]) -> None:
        """Make the index hold exactly these dishes; searches go on meanwhile."""
        dense = await self._encoder.encode([self._text(row) for row in rows])
        self._known = await asyncio.to_thread(
            lambda: {term for row in rows for text in row.fields().values() for term in terms(text)}
        )
        await self._run(self._make_collection)
        points = await asyncio.to_thread(lambda: list(points_of(rows, dense)))
        for start in range(0, len(points), BATCH):
            batch = points[start : start + BATCH]
            await self._run(partial(self._client.upsert, self.collection, batch))
        gone = q.Filter(must_not=[q.HasIdCondition(has_id=[point.id for point in points])])
        await self._run(lambda: self._client.delete(self.collection, q.FilterSelector(filter=gone)))

    async def mark(self, item_ids: Sequence[UUID], *, available: bool) -> None:
        """Note that dishes have sold out, or are back."""
        ids: list[q.ExtendedPointId] = [str(item) for item in item_ids]
        await self._run(
            lambda: self._client.set_payload(self.collection, {"available": available}, points=ids)
        )

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
        found = await self._run(
            lambda: self._client.query_points(
                self.collection,
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
        await asyncio.to_thread(self._client.close)

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        def locked() -> Answer:
            with self._turn:
                return work()

        try:
            return await asyncio.to_thread(locked)
        except ApiException as error:
            raise StoreDown("Qdrant cannot be reached") from error

    def _make_collection(self) -> None:
        if self._client.collection_exists(self.collection):
            return
        self._client.create_collection(
            self.collection,
            vectors_config={DENSE: q.VectorParams(size=self._encoder.size, distance=q.Distance.COSINE)},
            sparse_vectors_config={SPARSE: q.SparseVectorParams(modifier=q.Modifier.IDF)},
        )
        if not self._embedded:  # the embedded one has no indexes to make
            for field, kind in INDEXED.items():
                self._client.create_payload_index(self.collection, field, q.PayloadSchemaType(kind))

    def _text(self, row: MenuRow) -> str:
        part = row.fields()
        if self._encoder.literal:
            return " ".join([part["name"], part["name"], part["aliases"], part["tags"], part["category"]])
        return f"{row.name}. {row.description} {row.category}; {', '.join([*row.tags, *row.diets, *row.aliases])}"


def _client(url: str | None) -> QdrantClient:
    if url is None:
        return QdrantClient(":memory:")
    return QdrantClient(url=url, timeout=SECONDS, check_compatibility=False)


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
