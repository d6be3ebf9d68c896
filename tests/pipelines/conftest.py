"""A whole call on loopback: vendors that obey, a media route like the product's, and a telephone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.runner.utils import parse_telephony_websocket

from pipelines.build import build
from pipelines.call import Callbacks, CallPipeline, Lines
from pipelines.caller_turns import OwnWords
from pipelines.config import PipelineConfig, shipped
from pipelines.lines import twilio_line
from pipelines.selection import Moment
from pipelines.shared import Shared, Vendors
from tests.pipelines.phone import Phone, dial
from tests.pipelines.vendor_servers import Knobs, create_app, serving

GREETING = "Hello, this is an assistant."


async def greeted(call: CallPipeline) -> None:
    """Say hello as soon as somebody is there."""
    await call.say(GREETING, mark="greeting", urgent=True)


@dataclass
class Desk:
    """The product's side of a test call."""

    config: PipelineConfig
    shared: Shared
    knobs: Knobs
    url: str = ""
    call: CallPipeline | None = None
    context: LLMContext = field(default_factory=LLMContext)
    events: list[tuple[str, Any]] = field(default_factory=list)
    greet: Callable[[CallPipeline], Awaitable[None]] | None = None
    own_words: Callable[[str], OwnWords | None] = lambda text: None
    choices: Callable[[], str | None] = lambda: None
    moment: Callable[[], Moment | None] = lambda: None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    prompt: str = "You are the agent under test."
    resources: Any = None
    checks: Sequence[FrameProcessor] = ()

    def note(self, kind: str, value: Any = None) -> None:
        self.events.append((kind, value))
        asyncio.get_running_loop().create_task(self._wake())

    async def _wake(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until(self, kind: str, value: Any = None, *, count: int = 1, seconds: float = 30) -> None:
        """Wait for an event."""

        def there() -> bool:
            return sum(k == kind and value in (None, v) for k, v in self.events) >= count

        async with self.changed, asyncio.timeout(seconds):
            await self.changed.wait_for(there)

    def of(self, kind: str) -> list[Any]:
        return [value for name, value in self.events if name == kind]

    def callbacks(self) -> Callbacks:
        def tell(kind: str) -> Callable[..., Awaitable[None]]:
            async def note(*args: str) -> None:
                self.note(kind, *args)

            return note

        async def connected() -> None:
            if self.greet is not None and self.call is not None:
                await self.greet(self.call)

        async def disconnected() -> None:
            if self.call is not None:
                await self.call.cancel("caller hung up")

        return Callbacks(
            on_connected=connected,
            on_disconnected=disconnected,
            on_user_turn=tell("turn"),
            on_heard=tell("heard"),
            on_cut=tell("cut"),
            on_digit=tell("digit"),
            on_gone=tell("gone"),
            on_dead_air=tell("dead_air"),
            on_all_failed=tell("all_failed"),
            on_not_understood=tell("not_understood"),
            own_words=lambda text: self.own_words(text),
            choices=lambda: self.choices(),
            moment=lambda: self.moment(),
            record=lambda type, /, **data: self.note(type, data),
        )

    async def hold(self, ws: WebSocket) -> None:
        await ws.accept()
        _, data = await parse_telephony_websocket(ws)
        line = twilio_line(ws, data.stream_id, data.call_id)
        self.call = build(
            self.config,
            self.shared,
            line,
            context=self.context,
            prompt=self.prompt,
            callbacks=self.callbacks(),
            checks=self.checks,
            resources=self.resources,
        )
        await self.call.run()
        self.ended.set()

    async def phone(self, script: Callable[[Phone], Awaitable[None]]) -> Phone:
        phone = await dial(self.url, script)
        async with asyncio.timeout(30):
            await self.ended.wait()
        return phone


@pytest.fixture
def knobs() -> Knobs:
    return Knobs()


@pytest.fixture
async def shared(knobs: Knobs, tmp_path: Path) -> AsyncIterator[Shared]:
    async with serving(create_app(knobs)) as address:
        vendors = Vendors(
            deepgram_key="d",
            elevenlabs_key="e",
            anthropic_key="a",
            openai_key="o",
            deepgram_url=f"ws://{address}",
            elevenlabs_url=f"ws://{address}",
            anthropic_url=f"http://{address}",
            openai_url=f"http://{address}/v1",
        )
        shared = await Shared.open(vendors, tmp_path / "phrases")
        try:
            yield shared
        finally:
            await shared.close()


@pytest.fixture
async def desk(shared: Shared, knobs: Knobs) -> AsyncIterator[Desk]:
    desk = Desk(shipped()["phone"], shared, knobs)
    await shared.phrases(desk.config).prepare([GREETING, *Lines().all])
    app = FastAPI()
    app.add_api_websocket_route("/media", desk.hold)
    async with serving(app) as address:
        desk.url = f"ws://{address}/media"
        yield desk
