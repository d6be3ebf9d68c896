"""Google Maps: where an address is."""

import asyncio
from typing import Any, Protocol

import googlemaps
from googlemaps.exceptions import ApiError, HTTPError, Timeout, TransportError
from pydantic import BaseModel

from domain.address import Place, Point
from errors import VendorError, VendorTimeout

TIMEOUT_SECONDS = 4.0
MOST_RESULTS = 3


class Found(BaseModel):
    """A place the geocoder knows; `exact` is False when it had to guess."""

    place: Place
    exact: bool


class Geocoder(Protocol):
    """Finds places by what people call them."""

    async def find(self, text: str, *, city: str, country: str) -> list[Found]:
        """Up to three places, best first; empty when there is none.

        Raises:
            VendorError: the geocoder refused or failed.
            VendorTimeout: no answer in four seconds.
        """
        ...


class GoogleMaps:
    """The Geocoding API, through Google's client, which is synchronous and so runs in a thread."""

    def __init__(self, key: str, base_url: str | None = None) -> None:
        more = {"base_url": base_url} if base_url else {}
        self._client = googlemaps.Client(
            key=key, timeout=TIMEOUT_SECONDS, retry_timeout=2, retry_over_query_limit=False, **more
        )

    async def find(self, text: str, *, city: str, country: str) -> list[Found]:
        """See Geocoder."""
        asked = text if city.lower() in text.lower() else f"{text}, {city}"
        try:
            results = await asyncio.to_thread(
                self._client.geocode,
                asked,
                components={"country": country},
                region=country.lower(),
                language="en",
            )
        except Timeout as error:
            raise VendorTimeout("google_maps", "geocoding took too long") from error
        except (ApiError, HTTPError, TransportError) as error:
            raise VendorError("google_maps", type(error).__name__, retryable=True) from error
        return [found for result in results[:MOST_RESULTS] if (found := read(result))]


def read(result: dict[str, Any]) -> Found | None:
    """A geocoder's result in our words; None for a whole city or area, which is no address."""
    parts = {kind: part["long_name"] for part in result["address_components"] for kind in part["types"]}
    name = parts.get("route") or parts.get("point_of_interest") or parts.get("premise")
    if not name:
        return None
    number = parts.get("street_number")
    area = parts.get("neighborhood") or parts.get("sublocality") or parts.get("sublocality_level_1")
    point = result["geometry"]["location"]
    place = Place(
        line=f"{number} {name}" if number else name,
        area=area or parts.get("locality", ""),
        city=parts.get("locality", ""),
        postcode=parts.get("postal_code", ""),
        point=Point(lat=point["lat"], lng=point["lng"]),
    )
    return Found(place=place, exact=not result.get("partial_match", False))
