"""Handoffs between agents as they happen, in Redis: a stream that dashboards and analytics read."""

from redis.asyncio import Redis

from db.redis import as_bytes, reaching_redis

STREAM = "agents:transitions"
KEPT = 10_000
"""About a day of a busy city; PostgreSQL keeps them all, with why each happened."""
KEEP_SECONDS = 24 * 60 * 60
"""After the last one, so that nothing rests where calls have stopped."""


class TransitionStream:
    """The newest handoffs of every call, without a word of anybody's. Every method raises StoreDown without Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, call: str, source: str, target: str, latency_ms: float | None) -> None:
        """Append one."""
        fields = {"call": call, "from": source, "to": target}
        if latency_ms is not None:
            fields["latency_ms"] = f"{latency_ms:.1f}"
        with reaching_redis():
            async with self._redis.pipeline(transaction=False) as batch:
                batch.xadd(STREAM, fields, maxlen=KEPT, approximate=True)  # type: ignore[arg-type]
                batch.expire(STREAM, KEEP_SECONDS)
                await batch.execute()

    async def newest(self, count: int) -> list[dict[str, str]]:
        """The newest handoffs, newest first."""
        with reaching_redis():
            found = await self._redis.xrevrange(STREAM, count=count)
        return [
            {as_bytes(name).decode(): as_bytes(value).decode() for name, value in (fields or {}).items()}
            for _, fields in found or ()
        ]
