"""Twilio's REST API: calls, messages and recordings, form-encoded, with Basic authentication."""

import base64
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import FileResponse, JSONResponse, Response

from sandbox.box import Box
from sandbox.faults import Dropped
from sandbox.twilio import shapes
from sandbox.twilio.call import Amd, Call
from sandbox.twilio.errors import fault_refusal, refusal

E164 = re.compile(r"^\+[1-9]\d{7,14}$")
DEFAULT_RING_SECONDS = 60.0

router = APIRouter(prefix=f"/{shapes.VERSION}/Accounts/{{account}}")

Action = Callable[[Box, FormData], Awaitable[Response]]


async def _handle(request: Request, action: Action) -> Response:
    """The door: key, account and faults first; `act_and_drop` does the work and loses the answer."""
    box: Box = request.app.state.box
    form = await request.form()
    shown: dict[str, Any] = {
        key: form.getlist(key) if len(form.getlist(key)) > 1 else form[key] for key in form
    }
    box.log.add("twilio", request.method, request.url.path, shown, request.headers.keys())
    sid, token = box.keys["TWILIO_ACCOUNT_SID"], box.keys["TWILIO_AUTH_TOKEN"]
    wanted = "Basic " + base64.b64encode(f"{sid}:{token}".encode()).decode()
    if request.headers.get("authorization") != wanted:
        return refusal(20003)
    if request.path_params["account"] != sid:
        return refusal(20404)
    fault = box.faults.take("twilio", f"{request.method} {request.url.path}")
    if fault is None:
        return await action(box, form)
    await fault.hold()
    if fault.kind == "status":
        return fault_refusal(fault.status)
    if fault.kind == "drop":
        return Dropped()
    response = await action(box, form)
    return Dropped() if fault.kind == "act_and_drop" else response


def _text(form: FormData, key: str) -> str | None:
    value = form.get(key)
    return value if isinstance(value, str) and value else None


# -- calls


def _amd(form: FormData) -> Amd | None:
    mode = _text(form, "MachineDetection")
    if mode == "DetectMessageEnd":
        return Amd(
            "DetectMessageEnd", _text(form, "AsyncAmd") == "true", _text(form, "AsyncAmdStatusCallback")
        )
    if mode in ("Enable", "true"):
        return Amd("Enable", _text(form, "AsyncAmd") == "true", _text(form, "AsyncAmdStatusCallback"))
    return None


async def _create_call(box: Box, form: FormData) -> Response:
    to, from_ = _text(form, "To"), _text(form, "From")
    webhook, twiml = _text(form, "Url"), _text(form, "Twiml")
    if to is None:
        return refusal(21201)
    if from_ is None:
        return refusal(21213)
    if not E164.match(to):
        return refusal(21211)
    if from_ not in box.network.numbers:
        return refusal(21210)
    if webhook is None and twiml is None:
        return refusal(21205)
    events = [str(event) for event in form.getlist("StatusCallbackEvent")] or ["completed"]
    dial = partial(
        box.network.call_out,
        from_,
        to,
        webhook=webhook,
        twiml=twiml,
        status_callback=_text(form, "StatusCallback"),
        status_events=frozenset(event for given in events for event in given.split()),
        ring_limit=float(_text(form, "Timeout") or DEFAULT_RING_SECONDS),
        amd=_amd(form),
        record=_text(form, "Record") == "true",
    )
    call = await dial()
    if twice := box.faults.take("twilio", to, ("double_dial",)):
        box.network.later(twice.seconds, partial(dial, person=call.scenario, doubled=True))
    return JSONResponse(shapes.call(box.network.account_sid, call), 201)


@router.post("/Calls.json")
async def create_call(request: Request) -> Response:
    """Dial."""
    return await _handle(request, _create_call)


@router.get("/Calls.json")
async def list_calls(request: Request) -> Response:
    """Newest first, filtered by To, From, Status and StartTime (also `StartTime>` and `StartTime<`)."""

    async def action(box: Box, _: FormData) -> Response:
        query = request.query_params
        size = int(query.get("PageSize", "50"))
        found = [call for call in reversed(box.network.calls.values()) if _wanted(call, dict(query))]
        page = [shapes.call(box.network.account_sid, call) for call in found[:size]]
        return JSONResponse(shapes.page(request.url.path, "calls", page, size))

    return await _handle(request, action)


def _wanted(call: Call, query: dict[str, str]) -> bool:
    named = {"To": call.to, "From": call.from_, "Status": call.state}
    if any(query[key] != value for key, value in named.items() if key in query):
        return False
    after, before = query.get("StartTime>"), query.get("StartTime<")
    started = call.answered_at or call.created_at
    return (after is None or started >= _moment(after)) and (before is None or started <= _moment(before))


def _moment(text: str) -> datetime:
    """A date in ISO or RFC 2822; a bare date is midnight UTC."""
    if "," in text:
        return parsedate_to_datetime(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@router.get("/Calls/{sid}.json")
async def fetch_call(request: Request, sid: str) -> Response:
    """One call."""

    async def action(box: Box, _: FormData) -> Response:
        call = box.network.calls.get(sid)
        return refusal(20404) if call is None else JSONResponse(shapes.call(box.network.account_sid, call))

    return await _handle(request, action)


@router.post("/Calls/{sid}.json")
async def update_call(request: Request, sid: str) -> Response:
    """Hang up (`Status`) or go on with other TwiML (`Twiml`, `Url`)."""

    async def action(box: Box, form: FormData) -> Response:
        call = box.network.calls.get(sid)
        if call is None:
            return refusal(20404)
        if call.over:
            return refusal(21220)
        twiml, url = _text(form, "Twiml"), _text(form, "Url")
        if _text(form, "Status") in ("completed", "canceled"):
            await call.hang_up("system")
        elif twiml or url:
            call.script.replace(twiml or await call.fetch(url or "", {}))
        return JSONResponse(shapes.call(box.network.account_sid, call))

    return await _handle(request, action)


# -- recordings


@router.post("/Calls/{sid}/Recordings.json")
async def start_recording(request: Request, sid: str) -> Response:
    """Record a live call from now on."""

    async def action(box: Box, form: FormData) -> Response:
        call = box.network.calls.get(sid)
        if call is None:
            return refusal(20404)
        if call.over:
            return refusal(21220)
        events = [str(event) for event in form.getlist("RecordingStatusCallbackEvent")] or ["completed"]
        recording = box.network.record(
            call,
            2 if _text(form, "RecordingChannels") == "dual" else 1,
            _text(form, "RecordingStatusCallback"),
            frozenset(event for given in events for event in given.split()),
        )
        return JSONResponse(shapes.recording(box.network.account_sid, recording), 201)

    return await _handle(request, action)


@router.get("/Recordings/{name}")
async def fetch_recording(request: Request, name: str) -> Response:
    """`RE....json` describes a recording, `RE....wav` (or the bare id) is its sound."""

    async def action(box: Box, _: FormData) -> Response:
        sid, _dot, kind = name.partition(".")
        recording = box.network.recordings.get(sid)
        if recording is None:
            return refusal(20404)
        if kind == "json":
            return JSONResponse(shapes.recording(box.network.account_sid, recording))
        if recording.status != "completed":
            return refusal(20404)
        return FileResponse(box.network.tape(recording.call.sid), media_type="audio/x-wav")

    return await _handle(request, action)


# -- messages


async def _create_message(box: Box, form: FormData) -> Response:
    to, body = _text(form, "To"), _text(form, "Body")
    from_ = _text(form, "From") or (
        sorted(box.network.numbers)[0] if _text(form, "MessagingServiceSid") else None
    )
    if to is None or not E164.match(to):
        return refusal(21211)
    if from_ is None:
        return refusal(21213)
    if body is None:
        return refusal(21602)
    if to in box.network.messages.opted_out:
        return refusal(21610)
    message = box.network.messages.send(from_, to, body, _text(form, "StatusCallback"))
    return JSONResponse(shapes.message(box.network.account_sid, message), 201)


@router.post("/Messages.json")
async def create_message(request: Request) -> Response:
    """Send an SMS."""
    return await _handle(request, _create_message)


@router.get("/Messages.json")
async def list_messages(request: Request) -> Response:
    """Newest first, filtered by To and From."""

    async def action(box: Box, _: FormData) -> Response:
        query = request.query_params
        size = int(query.get("PageSize", "50"))
        found = [
            message
            for message in reversed(box.network.messages.all.values())
            if query.get("To", message.to) == message.to and query.get("From", message.from_) == message.from_
        ]
        return JSONResponse(
            shapes.page(
                request.url.path,
                "messages",
                [shapes.message(box.network.account_sid, m) for m in found[:size]],
                size,
            )
        )

    return await _handle(request, action)
