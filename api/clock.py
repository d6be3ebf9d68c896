"""What time it is in the product, and waits that are left out. Not mounted in production."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from api.keys import needs
from api.request import runtime_of
from api.schemas import Shown
from clock import ScaledClock
from db.engine import transaction
from errors import Conflict
from operations.jobs import notify

router = APIRouter(prefix="/clock", tags=["clock"])
LONGEST_SECONDS = 24 * 3600
FIXED = "This process follows the machine's own clock; start it with CLOCK_START to leave out waits."


class Advance(Shown):
    """How much business time is left out."""

    seconds: float = Field(gt=0, le=LONGEST_SECONDS)


class ShownClock(Shown):
    """Business time in this process."""

    now: datetime
    speed: float = Field(description="Business seconds a real second.")
    adjustable: bool = Field(description="Whether waits can be left out here.")


@router.get("", dependencies=[Depends(needs("read"))])
async def show_clock(request: Request) -> ShownClock:
    """What time it is."""
    runtime = runtime_of(request)
    adjustable = isinstance(runtime.clock, ScaledClock)
    return ShownClock(now=runtime.clock.now(), speed=runtime.settings.clock_speed, adjustable=adjustable)


@router.post("/advance", dependencies=[Depends(needs("operate"))])
async def advance(request: Request, wait: Advance) -> ShownClock:
    """Leave out a wait in this process: what is due by then is due now. Other processes keep their own time."""
    runtime = runtime_of(request)
    if not isinstance(runtime.clock, ScaledClock):
        raise Conflict(FIXED)
    now = runtime.clock.advance(timedelta(seconds=wait.seconds))
    async with transaction(runtime.sessions) as session:
        await notify(session)  # the relay sleeps until what was due next
    return ShownClock(now=now, speed=runtime.settings.clock_speed, adjustable=True)
