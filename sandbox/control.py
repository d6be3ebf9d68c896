"""The control API: what tests and the launcher tell the box to do, and ask it about."""

from dataclasses import asdict
from typing import Any

import httpx
from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, Response

from sandbox.box import Box
from sandbox.faults import Fault
from sandbox.speech.espeak import EspeakError
from sandbox.speech.formats import wav
from sandbox.twilio.call import Call
from sandbox.twilio.messages import Message
from sandbox.twilio.scenario import Scenario, UnknownScenario, load_all

router = APIRouter(prefix="/control")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewCall(_Body):
    """A person calls; `scenario` is a name or a whole scenario."""

    scenario: str | Scenario
    webhook: str
    status_callback: str | None = None
    record: bool = False


class NewUtterance(_Body):
    """What a microphone is going to hear."""

    text: str = Field(min_length=1)
    voice: str = "en-us+f3"
    rate: int = Field(default=48000, ge=8000, le=48000)


class NewMessage(_Body):
    """A person texts."""

    from_: str = Field(alias="from")
    to: str
    body: str
    webhook: str


def _box(request: Request) -> Box:
    box: Box = request.app.state.box
    return box


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Alive, and how many telephones are in use."""
    box = _box(request)
    live = sum(1 for call in box.network.calls.values() if not call.over)
    return {"status": "ok", "live_calls": live, "utterances": len(box.speech.utterances)}


# -- faults and log


@router.post("/faults")
async def arm(request: Request, fault: Fault) -> dict[str, str]:
    """Arm one fault."""
    _box(request).faults.arm(fault)
    return {"id": fault.id}


@router.get("/faults")
async def armed(request: Request) -> list[Fault]:
    """Those still armed."""
    return list(_box(request).faults)


@router.delete("/faults")
async def disarm(request: Request) -> dict[str, str]:
    """All is well again."""
    _box(request).faults.clear()
    return {"status": "cleared"}


@router.get("/log")
async def log(request: Request, vendor: str | None = None) -> list[dict[str, Any]]:
    """The last requests, newest last."""
    return [entry.model_dump(mode="json") for entry in _box(request).log.entries(vendor)]


# -- telephones


async def _scenario(request: Request, wanted: str | Scenario) -> Scenario:
    try:
        return await _box(request).network.scenario(wanted)
    except UnknownScenario as unknown:
        raise HTTPException(404, str(unknown)) from unknown


def _call(request: Request, sid: str) -> Call:
    call = _box(request).network.calls.get(sid)
    if call is None:
        raise HTTPException(404, "no such call")
    return call


def shown(call: Call) -> dict[str, Any]:
    """A call as JSON; times of turns and events are seconds since it was answered."""
    stream = call.script.stream
    hearing = call.caller.text if not call.over else ""
    return {
        "sid": call.sid,
        "scenario": call.scenario.name,
        "title": call.scenario.title,
        "direction": call.direction,
        "doubled": call.doubled,
        "from": call.from_,
        "to": call.to,
        "state": call.state,
        "answered_by": call.answered_by,
        "started_at": call.created_at.isoformat(),
        "answered_at": call.answered_at.isoformat() if call.answered_at else None,
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "ended_by": call.ended_by,
        "reason": call.caller.gone,
        "error": call.error,
        "turns": [asdict(turn) for turn in call.caller.turns],
        "hearing": hearing,
        "events": [asdict(event) for event in call.events],
        "dtmf": "".join(event.name for event in call.events if event.what == "digit"),
        "marks": [event.name for event in call.events if event.what == "mark"],
        "tones": "".join(call.caller.tones),
        "left": call.caller.left,
        "dialled": call.script.dialled,
        "close_code": stream.close_code if stream else None,
        "frames_received": stream.frames_received if stream else 0,
        "stream_sid": stream.stream_sid if stream else None,
    }


@router.get("/scenarios")
async def scenarios() -> list[dict[str, Any]]:
    """Everyone who can call or be called."""
    return [scenario.model_dump(by_alias=True) for scenario in load_all()]


@router.post("/calls")
async def start_call(request: Request, body: NewCall) -> dict[str, str]:
    """Let a person call a webhook of ours."""
    scenario = await _scenario(request, body.scenario)
    call = await _box(request).network.call_in(
        scenario, body.webhook, status_callback=body.status_callback, record=body.record
    )
    return {"sid": call.sid}


@router.get("/calls")
async def calls(request: Request) -> list[dict[str, Any]]:
    """All calls, newest first."""
    return [shown(call) for call in reversed(_box(request).network.calls.values())]


@router.get("/calls/{sid}")
async def call(request: Request, sid: str) -> dict[str, Any]:
    """One call: its state, turns, keys pressed, marks, and what was seen on the wire."""
    return shown(_call(request, sid))


@router.post("/calls/{sid}/hangup")
async def hang_up(request: Request, sid: str) -> dict[str, Any]:
    """The person puts the telephone down."""
    found = _call(request, sid)
    await found.hang_up("caller")
    return shown(found)


@router.post("/calls/{sid}/drop")
async def drop_call(request: Request, sid: str) -> dict[str, Any]:
    """The network loses the call: the media socket breaks without a word."""
    found = _call(request, sid)
    await found.hang_up("network")
    return shown(found)


@router.get("/calls/{sid}/recording.wav")
async def recording(request: Request, sid: str) -> Response:
    """Both sides of a recorded call that has ended: caller left, system right."""
    path = _box(request).network.tape(_call(request, sid).sid)
    if not path.is_file():
        raise HTTPException(404, "not recorded, or not over")
    return FileResponse(path, media_type="audio/wav")


def _message(message: Message) -> dict[str, Any]:
    return {
        "sid": message.sid,
        "from": message.from_,
        "to": message.to,
        "body": message.body,
        "direction": message.direction,
        "status": message.status,
        "at": message.at.isoformat(),
    }


@router.get("/messages")
async def messages(request: Request, to: str | None = None) -> list[dict[str, Any]]:
    """Every SMS, newest last."""
    return [_message(m) for m in _box(request).network.messages.all.values() if to in (None, m.to)]


@router.post("/messages")
async def text(request: Request, body: NewMessage) -> dict[str, Any]:
    """Let a person text a webhook of ours."""
    try:
        message = await _box(request).network.messages.receive(body.from_, body.to, body.body, body.webhook)
    except httpx.HTTPError as failed:
        raise HTTPException(502, f"the webhook failed: {failed}") from failed
    return _message(message)


# -- microphones


@router.post("/utterances")
async def say(request: Request, body: NewUtterance) -> Response:
    """Register a sentence and return its sound, for a microphone that plays a file."""
    try:
        rendering = await _box(request).speech.say(body.text, body.voice)
    except EspeakError as unknown:
        raise HTTPException(422, str(unknown)) from unknown
    return Response(wav(rendering.pcm(body.rate), body.rate), media_type="audio/wav")
