"""The doors Twilio knocks on: a call comes in, its audio connects, its status changes."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response, WebSocket
from sqlalchemy.exc import DBAPIError
from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm
from twilio.twiml.voice_response import Connect, VoiceResponse

from api.holding import hold
from api.request import runtime_of, source_of
from api.stream import NotAStreamError, Start, close, handshake
from bot import Leg
from db.models import CallRow
from errors import NotFound, Refused, StoreDown, TooMany
from operations import calls
from pipelines.lines import twilio_line
from runtime import Runtime

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/twilio", tags=["twilio"])

LARGEST_FORM = 64 * 1024
AGAIN = (2, 600.0)
SLOWED, REFUSED = (12, 600.0), (30, 600.0)
"""New calls from one number in so many seconds: after the first figure it waits, after the second it is turned away."""
WAIT_SECONDS = 5
DOWN = (StoreDown, DBAPIError, OSError)

NOT_OURS = "Sorry, this number is not in service. Goodbye."
BUSY = "Thank you for calling Tiffin. All our lines are busy. Please call again in a few minutes."
TROUBLE = "Thank you for calling Tiffin. We have a technical problem. Please call again in a few minutes."
TOO_OFTEN = "Thank you for calling Tiffin. You have called us many times. Please try again in ten minutes."


async def signed_form(request: Request) -> dict[str, str]:
    """The posted form, once its signature proves that Twilio sent it to our public address.

    Raises HTTPException: 413 for a form no webhook has, 403 for a signature that is missing or wrong.
    """
    runtime = runtime_of(request)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise HTTPException(413, "this form is too large")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
    token = runtime.settings.twilio_auth_token
    if token is None or not signed(request, runtime, Form(pairs), token.get_secret_value()):
        runtime.counts["twilio.bad_signature"] += 1
        log.warning(
            "twilio.bad_signature", path=request.url.path, count=runtime.counts["twilio.bad_signature"]
        )
        raise HTTPException(403, "bad signature")
    return dict(pairs)


class Form(dict[str, str]):
    """A form whose repeated fields all count in the signature."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def getlist(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self._pairs if key == name]


def signed(request: Request, runtime: Runtime, form: Mapping[str, str], token: str) -> bool:
    """Whether the signature fits the form and the public URL with its query."""
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{runtime.settings.public}{request.url.path}{query}"
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER, ""))
    signature = request.headers.get("X-Twilio-Signature", "")
    if algorithm not in {"HMAC_SHA1", "HMAC_SHA256"} or not signature.isascii():
        return False
    return bool(RequestValidator(token).validate(url, form, signature, algorithm))


SignedForm = Annotated[dict[str, str], Depends(signed_form)]


@router.post("/voice")
async def voice(form: SignedForm, request: Request) -> Response:
    """Answer a call: bridge its audio to our media socket, or say politely why not.

    The same CallSid sent again is the same call, with a fresh token.
    """
    runtime = runtime_of(request)
    if not (sid := form.get("CallSid")):
        raise HTTPException(422, "CallSid is missing")
    language = language_of(form)
    if runtime.full:
        return spoken(BUSY, language)
    try:
        async with runtime.sessions() as session:
            known = await calls.by_sid(session, sid)
        pause = 0 if known else await slowed(runtime, form.get("From"))
        row = known or await opened(runtime, sid, form)
        if calls.over(row.status):
            return twiml(hung_up())
        token = await runtime.live_calls.mint(sid)
    except NotFound:
        log.warning("twilio.unknown_line", line=form.get("To"))
        return spoken(NOT_OURS, language)
    except TooMany:
        runtime.counts["twilio.calls_too_often"] += 1
        log.warning("twilio.calls_too_often", count=runtime.counts["twilio.calls_too_often"])
        return spoken(TOO_OFTEN, language)
    except DOWN as error:
        log.error("twilio.cannot_answer", error=type(error).__name__)
        return spoken(TROUBLE, language)
    return twiml(connected(runtime, token, pause))


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
async def after(form: SignedForm, request: Request) -> Response:
    """The audio has ended. A call that broke off on our side is connected again, twice at most."""
    runtime = runtime_of(request)
    sid, language = form.get("CallSid", ""), language_of(form)
    if calls.over(form.get("CallStatus", "")):
        return twiml(hung_up())
    try:
        async with runtime.sessions() as session:
            row = await calls.by_sid(session, sid)
        if row is None or calls.over(row.status):
            return twiml(hung_up())
        if runtime.full:
            return spoken(BUSY, language)
        await runtime.limiter.spend(f"again:{sid}", *AGAIN)
        token = await runtime.live_calls.mint(sid)
    except (*DOWN, TooMany) as error:
        log.error("twilio.broke_off", error=type(error).__name__)
        return spoken(TROUBLE, language)
    return twiml(connected(runtime, token, 0))


@router.post("/status", status_code=204)
async def status(form: SignedForm, request: Request) -> None:
    """Follow the call where the carrier says it is; a call that has ended frees its pipeline."""
    runtime = runtime_of(request)
    async with runtime.sessions() as session, session.begin():
        row = await calls.note_status(
            session, sid=form.get("CallSid", ""), status=form.get("CallStatus", ""), clock=runtime.clock
        )
    if row and row.ended_at and (live := runtime.live.get(row.id)):
        await live.cancel("the carrier says the call has ended")


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
    except DOWN as error:
        log.error("twilio.cannot_answer", error=type(error).__name__)
        await close(websocket, 1011)
        return
    with runtime.hold(row.id) as ours:
        if ours:
            line = twilio_line(websocket, start.stream_sid, start.call_sid)
            code = 1000 if await hold(websocket, Leg(row.id, "twilio", line)) else 1011
        else:
            code = 1008
            log.warning("twilio.media_twice", call_id=str(row.id))
    await close(websocket, code)


async def admitted(runtime: Runtime, start: Start) -> CallRow:
    """The call this stream belongs to, once its one-time token proves it.

    Raises:
        Refused: the token is missing, used, too old or another call's, or the call is over.
    """
    if not start.token or await runtime.live_calls.redeem(start.token) != start.call_sid:
        raise Refused("token")
    async with runtime.sessions() as session, session.begin():
        row = await calls.answer_call(session, start.call_sid, runtime.clock)
    if row is None:
        raise Refused("no such call")
    return row


def connected(runtime: Runtime, token: str, pause: int) -> VoiceResponse:
    """Bridge the call to the media socket."""
    response, connect = VoiceResponse(), Connect(action=f"{runtime.settings.public}/twilio/after")
    if pause:
        response.pause(length=pause)
    stream = connect.stream(url=f"{runtime.settings.media}/twilio/media")
    stream.parameter(name="token", value=token)
    response.append(connect)
    return response


def language_of(form: Mapping[str, str]) -> str:
    """The English of the country that was dialled."""
    return "en-IN" if form.get("To", "").startswith("+91") else "en-US"


def hung_up() -> VoiceResponse:
    """Nothing more to say."""
    response = VoiceResponse()
    response.hangup()
    return response


def spoken(text: str, language: str) -> Response:
    """Say a sentence and hang up."""
    response = VoiceResponse()
    response.say(text, language=language)
    response.hangup()
    return twiml(response)


def twiml(response: VoiceResponse) -> Response:
    """As Twilio reads it."""
    return Response(str(response), media_type="application/xml")
