"""Which process takes the next call, and who has to wait: never more calls than fit, first come, first served."""

import asyncio
from collections import Counter
from itertools import count

import pytest
from redis.asyncio import Redis

from db import instances
from db.instances import Instances, Place, Report, Room
from tests.db.redis_client import redis

__all__ = ["redis"]

SEQUENCE = count(1)


@pytest.fixture
def registry(redis: Redis) -> Instances:
    return Instances(redis)


def report(
    name: str, capacity: int, live: int = 0, *, draining: bool = False, sequence: int | None = None
) -> Report:
    return Report(name, f"wss://{name}", capacity, live, draining, sequence or next(SEQUENCE))


async def chosen(registry: Instances, sid: str) -> str | None:
    place = await registry.reserve(sid)
    return place.instance if place else None


async def test_two_hundred_callers_at_once_never_exceed_what_fits(registry: Instances) -> None:
    capacities = {"a": 50, "b": 30, "c": 40}
    for name, capacity in capacities.items():
        await registry.tell(report(name, capacity))
    connections = asyncio.Semaphore(60)  # a client opens a hundred at most

    async def caller(number: int) -> Place | None:
        async with connections:
            return await registry.reserve(f"CA{number}")

    places = await asyncio.gather(*(caller(number) for number in range(200)))
    taken = Counter(place.instance for place in places if place)
    assert taken == capacities
    assert len([place for place in places if place is None]) == 80
    assert await registry.room() == Room(instances=3, free=0, waiting=0)


async def test_calls_that_arrive_while_others_ask_are_counted_once(registry: Instances) -> None:
    """A place becomes a live call in one step: in between nobody finds it free, or taken twice."""
    await registry.tell(report("a", 40))
    held = 0

    async def caller(number: int) -> bool:
        nonlocal held
        place = await registry.reserve(f"CA{number}")
        if place is None:
            return False
        held += 1
        await registry.tell(report("a", 40, held), arrived=f"CA{number}")
        return True

    served = await asyncio.gather(*(caller(number) for number in range(80)))
    assert sum(served) == held == 40
    assert (await registry.room()).free == 0


async def test_the_least_loaded_by_share_of_what_it_can_hold_is_chosen(registry: Instances) -> None:
    await registry.tell(report("large", 10, 4))
    await registry.tell(report("small", 4, 1))
    assert await chosen(registry, "CA1") == "small"  # 0.25 against 0.4
    assert await chosen(registry, "CA2") == "large"  # 0.4 against 0.5: the place kept for CA1 counts
    assert await chosen(registry, "CA3") in {"large", "small"}


async def test_a_burst_is_spread_before_any_audio_has_come(registry: Instances) -> None:
    for name in ("a", "b", "c"):
        await registry.tell(report(name, 20))
    places = await asyncio.gather(*(registry.reserve(f"CA{n}") for n in range(30)))
    assert Counter(place.instance for place in places if place) == {"a": 10, "b": 10, "c": 10}


async def test_the_same_call_sent_again_keeps_its_one_place(registry: Instances) -> None:
    await registry.tell(report("a", 2))
    await registry.tell(report("b", 2))
    first = await registry.reserve("CA1")
    assert [await registry.reserve("CA1") for _ in range(5)] == [first] * 5
    assert (await registry.room()).free == 3


async def test_a_place_is_kept_for_a_minute(registry: Instances, redis: Redis) -> None:
    await registry.tell(report("a", 1))
    assert await chosen(registry, "CA1") == "a"
    until = await redis.zscore("{instances}:a:places", "CA1")
    assert until is not None
    seconds, _ = await redis.time()
    assert 50 < float(until) / 1000 - seconds <= instances.PLACE_SECONDS + 1
    assert await chosen(registry, "CA2") is None
    await redis.zadd("{instances}:a:places", {"CA1": 1.0})  # as when the minute is over
    assert await chosen(registry, "CA2") == "a"


async def test_who_says_nothing_is_dead_after_three_heartbeats(registry: Instances, redis: Redis) -> None:
    await registry.tell(report("a", 1))
    await registry.tell(report("b", 5))
    assert 1_000 < await redis.pttl("{instances}:b") <= 6_000
    await redis.pexpire("{instances}:b", 0)
    assert [await chosen(registry, f"CA{n}") for n in range(2)] == ["a", None]
    assert await registry.room() == Room(instances=1, free=0, waiting=0)
    await registry.tell(report("b", 5))  # it was only suspended
    assert await chosen(registry, "CA1") == "b"


async def test_a_process_that_is_draining_gets_no_call_and_one_that_withdrew_is_gone(
    registry: Instances,
) -> None:
    await registry.tell(report("a", 9, 3, draining=True))
    assert await chosen(registry, "CA1") is None
    assert await registry.room() == Room(instances=1, free=0, waiting=0)
    await registry.tell(report("b", 1))
    assert await chosen(registry, "CA1") == "b"
    await registry.withdraw("b")
    assert await chosen(registry, "CA1") is None


async def test_a_call_kept_by_a_process_that_drains_meanwhile_goes_elsewhere(registry: Instances) -> None:
    await registry.tell(report("a", 5))
    assert await chosen(registry, "CA1") == "a"
    await registry.tell(report("a", 5, draining=True))
    await registry.tell(report("b", 5))
    assert await chosen(registry, "CA1") == "b"
    assert (await registry.room()).free == 4


async def test_a_report_that_was_overtaken_changes_nothing(registry: Instances) -> None:
    await registry.tell(report("a", 2, 2, sequence=8))
    await registry.tell(report("a", 2, 0, sequence=7))
    assert await chosen(registry, "CA1") is None


async def test_a_call_that_lost_its_process_goes_elsewhere_and_before_those_who_wait(
    registry: Instances,
) -> None:
    await registry.tell(report("dead", 5))
    await registry.tell(report("full", 1, 1))
    assert await registry.again("CA1", "dead", alive=False) is None
    assert await registry.again("CA1", "dead", alive=True) == Place("dead", "wss://dead")
    await registry.forget("CA1")
    await registry.withdraw("dead")
    assert await registry.wait("CA2") == 1
    await registry.tell(report("full", 2, 1))
    assert await registry.again("CA1", "dead", alive=False) == Place("full", "wss://full")
    assert await registry.wait("CA2") == 1


async def test_first_come_first_served_whoever_asks_first_afterwards(registry: Instances) -> None:
    await registry.tell(report("a", 1, 1))
    line = [f"CA{number}" for number in (3, 1, 2)]  # the order they came in, not that of their names
    assert [await registry.wait(sid) for sid in line] == [1, 2, 3]
    await registry.tell(report("a", 3, 1))
    assert await chosen(registry, "CA9") is None  # two places, and three who were here before
    assert await registry.wait("CA2") == 3
    assert isinstance(await registry.wait("CA1"), Place)  # there is one for CA3 as well
    assert await registry.wait("CA2") == 2
    assert isinstance(await registry.wait("CA3"), Place)
    assert await registry.wait("CA2") == 1


async def test_a_caller_whose_call_broke_off_waits_at_the_head_of_the_line(registry: Instances) -> None:
    await registry.tell(report("a", 1, 1))
    assert await registry.wait("CA1") == 1
    assert await registry.wait("CA3", first=True) == 1
    assert await registry.wait("CA2", first=True) == 2
    assert await registry.wait("CA1") == 3


async def test_who_hangs_up_leaves_the_line_and_who_is_silent_does_so_too(
    registry: Instances, redis: Redis
) -> None:
    await registry.tell(report("a", 1, 1))
    for sid in ("CA1", "CA2", "CA3"):
        await registry.wait(sid)
    await registry.forget("CA1")
    assert await registry.wait("CA3") == 2
    await redis.zadd("{instances}:asked", {"CA2": 1.0})  # as when 45 seconds have gone by
    assert await registry.wait("CA3") == 1
    assert (await registry.room()).waiting == 1


async def test_many_who_wait_and_few_places(registry: Instances) -> None:
    """However they ask, as many are served as there are places, and those who came first."""
    await registry.tell(report("a", 2, 2))
    for number in range(30):
        await registry.wait(f"CA{number}")
    await registry.tell(report("a", 7, 2))
    served: set[str] = set()

    async def ask(sid: str) -> None:
        if isinstance(await registry.wait(sid), Place):
            served.add(sid)

    for _ in range(2):
        await asyncio.gather(
            *(ask(f"CA{number}") for number in reversed(range(30)) if f"CA{number}" not in served)
        )
    assert served == {f"CA{number}" for number in range(5)}
