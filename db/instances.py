"""The server processes that take calls, in Redis: where they are, how full they are, and who waits for a free line."""

from dataclasses import dataclass

from redis.asyncio import Redis

from db.redis import as_bytes, reaching_redis

HEARTBEAT_SECONDS = 2.0
DEAD_AFTER_SECONDS = 3 * HEARTBEAT_SECONDS
PLACE_SECONDS = 60  # as long as the token that lets the audio in
STAY_SECONDS = 45  # a caller on hold asks every 15 seconds or so; who has not for so long has hung up

# KEYS: instance, its places, all instances. ARGV: id, media, capacity, live, draining, sequence, milliseconds, SID of a
# call that has arrived. Reports may overtake each other: an older one only proves that the process lives.
TELL = """
local known = redis.call('HGET', KEYS[1], 'sequence')
if not known or tonumber(known) < tonumber(ARGV[6]) then
  redis.call('HSET', KEYS[1], 'id', ARGV[1], 'media', ARGV[2], 'capacity', ARGV[3], 'live', ARGV[4],
    'draining', ARGV[5], 'sequence', ARGV[6])
end
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('SADD', KEYS[3], ARGV[1])
if ARGV[8] ~= '' then redis.call('ZREM', KEYS[2], ARGV[8]) end
"""

# Redis's own clock decides, in milliseconds. `free` is nil for an instance that takes no call.
NOW = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local function look(instance, places)
  redis.call('ZREMRANGEBYSCORE', places, '-inf', string.format('%.0f', now))
  local it = redis.call('HMGET', instance, 'id', 'media', 'capacity', 'live', 'draining')
  if not it[1] then redis.call('SREM', KEYS[3], string.match(instance, '}:(.+)$')) end
  if not it[1] or it[5] == '1' or tonumber(it[3]) < 1 then return it, nil, 1 end
  local taken = tonumber(it[4]) + redis.call('ZCARD', places)
  return it, tonumber(it[3]) - taken, taken / tonumber(it[3])
end
local function prune(stay)
  local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - stay))
  for _, sid in ipairs(gone) do
    redis.call('ZREM', KEYS[1], sid)
    redis.call('ZREM', KEYS[2], sid)
  end
end
"""

# KEYS: line of those who wait, when they last asked, all instances, then each instance and its places. ARGV: SID,
# milliseconds a place is kept, milliseconds to stay in line, who asks, instance to avoid, 1 if it may serve when no
# other can.
PLACE = (
    NOW
    + """
local sid, who, avoid = ARGV[1], ARGV[4], ARGV[5]
prune(tonumber(ARGV[3]))
if who == 'waiting' or who == 'first' then
  local highest = who == 'first' and '1000000' or '+inf'  -- scores of the head of the line, and of everybody
  local last = redis.call('ZREVRANGEBYSCORE', KEYS[1], highest, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  local after = (tonumber(last[2]) or 0) + 1
  local score = who == 'first' and after or math.max(now, after)
  redis.call('ZADD', KEYS[1], 'NX', string.format('%.0f', score), sid)
  redis.call('ZADD', KEYS[2], string.format('%.0f', now), sid)
end
local best, spare, total = nil, nil, 0
for n = 4, #KEYS, 2 do
  local own = redis.call('ZSCORE', KEYS[n + 1], sid)
  if own then redis.call('ZREM', KEYS[n + 1], sid) end
  local it, free, share = look(KEYS[n], KEYS[n + 1])
  if free and free > 0 then
    local found = {id = it[1], media = it[2], free = free, share = share, places = KEYS[n + 1], own = own}
    if it[1] == avoid then
      spare = found
      if ARGV[6] == '1' then total = total + free end
    else
      total = total + free
      if not best or (own and not best.own) or (not best.own and
          (share < best.share or (share == best.share and free > best.free))) then best = found end
    end
  end
end
if not best and ARGV[6] == '1' then best = spare end
local before = redis.call('ZRANK', KEYS[1], sid) or redis.call('ZCARD', KEYS[1])
if who == 'back' then before = 0 end
if best and (best.own or before < total) then
  redis.call('ZADD', best.places, string.format('%.0f', now + tonumber(ARGV[2])), sid)
  redis.call('PEXPIRE', best.places, ARGV[2])
  redis.call('ZREM', KEYS[1], sid)
  redis.call('ZREM', KEYS[2], sid)
  return {best.id, best.media}
end
return {before + 1}
"""
)

# KEYS: as above. ARGV: milliseconds to stay in line.
ROOM = (
    NOW
    + """
prune(tonumber(ARGV[1]))
local alive, free = 0, 0
for n = 4, #KEYS, 2 do
  local it, left = look(KEYS[n], KEYS[n + 1])
  if it[1] then alive = alive + 1 end
  if left and left > 0 then free = free + left end
end
return {alive, free, redis.call('ZCARD', KEYS[1])}
"""
)


# The braces keep all keys together on a cluster, where a script may touch one node only.
ALL, LINE, ASKED = "{instances}:all", "{instances}:line", "{instances}:asked"


@dataclass(frozen=True)
class Report:
    """What a process tells of itself. `media` is the root of its address for sockets; `sequence` rises."""

    id: str
    media: str
    capacity: int
    live: int
    draining: bool
    sequence: int


@dataclass(frozen=True)
class Place:
    """A place kept for one call for a minute, and where its audio has to go."""

    instance: str
    media: str


@dataclass(frozen=True)
class Room:
    """How it stands in the whole house: processes alive, calls they could still take, callers on hold."""

    instances: int
    free: int
    waiting: int


class Instances:
    """The registry of processes, the places they keep and the line of callers on hold.

    Every method raises StoreDown without Redis.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._tell = redis.register_script(TELL)
        self._place = redis.register_script(PLACE)
        self._room = redis.register_script(ROOM)

    async def tell(self, report: Report, *, arrived: str = "") -> None:
        """Announce a process, or say how it is; it counts as dead when it says nothing for six seconds.

        `arrived`: the SID of a call whose audio has come and that `live` counts from now on.
        """
        it = report
        args: list[str | int] = [it.id, it.media, it.capacity, it.live, int(it.draining), it.sequence]
        with reaching_redis():
            await self._tell(
                keys=[_instance(it.id), _places(it.id), ALL],
                args=[*args, round(DEAD_AFTER_SECONDS * 1000), arrived],
            )

    async def withdraw(self, instance: str) -> None:
        """Take a process off the list at once."""
        with reaching_redis():
            await self._redis.delete(_instance(instance), _places(instance))
            await self._redis.srem(ALL, instance)

    async def reserve(self, call_sid: str) -> Place | None:
        """A place for a new call on the least loaded process; None while all are full, or wanted by callers on hold.

        Asked again for the same call, its place stays where it is.
        """
        found = await self._ask(call_sid, "new")
        return found if isinstance(found, Place) else None

    async def again(self, call_sid: str, left: str, *, alive: bool) -> Place | None:
        """A place for a call that lost its process: before everybody who waits, and elsewhere if that is possible.

        `alive`: the process it comes from still runs, and may have it back when no other can.
        """
        found = await self._ask(call_sid, "back", left, alive=alive)
        return found if isinstance(found, Place) else None

    async def wait(self, call_sid: str, *, first: bool = False) -> Place | int:
        """Stand in line and stay there: a place when it is this call's turn, else its position, from 1.

        First come, first served, as many at once as there are free places; `first`: at the head of the line.
        """
        return await self._ask(call_sid, "first" if first else "waiting")

    async def forget(self, call_sid: str) -> None:
        """The call is over, or waits no more: nothing is kept for it."""
        ids = await self._ids()
        with reaching_redis():
            for key in (LINE, ASKED, *(_places(one) for one in ids)):
                await self._redis.zrem(key, call_sid)

    async def room(self) -> Room:
        """How many calls could be taken now, and how many wait."""
        keys = await self._keys()
        with reaching_redis():
            alive, free, waiting = await self._room(keys=keys, args=[STAY_SECONDS * 1000])
        return Room(int(alive), int(free), int(waiting))

    async def _ask(self, call_sid: str, who: str, avoid: str = "", *, alive: bool = False) -> Place | int:
        kept, stay = PLACE_SECONDS * 1000, STAY_SECONDS * 1000
        args: list[str | int] = [call_sid, kept, stay, who, avoid, int(alive)]
        keys = await self._keys()
        with reaching_redis():
            found = await self._place(keys=keys, args=args)
        if len(found) == 1:
            return int(found[0])
        return Place(as_bytes(found[0]).decode(), as_bytes(found[1]).decode())

    async def _keys(self) -> list[str]:
        ids = await self._ids()
        return [LINE, ASKED, ALL, *(key for one in ids for key in (_instance(one), _places(one)))]

    async def _ids(self) -> list[str]:
        with reaching_redis():
            return sorted(as_bytes(one).decode() for one in await self._redis.smembers(ALL))


def _instance(instance: str) -> str:
    return f"{{instances}}:{instance}"


def _places(instance: str) -> str:
    return f"{{instances}}:{instance}:places"
