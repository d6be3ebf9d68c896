"""How often somebody may come: a sliding window per key, kept in Redis, so that all processes count together."""

import math
import secrets

from redis.asyncio import Redis

from db.redis import reaching_redis
from errors import TooMany

# Redis's own clock decides, so that machines need not agree on the time. Times are microseconds.
SPEND = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local window = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - window))
if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[1]) then
  if ARGV[3] ~= '' then
    redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[3])
    redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
  end
  return 0
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not oldest[2] then return window end
return oldest[2] + window - now
"""


class RateLimit:
    """At most so many in any stretch of so long."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(SPEND)

    async def allow(self, key: str, limit: int, window_seconds: float) -> float | None:
        """Count one and return None, or return the seconds until one would be allowed; a refused one costs nothing.

        Raises StoreDown.
        """
        return await self._ask(key, limit, window_seconds, secrets.token_hex(8))

    async def spend(self, key: str, limit: int, window_seconds: float) -> None:
        """Count one. Raises TooMany with `retry_after` seconds, StoreDown."""
        refuse(await self.allow(key, limit, window_seconds))

    async def check(self, key: str, limit: int, window_seconds: float) -> None:
        """Count nothing. Raises TooMany with `retry_after` seconds where `spend` would, StoreDown."""
        refuse(await self._ask(key, limit, window_seconds, ""))

    async def _ask(self, key: str, limit: int, window_seconds: float, member: str) -> float | None:
        window = math.ceil(window_seconds * 1_000_000)
        with reaching_redis():
            wait = await self._script(keys=[f"rate:{key}"], args=[limit, window, member])
        return max(int(wait), 1) / 1_000_000 if wait else None


def refuse(wait: float | None) -> None:
    """Raises TooMany when there are seconds to wait."""
    if wait is not None:
        raise TooMany("Too many requests. Try again later.", wait)
