"""A place food is brought to, and how far it is."""

from math import asin, cos, radians, sin, sqrt

from pydantic import BaseModel, ConfigDict

from domain.speech import in_hindi

EARTH_KM = 6371.0088  # mean radius, IUGG


class Point(BaseModel):
    """Latitude and longitude in degrees, WGS 84."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lat: float
    lng: float

    def km_to(self, other: "Point") -> float:
        """Great-circle distance in kilometres (haversine)."""
        a, b = radians(self.lat), radians(other.lat)
        h = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(other.lng - self.lng) / 2) ** 2
        return 2 * EARTH_KM * asin(sqrt(h))


class Place(BaseModel):
    """A door: what the geocoder found and what the caller added."""

    model_config = ConfigDict(extra="forbid")

    line: str
    """Street and number, or a landmark: as the geocoder writes it."""
    area: str
    city: str
    postcode: str
    point: Point
    flat: str | None = None
    landmark: str | None = None
    note: str | None = None
    """For the rider: gate, bell, floor."""
    recipient: str | None = None
    label: str | None = None
    saved: bool = False
    """True for an address that was on file before this call."""

    def spoken(self, language: str = "en") -> str:
        """As read back: flat, line, area, and what it is near."""
        near = (
            (f"{self.landmark} के पास" if in_hindi(language) else f"near {self.landmark}")
            if self.landmark
            else None
        )
        parts = [self.flat, self.line, self.area, near]
        kept: list[str] = []
        for part in parts:
            if part and part not in kept:
                kept.append(part)
        return ", ".join(kept)

    def same_door(self, other: "Place") -> bool:
        """Whether both are one door; label, notes and who receives do not matter."""
        doors = [[place.line, place.postcode, place.flat or ""] for place in (self, other)]
        return [part.casefold() for part in doors[0]] == [part.casefold() for part in doors[1]]
