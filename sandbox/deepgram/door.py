"""Deepgram's door: the key, the faults, and how a refusal looks."""

import uuid

from fastapi import Request, WebSocket
from starlette.responses import JSONResponse, Response

from sandbox.box import Box
from sandbox.faults import Dropped, Fault

_CODES = {400: "Bad Request", 401: "INVALID_AUTH", 402: "ASR_PAYMENT_REQUIRED", 429: "TOO_MANY_REQUESTS"}


def refusal(status: int, message: str) -> Response:
    """Deepgram's error body; the reason stands in the `dg-error` header too."""
    body = {
        "err_code": _CODES.get(status, "SERVICE_UNAVAILABLE"),
        "err_msg": message,
        "request_id": str(uuid.uuid4()),
    }
    return JSONResponse(body, status, headers={"dg-error": message})


async def admit(box: Box, request: Request | WebSocket) -> tuple[Fault | None, Response | None]:
    """Let a request in, or say how it is turned away; a fault that applies later comes along."""
    if request.headers.get("authorization") != f"Token {box.keys['DEEPGRAM_API_KEY']}":
        return None, refusal(401, "Invalid credentials.")
    fault = box.faults.take("deepgram", request.url.path)
    if fault is None:
        return None, None
    await fault.hold()
    if fault.kind == "status":
        return fault, refusal(fault.status, "The service is not available at the moment.")
    later = fault.after_bytes is not None or fault.after_events is not None
    if fault.kind == "drop" and not later:
        return fault, Dropped()
    return (None if fault.kind in ("delay", "hang") else fault), None
