"""Where drivers are, as their telephones tell it."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.keys import PER_ADDRESS, PER_KEY, Key, of_cookie, of_secret, secret_of
from api.request import runtime_of, source_of, spend
from api.schemas import Shown
from db.engine import transaction
from db.seeding.tracking import read_tracking
from domain.address import Point
from domain.ids import Prefix, read
from errors import Refused
from operations import positions
from operations.positions import Position

router = APIRouter(prefix="/drivers", tags=["drivers"])


class Location(BaseModel):
    """A position."""

    model_config = ConfigDict(extra="forbid")

    lat: float = Field(ge=-90, le=90, description="Degrees, WGS 84.")
    lng: float = Field(ge=-180, le=180, description="Degrees, WGS 84.")
    at: AwareDatetime | None = Field(default=None, description="When they were there; now, when left out.")


class Noted(Shown):
    """What became of a position."""

    status: Literal["noted", "ignored"] = Field(
        description="ignored: a newer one is known, or it is too old to tell anything."
    )
    at: datetime


async def may_move(request: Request, id: str) -> Key:
    """Only with a key of this driver (`driver=<id>`) or one that operates.

    Raises HTTPException 401, Refused, TooMany.
    """
    runtime = runtime_of(request)
    await spend(runtime, f"address:{source_of(request)}", PER_ADDRESS)
    secret = secret_of(request)
    key = await of_secret(request, secret) if secret else of_cookie(request)
    await spend(runtime, f"key:{key.name}", PER_KEY)
    if not (key.may("operate") or key.may(f"driver={id}")):
        raise Refused("this key may not move that driver")
    return key


@router.post("/{id}/location", status_code=202, dependencies=[Depends(may_move)])
async def report_location(request: Request, id: str, location: Location) -> Noted:
    """Tell where a driver is. A position out of order is ignored; one that nobody can have got to is refused (422)."""
    runtime = runtime_of(request)
    now = runtime.clock.now()
    told = Position(read(Prefix.DRIVER, id), Point(lat=location.lat, lng=location.lng), location.at or now)
    news = await positions.report(lambda: transaction(runtime.sessions), told, now, read_tracking())
    return Noted(status="noted" if news else "ignored", at=told.at)
