"""The figures by which drivers are chosen: how far is looked, when, what counts how much. They live in
`data/dispatch.yaml`."""

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from domain.market import Rule


class Roads(Rule):
    """What stands in for the road table where it does not answer."""

    detour: float = Field(ge=1)
    """Kilometres by road for each one in a straight line."""
    kmh: dict[str, float]
    """How fast each kind of vehicle gets through a city, lights and parking included."""

    def minutes(self, km: float, vehicle: str) -> float:
        """How long a vehicle takes for so many kilometres in a straight line."""
        return km * self.detour / self.kmh[vehicle] * 60


class Search(Rule):
    """Whom an order is offered to, and when. Minutes are business time."""

    radius_km: tuple[float, ...] = Field(min_length=1)
    """From the kitchen: first the nearest, then farther out where nobody can be asked."""
    calling_minutes: float = Field(ge=0)
    """From an offer until the driver starts: the ring, the words, the helmet."""
    spare_minutes: float = Field(ge=0)
    """So much sooner than needed it is begun: the first one asked may say no."""
    look_minutes: float = Field(gt=0)
    """How often an order that is not due yet is looked at: the kitchen may be quicker than it said."""
    again_minutes: float = Field(gt=0)
    """How soon everything is tried again that was in vain."""
    forgive_minutes: float = Field(ge=0)
    """After so long, and when nobody else is left, somebody who let an order pass is asked once more."""
    person_minutes: float = Field(ge=0)
    """In vain for so long: a person of ours is told, once."""
    give_up_minutes: float = Field(gt=0)
    """In vain for so long: nobody is looked for any more; that it is late is told by others."""
    stale_minutes: float = Field(gt=0)
    """A position older than this is believed only where nobody else is left."""
    by_road: int = Field(ge=1)
    """For so many drivers of each order the road table is asked; the others are estimated."""

    @model_validator(mode="after")
    def _widens(self) -> Self:
        if list(self.radius_km) != sorted(set(self.radius_km)):
            raise ValueError("each radius has to be wider than the one before")
        return self

    @property
    def last(self) -> int:
        """The number of the widest step, counted from 0."""
        return len(self.radius_km) - 1

    @property
    def stale(self) -> timedelta:
        """How long a position holds."""
        return timedelta(minutes=self.stale_minutes)


class Stack(Rule):
    """Several deliveries in one bag."""

    most: int = Field(ge=1)
    """A driver has so many at most that are not picked up."""
    near_km: float = Field(ge=0)
    """Another kitchen as near as this counts as the same."""


class Weights(Rule):
    """What counts how much, in minutes of the driver's ride to the kitchen."""

    food_waits: float = Field(ge=0)
    """For each minute the food stands ready before the driver comes."""
    driver_waits: float = Field(ge=0, le=1)
    """For each minute the driver stands at the counter; above one, a nearer driver would count as a worse one."""
    to_door: float = Field(ge=0)
    """For each minute from the kitchen to the door."""
    per_delivery: float = Field(ge=0)
    """For each delivery in hand."""
    per_star: float = Field(ge=0)
    """For each star below five."""
    per_recent: float = Field(ge=0)
    """For each delivery taken within `recent_hours`: who has had fewer goes first."""
    most_recent: float = Field(ge=0)
    """At most so much for all of them: food does not get cold for fairness' sake."""
    recent_hours: float = Field(gt=0)
    old_position: float = Field(ge=0)
    """For a position that is too old to be believed."""


class Moving(Rule):
    """When a driver who has taken an order is asked what keeps them. Minutes are business time."""

    still_minutes: float = Field(gt=0)
    """No nearer to the kitchen for so long, or not heard of: they are called."""
    answer_minutes: float = Field(gt=0)
    """So long after that call, still no nearer: the order goes to somebody else."""
    counter_minutes: float = Field(gt=0)
    """At the counter without a fresh position, and the food ready for so long: they are called all the same."""
    there_m: int = Field(ge=1)
    """As near as this they are at the kitchen, whatever the fix says."""
