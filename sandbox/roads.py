"""The invented cities' roads: a grid of streets, how fast one gets along, and where it is slow just now."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from sandbox.city import Place, Point, cities, geocode

Mode = Literal["driving", "bicycling", "walking", "transit"]
MODES: tuple[Mode, ...] = get_args(Mode)

# A scooter among lights and cars (Google says 20 to 28 km/h for the middle of such cities), a bicycle with food on it,
# somebody on foot, a bus with its stops.
KMH: dict[Mode, float] = {"driving": 24.0, "bicycling": 14.0, "walking": 4.8, "transit": 15.0}

# Hours of the day in which everybody is on the road, and those in which nobody is.
BUSY_HOURS, BUSY_FACTOR = (12, 13, 18, 19, 20), 1.25
NIGHT_HOURS, NIGHT_FACTOR = (22, 23, 0, 1, 2, 3, 4, 5), 0.85

# A way is looked at in pieces as long as a block.
PIECE_KM = 0.1
# Around a landmark or a house.
NEARBY_KM = 0.4


@dataclass(frozen=True)
class Route:
    """A way along streets, corner by corner."""

    points: tuple[Point, ...]

    @property
    def km(self) -> float:
        return sum(first.km_to(last) for first, last in pairwise(self.points))

    def at(self, km: float) -> Point:
        """Where one is after so many kilometres; at its end after more."""
        for first, last in pairwise(self.points):
            length = first.km_to(last)
            if km < length:
                return _between(first, last, max(0.0, km) / length)
            km -= length
        return self.points[-1]


@dataclass(frozen=True)
class Jam:
    """A part of a city in which everything on wheels takes `factor` times as long."""

    where: str
    center: Point
    radius_km: float
    factor: float


@dataclass
class Roads:
    """Ways and times; `jams` by the words that named the place."""

    jams: dict[str, Jam] = field(default_factory=dict)

    def slow(self, where: str, factor: float, radius_km: float | None = None) -> Jam:
        """Make a street, an area or the surroundings of a place slow. Raises LookupError for a place nobody knows."""
        found = geocode(where)
        if not found:
            raise LookupError(where)
        center, around = _extent(found[0])
        self.jams[where] = Jam(where, center, radius_km or around, factor)
        return self.jams[where]

    def seconds(self, route: Route, mode: Mode, at: datetime | None = None) -> float:
        """How long the way takes; when leaving `at`, with the traffic of that hour and with what is slow just now."""
        if at is None:
            return route.km / KMH[mode] * 3600
        return sum(km / self.kmh(point, mode, at) * 3600 for point, km in _pieces(route))

    def kmh(self, where: Point, mode: Mode, at: datetime) -> float:
        """How fast one gets along at a place and time."""
        slowed = _traffic(where, at) if mode == "driving" else 1.0
        if mode != "walking":
            for jam in self.jams.values():
                if jam.center.km_to(where) <= jam.radius_km:
                    slowed *= jam.factor
        return KMH[mode] / slowed


def route(stops: list[Point]) -> Route:
    """The way from stop to stop: east or west first, then north or south."""
    points = stops[:1]
    for first, last in pairwise(stops):
        corner = Point(first.lat, last.lng)
        points += [point for point in (corner, last) if point != points[-1]]
    return Route(tuple(points))


def _traffic(where: Point, at: datetime) -> float:
    city = min(cities(), key=lambda one: one.center.km_to(where))
    hour = at.astimezone(ZoneInfo(city.zone)).hour
    return BUSY_FACTOR if hour in BUSY_HOURS else NIGHT_FACTOR if hour in NIGHT_HOURS else 1.0


def _pieces(way: Route) -> Iterator[tuple[Point, float]]:
    """The middle and the length in kilometres of each block."""
    for first, last in pairwise(way.points):
        length = first.km_to(last)
        count = max(1, round(length / PIECE_KM))
        for number in range(count):
            yield _between(first, last, (number + 0.5) / count), length / count


def _between(first: Point, last: Point, share: float) -> Point:
    return Point(first.lat + share * (last.lat - first.lat), first.lng + share * (last.lng - first.lng))


def _extent(place: Place) -> tuple[Point, float]:
    """The middle of a place, and how far it reaches from there in kilometres."""
    for area in place.city.areas:
        if place.kind in ("sublocality", "postal_code") and area["name"] == place.area:
            return place.at, float(area["radius_km"])
    for street in place.city.streets:
        if place.kind == "route" and (street["name"], street["area"]) == (place.name, place.area):
            first, last = (
                Point(float(end["lat"]), float(end["lng"])) for end in (street["from"], street["to"])
            )
            return _between(first, last, 0.5), first.km_to(last) / 2 + PIECE_KM
    return place.at, NEARBY_KM
