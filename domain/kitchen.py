"""A kitchen: where it is, whom it reaches, and whether it cooks now."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from domain.address import Point
from domain.hours import Hours

CITY_KM_PER_HOUR = 20.0  # a scooter across a city with lights; the road table replaces it where it is asked
HANDOVER_MINUTES = 5  # parking, stairs and the door


@dataclass(frozen=True)
class Kitchen:
    """One restaurant, as ordering needs it."""

    id: UUID
    brand: str
    branch: str
    city: str
    zone: str
    currency: str
    point: Point
    radius_km: float
    hours: Hours
    prep_minutes: int
    min_order: int
    accepts_cash: bool
    paused_until: datetime | None = None

    @property
    def name(self) -> str:
        """Brand and branch, as said."""
        return f"{self.brand}, {self.branch}"

    def reaches(self, point: Point) -> bool:
        """True when the point lies in the delivery zone."""
        return self.point.km_to(point) <= self.radius_km

    def paused(self, now: datetime) -> bool:
        """True while the kitchen has asked for a break."""
        return self.paused_until is not None and now < self.paused_until

    def cooks_at(self, moment: datetime) -> bool:
        """True when an order for that moment can be cooked."""
        return self.hours.open_at(moment) and not self.paused(moment)

    def minutes_to(self, point: Point) -> int:
        """Minutes from now to the door: preparation, ride, handover; rounded up to five."""
        ride = self.point.km_to(point) / CITY_KM_PER_HOUR * 60
        return ceil((self.prep_minutes + ride + HANDOVER_MINUTES) / 5) * 5
