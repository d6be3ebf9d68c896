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
from errors import Conflict

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

# KEYS: lease, fence, state. ARGV: fence, lease milliseconds, keep seconds. True while nobody else took over.
RENEW = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if redis.call('PEXPIRE', KEYS[1], ARGV[2]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[3], ARGV[3])
return 1
"""

# KEYS: fence, state. ARGV: fence, version, data, keep seconds.
SAVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
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
        """Keep a call for `ttl` more seconds; False when the lease ran out or was taken over."""
        keys = [_lease(call_id), _fence(call_id), _state(call_id)]
        with reaching_redis():
            return bool(await self._renew(keys=keys, args=[fence, round(ttl * 1000), KEEP_SECONDS]))

    async def release(self, call_id: UUID, fence: int) -> None:
        """Let go of a call, so that the same number can resume it at once."""
        with reaching_redis():
            await self._release(keys=[_lease(call_id), _fence(call_id)], args=[fence])

    async def save(
        self, call_id: UUID, fence: int, version: int, data: dict[str, Any], phone_hash: str | None = None
    ) -> None:
        """Keep a snapshot for 15 minutes from now, to be found by `phone_hash`.

        Raises Conflict when the call was taken over since `fence` was given, or a later version is kept.
        """
        sealed = held().seal(json.dumps(data, ensure_ascii=False).encode(), CONTEXT)
        with reaching_redis():
            done = await self._save(
                keys=[_fence(call_id), _state(call_id)], args=[fence, version, sealed, KEEP_SECONDS]
            )
            if done == 1 and phone_hash:
                await self._redis.set(_phone(phone_hash), str(call_id), ex=KEEP_SECONDS)
        if done == -1:
            raise Conflict("another process has taken over this call")
        if done == -2:
            raise Conflict("a later version of this call is saved already")

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

    async def find_by_phone(self, phone_hash: str) -> Snapshot | None:
        """The latest call from a number, as long as it can be resumed."""
        with reaching_redis():
            call_id = await self._redis.get(_phone(phone_hash))
        return await self.load(UUID(as_bytes(call_id).decode())) if call_id else None

    async def forget(self, call_id: UUID, phone_hash: str | None = None) -> None:
        """Delete a snapshot, and the way to it from a number."""
        keys = [_state(call_id), *([_phone(phone_hash)] if phone_hash else [])]
        with reaching_redis():
            for key in keys:
                await self._redis.delete(key)

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


def _phone(phone_hash: str) -> str:
    return f"phone:{phone_hash}:call"


def _token(token: str) -> str:
    return f"token:{hashlib.sha256(token.encode()).hexdigest()}"
