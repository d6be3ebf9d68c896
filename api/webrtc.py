"""The door for browsers: the operator picks up the phone from a page of ours."""

import asyncio
import re
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request
from pipecat.transports.smallwebrtc.connection import IceServer, SmallWebRTCConnection
from pipecat.transports.smallwebrtc.request_handler import (
    IceCandidate,
    SmallWebRTCPatchRequest,
    SmallWebRTCRequest,
    SmallWebRTCRequestHandler,
)
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from api.holding import hold
from api.keys import Key, needs, same_origin
from api.request import runtime_of
from bot import Leg
from db.models import CallRow, Customer, Number
from domain.ids import Prefix, new_id, read, show
from errors import Invalid, NotFound, Refused
from operations import calls
from pipelines.lines import webrtc_line
from runtime import Runtime
from settings import Settings

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/webrtc", tags=["webrtc"])
CLOSE_SECONDS = 5.0
TURN = re.compile(r"(?P<scheme>turns?:)(?P<user>[^:@]+):(?P<secret>[^@]+)@(?P<host>.+)")
"""`ICE_SERVERS` entries are `stun:host:port` or `turn:user:secret@host:port`."""
Operator = Annotated[Key, Depends(needs("operate"))]


class Sent(BaseModel):
    """A message of the browser's; fields we do not know are left alone."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Who(Sent):
    """Whose telephone the browser plays."""

    person: str = Field(alias="as", default="", max_length=64)
    """`cus_...`, or a number in E.164 form; empty for a caller who withholds theirs."""
    line: str = Field(default="", max_length=16)
    """The number of ours that is dialled; empty for the first of the person's market."""


class Offer(Sent):
    """A session description, new or for a connection that is being mended."""

    sdp: str = Field(max_length=100_000)
    type: Literal["offer"]
    pc_id: str | None = Field(default=None, max_length=100)
    restart_pc: bool | None = None
    request_data: Who = Field(default_factory=Who, alias="requestData")


class Candidate(Sent):
    """An address where the browser can be reached."""

    candidate: str = Field(max_length=2_000)
    sdp_mid: str = Field(max_length=20)
    sdp_mline_index: int


class Candidates(Sent):
    """Addresses found after the offer was made."""

    pc_id: str = Field(max_length=100)
    candidates: list[Candidate] = Field(max_length=50)


class Browsers:
    """The browsers that are connected; one per application."""

    def __init__(self, settings: Settings) -> None:
        self.ice = [ice_server(entry) for entry in settings.ice_servers]
        self.handler = SmallWebRTCRequestHandler(ice_servers=self.ice or None)
        self.calls: set[asyncio.Task[None]] = set()
        self.known: set[str] = set()

    def begin(self, request: Request, row: CallRow, connection: SmallWebRTCConnection) -> None:
        """Hold the call in a task of its own: the answer must not wait for it."""
        task = asyncio.create_task(self._call(request, row, connection), name=f"call {row.id}")
        self.calls.add(task)
        task.add_done_callback(self.calls.discard)

    async def _call(self, request: Request, row: CallRow, connection: SmallWebRTCConnection) -> None:
        self.known.add(connection.pc_id)
        with runtime_of(request).hold(row.id):
            try:
                await hold(request, Leg(row.id, "webrtc", webrtc_line(connection)), last=True)
            finally:
                self.known.discard(connection.pc_id)
                await connection.disconnect()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Hang up every browser and wait until their calls have ended."""
        await self.handler.close()  # type: ignore[no-untyped-call]
        if self.calls:
            _, late = await asyncio.wait(self.calls, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()


@router.post("/offer")
async def offer(sent: Offer, request: Request, key: Operator) -> dict[str, str]:
    """Connect a browser, as the person it says it plays; or mend its connection. Needs the scope `operate`."""
    runtime, browsers = runtime_of(request), browsers_of(request)
    if "Origin" in request.headers and not same_origin(request):
        raise Refused("calls are taken from a page of ours only")
    asked = SmallWebRTCRequest(sent.sdp, sent.type, sent.pc_id, sent.restart_pc)
    if sent.pc_id in browsers.known:
        return answered(await browsers.handler.handle_web_request(asked, mended))
    if runtime.full:
        raise HTTPException(503, "all lines are busy", headers={"Retry-After": "30"})
    if "m=audio" not in sent.sdp:
        raise Invalid("the session description offers no audio")
    asked.pc_id = None
    row = await opened(runtime, sent.request_data)
    log.info("webrtc.call", call_id=str(row.id), key=key.name)
    begun = False

    async def connected(connection: SmallWebRTCConnection) -> None:
        nonlocal begun
        begun = True
        browsers.begin(request, row, connection)

    try:
        answer = answered(await browsers.handler.handle_web_request(asked, connected))
        return {**answer, "call": show(Prefix.CALL, row.id)}
    except (ValueError, LookupError, AssertionError) as error:  # aiortc asserts what it expects of a browser
        raise Invalid("the session description cannot be read") from error
    finally:
        if not begun:
            async with runtime.sessions() as session, session.begin():
                await calls.close_call(session, row.id, outcome="no_connection", clock=runtime.clock)


@router.patch("/offer")
async def candidates(sent: Candidates, request: Request, key: Operator) -> dict[str, str]:
    """Addresses of the browser that were found later."""
    found = [IceCandidate(each.candidate, each.sdp_mid, each.sdp_mline_index) for each in sent.candidates]
    await browsers_of(request).handler.handle_patch_request(SmallWebRTCPatchRequest(sent.pc_id, found))
    return {"status": "success"}


@router.get("/ice")
async def ice(request: Request, key: Operator) -> list[dict[str, Any]]:
    """The servers a browser needs to find us when it is not on this machine (`ICE_SERVERS`)."""
    return [
        {"urls": server.urls, "username": server.username, "credential": server.credential}
        for server in browsers_of(request).ice
    ]


def browsers_of(request: Request) -> Browsers:
    """The connected browsers of this application."""
    browsers: Browsers = request.app.state.browsers
    return browsers


async def mended(connection: SmallWebRTCConnection) -> None:
    """A known connection goes on; there is nothing to begin."""


def answered(answer: dict[str, str] | None) -> dict[str, str]:
    """Our description for the browser."""
    if answer is None:
        raise Invalid("the session description got no answer")
    return answer


async def opened(runtime: Runtime, who: Who) -> CallRow:
    """The row of a browser's call. Raises NotFound when we know no such person or line, Invalid for neither."""
    async with runtime.sessions() as session, session.begin():
        number: str | None = who.person or None
        if number and not number.startswith("+"):
            customer = await session.get(Customer, read(Prefix.CUSTOMER, number))
            if customer is None or customer.phone is None:
                raise NotFound("no such customer")
            number = customer.phone
        line = who.line
        if not line:
            numbers = (await session.scalars(select(Number).order_by(col(Number.e164)))).all()
            dialled = [ours for ours in numbers if fits(runtime, ours, number)] or list(numbers)
            if not dialled:
                raise NotFound("there is no line to call")
            line = dialled[0].e164
        return await calls.open_call(
            session,
            sid=f"web-{new_id().hex}",
            channel="webrtc",
            line=line,
            from_number=number,
            clock=runtime.clock,
            keyring=runtime.keyring,
        )


def fits(runtime: Runtime, ours: Number, caller: str | None) -> bool:
    """Whether a caller would dial this number of ours: it is in their country."""
    market = runtime.markets.get(ours.market)
    return bool(market and caller and caller.startswith(market.dial))


def ice_server(entry: str) -> IceServer:
    """One entry of ICE_SERVERS."""
    if turn := TURN.fullmatch(entry):
        return IceServer(urls=turn["scheme"] + turn["host"], username=turn["user"], credential=turn["secret"])
    return IceServer(urls=entry)
