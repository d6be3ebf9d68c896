"""A small house for the vendors' front doors: a real server on a free port, with a box of keys and faults."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anthropic as anthropic_sdk
import googlemaps
import httpx
import openai as openai_sdk
import requests
import stripe as stripe_sdk
from fastapi import FastAPI

from sandbox import anthropic, maps, models_control, openai, riding_control, stripe
from sandbox.clock import BusinessClock
from sandbox.faults import Fault, Faults
from sandbox.keys import make_keys
from sandbox.log import RequestLog
from sandbox.riding import Rides
from sandbox.roads import Roads
from sandbox.server import loopback_socket, make_server

T = TypeVar("T")


@dataclass
class SmallBox:
    """What the vendors of this folder need of the box: no voices, no telephones."""

    keys: dict[str, str] = field(default_factory=make_keys)
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)
    clock: BusinessClock = field(default_factory=BusinessClock)
    roads: Roads = field(default_factory=Roads)
    rides: Rides = field(init=False)

    def __post_init__(self) -> None:
        self.rides = Rides(self.roads, self.clock)


@dataclass
class House:
    """An address and the box behind it; SDK clients made of it are closed with it."""

    url: str
    box: SmallBox
    closing: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    def claude(self, key: str = "") -> anthropic_sdk.AsyncAnthropic:
        key = key or self.box.keys["ANTHROPIC_API_KEY"]
        client = anthropic_sdk.AsyncAnthropic(api_key=key, base_url=self.url, max_retries=0)
        self.closing.push_async_callback(client.close)
        return client

    def gpt(self) -> openai_sdk.AsyncOpenAI:
        key = self.box.keys["OPENAI_API_KEY"]
        client = openai_sdk.AsyncOpenAI(api_key=key, base_url=f"{self.url}/v1", max_retries=0)
        self.closing.push_async_callback(client.close)
        return client

    def stripe(self, retries: int = 2, key: str = "") -> stripe_sdk.StripeClient:
        session = requests.Session()
        self.closing.callback(session.close)
        return stripe_sdk.StripeClient(
            key or self.box.keys["STRIPE_API_KEY"],
            base_addresses={"api": self.url},
            max_network_retries=retries,
            http_client=stripe_sdk.RequestsClient(session=session),
        )

    def maps(self, key: str = "") -> Any:
        session = requests.Session()
        self.closing.callback(session.close)
        key = key or self.box.keys["GOOGLE_MAPS_API_KEY"]
        return googlemaps.Client(
            key=key, base_url=self.url, requests_session=session, retry_over_query_limit=False, timeout=30
        )

    def fault(self, vendor: str, kind: str, **more: object) -> None:
        self.box.faults.arm(Fault.model_validate({"vendor": vendor, "kind": kind, **more}))


@contextlib.asynccontextmanager
async def open_house() -> AsyncIterator[House]:
    """Serve until the block ends."""
    app = FastAPI()
    for vendor in (anthropic, openai, maps, stripe, models_control, riding_control):
        app.include_router(vendor.router)
    app.state.box = SmallBox()
    listener = loopback_socket()
    server = make_server(app)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await _answering(listener)
    house = House(f"http://127.0.0.1:{listener.getsockname()[1]}", app.state.box)
    try:
        yield house
    finally:
        await house.closing.aclose()
        await house.box.rides.close()
        server.should_exit = True
        await task
        listener.close()


async def _answering(listener: socket.socket) -> None:
    """The socket listens already; the first request waits in its queue until the server takes it."""
    async with httpx.AsyncClient(timeout=30) as client:
        await client.get(f"http://127.0.0.1:{listener.getsockname()[1]}/control/model")


async def in_thread(act: Callable[[], T]) -> T:
    """A blocking SDK call off the loop."""
    return await asyncio.to_thread(act)
