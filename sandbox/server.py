"""The web server under the box: uvicorn, whose connections can be reset from inside a request."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# A fault may leave a request hanging for minutes; stopping does not wait for it.
STOP_SECONDS = 1


def _with_reset(app: ASGIApp, transport: asyncio.Transport) -> ASGIApp:
    async def with_reset(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})["sandbox.reset"] = transport.abort
        await app(scope, receive, send)

    return with_reset


class ResettableHttp(H11Protocol):
    """HTTP whose requests find `extensions["sandbox.reset"]`, which cuts the TCP connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = cast(Any, _with_reset(cast(ASGIApp, self.app), transport))


class ResettableWebsocket(WebSocketsSansIOProtocol):
    """The same for websockets."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = cast(Any, _with_reset(cast(ASGIApp, self.app), transport))


def loopback_socket(port: int = 0) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 takes a free one."""
    listener = socket.create_server(("127.0.0.1", port))
    listener.setblocking(False)
    return listener


class QuietServer(uvicorn.Server):
    """uvicorn that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_server(app: ASGIApp) -> QuietServer:
    """A server to be run with `serve(sockets=[...])`; it ends once `should_exit` is set."""
    config = uvicorn.Config(
        cast(Any, app),
        http=ResettableHttp,
        ws=ResettableWebsocket,
        ws_per_message_deflate=False,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return QuietServer(config)
