"""The web process: doors, console and running calls. It starts no other process."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI

from agents.phrases import fixed_phrases
from api import (
    agent_calls,
    agents,
    calls,
    clock,
    complaints,
    customers,
    drivers,
    evals,
    events,
    health,
    jobs,
    keys,
    orders,
    outbound,
    payments,
    people,
    photos,
    restaurants,
    twilio,
    waiting,
    webrtc,
)
from api.errors import add_error_handlers
from api.holding import RunCall
from bot import run_call as run_product_call
from console import page
from errors import AppError, ConfigError
from logs import set_up_logs
from runtime import Runtime, open_runtime, problems_of
from settings import Settings, read_settings
from tasks.handlers import HANDLERS
from tasks.serving import serving_jobs
from tasks.work import Handler

log = structlog.get_logger(__name__)

DRAIN_SECONDS = {"prod": 300.0, "dev": 4.0}
"""How long running calls may go on after SIGTERM, before they are told goodbye."""
FAREWELL_SECONDS = 6.0
LARGEST_MESSAGE = 1024 * 1024
"""Of a websocket: Twilio's are under 1 kB, the eval harness sends whole utterances."""
BAD_SETTINGS, CANNOT_START = 2, 1
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def check_configuration(settings: Settings, found: Iterable[str] = ()) -> None:
    """Look at all that can be wrong before anything opens: settings, keys, and the YAML under `data/` and `pipelines/`.

    Raises:
        ConfigError: every problem at once, after those `found` already while the environment was read.
    """
    problems = [*found]
    try:
        keys.parse_keys(settings.api_keys, settings.secret_key)
    except ConfigError as error:
        problems += error.problems
    problems += problems_of(settings)
    if problems:
        raise ConfigError(list(dict.fromkeys(problems)))


def create_app(
    settings: Settings,
    run_call: RunCall = run_product_call,
    scratch: Path | None = None,
    handlers: Mapping[str, Handler] = HANDLERS,
) -> FastAPI:
    """The application; its lifespan opens the runtime. `run_call` holds one call from its first to its last word.

    Jobs of other kinds than those of `handlers` stay where they are.

    Raises:
        ConfigError: API_KEYS cannot be read; everything else shows when the lifespan begins.
    """
    keys.parse_keys(settings.api_keys, settings.secret_key)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            open_runtime(settings, scratch) as runtime,
            serving_jobs(runtime, handlers) as app.state.relay,
        ):
            app.state.runtime = runtime
            app.state.run_call = run_call
            app.state.keys = keys.parse_keys(settings.api_keys, settings.secret_key, runtime.dev_key)
            app.state.browsers = webrtc.Browsers(settings)
            await runtime.close_abandoned()
            closing = asyncio.create_task(runtime.close_abandoned_later(), name="abandoned calls")
            watching = asyncio.create_task(runtime.lag.watch(), name="loop lag")
            preparing = asyncio.create_task(runtime.prepare(fixed_phrases()), name="fixed phrases")
            announcing = asyncio.create_task(runtime.presence.run(), name="presence")
            try:
                yield
            finally:
                runtime.draining = True
                closing.cancel()
                preparing.cancel()
                watching.cancel()
                announcing.cancel()
                await runtime.presence.withdraw()
                await app.state.browsers.close()

    app = FastAPI(title="Tiffin", lifespan=lifespan)
    add_error_handlers(app)
    doors = [
        twilio,
        outbound,
        waiting,
        people,
        webrtc,
        health,
        keys,
        agents,
        agent_calls,
        orders,
        payments,
        calls,
        jobs,
        complaints,
        photos,
        customers,
        drivers,
        restaurants,
        events,
        page,
    ]
    for door in [*doors, *([] if settings.prod else [evals, clock])]:
        app.include_router(door.router)
    return app


class DrainingServer(uvicorn.Server):
    """Stops taking calls at the first SIGTERM or SIGINT, and stops when the last call has ended; the second hurries."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._loop = asyncio.get_running_loop()
        self._drain: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by the signal; the parent would stop at once and cut every call."""
        self._loop.call_soon_threadsafe(self._begin, sig)

    def _begin(self, sig: int) -> None:
        if self._drain is None:
            self._drain = asyncio.create_task(self._stop_when_drained(sig), name="drain")
        else:
            self.should_exit = self.force_exit = True

    async def _stop_when_drained(self, sig: int) -> None:
        patience = DRAIN_SECONDS[self._runtime.settings.app_env] if sig == signal.SIGTERM else 0.0
        await self._runtime.drain(patience, FAREWELL_SECONDS)
        self.should_exit = True


async def serve(
    settings: Settings, listener: socket.socket, handlers: Mapping[str, Handler] = HANDLERS
) -> None:
    """Serve until a signal comes. Raises AppError when a store cannot be used."""
    app = create_app(settings, handlers=handlers)
    async with app.router.lifespan_context(app):
        config = uvicorn.Config(
            app,
            lifespan="off",  # opened above, so that its errors reach main() as they are
            log_config=None,
            access_log=False,
            ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=2,  # streams of events never end by themselves
            server_header=False,
            forwarded_allow_ips=list(settings.trusted_proxies),
        )
        gc.collect()
        gc.freeze()  # or looking through what was imported stops every call for 0.3 s, now and then
        await DrainingServer(config, app.state.runtime).serve(sockets=[listener])


def listen(settings: Settings) -> socket.socket:
    """The port, bound: only on this machine unless PUBLIC_URL names another. Raises OSError when it is taken."""
    local = not settings.prod and urlsplit(settings.public).hostname in LOOPBACK
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1" if local else "0.0.0.0", settings.port))
    except OSError:
        listener.close()
        raise
    return listener


def bound(settings: Settings) -> socket.socket:
    """The port, or one line about it and the end of the process."""
    try:
        return listen(settings)
    except OSError as error:
        stop([f"port {settings.port} cannot be used: {error.strerror}"], CANNOT_START)


def stop(problems: list[str], code: int) -> NoReturn:
    """Say what is wrong, a line each, and leave."""
    for problem in problems:
        sys.stderr.write(f"tiffin: {problem}\n")
    raise SystemExit(code)


def main(handlers: Mapping[str, Handler] = HANDLERS) -> None:
    """Run the server, and the jobs that `handlers` are for.

    Exit codes: 0 after a signal, 2 for settings that cannot be used, 1 when it cannot start.
    """
    try:
        settings, problems = read_settings()
        set_up_logs(json=settings.prod)
        check_configuration(settings, problems)
        with bound(settings) as listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, listener, handlers))
    except ConfigError as error:
        stop(error.problems, BAD_SETTINGS)
    except AppError as error:
        stop([error.message], CANNOT_START)


if __name__ == "__main__":
    main()
