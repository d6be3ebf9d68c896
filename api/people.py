"""The doors Twilio knocks on when one of our own people is rung for a caller: briefing, answer, the two joined."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from api.request import runtime_of
from api.signed import SignedForm
from api.twiml import twiml
from compliance import wording
from db.models import Transfer
from domain.speech import in_hindi
from errors import Refused
from operations import transfers
from operations.transfers import Status

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/twilio/person", tags=["twilio"])

TAKE = "1"
KEY_SECONDS = 12
LANGUAGES = {"IN": "en-IN"}
HINDI = "hi-IN"


class Named:
    """The transfer a webhook names, with its token."""

    def __init__(self, transfer: str, token: str) -> None:
        self.transfer, self.token = transfer, token

    async def row(self, session: AsyncSession) -> Transfer:
        """Raises HTTPException 403 for another's token."""
        try:
            return await transfers.of_webhook(session, self.transfer, self.token)
        except Refused:
            log.warning("people.refused")
            raise HTTPException(403, "bad token") from None

    @property
    def query(self) -> str:
        """For the next question."""
        return f"transfer={self.transfer}&token={self.token}"


About = Annotated[Named, Depends()]


@router.post("")
async def whisper(form: SignedForm, about: About, request: Request) -> Response:
    """The person has picked up: tell them who waits, and ask for a key."""
    runtime = runtime_of(request)
    async with runtime.sessions() as session, session.begin():
        row = await about.row(session)
        waits = await transfers.picked_up(session, row, form.get("CallSid"), runtime.clock.now())
        text, market = row.briefing, row.market
    if not waits:
        return bye(wording.CALLER_GONE, market)
    response = VoiceResponse()
    action = f"{runtime.settings.public}/twilio/person/answer?{about.query}"
    gather = Gather(num_digits=1, timeout=KEY_SECONDS, action=action, method="POST")
    gather.say(wording.WHISPER.format(briefing=text), language=language(market))
    response.append(gather)
    response.hangup()  # no key: nobody who listens, or an answering machine
    return twiml(response)


@router.post("/answer")
async def answer(form: SignedForm, about: About, request: Request) -> Response:
    """The person's key: 1 takes the call, anything else does not."""
    runtime, now = runtime_of(request), runtime_of(request).clock.now()
    async with runtime.sessions() as session, session.begin():
        row = await about.row(session)
        takes = form.get("Digits") == TAKE
        if takes:
            there = await transfers.accept(session, row, now)
        else:
            there = await transfers.fail(session, row.id, Status.DECLINED, now)
        room, market = conference(row), row.market
    if takes and there:
        return joined(room, wording.TAKEN, market)
    return bye(wording.CALLER_GONE if takes else wording.DECLINED, market)


@router.post("/join")
async def join(form: SignedForm, about: About, request: Request, spoken: str = "en") -> Response:
    """The caller's own line, moved over to the person who has taken it; `spoken` is the caller's language."""
    runtime = runtime_of(request)
    async with runtime.sessions() as session:
        row = await about.row(session)
        own = await transfers.caller_sid(session, row.call_id)
    if row.status != Status.ACCEPTED or form.get("CallSid") != own:
        log.warning("people.join_refused", status=row.status)
        raise HTTPException(403, "not to be joined")
    return joined(conference(row), wording.CONNECTED.to(spoken), row.market, spoken)


@router.post("/status", status_code=204)
async def status(form: SignedForm, about: About, request: Request) -> None:
    """The call to the person is over, one way or another."""
    runtime = runtime_of(request)
    async with runtime.sessions() as session, session.begin():
        row = await about.row(session)
        await transfers.person_left(session, row, form.get("CallStatus", ""), runtime.clock.now())


def conference(row: Transfer) -> str:
    """The name of the room the two meet in."""
    return f"transfer-{row.id.hex}"


def joined(room: str, text: str, market: str, spoken: str = "en") -> Response:
    """Say a sentence, then meet in a room that ends when either leaves."""
    response, dial = VoiceResponse(), Dial()
    response.say(text, language=language(market, spoken))
    dial.conference(
        room, beep="false", start_conference_on_enter=True, end_conference_on_exit=True, max_participants=2
    )
    response.append(dial)
    return twiml(response)


def bye(text: str, market: str) -> Response:
    """Say a sentence and hang up."""
    response = VoiceResponse()
    response.say(text, language=language(market))
    response.hangup()
    return twiml(response)


def language(market: str, spoken: str = "en") -> str:
    """Hindi, or the English of a market."""
    return HINDI if in_hindi(spoken) else LANGUAGES.get(market, "en-US")
