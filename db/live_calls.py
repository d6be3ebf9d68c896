"""Calls in progress, in Redis: who runs them, where they stand, and the token that lets a media socket in."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from db.redis import as_bytes, reaching_redis
from db.types import UnreadableError, held
from errors import Conflict, TakenOver

KEEP_SECONDS = 15 * 60  # a dropped call can be resumed for so long after its last sign of life
FENCE_SECONDS = 24 * 60 * 60  # longer than any process can be suspended and still think it owns a call
TOKEN_SECONDS = 60
CONTEXT = "live_calls.state"

# KEYS: lease, fence. ARGV: owner, lease milliseconds, fence seconds, 1 to take over. A lease of its own is only
# prolonged.
ACQUIRE = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  if ARGV[4] ~= '1' then return 0 end
  owner = false
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local fence = redis.call('GET', KEYS[2])
if not owner or not fence then fence = redis.call('INCR', KEYS[2]) end
redis.call('EXPIRE', KEYS[2], ARGV[3])
return tonumber(fence)
"""

# KEYS: lease, fence, state. ARGV: fence, lease milliseconds, keep seconds. A fence that is gone (Redis lost its data)
# was taken by nobody.
RENEW = """
local fence = redis.call('GET', KEYS[2])
if not fence then return 0 end
if fence ~= ARGV[1] then return -1 end
if redis.call('PEXPIRE', KEYS[1], ARGV[2]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[3], ARGV[3])
return 1
"""

# KEYS: fence, state. ARGV: fence, version, data, keep seconds.
SAVE = """
local fence = redis.call('GET', KEYS[1])
if not fence then return 0 end
if fence ~= ARGV[1] then return -1 end
local version = redis.call('HGET', KEYS[2], 'version')
if version and tonumber(version) > tonumber(ARGV[2]) then return -2 end
redis.call('HSET', KEYS[2], 'version', ARGV[2], 'data', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1
"""

# KEYS: lease, fence. ARGV: fence.
RELEASE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


@dataclass(frozen=True)
class Snapshot:
    """A call as it was last saved."""

    call_id: UUID
    version: int
    data: dict[str, Any]


class LiveCalls:
    """Snapshots and leases of calls, and one-time tokens. Every method raises StoreDown without Redis.

    What callers said rests sealed, as it does in PostgreSQL.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._acquire = redis.register_script(ACQUIRE)
        self._renew = redis.register_script(RENEW)
        self._save = redis.register_script(SAVE)
        self._release = redis.register_script(RELEASE)

    async def acquire(self, call_id: UUID, owner: str, ttl: float, *, take_over: bool = False) -> int:
        """Take a call for `ttl` seconds and return the fencing number to save with.

        Raises Conflict while another owner's lease runs, unless it is to be taken over: that owner's saves are
        then refused.
        """
        with reaching_redis():
            fence = await self._acquire(
                keys=[_lease(call_id), _fence(call_id)],
                args=[owner, round(ttl * 1000), FENCE_SECONDS, int(take_over)],
            )
        if not fence:
            raise Conflict("another process runs this call")
        return int(fence)

    async def held(self, call_id: UUID) -> bool:
        """Whether some process runs this call, or died less than a lease ago."""
        with reaching_redis():
            return bool(await self._redis.exists(_lease(call_id)))

    async def renew(self, call_id: UUID, fence: int, ttl: float) -> bool:
        """Keep a call for `ttl` more seconds; False when the lease ran out. Raises TakenOver."""
        keys = [_lease(call_id), _fence(call_id), _state(call_id)]
        with reaching_redis():
            done = await self._renew(keys=keys, args=[fence, round(ttl * 1000), KEEP_SECONDS])
        if done == -1:
            raise TakenOver("another process has taken over this call")
        return bool(done)

    async def release(self, call_id: UUID, fence: int) -> None:
        """Let go of a call, so that the same number can resume it at once."""
        with reaching_redis():
            await self._release(keys=[_lease(call_id), _fence(call_id)], args=[fence])

    async def save(self, call_id: UUID, fence: int, version: int, data: dict[str, Any]) -> None:
        """Keep a snapshot for 15 minutes from now.

        Raises TakenOver when the call was taken over since `fence` was given, Conflict when the right to write has
        run out or a later version is kept.
        """
        sealed = held().seal(json.dumps(data, ensure_ascii=False).encode(), CONTEXT)
        with reaching_redis():
            done = await self._save(
                keys=[_fence(call_id), _state(call_id)], args=[fence, version, sealed, KEEP_SECONDS]
            )
        if done == -1:
            raise TakenOver("another process has taken over this call")
        if done == -2:
            raise Conflict("a later version of this call is saved already")
        if done == 0:
            raise Conflict("the right to write this call has run out")

    async def load(self, call_id: UUID) -> Snapshot | None:
        """The last snapshot; None when there is none, or none that our keys open."""
        with reaching_redis():
            version, sealed = await self._redis.hmget(_state(call_id), ["version", "data"])
        if version is None or sealed is None:
            return None
        try:
            return Snapshot(call_id, int(version), json.loads(held().open(as_bytes(sealed), CONTEXT)))
        except UnreadableError:
            return None

    async def mint(self, call_sid: str) -> str:
        """A token that lets one media socket of this call in, within 60 seconds."""
        token = secrets.token_urlsafe(32)
        with reaching_redis():
            await self._redis.set(_token(token), call_sid, ex=TOKEN_SECONDS)
        return token

    async def redeem(self, token: str) -> str | None:
        """The SID a token was minted for, the first time it is shown; None ever after."""
        with reaching_redis():
            call_sid = await self._redis.getdel(_token(token))
        return as_bytes(call_sid).decode() if call_sid else None


# The braces keep the keys of one call together on a cluster, where a script may touch one node only.
def _lease(call_id: UUID) -> str:
    return f"call:{{{call_id}}}:lease"


def _fence(call_id: UUID) -> str:
    return f"call:{{{call_id}}}:fence"


def _state(call_id: UUID) -> str:
    return f"call:{{{call_id}}}:state"


def _token(token: str) -> str:
    return f"token:{hashlib.sha256(token.encode()).hexdigest()}"
