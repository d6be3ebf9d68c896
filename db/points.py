"""Points in Qdrant: one collection, embedded or on a server, with a dense and a sparse vector each."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from qdrant_client import QdrantClient
from qdrant_client import models as q
from qdrant_client.http.exceptions import ApiException

from db.sparse import DENSE, SPARSE
from errors import StoreDown

Answer = TypeVar("Answer")

BATCH = 200
SECONDS = 5


def connect(url: str | None) -> QdrantClient:
    """A client of the server at `url`, or of a store in this process; nobody is asked anything yet."""
    if url is None:
        return QdrantClient(":memory:")
    return QdrantClient(url=url, timeout=SECONDS, check_compatibility=False)


class Points:
    """One collection. Qdrant's client blocks, so it works in threads; the embedded one takes one at a time."""

    def __init__(self, client: QdrantClient, collection: str, size: int, *, embedded: bool) -> None:
        """`size`: numbers in a dense vector."""
        self._client, self._size, self._embedded = client, size, embedded
        self._turn: contextlib.AbstractContextManager[object] = (
            threading.Lock() if embedded else contextlib.nullcontext()
        )
        self.collection = collection

    async def replace(self, points: Sequence[q.PointStruct], indexed: Mapping[str, str]) -> None:
        """Make the collection hold exactly these; searches go on meanwhile. `indexed`: payload field to type.

        Raises StoreDown.
        """
        await self.run(partial(self._make, indexed=indexed))
        for start in range(0, len(points), BATCH):
            batch = points[start : start + BATCH]
            await self.run(partial(QdrantClient.upsert, collection_name=self.collection, points=batch))
        gone = q.FilterSelector(filter=q.Filter(must_not=[q.HasIdCondition(has_id=[p.id for p in points])]))
        await self.run(lambda client: client.delete(self.collection, gone))

    async def run(self, work: Callable[[QdrantClient], Answer]) -> Answer:
        """Do something with the client, in a thread. Raises StoreDown."""

        def locked() -> Answer:
            with self._turn:
                return work(self._client)

        try:
            return await asyncio.to_thread(locked)
        except ApiException as error:
            raise StoreDown("Qdrant cannot be reached") from error

    async def close(self) -> None:
        """Let go of the client."""
        await asyncio.to_thread(self._client.close)

    def _make(self, client: QdrantClient, indexed: Mapping[str, str]) -> None:
        if client.collection_exists(self.collection):
            return
        client.create_collection(
            self.collection,
            vectors_config={DENSE: q.VectorParams(size=self._size, distance=q.Distance.COSINE)},
            sparse_vectors_config={SPARSE: q.SparseVectorParams(modifier=q.Modifier.IDF)},
        )
        if not self._embedded:  # the embedded one has no indexes to make
            for field, kind in indexed.items():
                client.create_payload_index(self.collection, field, q.PayloadSchemaType(kind))
