"""Callers for whom no line is free: they choose to hold or to be called back, and holding means standing in line."""

import structlog
from fastapi import APIRouter, Request, Response

from api.bridging import DOWN, bridged
from api.request import runtime_of
from api.signed import SignedForm
from api.twilio import apology, called_back
from api.twiml import hung_up, language_of, offered, spoken, twiml, waiting
from compliance import at_the_door
from db.instances import Place
from db.models import CallRow
from operations import calls
from runtime import Runtime

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/twilio", tags=["twilio"])

HOLD, CALL_BACK = "1", ("2", "")
NEXT_SECONDS, LATER_SECONDS = 5, 12
"""Until a caller asks again: who is first in line asks more often, so that a free line is not left waiting."""
TOLD_EVERY = 3
"""Who is first hears so every third time; the others each time, which is every 15 seconds or so."""


@router.post("/choice")
async def choice(form: SignedForm, request: Request) -> Response:
    """What the caller chose: 1 holds, 2 or nothing is a call-back, anything else is asked again."""
    runtime, sid, language = runtime_of(request), form.get("CallSid", ""), language_of(form)
    digits = form.get("Digits", "")
    try:
        async with runtime.sessions() as session:
            row = await calls.by_sid(session, sid)
        if row is None or calls.over(form.get("CallStatus", "")):
            return twiml(hung_up())
        if digits in CALL_BACK and (promise := await called_back(runtime, sid, "all lines were busy")):
            return spoken(at_the_door.promised(promise.when(runtime.clock.now())), language)
        if calls.over(row.status):
            return twiml(hung_up())
        if digits == HOLD or row.phone is None:
            return await turn(runtime, row, language, asked=0, told=0)
        staffed = row.line in runtime.staffed
        return twiml(offered(runtime.settings.public, "", language, reachable=True, staffed=staffed))
    except DOWN as error:
        log.error("twilio.cannot_promise", error=type(error).__name__)
        return await apology(runtime, sid, language)


@router.post("/hold")
async def hold(form: SignedForm, request: Request, asked: int = 0, told: int = 0) -> Response:
    """A caller on hold asks whether it is their turn, for the `asked`-th time; position `told` was spoken last."""
    runtime, sid, language = runtime_of(request), form.get("CallSid", ""), language_of(form)
    try:
        async with runtime.sessions() as session:
            row = await calls.by_sid(session, sid)
        if row is None or calls.over(row.status) or calls.over(form.get("CallStatus", "")):
            await runtime.presence.forget(sid)
            return twiml(hung_up())
        return await turn(runtime, row, language, asked=asked, told=told)
    except DOWN as error:
        log.error("twilio.cannot_hold", error=type(error).__name__)
        return await apology(runtime, sid, language)


async def turn(runtime: Runtime, row: CallRow, language: str, *, asked: int, told: int) -> Response:
    """Connect the caller whose turn it is; tell everybody else where they stand. Raises StoreDown.

    Who had been talking to us already goes to the head of the line.
    """
    found = await runtime.presence.turn(row.sid, first=row.answered_at is not None)
    if isinstance(found, Place):
        log.info("twilio.served", call_id=str(row.id), asked=asked)
        first = at_the_door.THANKS
        return twiml(await bridged(runtime, row.sid, found, first=first, language=language))
    text = ""
    if found != told or found > 1 or asked % TOLD_EVERY == 0:
        text = at_the_door.position(
            found,
            first_time=found != told,
            reachable=row.phone is not None,
            staffed=row.line in runtime.staffed,
        )
    seconds = NEXT_SECONDS if found == 1 else LATER_SECONDS
    query = f"asked={asked + 1}&told={found}"
    return twiml(waiting(runtime.settings.public, text, language, seconds, query))
