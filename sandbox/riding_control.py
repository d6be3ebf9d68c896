"""The control routes of the roads: what is slow, who drives where, and the business time at which they do."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from sandbox.box import Box
from sandbox.city import Point, geocode
from sandbox.riding import Behaviour, Listener, Ride
from sandbox.roads import Mode

router = APIRouter(prefix="/control", tags=["control"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Spot(_Body):
    """Degrees."""

    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)


Somewhere = Spot | str
"""A position, or an address of an invented city."""


class Slow(_Body):
    """A street, an area or a landmark, around which everything on wheels takes `factor` times as long."""

    where: str
    factor: float = Field(default=3.0, gt=0)
    radius_km: float | None = Field(default=None, gt=0, description="default: the street or area itself")


class NewRide(_Body):
    """A driver sets off; with a `url` their position is posted there as `{lat, lng}`."""

    from_: Somewhere = Field(alias="from")
    to: Somewhere
    mode: Mode = "driving"
    behaviour: Behaviour = "drives"
    url: str | None = None
    key: str = Field(default="", description="sent as a bearer token")
    every: float = Field(default=10.0, gt=0, description="business seconds between two pings")


class Wait(_Body):
    """Business time that is left out, as the product's own clock leaves it out."""

    seconds: float = Field(gt=0, le=24 * 3600)


class Turn(_Body):
    """What they do from now on."""

    behaviour: Behaviour | None = None
    to: Somewhere | None = None


def _box(request: Request) -> Box:
    box: Box = request.app.state.box
    return box


def _point(where: Somewhere) -> Point:
    if isinstance(where, Spot):
        return Point(where.lat, where.lng)
    found = geocode(where)
    if not found:
        raise HTTPException(404, f"no place {where!r}")
    return found[0].at


def shown(ride: Ride) -> dict[str, Any]:
    """A ride as JSON."""
    return {
        "id": ride.id,
        **ride.here.json(),
        "to": ride.goal.json(),
        "left_m": round(ride.left_km * 1000),
        "arrived": ride.arrived,
        "behaviour": ride.behaviour,
        "at": ride.moved_at.isoformat(),
        "pings": ride.pings,
        "statuses": ride.statuses,
    }


@router.get("/clock")
async def clock(request: Request) -> dict[str, Any]:
    """Business time here, and how fast it runs."""
    time = _box(request).clock
    return {"now": time.now().isoformat(), "speed": time.speed}


@router.post("/clock/advance")
async def advance(request: Request, body: Wait) -> dict[str, Any]:
    """Leave out a wait: whoever drives has driven on meanwhile."""
    return {"now": _box(request).clock.advance(body.seconds).isoformat()}


@router.post("/roads")
async def slow(request: Request, body: Slow) -> dict[str, Any]:
    """Make a road slow; once more for the same words changes it."""
    try:
        jam = _box(request).roads.slow(body.where, body.factor, body.radius_km)
    except LookupError as unknown:
        raise HTTPException(404, f"no place {body.where!r}") from unknown
    return {"where": jam.where, **jam.center.json(), "radius_km": jam.radius_km, "factor": jam.factor}


@router.delete("/roads")
async def clear_roads(request: Request) -> dict[str, str]:
    """Everything flows again."""
    _box(request).roads.jams.clear()
    return {"status": "cleared"}


@router.post("/rides")
async def start(request: Request, body: NewRide) -> dict[str, Any]:
    """Let a driver set off."""
    listener = Listener(body.url, body.key, body.every) if body.url else None
    ends = _point(body.from_), _point(body.to)
    return shown(_box(request).rides.start(*ends, body.mode, body.behaviour, listener))


@router.get("/rides")
async def rides(request: Request) -> list[dict[str, Any]]:
    """Everybody who is under way."""
    found = _box(request).rides
    return [shown(found.at_present(name)) for name in list(found.all)]


@router.get("/rides/{name}")
async def ride(request: Request, name: str) -> dict[str, Any]:
    """Where a driver is now."""
    try:
        return shown(_box(request).rides.at_present(name))
    except KeyError as unknown:
        raise HTTPException(404, "no such ride") from unknown


@router.patch("/rides/{name}")
async def turn(request: Request, name: str, body: Turn) -> dict[str, Any]:
    """Get stuck, go the wrong way, drive on, or go somewhere else, from here."""
    goal = None if body.to is None else _point(body.to)
    try:
        return shown(_box(request).rides.send(name, behaviour=body.behaviour, goal=goal))
    except KeyError as unknown:
        raise HTTPException(404, "no such ride") from unknown


@router.delete("/rides/{name}")
async def stop(request: Request, name: str) -> dict[str, Any]:
    """A driver is off the road, and says nothing any more."""
    try:
        return shown(await _box(request).rides.stop(name))
    except KeyError as unknown:
        raise HTTPException(404, "no such ride") from unknown
