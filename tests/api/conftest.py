"""The whole web application on a fresh database, with a telephone exchange that holds calls without audio."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from twilio.request_validator import RequestValidator

from bot import Leg
from errors import BrokeOff
from runtime import Runtime
from server import create_app
from settings import Settings
from tasks.handlers import HANDLERS
from tasks.work import Handler

PUBLIC = "https://phone.tiffin.example"
TOKEN = "twilio-auth-token"
READ, OPERATE, PRIVACY = "read-secret-of-tests", "operate-secret-of-tests", "privacy-secret-of-tests"
NOWHERE = "http://127.0.0.1:9"
"""Where the vendors are: nobody listens on the discard port, so every request fails at once."""


@dataclass
class Exchange:
    """Holds calls the way the bot does, as far as a door can tell: until they are ended."""

    legs: list[Leg] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    said: list[str] = field(default_factory=list)
    fault: Exception | None = None

    async def run_call(self, runtime: Runtime, leg: Leg) -> None:
        """Hold a call until somebody ends it."""
        self.legs.append(leg)
        runtime.live[leg.call_id] = self
        self.begun.set()
        try:
            if self.fault:
                raise self.fault
            await self.over.wait()
            if self.fault:
                raise self.fault
        finally:
            runtime.live.pop(leg.call_id, None)

    async def farewell(self, text: str, reason: str) -> None:
        """Say goodbye; the call is over."""
        self.said.append(text)
        self.over.set()

    async def cancel(self, reason: str) -> None:
        """The other side has gone."""
        self.over.set()

    async def lost(self) -> None:
        """The audio is over, and the caller may still be there."""
        self.fault = BrokeOff("the audio was lost")
        self.over.set()


@dataclass
class House:
    """A running application and what is behind it."""

    app: FastAPI
    runtime: Runtime
    exchange: Exchange
    client: httpx.AsyncClient

    async def webhook(self, path: str, form: dict[str, str], *, public: str = PUBLIC) -> httpx.Response:
        """Post a form as Twilio does, signed for the public address."""
        signature = RequestValidator(TOKEN).compute_signature(f"{public}{path}", form)
        return await self.client.post(path, data=form, headers={"X-Twilio-Signature": signature})


@pytest.fixture
def environment(seeded_url: str) -> dict[str, object]:
    """Settings of a house on a fresh, seeded database; a test may change them before it asks for `house`."""
    keys = {"test": b"k" * 32, "hash": b"h" * 32}
    return {
        "public_url": PUBLIC,
        "database_url": seeded_url,
        "secret_key": "a secret of the tests",
        "pii_keys": ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys.items()),
        "api_keys": f"viewer:{READ}:read,desk:{OPERATE}:read+operate,officer:{PRIVACY}:read+privacy",
        "twilio_account_sid": "AC" + "0" * 32,
        "twilio_auth_token": TOKEN,
        "twilio_from_number": "+15125550100",
        "google_maps_api_key": "AIzaTest",
        **{f"{vendor}_api_key": "key" for vendor in ("deepgram", "elevenlabs", "anthropic", "openai")},
        **{f"{vendor}_base_url": NOWHERE for vendor in ("deepgram", "elevenlabs", "anthropic", "openai")},
    }


@asynccontextmanager
async def open_house(
    environment: dict[str, object], scratch: Path, handlers: Mapping[str, Handler] = HANDLERS
) -> AsyncIterator[House]:
    """The application with these settings, open."""
    exchange = Exchange()
    app = create_app(Settings.model_validate(environment), exchange.run_call, scratch, handlers)
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 4711))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client,
    ):
        yield House(app, app.state.runtime, exchange, client)
        exchange.over.set()


@pytest.fixture
async def house(environment: dict[str, object], tmp_path: Path) -> AsyncIterator[House]:
    """The application, open; requests go in without a network."""
    async with open_house(environment, tmp_path) as opened:
        yield opened


@pytest.fixture
async def port(house: House) -> AsyncIterator[int]:
    """The port of a real server in front of the house, for websockets."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(house.app, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield int(listener.getsockname()[1])
    house.exchange.over.set()
    server.should_exit = True
    await serving


@pytest.fixture
def bearer() -> Callable[[str], dict[str, str]]:
    """The header that carries a key."""
    return lambda secret: {"Authorization": f"Bearer {secret}"}
