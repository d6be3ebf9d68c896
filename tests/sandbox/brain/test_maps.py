"""The invented map through Google's own client."""

from typing import Any

import googlemaps
import pytest

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
