"""The door for conversation tests: the eval harness talks to the whole product, without telephone or browser."""

import json
from ipaddress import ip_address

import structlog
from fastapi import APIRouter, HTTPException, WebSocket
from pipecat.evals.serializer import EvalConnectionFlags, parse_eval_connect
from pydantic import ValidationError
from sqlmodel import col, select

from api.holding import hold
from api.keys import admit, same_origin
from api.request import runtime_of, source_of
from api.stream import HANDSHAKE_SECONDS, LONGEST_MESSAGE, NotAStreamError, close
from bot import Leg
from db.models import CallRow, Number
from deadline import deadline
from domain.ids import new_id
from errors import NotFound, Refused, TooMany
from operations.calls import open_call
from pipelines.eval_line import eval_line
from runtime import Runtime

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/evals", tags=["evals"])


@router.websocket("/media")
async def media(websocket: WebSocket, line: str = "", caller: str = "", key: str = "") -> None:
    """One conversation from this machine: `?line=` dials a number of ours, `?caller=` plays somebody's telephone.

    Needs an API key with the scope `operate`, in a header or, as the harness has nothing but an address, as
    `?key=`. Never mounted in `prod`.
    """
    runtime = runtime_of(websocket)
    websocket.scope["query_string"] = (
        b""  # uvicorn logs the address of every socket; it holds a key and a number
    )
    try:
        await guard(websocket, key)
    except (HTTPException, Refused, TooMany) as error:
        runtime.counts["evals.refused"] += 1
        log.warning(
            "evals.refused",
            reason=getattr(error, "detail", str(error)),
            count=runtime.counts["evals.refused"],
        )
        await websocket.close(1008)
        return
    await websocket.accept()
    try:
        flags = await connect(websocket)
        row = await opened(runtime, line, caller)
    except (NotAStreamError, NotFound) as error:
        log.warning("evals.refused", reason=str(error))
        await close(websocket, 1008)
        return
    with runtime.hold(row.id):
        await hold(websocket, Leg(row.id, "eval", eval_line(websocket, flags)), last=True)
    await close(websocket, 1000)


async def guard(websocket: WebSocket, secret: str) -> None:
    """Let nobody in but this machine's own programs with a key; a page of any site runs on this machine, too.

    Raises HTTPException 401, Refused, TooMany.
    """
    if not local(source_of(websocket)):
        raise Refused("conversations are tested from this machine only")
    if "Origin" in websocket.headers and not same_origin(websocket):
        raise Refused("a page of another site asked")
    await admit(websocket, "operate", secret)


async def connect(websocket: WebSocket) -> EvalConnectionFlags:
    """The harness's first message. Raises NotAStreamError when it is not one, or does not come."""
    try:
        async with deadline(HANDSHAKE_SECONDS):
            received = await websocket.receive()
        text = received.get("text") or ""
        flags = parse_eval_connect(json.loads(text[:LONGEST_MESSAGE]))
    except TimeoutError:
        raise NotAStreamError("silence") from None
    except (ValueError, ValidationError):
        raise NotAStreamError("garbage") from None
    if flags is None:
        raise NotAStreamError("no eval-connect")
    return flags


async def opened(runtime: Runtime, line: str, caller: str) -> CallRow:
    """The row of an eval call, on the first of our lines unless one is named. Raises NotFound."""
    async with runtime.sessions() as session, session.begin():
        if not line:
            line = await session.scalar(select(Number.e164).order_by(col(Number.e164).desc()).limit(1)) or ""
        return await open_call(
            session,
            sid=f"eval-{new_id().hex}",
            channel="eval",
            line=line,
            from_number=plus(caller),
            clock=runtime.clock,
            keyring=runtime.keyring,
        )


def plus(number: str) -> str | None:
    """A number whose plus the query string turned into a space."""
    return f"+{number.strip().removeprefix('+')}" if number.strip() else None


def local(source: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ip_address(source).is_loopback
    except ValueError:
        return False
