"""An invented city for measuring dispatch: kitchens, drivers and an evening's orders from a seed, and how it went."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

from domain.address import Point
from domain.dispatch import Rider, Waiting
from domain.dispatch_board import Board
from domain.ids import new_id
from domain.incentive import Dispatch
from operations.choosing import settle

START = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
MIDDLE, KM = Point(lat=30.618, lng=-97.124), 111.195  # kilometres of a degree of latitude
HALF_KM, DOOR_KM, KITCHENS = 5.0, 3.0, 8
COOKS, CUSHION = (10, 25), 10.0
"""Minutes a kitchen takes; minutes that a promise has beyond cooking and the ride to the door."""
TICK, LONGEST = 0.5, 240.0
"""Minutes between two looks, and the last of them."""
LONGITUDE = 0.86  # cosine of the latitude: a degree of longitude is so much shorter
VEHICLES = ("car", "car", "scooter", "motorcycle")


@dataclass(frozen=True)
class Job:
    """One order: minutes from the start."""

    order: Waiting
    confirmed: float
    ready: float
    promised: float


@dataclass
class Outcome:
    """How an evening went: minutes and kilometres over all orders."""

    late: float = 0.0
    """At the door beyond the promise."""
    food_waits: float = 0.0
    """Cooked and not fetched."""
    km: float = 0.0
    """By drivers, to kitchens and doors."""
    delivered: int = 0
    by_driver: dict[object, int] = field(default_factory=dict)

    @property
    def spread(self) -> int:
        """Between the driver with the most deliveries and the one with the fewest."""
        return max(self.by_driver.values()) - min(self.by_driver.values()) if self.by_driver else 0


Pairs = list[tuple[Job, Rider]]
Policy = Callable[[Sequence[Job], Sequence[Rider], Dispatch, float], Pairs]
"""Whom to ask now: orders that wait, drivers that are free, minutes from the start."""


def somewhere(dice: random.Random, around: Point, km: float) -> Point:
    """A point in a square around another."""
    north, east = dice.uniform(-km, km), dice.uniform(-km, km)
    return Point(lat=around.lat + north / KM, lng=around.lng + east / KM / LONGITUDE)


def evening(
    seed: int, orders: int, drivers: int, rules: Dispatch, minutes: float = 60.0
) -> tuple[list[Job], list[Rider]]:
    """So many orders over so many minutes, and drivers spread over the city; the same for the same seed."""
    dice = random.Random(seed)
    kitchens = [somewhere(dice, MIDDLE, HALF_KM * 0.8) for _ in range(KITCHENS)]
    jobs = []
    for _ in range(orders):
        kitchen, at = dice.choice(kitchens), dice.uniform(0, minutes)
        door, ready = somewhere(dice, kitchen, DOOR_KM / 1.5), at + dice.uniform(*COOKS)
        promised = ready + rules.roads.minutes(kitchen.km_to(door), "scooter") + CUSHION
        order = Waiting(new_id(), kitchen, door, START + timedelta(minutes=ready))
        jobs.append(Job(order, at, ready, promised))
    riders = [
        Rider(new_id(), somewhere(dice, MIDDLE, HALF_KM), dice.choice(VEHICLES), dice.uniform(4, 5), START)
        for _ in range(drivers)
    ]
    return sorted(jobs, key=lambda job: job.confirmed), riders


def ours(jobs: Sequence[Job], free: Sequence[Rider], rules: Dispatch, now: float) -> Pairs:
    """As dispatch does: orders that are due, all at once."""
    moment = START + timedelta(minutes=now)
    begins = Board([job.order for job in jobs], free, rules, moment).begins()
    due = [job for job, at in zip(jobs, begins, strict=True) if at <= moment]
    if not due:
        return []
    board = Board([job.order for job in due], free, rules, moment)
    return [(due[row], free[column]) for row, column in settle(board)]


def nearest(jobs: Sequence[Job], free: Sequence[Rider], rules: Dispatch, now: float) -> Pairs:
    """The nearest driver for each order as soon as it is confirmed, one order after the other."""
    left, pairs = list(free), []
    for job in jobs:
        if not left:
            break
        best = min(left, key=lambda rider: rider.point.km_to(job.order.kitchen))
        left.remove(best)
        pairs.append((job, best))
    return pairs


def ride(job: Job, rider: Rider, rules: Dispatch, now: float, outcome: Outcome) -> float:
    """One delivery, added to the outcome; when the driver is free again."""
    roads, order = rules.roads, job.order
    to_kitchen = rider.point.km_to(order.kitchen)
    there = now + rules.search.calling_minutes + roads.minutes(to_kitchen, rider.vehicle)
    fetched = max(there, job.ready)
    done = fetched + roads.minutes(order.km, rider.vehicle)
    outcome.late += max(0.0, done - job.promised)
    outcome.food_waits += fetched - job.ready
    outcome.km += (to_kitchen + order.km) * roads.detour
    outcome.delivered += 1
    outcome.by_driver[rider.driver_id] = outcome.by_driver.get(rider.driver_id, 0) + 1
    return done


def play(jobs: Sequence[Job], riders: Sequence[Rider], rules: Dispatch, policy: Policy) -> Outcome:
    """An evening under a policy: every driver says yes, has one delivery at a time and waits where they end."""
    outcome = Outcome(by_driver={rider.driver_id: 0 for rider in riders})
    drivers = {rider.driver_id: (0.0, rider) for rider in riders}
    waiting, now = list(jobs), 0.0
    while waiting and now < LONGEST:
        known = [job for job in waiting if job.confirmed <= now]
        seen = START + timedelta(minutes=now)
        free = [
            replace(rider, seen_at=seen, recent=outcome.by_driver[rider.driver_id])
            for until, rider in drivers.values()
            if until <= now
        ]
        for job, rider in policy(known, free, rules, now) if known and free else ():
            done = ride(job, rider, rules, now, outcome)
            drivers[rider.driver_id] = done, replace(rider, point=job.order.door)
            waiting.remove(job)
        now += TICK
    return outcome


def once(jobs: Sequence[Job], pairs: Pairs, rules: Dispatch) -> Outcome:
    """What a single assignment comes to, begun at the start; orders without a driver are not counted."""
    outcome = Outcome()
    for job, rider in pairs:
        ride(job, rider, rules, 0.0, outcome)
    return outcome


def optimum(jobs: Sequence[Job], riders: Sequence[Rider], rules: Dispatch) -> Outcome:
    """The least lateness of all ways to give each order one driver, then the fewest kilometres; every way is tried."""
    ways = (
        once(jobs, list(zip(jobs, chosen, strict=True)), rules) for chosen in permutations(riders, len(jobs))
    )
    return min(ways, key=lambda found: (round(found.late, 6), found.km))
