"""The invented cities as a geocoder sees them: streets, areas, landmarks and what an address could mean."""

import re
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz

CITIES = Path(__file__).parent.parent / "data" / "cities"
EARTH_KM = 6371.0
# A misheard or misspelled street scores above this, another street below.
LIKE = 86.0
_SHORT = {
    "st": "street", "ln": "lane", "rd": "road", "ave": "avenue", "av": "avenue", "dr": "drive", "ct": "court",
    "blvd": "boulevard", "sq": "square", "apt": "apartment", "opp": "opposite",
}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """Degrees north and east."""

    lat: float
    lng: float

    def km_to(self, other: "Point") -> float:
        """The distance over the ground as the crow flies."""
        lat1, lat2 = radians(self.lat), radians(other.lat)
        half = sin((lat2 - lat1) / 2) ** 2
        half += cos(lat1) * cos(lat2) * sin(radians(other.lng - self.lng) / 2) ** 2
        return 2 * EARTH_KM * asin(sqrt(half))

    def json(self) -> dict[str, float]:
        return {"lat": round(self.lat, 7), "lng": round(self.lng, 7)}


def point(at: dict[str, float]) -> Point:
    return Point(float(at["lat"]), float(at["lng"]))


@dataclass(frozen=True)
class Place:
    """One thing an address may mean. `partial`: not everything that was said fits it."""

    kind: str
    name: str
    at: Point
    city: "City"
    area: str = ""
    zip: str = ""
    number: str = ""
    partial: bool = False


@dataclass(frozen=True)
class City:
    """One city out of `data/cities/*.yaml`."""

    name: str
    country: str
    state: str
    zone: str
    center: Point
    areas: tuple[dict[str, Any], ...]
    streets: tuple[dict[str, Any], ...]
    landmarks: tuple[dict[str, Any], ...]

    def zip_of(self, area: str) -> str:
        return next((str(one["zip"]) for one in self.areas if one["name"] == area), "")


@cache
def cities() -> tuple[City, ...]:
    """Every city of the data folder."""
    found = []
    for path in sorted(CITIES.glob("*.yaml")):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        found.append(
            City(
                name=raw["city"],
                country=raw["country"],
                state=raw["state"],
                zone=raw["zone"],
                center=point(raw["center"]),
                areas=tuple(raw["areas"]),
                streets=tuple(raw["streets"]),
                landmarks=tuple(raw["landmarks"]),
            )
        )
    return tuple(found)


def words(text: str) -> list[str]:
    """Lower-case words with street abbreviations spelled out."""
    return [_SHORT.get(word, word) for word in re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))]


def span_of(name: str, said: list[str]) -> tuple[int, int, bool] | None:
    """Where a name stands among the words, and whether it was said exactly; None when it was not said."""
    wanted = words(name)
    size, joined = len(wanted), " ".join(wanted)
    best: tuple[float, int] | None = None
    for start in range(len(said) - size + 1):
        score = fuzz.ratio(" ".join(said[start : start + size]), joined)
        if score >= LIKE and (best is None or score > best[0]):
            best = (score, start)
    return (best[1], best[1] + size, best[0] == 100.0) if best else None


def geocode(text: str, country: str = "", postal_code: str = "", locality: str = "") -> list[Place]:
    """What an address may mean, best first; the components filter as Google's do."""
    said = words(text)
    found: list[Place] = []
    for city in cities():
        if (country and country.upper() != city.country) or (
            locality and locality.lower() != city.name.lower()
        ):
            continue
        elsewhere = [one for one in cities() if one is not city and span_of(one.name, said)]
        if elsewhere and not span_of(city.name, said):
            continue
        found += _in_city(city, said)
    found = [place for place in found if not postal_code or place.zip == postal_code]
    best = min((_RANK[place.kind] for place in found), default=0)
    exact = [place for place in found if _RANK[place.kind] == best]
    whole = [place for place in exact if not place.partial]
    return whole or exact


_RANK = {
    "street_address": 0,
    "route": 0,
    "point_of_interest": 1,
    "sublocality": 2,
    "postal_code": 3,
    "locality": 4,
}


def _in_city(city: City, said: list[str]) -> list[Place]:
    zips = {str(area["zip"]): str(area["name"]) for area in city.areas}
    by_zip = {zips[word] for word in said if word in zips}
    streets = _streets(city, said, by_zip)
    if streets:
        return streets
    named = {str(area["name"]) for area in city.areas if span_of(str(area["name"]), said)}
    marks = [mark for mark in city.landmarks if span_of(str(mark["name"]), said)]
    marks = [mark for mark in marks if mark["area"] in named | by_zip] or marks
    if marks:
        # The words beside a landmark's name ("flat 3, opposite") are no part of the place.
        return [
            Place(
                "point_of_interest",
                str(mark["name"]),
                point(mark),
                city,
                str(mark["area"]),
                city.zip_of(mark["area"]),
            )
            for mark in marks
        ]
    found = []
    for area in city.areas:
        name, code = str(area["name"]), str(area["zip"])
        if name in named or name in by_zip:
            kind = "sublocality" if name in named else "postal_code"
            left = (
                set(said)
                - set(words(name))
                - set(words(city.name))
                - {code, city.state.lower(), "usa", "india"}
            )
            found.append(Place(kind, name, point(area["center"]), city, name, code, partial=bool(left)))
    if found:
        return found
    if span_of(city.name, said):
        others = set(said) - set(words(city.name)) - {city.state.lower(), "usa", "india"}
        return [Place("locality", city.name, city.center, city, partial=bool(others))]
    return []


def _streets(city: City, said: list[str], by_zip: set[str]) -> list[Place]:
    found: list[tuple[int, Place]] = []
    for street in city.streets:
        span = span_of(str(street["name"]), said)
        if span is None:
            continue
        start, end, exact = span
        rest = said[:start] + said[end:]
        named = {str(area["name"]) for area in city.areas if span_of(str(area["name"]), rest)} | by_zip
        here = street["area"] in named
        if (
            named
            and not here
            and any(other["name"] == street["name"] and other["area"] in named for other in city.streets)
        ):
            continue
        number = next((word for word in reversed(said[:start]) if re.fullmatch(r"\d+[a-z]?", word)), "")
        low, high = street["numbers"]
        value = int(re.sub(r"\D", "", number) or 0)
        known = low <= value <= high
        first, last = point(street["from"]), point(street["to"])
        share = (value - low) / (high - low) if known else 0.5
        at = Point(first.lat + share * (last.lat - first.lat), first.lng + share * (last.lng - first.lng))
        partial = not exact or bool(number and not known) or bool(named and not here)
        kind = "street_address" if known else "route"
        area = str(street["area"])
        place = Place(
            kind, str(street["name"]), at, city, area, city.zip_of(area), number if known else "", partial
        )
        found.append((end - start, place))
    longest = max((size for size, _ in found), default=0)
    return [place for size, place in found if size == longest]


def nearest(at: Point) -> Place | None:
    """The street nearest to a point of a city, None far from all of them."""
    best: tuple[float, Place] | None = None
    for city in cities():
        for street in city.streets:
            first, last = point(street["from"]), point(street["to"])
            low, high = street["numbers"]
            steps = [
                Point(
                    first.lat + n / 20 * (last.lat - first.lat), first.lng + n / 20 * (last.lng - first.lng)
                )
                for n in range(21)
            ]
            for index, step in enumerate(steps):
                away = at.km_to(step)
                if best is None or away < best[0]:
                    number = str(round(low + index / 20 * (high - low)))
                    area = str(street["area"])
                    best = (
                        away,
                        Place(
                            "street_address", str(street["name"]), step, city, area, city.zip_of(area), number
                        ),
                    )
    return best[1] if best and best[0] < 5 else None
