"""Whole calls of ours over the real pipeline: to a customer, to a kitchen's menu, to an answering machine."""

import asyncio
import audioop
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI, WebSocket
from pipecat.runner.utils import parse_telephony_websocket
from sqlmodel import col, select

from bot import Leg, run_call
from db.events import Event
from db.models import CallRow, Consent, DialRow, Order
from domain.dialling import Outcome, Topic
from pipelines.dtmf import HIGH, LOW
from pipelines.lines import twilio_line
from runtime import Runtime, open_runtime
from settings import Settings
from tests.fakes.riding import cooking
from tests.fakes.shop import Shop
from tests.fakes.standing import as_it_is, order_of
from tests.operations.test_outgoing import Dial, asha, kitchen, row_of
from tests.pipelines.phone import Phone, dial
from tests.pipelines.speech import speech
from tests.pipelines.test_dtmf import goertzel
from tests.pipelines.vendor_servers import Knobs, create_app, serving

pytestmark = [pytest.mark.call, pytest.mark.db, pytest.mark.timeout(180)]


@dataclass
class Called:
    """The product, whose calls somebody picks up."""

    shop: Shop
    knobs: Knobs
    runtime: Runtime
    url: str = ""
    row: CallRow | None = None
    events: list[Event] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def media(self, ws: WebSocket) -> None:
        """The media route, without its token."""
        await ws.accept()
        _, data = await parse_telephony_websocket(ws)
        assert self.row is not None
        try:
            await run_call(
                self.runtime, Leg(self.row.id, "twilio", twilio_line(ws, data.stream_id, data.call_id))
            )
        finally:
            self.over.set()

    async def until(self, kind: str, count: int = 1) -> dict[str, Any]:
        """The data of the `count`-th event of a type."""

        def found() -> list[dict[str, Any]]:
            return [event.data for event in self.events if event.type == kind]

        try:
            async with self.changed, asyncio.timeout(40):
                await self.changed.wait_for(lambda: len(found()) >= count)
        except TimeoutError:
            last = [(event.type, event.data) for event in self.events[-12:]]
            raise AssertionError(f"no {kind} ({count}) came; the last were {last}") from None
        return found()[count - 1]

    def says(self, phone: Phone, text: str) -> None:
        """The callee says something, and the recogniser understands it; a pause in it brings no second text."""
        self.knobs.texts = [text]
        phone.speak(speech(text))

    def said(self) -> str:
        """All that we said."""
        return " ".join(event.data["text"] for event in self.events if event.type == "turn.agent")

    async def pick_up(
        self,
        topic: Topic,
        who: Dial,
        order: Order,
        script: Callable[[Phone], Awaitable[None]],
    ) -> tuple[Phone, Outcome]:
        """They pick up. Their telephone, and what the try came to."""
        self.row = await row_of(self.shop, topic, who, order.id, "twilio")
        told = self.runtime.events.subscribe()

        async def follow() -> None:
            async for event in told:
                async with self.changed:
                    self.events.append(event)
                    self.changed.notify_all()

        following = asyncio.create_task(follow())

        async def hanging_up(phone: Phone) -> None:
            await script(phone)
            if not self.over.is_set():
                await phone.send({"event": "stop", "streamSid": "MZ1", "stop": {"callSid": "CA1"}})
                await self.over.wait()

        try:
            phone = await dial(self.url, hanging_up)
            async with asyncio.timeout(30):
                await self.over.wait()
        finally:
            following.cancel()
        async with self.shop.sessions() as session:
            tried = (await session.scalars(select(DialRow))).one()
        return phone, Outcome(str(tried.outcome))


@pytest.fixture
async def called(environment: dict[str, object], tmp_path: Path) -> AsyncIterator[Called]:
    knobs = Knobs()
    async with serving(create_app(knobs)) as vendors:
        for vendor in ("deepgram", "elevenlabs"):
            environment[f"{vendor}_base_url"] = f"ws://{vendors}"
        environment["anthropic_base_url"] = f"http://{vendors}"
        environment["openai_base_url"] = f"http://{vendors}/v1"
        async with open_runtime(Settings.model_validate(environment), tmp_path) as runtime:
            shop = Shop(runtime.sessions)
            runtime.clock = shop.clock
            patient = {"silent_seconds": 20.0}  # the first voice of a process waits for a model to be loaded
            runtime.dialling = runtime.dialling.model_copy(update=patient)
            made = Called(shop, knobs, runtime)
            app = FastAPI()
            app.add_api_websocket_route("/media", made.media)
            async with serving(app) as address:
                made.url = f"ws://{address}/media"
                yield made


def key_in(phone: Phone) -> str | None:
    """The key whose tones are in what the telephone was sent."""
    samples = np.frombuffer(audioop.ulaw2lin(bytes(phone.received), 2), np.int16)
    for start in range(0, len(samples) - 800, 400):
        piece = samples[start : start + 800]
        if np.abs(piece).max() < 2000:
            continue
        low = {one: goertzel(piece, 8000, one) for one in LOW}
        high = {one: goertzel(piece, 8000, one) for one in HIGH}
        if max(low.values()) + max(high.values()) > 0.9 and min(max(low.values()), max(high.values())) > 0.3:
            row, column = (
                LOW.index(max(low, key=lambda one: low[one])),
                HIGH.index(max(high, key=lambda one: high[one])),
            )
            return ("123A", "456B", "789C", "*0#D")[row][column]
    return None


async def test_a_late_customer_is_told_after_their_hello_and_ends_the_calls_with_nine(called: Called) -> None:
    shop = called.shop
    order = await cooking(shop)
    shop.clock.advance(timedelta(minutes=order.promise_minutes + 10))
    before: list[int] = []

    async def script(phone: Phone) -> None:
        await called.until("call.started")
        await asyncio.sleep(0.3)
        before.append(len(phone.received))
        called.says(phone, "Hello?")
        await called.until("opening.told")
        await phone.send({"event": "dtmf", "streamSid": "MZ1", "dtmf": {"track": "inbound", "digit": "9"}})
        await called.until("consent.opted_out")
        await called.over.wait()

    _, outcome = await called.pick_up(Topic.LATE, await asha(order), order, script)
    assert before == [0]  # nobody is spoken to before they have said something
    assert called.said().startswith("Asha, Tiffin's AI assistant: your Spice Route order is ")
    assert "we won't call or text this number any more" in called.said()
    assert not called.knobs.claude_requests  # "Hello?" was no turn
    assert outcome is Outcome.TALKED
    assert (await as_it_is(shop, order.id)).told_late_at is not None
    assert "customer.told" in await shop.events(order.id)
    async with shop.sessions() as session:
        ended = set(await session.scalars(select(Consent.purpose).where(col(Consent.granted).is_(False))))
    assert {"promotion", "feedback", "order_service"} <= ended


async def test_a_kitchens_menu_gets_its_key_a_queue_our_patience_and_a_person_the_opening(
    called: Called,
) -> None:
    order = await order_of(called.shop)

    async def script(phone: Phone) -> None:
        await called.until("call.started")
        called.says(phone, "For orders, press 2.")
        assert (await called.until("callee.menu"))["pressed"] == "2"
        await asyncio.sleep(0.8)
        assert key_in(phone) == "2"
        assert called.said() == ""
        called.says(phone, "Please hold.")
        await called.until("callee.heard", 2)
        called.says(phone, "Kitchen, hello?")
        await called.until("opening.told")
        await asyncio.sleep(2.5)
        called.says(phone, "Yes, tell me.")
        await called.until("callee.answered")
        await called.until("turn.agent", 3)

    _, outcome = await called.pick_up(Topic.ORDERS, await kitchen(called.shop), order, script)
    assert called.said().startswith("Tiffin's AI. New order, two items. Press 1 to hear it.")
    assert outcome is Outcome.TALKED
    asked = next(one["messages"] for one in called.knobs.gpt_requests if one.get("stream"))
    turns = [str(one["content"]) for one in asked if one["role"] == "user"]
    assert [turn for turn in turns if not turn.startswith("Note:")] == ["Yes, tell me."]


async def test_a_voicemail_gets_a_message_without_the_order_and_the_call_ends(called: Called) -> None:
    shop = called.shop
    order = await cooking(shop)
    shop.clock.advance(timedelta(minutes=order.promise_minutes + 10))

    async def script(phone: Phone) -> None:
        await called.until("call.started")
        called.says(phone, "Hi, you have reached Asha. Please leave a message after the tone.")
        await called.over.wait()

    _, outcome = await called.pick_up(Topic.LATE, await asha(order), order, script)
    assert outcome is Outcome.VOICEMAIL
    assert called.said().startswith(
        "This is Tiffin's AI assistant, about a delivery. Please call us back at five"
    )
    assert "late" not in called.said()
    assert (await as_it_is(shop, order.id)).told_late_at is None
