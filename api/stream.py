"""The first two messages of a Twilio media stream, read before anything else happens."""

from collections.abc import Mapping
from typing import Any, Self

import structlog
from fastapi import WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, ValidationError
from starlette.websockets import WebSocketState

from deadline import deadline

log = structlog.get_logger(__name__)
HANDSHAKE_SECONDS = 5.0
LONGEST_MESSAGE = 16 * 1024


class Start(BaseModel):
    """What `start` tells: the stream, the call, and the token that our TwiML gave it."""

    stream_sid: str = Field(alias="streamSid", min_length=1, max_length=64)
    call_sid: str = Field(alias="callSid", min_length=1, max_length=64)
    parameters: dict[str, str] = Field(default_factory=dict, alias="customParameters")

    @property
    def token(self) -> str:
        """The one-time token; empty when there is none."""
        return self.parameters.get("token", "")


class Message(BaseModel):
    """A message of the stream, as far as the handshake cares."""

    event: str
    start: Start | None = None


class NotAStreamError(Exception):
    """What came first was no media stream; the message says in a word what it was."""


class LeftOpen(WebSocket):
    """An accepted media socket that its pipeline cannot close.

    The carrier asks what now as soon as the audio ends, and by then it has to be written down how the call ended:
    only the door closes it.
    """

    @classmethod
    def of(cls, websocket: WebSocket) -> Self:
        """The same socket."""
        opened = cls(websocket.scope, websocket.receive, websocket.send)
        opened.client_state, opened.application_state = websocket.client_state, websocket.application_state
        return opened

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Left to the door."""


async def handshake(websocket: WebSocket) -> Start:
    """Read `connected` and `start`.

    Raises:
        NotAStreamError: something else came, the other side left, or five seconds went by.
    """
    try:
        async with deadline(HANDSHAKE_SECONDS):
            first = read(await websocket.receive())
            second = read(await websocket.receive()) if first.event == "connected" else first
    except TimeoutError:
        raise NotAStreamError("silence") from None
    except ValidationError:
        raise NotAStreamError("garbage") from None
    if second.start is None or second.event != "start":
        raise NotAStreamError("no start")
    return second.start


def read(received: Mapping[str, Any]) -> Message:
    """A message. Raises NotAStreamError when the other side left, ValidationError when it is not one of Twilio's."""
    if received["type"] == "websocket.disconnect":
        raise NotAStreamError("left")
    text = received.get("text") or ""
    if len(text) > LONGEST_MESSAGE:
        raise NotAStreamError("too long")
    return Message.model_validate_json(text)


async def close(websocket: WebSocket, code: int) -> None:
    """Close the socket if neither side has."""
    if WebSocketState.DISCONNECTED in (websocket.client_state, websocket.application_state):
        return
    try:
        await websocket.close(code)
    except (RuntimeError, WebSocketDisconnect) as error:
        log.info("stream.closed_already", error=type(error).__name__)
