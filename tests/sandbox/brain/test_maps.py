"""The invented map through Google's own client."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import googlemaps
import httpx
import pytest
from googlemaps.convert import decode_polyline

from sandbox.city import Point
from tests.sandbox.brain.house import House, in_thread


async def geocode(house: House, text: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await in_thread(lambda: house.maps().geocode(text, **more))
    return found


async def test_a_number_on_a_street_is_found_exactly(house: House) -> None:
    (found,) = await geocode(house, "12 Juniper Ln, Larkfield, TX")
    assert found["formatted_address"] == "12 Juniper Lane, Old Mill, Larkfield, TX 75990, USA"
    assert found["geometry"]["location_type"] == "RANGE_INTERPOLATED"
    assert "partial_match" not in found


@pytest.mark.parametrize(
    ("text", "areas", "partial"),
    [
        ("12 Mill Street", ["Old Mill", "Harbor"], False),
        ("12 Mill Street, Harbor", ["Harbor"], False),
        ("9 Temple Road Nandipur", ["Sadar Bazaar", "Shanti Nagar"], False),
        ("9 Juniper Lain", ["Old Mill"], True),
        ("900 Main Street", ["Downtown"], True),
        ("flat 3, opposite Clock Tower, Nandipur", ["Sadar Bazaar"], False),
        ("599003", ["Model Town"], False),
        ("1 Nowhere Lane", [], False),
    ],
)
async def test_what_an_address_may_mean(house: House, text: str, areas: list[str], partial: bool) -> None:
    found = await geocode(house, text)
    assert [_area(one) for one in found] == areas
    assert any(one.get("partial_match", False) for one in found) == partial


def _area(result: dict[str, Any]) -> str:
    kinds = {"neighborhood", "sublocality"}
    names = [part["long_name"] for part in result["address_components"] if kinds & set(part["types"])]
    return str(names[0])


async def test_components_filter(house: House) -> None:
    assert await geocode(house, "12 Juniper Lane", components={"country": "IN"}) == []
    assert (
        len(await geocode(house, "12 Mill Street", components={"country": "US", "postal_code": "75991"})) == 1
    )


async def test_travel_times_and_places_nobody_knows(house: House) -> None:
    table = await in_thread(
        lambda: house.maps().distance_matrix(["12 Juniper Lane"], ["5 Main Street", "1 Nowhere Lane"])
    )
    near, unknown = table["rows"][0]["elements"]
    assert unknown == {"status": "NOT_FOUND"}
    assert 1000 < near["distance"]["value"] < 10_000
    assert near["duration"]["value"] == pytest.approx(near["distance"]["value"] / 24_000 * 3600, rel=0.01)


async def test_refusals(house: House) -> None:
    with pytest.raises(googlemaps.exceptions.ApiError, match="REQUEST_DENIED"):
        await in_thread(lambda: house.maps("AIzaWrong").geocode("12 Juniper Lane"))
    house.fault("google_maps", "status", status=429)
    with pytest.raises(googlemaps.exceptions._OverQueryLimit):
        await geocode(house, "12 Juniper Lane")
    house.fault("google_maps", "drop")
    with pytest.raises(googlemaps.exceptions.TransportError):
        await geocode(house, "12 Juniper Lane")
    assert len(await geocode(house, "12 Juniper Lane")) == 1


EVENING = datetime(2026, 3, 2, 19, 0, tzinfo=ZoneInfo("America/Chicago"))
MORNING = EVENING.replace(hour=10)
NIGHT = EVENING.replace(hour=3)
HOME, KITCHEN = "48 Juniper Lane, Larkfield", "12 Commerce Street, Larkfield"


async def seconds(house: House, kind: str, **more: Any) -> int:
    table = await in_thread(lambda: house.maps().distance_matrix([HOME], [KITCHEN], **more))
    return int(table["rows"][0]["elements"][0][kind]["value"])


async def test_the_way_follows_the_grid_of_streets(house: House) -> None:
    start, end = Point(30.6, -97.1), Point(30.61, -97.12)
    table = await in_thread(lambda: house.maps().distance_matrix([(30.6, -97.1)], [(30.61, -97.12)]))
    (element,) = table["rows"][0]["elements"]
    corner = Point(start.lat, end.lng)
    metres = (start.km_to(corner) + corner.km_to(end)) * 1000
    assert element["distance"]["value"] == pytest.approx(metres, abs=1)
    assert metres > start.km_to(end) * 1000 * 1.2


async def test_times_go_by_hour_and_by_what_is_ridden(house: House) -> None:
    usual = await seconds(house, "duration")
    evening = await seconds(house, "duration_in_traffic", departure_time=EVENING)
    assert evening == pytest.approx(usual * 1.25, abs=2)
    assert await seconds(house, "duration_in_traffic", departure_time=MORNING) == pytest.approx(usual, abs=2)
    assert await seconds(house, "duration_in_traffic", departure_time=NIGHT) < usual
    assert await seconds(house, "duration", mode="bicycling") == pytest.approx(usual * 24 / 14, abs=2)
    assert evening == await seconds(house, "duration_in_traffic", departure_time=EVENING)


async def test_a_batch_answers_every_pair(house: House) -> None:
    origins, destinations = [HOME, KITCHEN, "1 Nowhere Lane"], [KITCHEN, "Clock Tower, Nandipur"]
    table = await in_thread(
        lambda: house.maps().distance_matrix(origins, destinations, departure_time=MORNING)
    )
    statuses = [[element["status"] for element in row["elements"]] for row in table["rows"]]
    assert statuses == [["OK", "ZERO_RESULTS"], ["OK", "ZERO_RESULTS"], ["NOT_FOUND", "NOT_FOUND"]]
    assert table["rows"][1]["elements"][0]["duration"]["value"] == 0


@pytest.mark.parametrize(("count", "error"), [(26, "MAX_DIMENSIONS"), (11, "MAX_ELEMENTS")])
async def test_too_large_a_batch_is_refused(house: House, count: int, error: str) -> None:
    spots = [(30.6 + number / 1000, -97.1) for number in range(count)]
    with pytest.raises(googlemaps.exceptions.ApiError, match=error):
        await in_thread(lambda: house.maps().distance_matrix(spots, spots[:10]))


async def test_a_slow_road_delays_whoever_drives_there_now(house: House) -> None:
    async with httpx.AsyncClient(base_url=f"{house.url}/control") as control:
        before = await seconds(house, "duration_in_traffic", departure_time=MORNING)
        slow = {"where": "Old Mill, Larkfield", "factor": 3}
        made = (await control.post("/roads", json=slow)).raise_for_status().json()
        assert made["radius_km"] == 1.3
        after = await seconds(house, "duration_in_traffic", departure_time=MORNING)
        assert before * 1.2 < after < before * 3
        assert await seconds(house, "duration") == pytest.approx(before, abs=2)
        street = {"where": "Juniper Lane, Old Mill", "factor": 2}
        assert (await control.post("/roads", json=street)).json()["radius_km"] == pytest.approx(0.9, abs=0.1)
        assert (await control.post("/roads", json={"where": "Nowhere Lane"})).status_code == 404
        await control.delete("/roads")
        assert await seconds(house, "duration_in_traffic", departure_time=MORNING) == before


async def test_directions_lead_along_the_corners(house: House) -> None:
    (found,) = await in_thread(
        lambda: house.maps().directions(HOME, "7 Dock Street", waypoints=[KITCHEN], departure_time=EVENING)
    )
    first, second = found["legs"]
    assert first["end_location"] == second["start_location"]
    assert len(first["steps"]) == 2
    assert sum(step["distance"]["value"] for step in first["steps"]) == pytest.approx(
        first["distance"]["value"], abs=2
    )
    line = decode_polyline(found["overview_polyline"]["points"])
    assert len(line) == 5
    assert line[-1]["lat"] == pytest.approx(second["end_location"]["lat"], abs=1e-4)
    assert await in_thread(lambda: house.maps().directions(HOME, "Clock Tower, Nandipur")) == []
