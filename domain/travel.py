"""How long somebody takes from here to there, and who says so: the road table, or a straight line and a speed."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from domain.address import EARTH_KM, Point
from domain.dispatch_rules import Roads

Floats = NDArray[np.float64]


class Source(StrEnum):
    """Where a travel time comes from."""

    ROADS = "roads"
    """The road table of the maps' vendor, a quarter of an hour old at most."""
    ESTIMATE = "estimate"
    """A straight line, a detour factor and the vehicle's speed."""


@dataclass(frozen=True)
class Trip:
    """A way somebody goes, by vehicle: car, scooter, motorcycle or bicycle."""

    start: Point
    end: Point
    vehicle: str


@dataclass(frozen=True)
class Leg:
    """What is known of a trip."""

    minutes: float
    km: float
    """By road."""
    source: Source


def estimate(trip: Trip, roads: Roads) -> Leg:
    """A trip by the straight line; of no length when it begins where it ends."""
    km = trip.start.km_to(trip.end)
    return Leg(roads.minutes(km, trip.vehicle), km * roads.detour, Source.ESTIMATE)


def distances(starts: list[Point], ends: list[Point]) -> Floats:
    """Great-circle kilometres from every start (rows) to every end (columns), as `Point.km_to` has them."""
    a = np.radians(np.array([(point.lat, point.lng) for point in starts], dtype=np.float64).reshape(-1, 2))
    b = np.radians(np.array([(point.lat, point.lng) for point in ends], dtype=np.float64).reshape(-1, 2))
    lat, lng = a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1]
    h = np.sin(lat / 2) ** 2 + np.cos(a[:, None, 0]) * np.cos(b[None, :, 0]) * np.sin(lng / 2) ** 2
    km: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(h))
    return km
