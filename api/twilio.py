"""The doors Twilio knocks on: a call comes in, its audio connects, its status changes."""

from collections.abc import Mapping
from contextlib import suppress

import structlog
from fastapi import APIRouter, HTTPException, Request, Response, WebSocket

from api import outbound
from api.bridging import DOWN, bridged
from api.holding import hold
from api.request import runtime_of, source_of
from api.signed import SignedForm
from api.stream import LeftOpen, NotAStreamError, Start, close, handshake
from api.twiml import hung_up, language_of, offered, spoken, twiml
from bot import Leg
from compliance import at_the_door
from db.models import CallRow
from errors import Conflict, NotFound, Refused, StoreDown, TooMany
from operations import callbacks, calls
from operations.callbacks import Promise
from pipelines.lines import twilio_line
from runtime import Runtime

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/twilio", tags=["twilio"])

AGAIN = (2, 600.0)
SLOWED, REFUSED = (12, 600.0), (30, 600.0)
"""New calls from one number in so many seconds: after the first figure it waits, after the second it is turned away."""
WAIT_SECONDS = 5
LET_GO_SECONDS = 5.0
"""So long a call may take to write down where it stands; the carrier waits 15 s for an answer."""


@router.post("/voice")
async def voice(form: SignedForm, request: Request, job: str = "") -> Response:
    """Answer a call: bridge its audio to the process with most room, or say truly why not and offer a way on.

    The same CallSid sent again is the same call, with a fresh token. `job`: we began it, and somebody has picked up.
    """
    runtime = runtime_of(request)
    if not (sid := form.get("CallSid")):
        raise HTTPException(422, "CallSid is missing")
    if job:
        return await outbound.picked_up(runtime, form, job)
    language = language_of(form)
    try:
        async with runtime.sessions() as session:
            known = await calls.by_sid(session, sid)
        pause = 0 if known else await slowed(runtime, form.get("From"))
        row = known or await opened(runtime, sid, form)
        if calls.over(row.status):
            return twiml(hung_up())
        place = await runtime.presence.place(sid)
        if place is None:
            return full(runtime, row, language)
        return twiml(await bridged(runtime, sid, place, pause=pause))
    except NotFound:
        log.warning("twilio.unknown_line", line=form.get("To"))
        return spoken(at_the_door.NOT_OURS, language)
    except TooMany:
        runtime.counts["twilio.calls_too_often"] += 1
        log.warning("twilio.calls_too_often", count=runtime.counts["twilio.calls_too_often"])
        return spoken(at_the_door.TOO_OFTEN, language)
    except DOWN as error:
        log.error("twilio.cannot_answer", error=type(error).__name__)
        return await apology(runtime, sid, language)


def full(runtime: Runtime, row: CallRow, language: str) -> Response:
    """No line is free: the caller hears so, and chooses."""
    runtime.counts["twilio.all_busy"] += 1
    log.warning("twilio.all_busy", call_id=str(row.id), count=runtime.counts["twilio.all_busy"])
    text = at_the_door.LOST if row.answered_at else at_the_door.BUSY
    reachable, staffed = row.phone is not None, row.line in runtime.staffed
    return twiml(offered(runtime.settings.public, text, language, reachable=reachable, staffed=staffed))


async def apology(runtime: Runtime, sid: str, language: str) -> Response:
    """Say that we cannot go on, with a call-back where one can be promised."""
    try:
        promise = await called_back(runtime, sid, "a technical problem at the door")
    except DOWN:
        promise = None
    text = at_the_door.trouble(promise.when(runtime.clock.now())) if promise else at_the_door.TROUBLE
    return spoken(text, language)


async def called_back(runtime: Runtime, sid: str, reason: str) -> Promise | None:
    """Write down a call-back in place of a call, which is over with it; None where nobody can be called back.

    Asked again, the promise stands.
    """
    async with runtime.sessions() as session, session.begin():
        row = await calls.by_sid(session, sid)
        if row is None:
            return None
        staff = runtime.staffed.get(row.line)
        promise = await callbacks.book_at_the_door(session, row, reason, runtime.clock, staff)
        if promise is None:
            return None
        await calls.close_call(session, row.id, outcome="call_back", clock=runtime.clock)
    await runtime.presence.forget(sid)
    return promise


async def opened(runtime: Runtime, sid: str, form: Mapping[str, str]) -> CallRow:
    """The row of a new call."""
    async with runtime.sessions() as session, session.begin():
        return await calls.open_call(
            session,
            sid=sid,
            channel="twilio",
            line=form.get("To", ""),
            from_number=form.get("From"),
            clock=runtime.clock,
            keyring=runtime.keyring,
        )


async def slowed(runtime: Runtime, number: str | None) -> int:
    """Seconds a caller who keeps calling has to wait. Raises TooMany once it is too often."""
    if not (e164 := calls.caller(number)):
        return 0
    who = runtime.keyring.phone_hash(e164)
    await runtime.limiter.spend(f"caller:{who}", *REFUSED)
    try:
        await runtime.limiter.spend(f"caller-slowed:{who}", *SLOWED)
    except TooMany:
        return WAIT_SECONDS
    return 0


@router.post("/after")
async def after(form: SignedForm, request: Request, left: str = "") -> Response:
    """The audio has ended. A call that broke off goes on, at another process if it can, twice at most.

    `left`: the process that had it, or refused it. A call that ended as it should was closed before its audio was;
    one that still runs here has lost its audio, and its socket has not noticed yet. Whom we called is not asked to
    hold: where it cannot go on, it is hung up.
    """
    runtime = runtime_of(request)
    sid, language = form.get("CallSid", ""), language_of(form)
    if calls.over(form.get("CallStatus", "")):
        return twiml(hung_up())
    try:
        row = await left_behind(runtime, sid)
        if row is None:
            return twiml(hung_up())
        await runtime.limiter.spend(f"again:{sid}", *AGAIN)
        place = await runtime.presence.place(sid, left)
        if place is None and row.direction == calls.OUTBOUND:
            return twiml(hung_up())
        log.warning("twilio.goes_on", call_id=str(row.id), left=left, at=place.instance if place else None)
        return twiml(await bridged(runtime, sid, place)) if place else full(runtime, row, language)
    except (*DOWN, TooMany) as error:
        log.error("twilio.broke_off", error=type(error).__name__)
        if outbound.begun_by_us(form):
            return twiml(hung_up())
        return await apology(runtime, sid, language)


async def left_behind(runtime: Runtime, sid: str) -> CallRow | None:
    """The call whose audio has ended, written down as far as it went; None when it is over."""
    async with runtime.sessions() as session:
        row = await calls.by_sid(session, sid)
    if row is None or calls.over(row.status):
        return None
    if live := runtime.live.get(row.id):
        await live.lost()
    await runtime.let_go(row.id, LET_GO_SECONDS)
    async with runtime.sessions() as session:
        row = await calls.by_sid(session, sid)
    return None if row is None or calls.over(row.status) else row


@router.post("/status", status_code=204)
async def status(form: SignedForm, request: Request, job: str = "") -> None:
    """Follow the call where the carrier says it is; one that has ended frees its pipeline and its place.

    `job`: we began it, and what waits for it is told.
    """
    runtime = runtime_of(request)
    sid, state = form.get("CallSid", ""), form.get("CallStatus", "")
    if job:
        await outbound.reported(runtime, form, job)
    if calls.over(state):
        await runtime.presence.forget(sid)
    async with runtime.sessions() as session, session.begin():
        row = await calls.note_status(session, sid=sid, status=state, clock=runtime.clock)
    if row is None or row.ended_at is None:
        return
    if live := runtime.live.get(row.id):
        await live.cancel("the carrier says the call has ended")
    elif row.outcome == calls.DROPPED:  # its audio was lost before, and nobody else tells of its end
        last = await runtime.events.last_seq(row.id)
        runtime.events.recorder(row.id, last)("call.ended", outcome=row.outcome)


@router.websocket("/media")
async def media(websocket: WebSocket) -> None:
    """The audio of a call. Nothing of ours is touched before its token has been redeemed for its own SID."""
    runtime = runtime_of(websocket)
    await websocket.accept()
    try:
        start = await handshake(websocket)
        row = await admitted(runtime, start)
    except (NotAStreamError, Refused) as error:
        runtime.counts["twilio.media_refused"] += 1
        count = runtime.counts["twilio.media_refused"]
        log.warning("twilio.media_refused", reason=str(error), source=source_of(websocket), count=count)
        await close(websocket, 1008)
        return
    except Conflict:
        log.warning("twilio.filled_meanwhile", draining=runtime.draining)
        await close(websocket, 1013)
        return
    except DOWN as error:
        log.error("twilio.cannot_answer", error=type(error).__name__)
        await close(websocket, 1011)
        return
    with runtime.hold(row.id) as ours:
        if ours:
            await arrived(runtime, start.call_sid)
            line = twilio_line(LeftOpen.of(websocket), start.stream_sid, start.call_sid)
            code = 1000 if await hold(websocket, Leg(row.id, "twilio", line)) else 1011
        else:
            code = 1008
            log.warning("twilio.media_twice", call_id=str(row.id))
    await close(websocket, code)


async def admitted(runtime: Runtime, start: Start) -> CallRow:
    """The call this stream belongs to, once its one-time token proves it.

    Raises:
        Refused: the token is missing, used, too old or another call's, or the call is over.
        Conflict: this process has filled up since it was chosen; the carrier asks `/twilio/after` what now.
    """
    if not start.token or await runtime.live_calls.redeem(start.token) != start.call_sid:
        raise Refused("token")
    if runtime.full:
        raise Conflict("all lines of this process are busy")
    async with runtime.sessions() as session, session.begin():
        row = await calls.answer_call(session, start.call_sid, runtime.clock)
    if row is None:
        raise Refused("no such call")
    return row


async def arrived(runtime: Runtime, call_sid: str) -> None:
    """The place kept for a call is now taken; without Redis it runs out by itself."""
    with suppress(StoreDown):
        await runtime.presence.tell(arrived=call_sid)
