"""Travel times always come: asked once, kept for a while, and estimated where the road table is silent."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from db.redis import open_redis
from db.seeding.dispatch import read_dispatch
from domain.address import Point
from domain.travel import Leg, Source, Trip, estimate
from errors import VendorError, VendorTimeout
from operations import travelling
from operations.travelling import SteadyTravel

ROADS = read_dispatch()["US"].roads
AT = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
HERE, THERE = Point(lat=30.618, lng=-97.124), Point(lat=30.62882, lng=-97.15114)
TRIP = Trip(HERE, THERE, "car")


class Table:
    """A road table that says seven minutes, or nothing, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Trip] = []
        self.fails: VendorError | None = None
        self.unknown: set[Trip] = set()

    async def legs(self, trips: Sequence[Trip], at: datetime) -> list[Leg | None]:
        """See RoadTable."""
        self.asked += trips
        if self.fails:
            raise self.fails
        return [None if trip in self.unknown else Leg(7.0, 4.2, Source.ROADS) for trip in trips]


@pytest.fixture
async def redis() -> Redis:
    return await open_redis(None)


async def test_it_is_asked_once_a_quarter_of_an_hour_and_hundred_metres(redis: Redis) -> None:
    table = Table()
    near = Trip(Point(lat=HERE.lat + 0.0002, lng=HERE.lng), THERE, "scooter")
    for at in (AT, AT + timedelta(minutes=14)):
        legs = await SteadyTravel(table, redis).legs([TRIP, near, TRIP], at, ROADS)
        assert legs == [Leg(7.0, 4.2, Source.ROADS)] * 3
    assert table.asked == [TRIP]
    await SteadyTravel(table, redis).legs([TRIP], AT + timedelta(minutes=15), ROADS)
    assert len(table.asked) == 2


async def test_a_bicycle_is_another_question(redis: Redis) -> None:
    table = Table()
    await SteadyTravel(table, redis).legs([TRIP, Trip(HERE, THERE, "bicycle")], AT, ROADS)
    assert len(table.asked) == 2


async def test_what_is_kept_ends_by_itself(redis: Redis) -> None:
    await SteadyTravel(Table(), redis).legs([TRIP], AT, ROADS)
    assert 0 < await redis.ttl(travelling.key(TRIP, AT)) <= travelling.KEPT_SECONDS


@pytest.mark.parametrize(
    "error", [VendorError("google_maps", "ApiError"), VendorTimeout("google_maps", "slow")]
)
async def test_a_road_table_that_fails_is_left_alone_for_a_while(redis: Redis, error: VendorError) -> None:
    table = Table()
    table.fails = error
    travel = SteadyTravel(table, redis)
    for _ in range(3):
        assert await travel.legs([TRIP], AT, ROADS) == [estimate(TRIP, ROADS)]
    assert len(table.asked) == 1
    assert await redis.keys("travel:*") == [], "an estimate is never kept as a fact"


async def test_where_no_road_leads_it_is_estimated_and_the_others_are_known(redis: Redis) -> None:
    table = Table()
    lost = Trip(Point(lat=30.5, lng=-97.1), THERE, "car")
    table.unknown.add(lost)
    legs = await SteadyTravel(table, redis).legs([lost, TRIP], AT, ROADS)
    assert [leg.source for leg in legs] == [Source.ESTIMATE, Source.ROADS]


async def test_next_door_nobody_is_asked(redis: Redis) -> None:
    table = Table()
    door = Trip(HERE, Point(lat=HERE.lat + 0.001, lng=HERE.lng), "car")
    (leg,) = await SteadyTravel(table, redis).legs([door], AT, ROADS)
    assert (leg.source, table.asked) == (Source.ESTIMATE, [])


async def test_without_redis_it_is_asked_each_time() -> None:
    table = Table()
    gone = Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2)
    for _ in range(2):
        assert await SteadyTravel(table, gone).legs([TRIP], AT, ROADS) == [Leg(7.0, 4.2, Source.ROADS)]
    assert len(table.asked) == 2
    await gone.aclose()
