"""Drivers on the road: along directions at business time, telling somebody where they are; they can get stuck."""

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import httpx

from sandbox.city import Point
from sandbox.clock import BusinessClock
from sandbox.roads import Mode, Roads, Route, route

Behaviour = Literal["drives", "stuck", "wrong_way"]

# Business time: they are moved in steps of so many seconds, each at the speed of where they are.
STEP_SECONDS = 5.0
PING_TIMEOUT_SECONDS = 5.0
# Real time: nobody is told of a position more often than this.
SHORTEST_PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Listener:
    """Who is told of positions: an address that takes `{lat, lng}`, the bearer key for it, seconds between pings."""

    url: str
    key: str = ""
    every: float = 10.0
    """Business time."""


@dataclass
class Ride:
    """One driver under way to `goal`, since `moved_at`; who has arrived stays there."""

    id: str
    goal: Point
    mode: Mode
    roads: Roads
    here: Point
    moved_at: datetime
    behaviour: Behaviour = "drives"
    listener: Listener | None = None
    pings: int = 0
    """Those that were taken: answered with a 2xx."""
    statuses: list[int] = field(default_factory=list)
    """The last hundred answers; 0: none came."""
    _way: Route = field(init=False)
    _km: float = 0.0

    def __post_init__(self) -> None:
        self._plan()

    def send(self, now: datetime, *, behaviour: Behaviour | None = None, goal: Point | None = None) -> None:
        """Go on in another manner, or to another place, from where they are by now."""
        self.move(now)
        self.behaviour = behaviour or self.behaviour
        self.goal = goal or self.goal
        self._plan()

    def move(self, now: datetime) -> None:
        """Be where they have come to by `now`."""
        while (left := (now - self.moved_at).total_seconds()) > 0:
            seconds = min(STEP_SECONDS, left)
            if self.behaviour != "stuck":
                self._km += self.roads.kmh(self.here, self.mode, self.moved_at) * seconds / 3600
                self.here = self._way.at(self._km)
            self.moved_at += timedelta(seconds=seconds)

    @property
    def left_km(self) -> float:
        """By road, from here to where they should go."""
        return route([self.here, self.goal]).km

    @property
    def arrived(self) -> bool:
        return self.here == self.goal

    def _plan(self) -> None:
        """The way from here: to the goal, or as far in the other direction."""
        end = self.goal
        if self.behaviour == "wrong_way":
            end = Point(2 * self.here.lat - self.goal.lat, 2 * self.here.lng - self.goal.lng)
        self._way, self._km = route([self.here, end]), 0.0


class Rides:
    """Everybody who is under way, by id."""

    def __init__(self, roads: Roads, clock: BusinessClock) -> None:
        self.all: dict[str, Ride] = {}
        self._roads, self._clock = roads, clock
        self._numbers = itertools.count(1)
        self._telling: dict[str, asyncio.Task[None]] = {}

    def start(
        self, start: Point, goal: Point, mode: Mode, behaviour: Behaviour, listener: Listener | None
    ) -> Ride:
        """Let somebody set off now."""
        name = f"ride-{next(self._numbers)}"
        ride = Ride(name, goal, mode, self._roads, start, self._clock.now(), behaviour, listener)
        self.all[name] = ride
        if listener is not None:
            self._telling[name] = asyncio.create_task(self._tell(ride, listener))
        return ride

    def at_present(self, name: str) -> Ride:
        """A ride as it stands now. Raises KeyError."""
        ride = self.all[name]
        ride.move(self._clock.now())
        return ride

    def send(self, name: str, *, behaviour: Behaviour | None = None, goal: Point | None = None) -> Ride:
        """See Ride.send. Raises KeyError."""
        ride = self.all[name]
        ride.send(self._clock.now(), behaviour=behaviour, goal=goal)
        return ride

    async def stop(self, name: str) -> Ride:
        """They are off the road, and say nothing any more. Raises KeyError."""
        ride = self.at_present(name)
        del self.all[name]
        telling = self._telling.pop(name, None)
        if telling is not None:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling
        return ride

    async def close(self) -> None:
        """Everybody stops."""
        for name in list(self.all):
            await self.stop(name)

    async def _tell(self, ride: Ride, listener: Listener) -> None:
        """The first position at once, then one every so often; an answer that is no 2xx changes nothing."""
        headers = {"Authorization": f"Bearer {listener.key}"} if listener.key else {}
        async with httpx.AsyncClient(
            timeout=PING_TIMEOUT_SECONDS, headers=headers, trust_env=False
        ) as client:
            while True:
                ride.move(self._clock.now())
                try:
                    status = (await client.post(listener.url, json=ride.here.json())).status_code
                except httpx.HTTPError:
                    status = 0
                ride.statuses = [*ride.statuses[-99:], status]
                ride.pings += 200 <= status < 300
                await asyncio.sleep(max(SHORTEST_PAUSE_SECONDS, listener.every / self._clock.speed))
