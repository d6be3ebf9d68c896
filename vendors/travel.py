"""Google's road table: how long a way takes by road, in the traffic of that hour."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import googlemaps
from googlemaps.exceptions import ApiError, HTTPError, Timeout, TransportError

from domain.address import Point
from domain.travel import Leg, Source, Trip
from errors import VendorError, VendorTimeout
from vendors.maps import TIMEOUT_SECONDS

MOST_ORIGINS = 25
"""Google takes 25 origins or destinations and 100 pairs a request; we ask many starts for one end, so 25 pairs."""
TOGETHER = 4
"""Requests at once: each has a thread."""
MODES = {"bicycle": "bicycling"}
"""Every other vehicle goes as cars do; the table knows no two-wheelers."""
DRIVING = "driving"
LATELY_SECONDS = 60.0
"""Traffic is known from now on; a departure that long ago is now, an earlier one is asked for without traffic."""


class RoadTable(Protocol):
    """Knows how long ways take by road."""

    async def legs(self, trips: Sequence[Trip], at: datetime) -> list[Leg | None]:
        """The trips, departing at a moment of business time, in their order; None where there is no road.

        Raises:
            VendorError: it refused or failed.
            VendorTimeout: no answer in time.
        """
        ...


def mode(vehicle: str) -> str:
    """How Google has this vehicle go."""
    return MODES.get(vehicle, DRIVING)


class GoogleRoads:
    """The Distance Matrix API, through Google's client, which is synchronous and so runs in threads.

    What is asked is exactly the trips, once each: every pair of a request is paid for.
    """

    def __init__(self, key: str, base_url: str | None = None, timeout: float = TIMEOUT_SECONDS) -> None:
        """`timeout`: real seconds for one request."""
        more = {"base_url": base_url} if base_url else {}
        self._client = googlemaps.Client(
            key=key, timeout=timeout, retry_timeout=2, retry_over_query_limit=False, **more
        )
        self._turn = asyncio.Semaphore(TOGETHER)

    async def legs(self, trips: Sequence[Trip], at: datetime) -> list[Leg | None]:
        """See RoadTable."""
        groups: dict[tuple[str, Point], dict[Point, None]] = defaultdict(dict)
        for trip in trips:
            groups[mode(trip.vehicle), trip.end][trip.start] = None
        asked = [
            (how, end, list(starts)[first : first + MOST_ORIGINS])
            for (how, end), starts in groups.items()
            for first in range(0, len(starts), MOST_ORIGINS)
        ]
        answers = await asyncio.gather(*(self._ask(how, end, starts, at) for how, end, starts in asked))
        found = {
            (how, start, end): leg
            for (how, end, starts), legs in zip(asked, answers, strict=True)
            for start, leg in zip(starts, legs, strict=True)
        }
        return [found[mode(trip.vehicle), trip.start, trip.end] for trip in trips]

    async def _ask(self, how: str, end: Point, starts: list[Point], at: datetime) -> list[Leg | None]:
        async with self._turn:
            try:
                answer = await asyncio.to_thread(
                    self._client.distance_matrix,
                    [(start.lat, start.lng) for start in starts],
                    [(end.lat, end.lng)],
                    mode=how,
                    departure_time=departure(at, time.time()) if how == DRIVING else None,
                )
            except Timeout as error:
                raise VendorTimeout("google_maps", "the road table took too long") from error
            except (ApiError, HTTPError, TransportError) as error:
                raise VendorError("google_maps", type(error).__name__, retryable=True) from error
        rows = answer["rows"]
        if len(rows) != len(starts):
            raise VendorError("google_maps", "the road table has other rows than were asked for")
        return [read(row["elements"][0]) for row in rows]


def departure(at: datetime, real_now: float) -> int | None:
    """The departure as Google takes it, Unix seconds, never past; None: without traffic."""
    seconds = at.timestamp()
    return max(int(seconds), int(real_now) + 1) if seconds > real_now - LATELY_SECONDS else None


def read(element: dict[str, Any]) -> Leg | None:
    """One pair of the table in our words; None where no road leads (`NOT_FOUND`, `ZERO_RESULTS`, too long)."""
    if element["status"] != "OK":
        return None
    took = element.get("duration_in_traffic", element["duration"])["value"]
    return Leg(took / 60, element["distance"]["value"] / 1000, Source.ROADS)
