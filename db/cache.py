"""What PostgreSQL said lately, in Redis: kept for a short while, dropped by the commit that changes it."""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import uuid4

import structlog
from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from db.redis import as_bytes, reaching_redis
from db.types import UnreadableError, held
from errors import StoreDown

log = structlog.get_logger(__name__)
T = TypeVar("T")
CACHE = "cache"
"""Where a session carries it, in `session.info`; a session without goes to PostgreSQL."""
STALE = "stale"
REST_SECONDS = 5.0  # a Redis that does not answer is not asked again by every turn and commit of every call
MARK_SECONDS = 3600  # longer than anything is kept


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind of value that is kept."""

    name: str
    version: int
    """Of its shape; another one finds nothing of the old."""
    shape: TypeAdapter[T]
    seconds: int
    """How old a value may be when somebody changed it behind our back."""
    personal: bool = False
    """It rests sealed."""

    def key(self, id: object) -> str:
        """The name of one value, the same for every version of its shape."""
        return f"cache:{self.name}:{id}"


class Cache:
    """Values under marks: whoever drops a value changes its mark, so that what was read before is never kept after.

    Without Redis, for whatever reason, nothing is kept and PostgreSQL answers; no method raises StoreDown. What
    should have been dropped meanwhile is dropped before anything is read again.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._rests_until = 0.0
        self._owed: dict[str, float] = {}
        """Keys that a commit made wrong and Redis may still have, with the monotonic second of the commit."""

    async def marks(self, keys: Sequence[str]) -> list[tuple[str, bytes | None]] | None:
        """For each key its mark and what is kept; None without Redis."""
        if not await self._settled():
            return None
        try:
            with reaching_redis():
                found = await self._redis.mget([name for key in keys for name in (f"{key}:mark", key)])
        except StoreDown:
            self._rest()
            return None
        pairs = zip(found[::2], found[1::2], strict=True)
        return [
            (as_bytes(mark).decode() if mark else "", as_bytes(kept) if kept else None)
            for mark, kept in pairs
        ]

    async def keep(self, key: str, data: bytes, seconds: int) -> None:
        """Keep a value."""
        if self._resting:
            return
        try:
            with reaching_redis():
                await self._redis.set(key, data, ex=seconds)
        except StoreDown:
            self._rest()

    async def drop(self, keys: Sequence[str]) -> None:
        """Forget values. Without Redis that is done later, and until then this process reads nothing from it."""
        now = time.monotonic()
        self._owed = {key: since for key, since in self._owed.items() if since > now - MARK_SECONDS}
        self._owed |= dict.fromkeys(keys, now)
        if not await self._settled():
            log.warning("cache.not_dropped", count=len(keys), owed=len(self._owed))

    async def _settled(self) -> bool:
        """Drop whatever is owed. False when Redis does not take it, or has not answered lately and is not asked."""
        if self._resting:
            return False
        owed = dict(self._owed)
        if not owed:
            return True
        try:
            with reaching_redis():
                async with self._redis.pipeline(transaction=False) as batch:
                    for key in owed:
                        batch.set(f"{key}:mark", uuid4().hex, ex=MARK_SECONDS)
                        batch.delete(key)
                    await batch.execute()
        except StoreDown:
            self._rest()
            return False
        for key, since in owed.items():
            if self._owed.get(key) == since:  # else another commit made it wrong once more meanwhile
                del self._owed[key]
        return True

    @property
    def _resting(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self) -> None:
        self._rests_until = time.monotonic() + REST_SECONDS


async def through(
    session: AsyncSession,
    kind: Kind[T],
    ids: Sequence[Any],
    load: Callable[[list[Any]], Awaitable[dict[Any, T]]],
) -> dict[Any, T]:
    """The values of these ids: those kept, and the rest from `load`, which are then kept as well.

    A transaction that has changed one of them reads that from PostgreSQL and keeps nothing of it.
    """
    cache: Cache | None = session.info.get(CACHE)
    if cache is None or not ids:
        return await load(list(ids))
    stale: set[str] = session.info.get(STALE, set())
    asked = [id for id in ids if kind.key(id) not in stale]
    marks = await cache.marks([kind.key(id) for id in asked]) if asked else []
    if marks is None:
        return await load(list(ids))
    known = {id: mark for id, (mark, _) in zip(asked, marks, strict=True)}
    found: dict[Any, T] = {}
    for id, (mark, data) in zip(asked, marks, strict=True):
        value = _opened(kind, mark, data)
        if value is not None:
            found[id] = value
    missing = [id for id in ids if id not in found]
    if missing:
        loaded = await load(missing)
        found |= loaded
        stale = session.info.get(STALE, set())  # loading may have written what the transaction had in hand
        for id, value in loaded.items():
            if id in known and kind.key(id) not in stale:
                await cache.keep(kind.key(id), _sealed(kind, known[id], value), kind.seconds)
    return {id: found[id] for id in ids if id in found}


def _sealed(kind: Kind[T], mark: str, value: T) -> bytes:
    plain = json.dumps([kind.version, mark, kind.shape.dump_python(value, mode="json")]).encode()
    return held().seal(plain, f"cache.{kind.name}") if kind.personal else plain


def _opened(kind: Kind[T], mark: str, data: bytes | None) -> T | None:
    """What was kept; None when nothing was, or it is of another time, shape or key."""
    if data is None:
        return None
    try:
        plain = held().open(data, f"cache.{kind.name}") if kind.personal else data
        version, kept_under, value = json.loads(plain)
        if (version, kept_under) != (kind.version, mark):
            return None
        return kind.shape.validate_python(value)
    except (UnreadableError, ValueError, ValidationError):
        return None
