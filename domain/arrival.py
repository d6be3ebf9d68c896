"""When an order will be at its door: worked out from its kitchen and its driver, smoothed, and never nearer than it is.

The figures live in `data/tracking.yaml`. An estimate is a moment and how far off it may be to either side.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot

from pydantic import Field

from domain.eta import STILL_TO_DO
from domain.market import Rule
from domain.order import OrderStatus

NONE = timedelta(0)
S = OrderStatus
COOKED = (S.READY, S.PICKED_UP)


class EtaRules(Rule):
    """How an arrival is estimated. Minutes and seconds are business time."""

    travel_minutes: float = Field(gt=0)
    """A road's time is asked for again after so long; between, it shrinks with the distance."""
    city_km_h: float = Field(gt=0)
    """Where no road's time is known."""
    search_minutes: float = Field(ge=0)
    """Until somebody who is not found yet stands at the kitchen."""
    overrun_minutes: float = Field(ge=0)
    """Food that is not said to be ready takes at least so much longer."""
    counter_minutes: float = Field(ge=0)
    door_minutes: float = Field(ge=0)
    cooking_share: float = Field(ge=0)
    """How far off a kitchen's word may be, as a share of what is left of it."""
    search_spread_minutes: float = Field(ge=0)
    way_share: float = Field(ge=0)
    """How far off a way may be, as a share of what was left of it when its driver was last seen."""
    stack_share: float = Field(ge=0)
    """How far off the way around by another door may be, as a share of it: which is first, their rider decides."""
    silent_share: float = Field(ge=0)
    """Silent for longer than their way takes: so much of what is over is added to it, and may be missing or more."""
    least_spread_seconds: float = Field(gt=0)
    gain: float = Field(gt=0, le=1)
    """How much of what is new each look takes over."""
    worse: float = Field(ge=1)
    """Facts that are so many times less certain than before are news: something has happened."""


@dataclass(frozen=True)
class Way:
    """What is known of an order that is under way; moments are aware and in UTC."""

    status: OrderStatus
    due: datetime
    """When it was promised to be there."""
    to_door: timedelta
    """From the kitchen; once it is picked up, from where its driver is by now, and by which doors they go first."""
    ready_by: datetime | None = None
    to_kitchen: timedelta | None = None
    """The way its driver has left to the kitchen; none once they stand there. None: nobody brings it yet."""
    around: timedelta = NONE
    """How much of `to_door` is for another order that is brought before it."""
    unseen: timedelta = NONE
    """How long ago its driver was seen; what they have ridden since is only supposed."""


@dataclass(frozen=True)
class Estimate:
    """When it is there, and how far off that may be, to either side."""

    at: datetime
    spread: timedelta

    @property
    def earliest(self) -> datetime:
        """The near end."""
        return self.at - self.spread

    @property
    def latest(self) -> datetime:
        """The far end."""
        return self.at + self.spread


def measure(way: Way, now: datetime, rules: EtaRules) -> Estimate:
    """What the facts of this moment alone say: the later of food and driver, then the counter, the ride, the door."""
    door, least = timedelta(minutes=rules.door_minutes), timedelta(minutes=STILL_TO_DO[way.status])
    spread = timedelta(seconds=hypot(*_doubts(way, now, rules)))
    if way.status is S.PICKED_UP:
        at = now + _rest(way.to_door, way.unseen, rules) + door
    else:
        at = max(_food(way, now, rules), _driver(way, now, rules))
        at += timedelta(minutes=rules.counter_minutes) + way.to_door + door
        if (
            way.to_kitchen is None and at < way.due
        ):  # nobody has it yet: as likely when promised as when possible
            apart = (way.due - at) / 2
            at, spread = at + apart, spread + apart
    return Estimate(max(at, now + least), spread)


def blend(
    before: Estimate | None, measured: Estimate, now: datetime, least: timedelta, rules: EtaRules
) -> Estimate:
    """What was thought, moved towards what is measured; it never becomes less certain unless something has happened.

    Something has happened where the measured moment lies outside of what was thought possible, or its facts have
    become much less certain. `least` is how long it takes in any case.
    """
    if before is None or _news(before, measured, rules):
        return measured
    at = before.at + (measured.at - before.at) * rules.gain
    return Estimate(max(at, now + least), min(before.spread, measured.spread))


def _news(before: Estimate, measured: Estimate, rules: EtaRules) -> bool:
    outside = not before.earliest <= measured.at <= before.latest
    return outside or measured.spread > before.spread * rules.worse


def _food(way: Way, now: datetime, rules: EtaRules) -> datetime:
    """When the food can be taken."""
    if way.status in COOKED:
        return now
    soonest = now + timedelta(minutes=rules.overrun_minutes)
    return soonest if way.ready_by is None else max(way.ready_by, soonest)


def _driver(way: Way, now: datetime, rules: EtaRules) -> datetime:
    """When somebody stands at the counter."""
    if way.to_kitchen is None:
        return now + timedelta(minutes=rules.search_minutes)
    return now + _rest(way.to_kitchen, way.unseen, rules)


def _rest(left: timedelta, unseen: timedelta, rules: EtaRules) -> timedelta:
    """What a driver still needs for a way: they are supposed to ride on, until they should long be there."""
    return max(left - unseen, (unseen - left) * rules.silent_share)


def _doubts(way: Way, now: datetime, rules: EtaRules) -> tuple[float, ...]:
    """How far off each part may be, in seconds; they are independent of each other."""
    ways, doubts = way.to_door, [rules.least_spread_seconds]
    if way.status is not S.PICKED_UP:
        if way.status is not S.READY:
            left = (_food(way, now, rules) - now).total_seconds()
            doubts.append(left * rules.cooking_share)
        if way.to_kitchen is None:
            doubts.append(rules.search_spread_minutes * 60)
        else:
            ways += way.to_kitchen
    doubts.append(ways.total_seconds() * rules.way_share)
    doubts.append(way.around.total_seconds() * rules.stack_share)
    rides = way.to_door if way.status is S.PICKED_UP else way.to_kitchen
    if rides is not None:
        doubts.append(max(NONE, way.unseen - rides).total_seconds() * rules.silent_share)
    return tuple(doubts)
