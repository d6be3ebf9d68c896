"""Who could bring an order and who could not, and for which reason; what became of a search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.address import Point
from domain.incentive import Dispatch


class Excluded(StrEnum):
    """Why a driver is not asked for an order. Where several hold, the first of them is named."""

    FAR = "far"
    """Outside the radius that is looked at."""
    OFF_SHIFT = "off_shift"
    RIDING = "riding"
    """They have somebody's food with them."""
    OFFERED = "offered"
    """They are asked about another order just now."""
    FULL = "full"
    """They have as many deliveries as a bag holds."""
    DECLINED = "declined"
    """They let this order pass, or gave it back."""
    VEHICLE = "vehicle"
    """The way to the door is longer than their vehicle is sent."""
    ELSEWHERE = "elsewhere"
    """They are on their way to a kitchen that is not near this one."""
    STALE = "stale"
    """Nobody knows where they are by now."""


class Why(StrEnum):
    """Why an order has nobody: the reason of most of the drivers who were within the radius."""

    NO_DRIVER = "no_driver_in_radius"
    OFF_SHIFT = "all_off_shift"
    RIDING = "all_riding"
    OFFERED = "all_asked_already"
    FULL = "all_full"
    DECLINED = "all_declined"
    VEHICLE = "vehicles"
    ELSEWHERE = "all_elsewhere"
    STALE = "positions_old"
    OTHERS_FIRST = "others_first"
    """There were drivers, and fewer of them than orders that wait longer."""


REASONS: Mapping[Excluded, Why] = {
    Excluded.OFF_SHIFT: Why.OFF_SHIFT,
    Excluded.RIDING: Why.RIDING,
    Excluded.OFFERED: Why.OFFERED,
    Excluded.FULL: Why.FULL,
    Excluded.DECLINED: Why.DECLINED,
    Excluded.VEHICLE: Why.VEHICLE,
    Excluded.ELSEWHERE: Why.ELSEWHERE,
    Excluded.STALE: Why.STALE,
}


@dataclass(frozen=True)
class Waiting:
    """An order that needs a driver."""

    order_id: UUID
    kitchen: Point
    door: Point
    ready_by: datetime
    refused: frozenset[UUID] = frozenset()
    """Drivers who are not to be asked for it any more, or not yet again."""
    in_vain: bool = False
    """Everything was tried before: old positions are believed now."""

    @property
    def km(self) -> float:
        """From the kitchen to the door, as the crow flies."""
        return self.kitchen.km_to(self.door)

    def begin_at(self, ride_minutes: float, rules: Dispatch) -> datetime:
        """When a driver who rides so long has to be looked for, to be there when the food is ready."""
        search = rules.search
        return self.ready_by - timedelta(minutes=ride_minutes + search.calling_minutes + search.spare_minutes)


@dataclass(frozen=True)
class Rider:
    """A driver, and what they are doing."""

    driver_id: UUID
    point: Point
    vehicle: str
    rating: float
    seen_at: datetime | None
    on_shift: bool = True
    riding: bool = False
    offered: bool = False
    kitchens: tuple[Point, ...] = ()
    """Where they fetch what they have accepted and not picked up."""
    recent: int = 0
    """Deliveries they have taken lately, see `Weights.recent_hours`."""

    def busy(self, rules: Dispatch) -> Excluded | None:
        """Why they are asked for nothing at all just now."""
        if not self.on_shift:
            return Excluded.OFF_SHIFT
        if self.riding:
            return Excluded.RIDING
        if self.offered:
            return Excluded.OFFERED
        return Excluded.FULL if len(self.kitchens) >= rules.stack.most else None

    def stale(self, rules: Dispatch, now: datetime) -> bool:
        """Whether their position is too old to be believed."""
        return self.seen_at is None or now - self.seen_at > rules.search.stale

    def elsewhere(self, kitchen: Point, rules: Dispatch) -> bool:
        """Whether they are on their way to a kitchen that is not near this one."""
        return any(one.km_to(kitchen) > rules.stack.near_km for one in self.kitchens)


@dataclass(frozen=True)
class Chosen:
    """Who is asked for an order."""

    order_id: UUID
    driver_id: UUID
    step: int
    """How often the radius was widened for it."""
    minutes: float
    """The ride to the kitchen."""
    by_road: bool
    """Whether the road table says so; else it is an estimate."""


@dataclass(frozen=True)
class Left:
    """An order nobody is asked for, and what was looked at."""

    order_id: UUID
    why: Why
    radius_km: float
    counts: Mapping[Excluded, int]
    """Drivers that were not asked, by reason."""
    free: int
    """Drivers who could have been asked, and were needed more elsewhere."""


@dataclass(frozen=True)
class Plan:
    """What a search comes to: every order is in one of both."""

    chosen: list[Chosen] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def reason(counts: Mapping[Excluded, int], free: int) -> Why:
    """What most of the drivers within the radius who are on shift have in common; of equals, the one named first."""
    if free:
        return Why.OTHERS_FIRST
    near = {why: counts.get(why, 0) for why in REASONS}
    if sum(near.values()) > near[Excluded.OFF_SHIFT]:
        near[Excluded.OFF_SHIFT] = 0
    most = max(near, key=lambda why: near[why])
    return REASONS[most] if near[most] else Why.NO_DRIVER
