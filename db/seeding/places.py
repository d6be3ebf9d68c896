"""What `data/cities/*.yaml` and `data/numbers.yaml` may say."""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator

from db.seeding.reading import Shape
from domain.address import Point
from domain.hours import Hours
from errors import ConfigError

Phone = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{7,14}$")]
MarketCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


Shift = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Area(Shape):
    """A quarter of a city, as a circle."""

    name: str
    zip: Annotated[str, Field(pattern=r"^[0-9]{5,6}$")]
    center: Point
    radius_km: float = Field(gt=0)


class Street(Shape):
    """A straight street; its house numbers run evenly from one end to the other."""

    name: str
    area: str
    numbers: tuple[int, int]
    start: Point = Field(alias="from")
    end: Point = Field(alias="to")

    def at(self, number: int) -> Point:
        """Where a house stands. Raises ValueError when the street has no such number."""
        first, last = self.numbers
        if not first <= number <= last:
            raise ValueError(f"{self.name} runs from {first} to {last}")
        part = (number - first) / max(1, last - first)
        return Point(
            lat=round(self.start.lat + (self.end.lat - self.start.lat) * part, 6),
            lng=round(self.start.lng + (self.end.lng - self.start.lng) * part, 6),
        )


class Landmark(Shape):
    """A place everybody knows."""

    name: str
    area: str
    lat: float
    lng: float


class City(Shape):
    """An invented city."""

    city: str
    country: MarketCode
    state: str
    zone: str
    center: Point
    areas: list[Area] = Field(min_length=1)
    streets: list[Street] = Field(min_length=1)
    landmarks: list[Landmark]

    @field_validator("zone")
    @classmethod
    def _exists(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"{zone} is not an IANA time zone")
        return zone

    def area(self, name: str) -> Area | None:
        """The area of that name."""
        return next((area for area in self.areas if area.name == name), None)

    def house(self, line: str, area: str) -> Point:
        """Where "48 Juniper Lane" of an area stands. Raises ValueError when it does not exist."""
        number, _, name = line.partition(" ")
        street = next((item for item in self.streets if (item.name, item.area) == (name, area)), None)
        if street is None or not number.isdigit():
            raise ValueError(f"{line!r} is not a number and a street of {area}, {self.city}")
        return street.at(int(number))


class Pipelines(Shape):
    """How a number sounds: the name of a file in `pipelines/` for each way to reach it."""

    telephone: str = "phone"
    browser: str = "web"
    partners: str = "economy"
    """Kitchens and drivers who telephone."""

    def of(self, channel: str, caller: str = "customer") -> str:
        """The pipeline of a channel (twilio, or anything that comes as wide-band audio or text) and a caller's kind."""
        if channel != "twilio":
            return self.browser
        return self.telephone if caller == "customer" else self.partners

    @property
    def names(self) -> set[str]:
        """Every pipeline of the number."""
        return {self.telephone, self.browser, self.partners}


class OwnNumber(Shape):
    """A telephone number of ours."""

    number: Phone
    market: MarketCode
    city: str
    brand: str | None = None
    languages: list[str] = Field(min_length=1)
    person_number: Phone | None = None
    person_hours: dict[Day, list[Shift]] = Field(default_factory=dict)
    """When somebody of ours is at that telephone, in the city's time; a day that is not named has nobody."""
    pipelines: Pipelines = Pipelines()


class Numbers(Shape):
    """The file `numbers.yaml`."""

    numbers: list[OwnNumber] = Field(min_length=1)


def staffed_of(numbers: Iterable[OwnNumber], zones: Mapping[str, str]) -> dict[str, Hours]:
    """When a person can be had on each of our lines, by E.164; `zones` by city. Lines without a person are left out."""
    return {
        number.number: Hours(
            {str(day): spans for day, spans in number.person_hours.items()}, zones[number.city]
        )
        for number in numbers
        if number.person_number and number.person_hours
    }


def sounds_of(numbers: Iterable[OwnNumber], known: Collection[str]) -> dict[str, Pipelines]:
    """How each number sounds, by E.164. Raises ConfigError naming every pipeline that is not there."""
    wanted = {number.number: number.pipelines for number in numbers}
    problems = [
        f"numbers.yaml: {line}: no pipeline {name}"
        for line, sound in wanted.items()
        for name in sorted(sound.names - set(known))
    ]
    if problems:
        raise ConfigError(problems)
    return wanted
