"""Voices over HTTP: a whole text at once, with or without character times."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response, StreamingResponse

from sandbox.box import Box
from sandbox.elevenlabs.door import admit, refusal
from sandbox.faults import OPEN_KINDS, Dropped, Fault, drop
from sandbox.speech.alignment import Piece, pieces
from sandbox.speech.formats import AudioFormat, UnknownFormat, elevenlabs_format
from sandbox.speech.rendering import Rendering

router = APIRouter()

# The default of the real routes is MP3, which the box does not make.
DEFAULT_FORMAT = "pcm_24000"
CHUNK_SECONDS = 0.2


class Body(BaseModel):
    """What is read of a request; voice settings and the like change nothing here."""

    text: str = Field(min_length=1)
    model_id: str = "eleven_multilingual_v2"


async def _rendered(request: Request, voice: str) -> tuple[Rendering, AudioFormat, Fault | None] | Response:
    box: Box = request.app.state.box
    raw = await request.body()
    fault, refused = await admit(box, request)
    if refused is not None:
        return refused
    try:
        body = Body.model_validate_json(raw)
        audio = elevenlabs_format(request.query_params.get("output_format", DEFAULT_FORMAT))
    except (ValidationError, UnknownFormat) as bad:
        return refusal(422, str(bad))
    box.log.add("elevenlabs", "POST", request.url.path, json.loads(raw), request.headers.keys())
    return await box.speech.say(body.text.strip(), voice, keep=True), audio, fault


@router.post("/v1/text-to-speech/{voice}")
@router.post("/v1/text-to-speech/{voice}/stream")
async def speak(request: Request, voice: str) -> Response:
    """Raw audio in `output_format`."""
    outcome = await _rendered(request, voice)
    if isinstance(outcome, Response):
        return outcome
    rendering, audio, fault = outcome
    data = audio.encode(rendering.pcm(audio.rate))
    if fault and fault.kind in OPEN_KINDS:
        return Dropped(data[: fault.after_bytes], "audio/pcm")
    return Response(data, media_type="audio/pcm" if audio.encoding == "pcm" else "audio/basic")


def _line(piece: Piece, audio: bytes) -> str:
    alignment = {
        "characters": [character for character, _, _ in piece.characters],
        "character_start_times_seconds": [round(start, 3) for _, start, _ in piece.characters],
        "character_end_times_seconds": [round(end, 3) for _, _, end in piece.characters],
    }
    shown = {"audio_base64": base64.b64encode(audio).decode(), "alignment": alignment}
    return json.dumps({**shown, "normalized_alignment": alignment}) + "\n"


@router.post("/v1/text-to-speech/{voice}/stream/with-timestamps")
async def speak_with_timestamps(request: Request, voice: str) -> Response:
    """JSON lines of audio and character times; the times run on from the beginning of the text."""
    outcome = await _rendered(request, voice)
    if isinstance(outcome, Response):
        return outcome
    rendering, audio, fault = outcome
    samples = rendering.pcm(audio.rate)

    async def lines() -> AsyncIterator[str]:
        sent = 0
        if fault and fault.kind == "slow_first_token":
            await asyncio.sleep(fault.seconds)
        for count, piece in enumerate(pieces(rendering)):
            if (
                fault
                and fault.kind in OPEN_KINDS
                and count >= (fault.after_events or 0)
                and sent >= (fault.after_bytes or 0)
            ):
                drop(request.scope)
                return
            begin, end = round(piece.start * audio.rate), round(piece.end * audio.rate)
            data = audio.encode(samples[begin:end])
            sent += len(data)
            yield _line(piece, data)

    return StreamingResponse(lines(), media_type="application/json")
