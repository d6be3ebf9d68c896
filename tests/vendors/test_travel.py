"""Google's road table over its real client: exactly the pairs that are needed, in traffic, and an answer in time."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.address import Point
from domain.travel import Source, Trip
from errors import VendorError, VendorTimeout
from tests.fakes.sandbox import Sandbox
from vendors.travel import GoogleRoads, departure, read

KITCHEN, DOWNTOWN = Point(lat=30.62882, lng=-97.15114), Point(lat=30.618, lng=-97.124)
FAR_AWAY = Point(lat=12.97, lng=77.59)


@pytest.fixture
def roads(sandbox: Sandbox) -> GoogleRoads:
    return GoogleRoads(sandbox.keys["GOOGLE_MAPS_API_KEY"], sandbox.base_urls["GOOGLE_MAPS"])


def trip(number: int = 0, vehicle: str = "car", end: Point = KITCHEN) -> Trip:
    return Trip(Point(lat=DOWNTOWN.lat + number / 1000, lng=DOWNTOWN.lng), end, vehicle)


async def test_a_way_by_road_is_longer_than_the_line(roads: GoogleRoads) -> None:
    (leg,) = await roads.legs([trip()], datetime.now(UTC))
    assert leg is not None
    assert leg.source is Source.ROADS
    assert DOWNTOWN.km_to(KITCHEN) < leg.km < 2 * DOWNTOWN.km_to(KITCHEN)
    assert 3 < leg.minutes < 20


async def test_thirty_starts_are_two_requests_and_no_pair_is_paid_twice(
    sandbox: Sandbox, roads: GoogleRoads
) -> None:
    before = len(sandbox.requests("google_maps"))
    trips = [trip(number) for number in range(30)]
    legs = await roads.legs([*trips, trips[0]], datetime.now(UTC))
    assert len(legs) == 31
    assert legs[30] == legs[0]
    asked = [one["body"] for one in sandbox.requests("google_maps")[before:]]
    assert sorted(len(one["origins"].split("|")) for one in asked) == [5, 25]
    assert {len(one["destinations"].split("|")) for one in asked} == {1}


async def test_bicycles_are_asked_for_apart_and_without_traffic(sandbox: Sandbox, roads: GoogleRoads) -> None:
    before = len(sandbox.requests("google_maps"))
    await roads.legs([trip(), trip(vehicle="bicycle"), trip(vehicle="scooter")], datetime.now(UTC))
    asked = {one["body"]["mode"]: one["body"] for one in sandbox.requests("google_maps")[before:]}
    assert asked.keys() == {"driving", "bicycling"}
    assert "departure_time" in asked["driving"]
    assert "departure_time" not in asked["bicycling"]


async def test_where_no_road_leads_there_is_none_and_the_others_stand(roads: GoogleRoads) -> None:
    legs = await roads.legs([Trip(FAR_AWAY, KITCHEN, "car"), trip()], datetime.now(UTC))
    assert legs[0] is None
    assert legs[1] is not None


@pytest.mark.parametrize("status", [403, 429])
async def test_a_refusal_is_a_vendors_error(sandbox: Sandbox, roads: GoogleRoads, status: int) -> None:
    sandbox.fault("google_maps", "status", status=status, times=None)
    with pytest.raises(VendorError, match=r"^google_maps: \w+$"):
        await roads.legs([trip()], datetime.now(UTC))


async def test_silence_ends_after_the_time_limit(sandbox: Sandbox) -> None:
    roads = GoogleRoads(sandbox.keys["GOOGLE_MAPS_API_KEY"], sandbox.base_urls["GOOGLE_MAPS"], timeout=0.2)
    sandbox.fault("google_maps", "hang", times=None)
    with pytest.raises(VendorTimeout, match="took too long"):
        await roads.legs([trip()], datetime.now(UTC))


def test_a_departure_is_never_past_and_business_time_of_another_day_has_no_traffic() -> None:
    now = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
    real = now.timestamp()
    assert departure(now + timedelta(hours=1), real) == real + 3600
    assert departure(now - timedelta(seconds=30), real) == real + 1
    assert departure(now - timedelta(days=90), real) is None


def test_traffic_counts_where_it_is_known() -> None:
    plain = {"status": "OK", "duration": {"value": 600}, "distance": {"value": 5000}}
    leg = read(plain)
    busy = read(plain | {"duration_in_traffic": {"value": 900}})
    assert leg is not None
    assert busy is not None
    assert (leg.minutes, busy.minutes, busy.km) == (10, 15, 5)
    assert read({"status": "ZERO_RESULTS"}) is None
    assert read({"status": "MAX_ROUTE_LENGTH_EXCEEDED"}) is None
