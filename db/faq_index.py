"""Answers to what everybody asks: hybrid search over every phrasing, and "I don't know" when too little fits."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID, uuid5

import numpy
import structlog
from qdrant_client import QdrantClient
from qdrant_client import models as q

from db.encoders import Encoder, SpellingEncoder
from db.engine import Sessions
from db.faq_evidence import Evidence, telling
from db.faq_rows import FaqRow, faq_rows
from db.points import SECONDS, Points, connect
from db.sparse import DENSE, SPARSE, sparse_points, sparse_query
from db.words import sound
from errors import VendorError

log = structlog.get_logger(__name__)

VERSION = 1  # of what a point holds; another one is another collection
ANYWHERE = "*"
CANDIDATES = 30  # phrasings of each kind, before they are fused
FUSED = 20  # phrasings that are left, of which several belong to one entry
COMPARED = 5  # entries whose evidence is weighed
SURE = 0.56  # evidence from which an entry is an answer; see faq_queries.yaml of the tests
KEPT = 1000  # questions whose answer is remembered, the longest unasked forgotten first
INDEXED = {"markets": "keyword", "faq": "uuid"}


@dataclass(frozen=True)
class Found:
    """The entry that answers a question, and how much spoke for it, from 0 to 1."""

    entry: FaqRow
    evidence: float


class FaqIndex:
    """Finds answers. Qdrant ranks what may fit; the evidence, not the rank, decides whether it does."""

    def __init__(self, client: QdrantClient, encoder: Encoder, *, embedded: bool) -> None:
        self._encoder, self._spelling = encoder, SpellingEncoder()
        self._rows: dict[UUID, FaqRow] = {}
        self._evidence = Evidence([], {})
        self._answered: OrderedDict[tuple[str, str], Found | None] = OrderedDict()
        name = f"faq-{encoder.name}-v{VERSION}"
        self._points = Points(client, name, encoder.size, embedded=embedded)

    @classmethod
    async def open(cls, url: str | None, sessions: Sessions, encoder: Encoder | None = None) -> Self:
        """Connect to `url`, or make an index in this process, and fill it from PostgreSQL.

        Raises StoreDown when Qdrant cannot be reached, VendorError when the encoder cannot.
        """
        index = await cls.empty(url, encoder)
        await index.rebuild(await faq_rows(sessions))
        return index

    @classmethod
    async def empty(cls, url: str | None, encoder: Encoder | None = None) -> Self:
        """An index with nothing added to it yet; nobody is asked anything."""
        return cls(await asyncio.to_thread(connect, url), encoder or SpellingEncoder(), embedded=url is None)

    async def rebuild(self, rows: Sequence[FaqRow]) -> None:
        """Make the index hold exactly these entries; questions are answered meanwhile. Raises as `open` does."""
        asked = [(row, text) for row in rows for text in row.phrasings]
        spelt = await self._spelling.encode([" ".join(telling(text)) for _, text in asked])
        dense = spelt if self._encoder.literal else await self._encoder.encode([text for _, text in asked])
        await self._points.replace(await asyncio.to_thread(_points, asked, dense), INDEXED)
        vectors = {
            row.id: numpy.array(
                [vector for (other, _), vector in zip(asked, spelt, strict=True) if other is row]
            )
            for row in rows
        }
        self._evidence = await asyncio.to_thread(Evidence, rows, vectors)
        self._rows = {row.id: row for row in rows}
        self._answered = (
            OrderedDict()
        )  # of these entries and no others, whoever is still searching the old ones

    async def answer(self, question: str, market: str) -> Found | None:
        """The entry that answers a question in a market, or None when none does. Raises StoreDown.

        The same question in the same market is searched for once, as long as the entries are the same.
        """
        answered, key = self._answered, (market, alike(question))
        if key in answered:
            answered.move_to_end(key)
            return answered[key]
        asked = telling(question)
        (spelt,) = await self._spelling.encode([" ".join(asked)])
        dense = await self._meaning(question, spelt)
        found = await self._searched(asked, spelt, dense, market)
        if dense is not None:  # without its vendor it was half a search
            answered[key] = found
            if len(answered) > KEPT:
                answered.popitem(last=False)
        return found

    async def _searched(
        self, asked: Sequence[str], spelt: list[float], dense: list[float] | None, market: str
    ) -> Found | None:
        here = q.Filter(must=[q.FieldCondition(key="markets", match=q.MatchAny(any=[market, ANYWHERE]))])
        ranked = await self._ranked(asked, dense, here)
        evidence, rows = self._evidence, self._rows
        weighed = [
            Found(rows[entry], evidence.speaks_for(entry, asked, spelt))
            for entry in ranked[:COMPARED]
            if entry in rows and evidence.knows(entry)
        ]
        best = max(weighed, key=lambda found: found.evidence, default=None)
        return best if best and best.evidence >= SURE else None

    async def close(self) -> None:
        """Let go of the client."""
        await self._points.close()

    async def _meaning(self, question: str, spelt: list[float]) -> list[float] | None:
        """The question as the dense vectors are made; None when its vendor fails, and words have to do."""
        if self._encoder.literal:
            return spelt
        try:
            return (await self._encoder.encode([question]))[0]
        except VendorError:
            log.warning("faq_index.encoder_failed", encoder=self._encoder.name)
            return None

    async def _ranked(self, asked: Sequence[str], dense: list[float] | None, here: q.Filter) -> list[UUID]:
        """The entries that may fit, best first."""
        prefetch = [q.Prefetch(query=sparse_query(asked), using=SPARSE, filter=here, limit=CANDIDATES)]
        if dense is not None:
            least = self._encoder.noise
            prefetch.append(
                q.Prefetch(query=dense, using=DENSE, filter=here, limit=CANDIDATES, score_threshold=least)
            )
        found = await self._points.run(
            lambda client: client.query_points(
                self._points.collection,
                prefetch=prefetch,
                query=q.FusionQuery(fusion=q.Fusion.RRF),
                limit=FUSED,
                with_payload=["faq"],
                timeout=SECONDS,
            )
        )
        ids = [UUID(point.payload["faq"]) for point in found.points if point.payload]
        return list(dict.fromkeys(ids))


def alike(question: str) -> str:
    """What questions have in common that differ only in case, spaces and the signs around them."""
    return " ".join(question.casefold().split()).strip(" ?!.,।")


def _points(asked: Sequence[tuple[FaqRow, str]], dense: Sequence[list[float]]) -> list[q.PointStruct]:
    """A point per phrasing, so that one that fits is not held back by those that do not."""
    sparse = sparse_points([Counter(sound(term) for term in telling(text)) for _, text in asked])
    return [
        q.PointStruct(
            id=str(uuid5(row.id, text)),
            vector={DENSE: vector, SPARSE: weighted},
            payload={"faq": str(row.id), "markets": [*row.markets] or [ANYWHERE]},
        )
        for (row, text), vector, weighted in zip(asked, dense, sparse, strict=True)
    ]
