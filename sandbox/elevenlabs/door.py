"""ElevenLabs' door: the key, the faults, and how a refusal looks."""

from fastapi import Request, WebSocket
from starlette.responses import JSONResponse, Response

from sandbox.box import Box
from sandbox.faults import Dropped, Fault

_STATUSES = {
    400: "invalid_request",
    401: "invalid_api_key",
    404: "voice_not_found",
    422: "unprocessable",
    429: "too_many_concurrent_requests",
}


def refusal(status: int, message: str) -> Response:
    """ElevenLabs' error body."""
    detail = {"status": _STATUSES.get(status, "internal_server_error"), "message": message}
    return JSONResponse({"detail": detail}, status)


async def admit(box: Box, request: Request | WebSocket) -> tuple[Fault | None, Response | None]:
    """Let a request in, or say how it is turned away; a fault that applies later comes along."""
    if request.headers.get("xi-api-key") != box.keys["ELEVENLABS_API_KEY"]:
        return None, refusal(401, "Invalid API key")
    fault = box.faults.take("elevenlabs", request.url.path)
    if fault is None:
        return None, None
    await fault.hold()
    if fault.kind == "status":
        return fault, refusal(fault.status, "The service is not available at the moment.")
    later = fault.after_bytes is not None or fault.after_events is not None
    if fault.kind == "drop" and not later:
        return fault, Dropped()
    return (None if fault.kind in ("delay", "hang") else fault), None
