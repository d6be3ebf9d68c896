"""Drivers on the road: where they are at business time, what slows them down, and who is told."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from sandbox.city import Point
from sandbox.clock import BusinessClock
from sandbox.riding import Listener, Ride, Rides
from sandbox.roads import Roads, route
from sandbox.server import loopback_socket, make_server
from tests.fakes.until import until
from tests.sandbox.brain.house import House

MORNING = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # ten in Texas
START, GOAL = Point(30.6, -97.12), Point(30.62, -97.14)


def ride(roads: Roads | None = None, **more: Any) -> Ride:
    return Ride("ride-1", GOAL, "driving", roads or Roads(), START, MORNING, **more)


def test_a_driver_comes_along_the_directions_at_their_speed() -> None:
    driver, way = ride(), route([START, GOAL])
    whole = Roads().seconds(way, "driving", MORNING)
    driver.move(MORNING + timedelta(seconds=whole / 2))
    assert driver.left_km == pytest.approx(way.km / 2, rel=0.02)
    assert not driver.arrived
    driver.move(MORNING + timedelta(seconds=whole - 6))
    assert not driver.arrived
    driver.move(MORNING + timedelta(seconds=whole + 6))
    assert driver.arrived
    assert (driver.here, driver.left_km) == (GOAL, 0.0)


def test_how_often_one_looks_does_not_matter() -> None:
    often, once = ride(), ride()
    for second in range(0, 300, 7):
        often.move(MORNING + timedelta(seconds=second))
    often.move(MORNING + timedelta(seconds=300))
    once.move(MORNING + timedelta(seconds=300))
    assert often.here.km_to(once.here) < 0.001
    once.move(MORNING)  # an earlier moment moves nobody back
    assert often.here.km_to(once.here) < 0.001


def test_a_slow_road_holds_a_driver_up() -> None:
    roads = Roads()
    roads.slow("Downtown, Larkfield", 4.0, radius_km=20)
    slow, quick = ride(roads), ride()
    for driver in (slow, quick):
        driver.move(MORNING + timedelta(minutes=5))
    gone = [route([START, GOAL]).km - driver.left_km for driver in (slow, quick)]
    assert gone[0] * 4 == pytest.approx(gone[1], rel=0.01)


def test_stuck_goes_nowhere_and_the_wrong_way_goes_away() -> None:
    driver = ride(behaviour="stuck")
    driver.move(MORNING + timedelta(minutes=10))
    assert driver.here == START
    driver.send(MORNING + timedelta(minutes=10), behaviour="wrong_way")
    driver.move(MORNING + timedelta(minutes=12))
    astray = driver.left_km
    assert astray > route([START, GOAL]).km + 0.5
    driver.send(MORNING + timedelta(minutes=12), behaviour="drives")
    driver.move(MORNING + timedelta(minutes=13))
    assert driver.left_km < astray
    driver.send(MORNING + timedelta(minutes=13), goal=driver.here)
    assert driver.arrived


def test_business_time_comes_from_the_environment() -> None:
    clock = BusinessClock.of({"CLOCK_START": "2026-03-02T16:00:00+00:00", "CLOCK_SPEED": "60"})
    assert clock.speed == 60
    assert MORNING <= clock.now() < MORNING + timedelta(minutes=5)
    assert abs(BusinessClock.of({}).now() - datetime.now(UTC)) < timedelta(seconds=5)


async def test_positions_are_posted_with_the_key_until_the_driver_stops() -> None:
    told: list[tuple[str, dict[str, float]]] = []
    arrived = asyncio.Event()
    app = FastAPI()

    async def location(request: Request) -> dict[str, str]:
        told.append((request.headers["authorization"], await request.json()))
        if Point(**told[-1][1]) == GOAL:
            arrived.set()
        return {"status": "noted"}

    app.post("/drivers/drv_1/location")(location)
    listener = loopback_socket()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/drivers/drv_1/location"
    server = make_server(app)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    rides = Rides(Roads(), BusinessClock(MORNING, speed=200))
    under_way = rides.start(START, GOAL, "driving", "drives", Listener(url, "key-1", every=20))
    async with asyncio.timeout(30):
        await arrived.wait()
    ride_over = await rides.stop(under_way.id)
    count = len(told)
    await asyncio.sleep(0.3)
    assert len(told) == count
    server.should_exit = True
    await serving
    assert {key for key, _ in told} == {"Bearer key-1"}
    assert all(START.lat == at["lat"] or GOAL.lng == at["lng"] for _, at in told)  # on one of its two streets
    assert len({tuple(position.items()) for _, position in told}) > 3
    assert set(ride_over.statuses) == {200}
    assert count - 1 <= ride_over.pings <= count  # the last one may have been under way
    assert ride_over.arrived


async def test_who_does_not_listen_stops_nobody() -> None:
    rides = Rides(Roads(), BusinessClock(MORNING, speed=600))
    under_way = rides.start(START, GOAL, "driving", "drives", Listener("http://127.0.0.1:9/", every=1))

    async def tried_twice() -> bool:
        return len(under_way.statuses) >= 2

    await until(tried_twice)
    await rides.close()
    assert (under_way.pings, set(under_way.statuses)) == (0, {0})
    assert rides.all == {}


async def test_rides_over_the_control_routes(house: House) -> None:
    async with httpx.AsyncClient(base_url=f"{house.url}/control") as control:
        body = {
            "from": "48 Juniper Lane, Larkfield",
            "to": {"lat": 30.62, "lng": -97.14},
            "mode": "bicycling",
        }
        made = (await control.post("/rides", json=body)).raise_for_status().json()
        path = f"/rides/{made['id']}"
        assert (made["behaviour"], made["arrived"]) == ("drives", False)
        turned = (await control.patch(path, json={"behaviour": "stuck"})).json()
        now = (await control.get(path)).json()
        assert (now["lat"], now["lng"], now["behaviour"]) == (turned["lat"], turned["lng"], "stuck")
        assert [one["id"] for one in (await control.get("/rides")).json()] == [made["id"]]
        assert (await control.delete(path)).status_code == 200
        for missing in (control.get(path), control.delete(path), control.patch(path, json={})):
            assert (await missing).status_code == 404
        assert (await control.post("/rides", json={**body, "to": "1 Nowhere Lane"})).status_code == 404
        assert (await control.get("/clock")).json()["speed"] == 1.0


async def test_a_wait_that_is_left_out_is_driven_meanwhile(house: House) -> None:
    async with httpx.AsyncClient(base_url=f"{house.url}/control") as control:
        spots = {"from": {"lat": START.lat, "lng": START.lng}, "to": {"lat": GOAL.lat, "lng": GOAL.lng}}
        made = (await control.post("/rides", json=spots)).json()
        assert not made["arrived"]
        before = datetime.fromisoformat((await control.get("/clock")).json()["now"])
        moved = await control.post("/clock/advance", json={"seconds": 1800})
        assert datetime.fromisoformat(moved.json()["now"]) - before >= timedelta(minutes=30)
        assert (await control.get(f"/rides/{made['id']}")).json()["arrived"]
        assert (await control.post("/clock/advance", json={"seconds": -1})).status_code == 422
