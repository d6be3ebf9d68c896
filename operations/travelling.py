"""Travel times that always come: from the road table, kept for a while, or estimated where it does not answer."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog
from redis.asyncio import Redis

from db.redis import as_bytes, reaching_redis
from domain.address import Point
from domain.dispatch_rules import Roads
from domain.travel import Leg, Source, Trip, estimate
from errors import StoreDown, VendorError
from vendors.travel import RoadTable, mode

log = structlog.get_logger(__name__)

VERSION = 1  # of what is kept
DIGITS = 3  # of a degree: 111 m from north to south, less from east to west
QUARTER_SECONDS = 900  # of business time: traffic changes, but not by the minute
KEPT_SECONDS = (
    1800  # real: longer than a quarter, so that what is asked at its end is found by those who ask next
)
REST_SECONDS = 30.0  # real: a road table that fails is not waited for again by every search
NEAR_KM = 0.15
"""So near the same corner of the cache is both ends': no question is worth its price."""


class Travel(Protocol):
    """Tells travel times; never fails."""

    async def legs(self, trips: Sequence[Trip], at: datetime, roads: Roads) -> list[Leg]:
        """The trips, departing at a moment of business time, in their order; each says where it is known from.

        `roads` are the figures of their market, for what has to be estimated.
        """
        ...


class Estimates:
    """Straight lines only: where there is no road table."""

    async def legs(self, trips: Sequence[Trip], at: datetime, roads: Roads) -> list[Leg]:
        """See Travel."""
        return [estimate(trip, roads) for trip in trips]


class SteadyTravel:
    """The road table behind a cache in Redis, by places rounded to about a hundred metres and quarters of an hour.

    Without Redis nothing is kept; without the road table, or where no road leads, it is estimated.
    """

    def __init__(self, table: RoadTable, redis: Redis) -> None:
        self._table, self._redis = table, redis
        self._rests_until = 0.0

    async def legs(self, trips: Sequence[Trip], at: datetime, roads: Roads) -> list[Leg]:
        """See Travel."""
        asked = {trip: key(trip, at) for trip in dict.fromkeys(trips) if trip.start.km_to(trip.end) > NEAR_KM}
        known = await self._kept(list(asked.values()))
        first = {name: trip for trip, name in reversed(asked.items()) if name not in known}
        told = await self._told(list(first.values()), at)
        fresh = {key(trip, at): leg for trip, leg in told.items()}
        await self._keep(fresh)
        known |= fresh
        return [known.get(asked.get(trip, "")) or estimate(trip, roads) for trip in trips]

    async def _told(self, trips: list[Trip], at: datetime) -> dict[Trip, Leg]:
        if not trips or time.monotonic() < self._rests_until:
            return {}
        try:
            legs = await self._table.legs(trips, at)
        except VendorError as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            log.warning("travel.estimated", reason=error.message, trips=len(trips))
            return {}
        return {trip: leg for trip, leg in zip(trips, legs, strict=True) if leg is not None}

    async def _kept(self, names: list[str]) -> dict[str, Leg]:
        if not names:
            return {}
        try:
            with reaching_redis():
                found = await self._redis.mget(names)
        except StoreDown:
            return {}
        return {name: read(as_bytes(value)) for name, value in zip(names, found, strict=True) if value}

    async def _keep(self, legs: Mapping[str, Leg]) -> None:
        if not legs:
            return
        try:
            with reaching_redis():
                async with self._redis.pipeline(transaction=False) as batch:
                    for name, leg in legs.items():
                        batch.set(name, f"{leg.minutes:.3f} {leg.km:.3f}", ex=KEPT_SECONDS)
                    await batch.execute()
        except StoreDown:
            log.warning("travel.not_kept", count=len(legs))


def key(trip: Trip, at: datetime) -> str:
    """What a trip's time is kept under: nothing in it names a person."""
    quarter = int(at.timestamp() // QUARTER_SECONDS)
    return f"travel:{VERSION}:{mode(trip.vehicle)}:{_corner(trip.start)}:{_corner(trip.end)}:{quarter}"


def read(kept: bytes) -> Leg:
    """A time as it was kept."""
    minutes, km = kept.decode("ascii").split()
    return Leg(float(minutes), float(km), Source.ROADS)


def _corner(point: Point) -> str:
    return f"{point.lat:.{DIGITS}f},{point.lng:.{DIGITS}f}"
