"""Handoffs between agents as they happen, in Redis: a stream that dashboards and analytics read."""

from redis.asyncio import Redis

from db.redis import as_bytes, reaching_redis

STREAM = "agents:transitions"
KEPT = 10_000
"""About a day of a busy city; PostgreSQL keeps them all."""


class TransitionStream:
    """The newest handoffs of every call. Every method raises StoreDown without Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def add(self, call: str, source: str, target: str, reason: str, latency_ms: float | None) -> None:
        """Append one. `reason` is the model's and has no names or numbers in it."""
        fields = {"call": call, "from": source, "to": target, "reason": reason}
        if latency_ms is not None:
            fields["latency_ms"] = f"{latency_ms:.1f}"
        with reaching_redis():
            await self._redis.xadd(STREAM, fields, maxlen=KEPT, approximate=True)  # type: ignore[arg-type]

    async def newest(self, count: int) -> list[dict[str, str]]:
        """The newest handoffs, newest first."""
        with reaching_redis():
            found = await self._redis.xrevrange(STREAM, count=count)
        return [
            {as_bytes(name).decode(): as_bytes(value).decode() for name, value in (fields or {}).items()}
            for _, fields in found or ()
        ]
