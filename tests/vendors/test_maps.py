"""Google's geocoder over its real client: places in our words, and an answer within seconds."""

import pytest

from domain.address import Point
from errors import VendorError, VendorTimeout
from tests.fakes.sandbox import Sandbox
from vendors import maps as module
from vendors.maps import Found, GoogleMaps, read


@pytest.fixture
def maps(sandbox: Sandbox) -> GoogleMaps:
    return GoogleMaps(sandbox.keys["GOOGLE_MAPS_API_KEY"], sandbox.base_urls["GOOGLE_MAPS"])


async def larkfield(maps: GoogleMaps, text: str) -> list[Found]:
    return await maps.find(text, city="Larkfield", country="US")


async def test_an_address_is_found_with_its_area_and_postcode(maps: GoogleMaps) -> None:
    (found,) = await larkfield(maps, "48 Juniper Lane")
    place = found.place
    assert found.exact
    assert (place.spoken(), place.city, place.postcode) == ("48 Juniper Lane, Old Mill", "Larkfield", "75990")
    assert place.point.km_to(Point(lat=30.62882, lng=-97.15114)) < 1.3


async def test_a_street_that_exists_twice_is_found_twice(maps: GoogleMaps) -> None:
    assert {found.place.area for found in await larkfield(maps, "12 Mill Street")} == {"Old Mill", "Harbor"}


async def test_in_india_a_landmark_is_an_address(maps: GoogleMaps) -> None:
    found = await maps.find("Big Banyan Tree", city="Nandipur", country="IN")
    assert found[0].place.line == "Big Banyan Tree"
    assert found[0].place.area == "Shanti Nagar"


@pytest.mark.parametrize("text", ["xyzzy plugh", "Larkfield", "Downtown"])
async def test_a_whole_area_is_no_address_and_nonsense_is_nothing(maps: GoogleMaps, text: str) -> None:
    assert await larkfield(maps, text) == []


async def test_the_country_is_part_of_the_question(sandbox: Sandbox, maps: GoogleMaps) -> None:
    await maps.find("Temple Road", city="Nandipur", country="IN")
    asked = sandbox.requests("google_maps")[-1]
    assert asked["body"]["components"] == "country:IN"
    assert asked["body"]["address"] == "Temple Road, Nandipur"
    assert sandbox.keys["GOOGLE_MAPS_API_KEY"] not in str(asked)


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 403}, {"kind": "status", "status": 429}])
async def test_a_refusal_is_a_vendors_error(
    sandbox: Sandbox, maps: GoogleMaps, fault: dict[str, object]
) -> None:
    sandbox.fault("google_maps", str(fault["kind"]), status=fault["status"], times=None)
    with pytest.raises(VendorError, match=r"^google_maps: \w+$") as failed:
        await larkfield(maps, "48 Juniper Lane")
    assert failed.value.retryable


async def test_a_failure_is_retried_within_the_time_limit(sandbox: Sandbox, maps: GoogleMaps) -> None:
    sandbox.fault("google_maps", "status", status=503)
    assert await larkfield(maps, "48 Juniper Lane")


async def test_a_cut_connection_is_a_vendors_error(sandbox: Sandbox, maps: GoogleMaps) -> None:
    sandbox.fault("google_maps", "drop", times=None)
    with pytest.raises(VendorError, match="TransportError"):
        await larkfield(maps, "48 Juniper Lane")


async def test_silence_ends_after_the_time_limit(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 0.2)
    maps = GoogleMaps(sandbox.keys["GOOGLE_MAPS_API_KEY"], sandbox.base_urls["GOOGLE_MAPS"])
    sandbox.fault("google_maps", "hang", times=None)
    with pytest.raises(VendorTimeout, match="took too long"):
        await larkfield(maps, "48 Juniper Lane")


def test_a_guess_is_marked_as_one() -> None:
    answer = {
        "address_components": [
            {"long_name": "Mill Street", "types": ["route"]},
            {"long_name": "Larkfield", "types": ["locality", "political"]},
        ],
        "geometry": {"location": {"lat": 30.6, "lng": -97.1}},
        "partial_match": True,
    }
    found = read(answer)
    assert found is not None
    assert not found.exact
    assert (found.place.area, found.place.postcode) == ("Larkfield", "")
