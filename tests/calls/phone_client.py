"""A running stack from the outside: people who type or phone, what the calls report, and the rows they leave."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID, uuid4
from xml.etree import ElementTree

import httpx
from pipecat.evals.serializer import EvalConnectionFlags, eval_connect_message
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect

from db.engine import open_engine, open_sessions
from db.keyring import read_keyring
from db.models import Callback, CallEvent, CallRow, Order, OrderLine, Payment
from domain.ids import Prefix, read
from scripts.stack import Stack
from settings import load_settings
from tests.calls.told import PATIENCE, Event, Found, Told, drained, eventually

LINE, PERSON = "+15125550100", "+15125550190"
Call = tuple[str, dict[str, Any]]
Script = Sequence[str | list[dict[str, Any]]]


@dataclass
class Chat:
    """Somebody who types to the agent; every read-back counts as heard once it was delivered."""

    house: "House"
    socket: ClientConnection
    told: Told
    over: bool = False
    """The call was broken off by the test; nothing is left to finish."""

    async def say(self, text: str) -> None:
        """One turn of the caller, who reads the answer."""
        data = {"content": text, "options": {"run_immediately": True, "audio_response": False}}
        await self.socket.send(
            json.dumps({"label": "rtvi-ai", "type": "send-text", "id": uuid4().hex, "data": data})
        )

    async def dictate(self, *calls: Call, after: str = "") -> list[dict[str, Any]]:
        """Have the model make these calls at once; their results in the order of the calls.

        With `after` the caller says only that, and the model makes the calls of its own accord; without, the
        caller dictates them.
        """
        if after:
            await self.told.settled()
        done, spoken = len(self.told.all("tool.result")), len(self.told.all("turn.agent"))
        script = [[{"name": name, "arguments": given} for name, given in calls]]
        await self.house.cast("hostile", script if after else [])
        await self.say(after or " ".join(f"call {name} {json.dumps(given)}" for name, given in calls))
        for number in range(len(calls)):
            await self.told.until("tool.result", count=done + number + 1)
        await self.told.until("turn.agent", count=spoken + 1)  # the model has had its say about them
        await self.told.quiet()
        results = self.told.all("tool.result")[done:]
        asked = self.told.all("tool.called")[-len(calls) :]
        by_id = {result["id"]: result["result"] for result in results}
        return [by_id[call["id"]] for call in asked]

    async def tool(self, name: str, **given: Any) -> dict[str, Any]:
        """Have the hostile model make one call; its result."""
        (result,) = await self.dictate((name, given))
        return result

    async def agree(self, version: int, payment: str) -> None:
        """Agree to what was read back, and do not wait until the model has had the order placed."""
        await self.told.settled()
        given = {"cart_version": version, "payment": payment}
        await self.house.cast("hostile", [[{"name": "place_order", "arguments": given}]])
        await self.say("Yes please.")

    async def place(self, version: int, payment: str) -> dict[str, Any]:
        """Agree to whatever was read back, and have the order placed in the same breath; the tool's result."""
        given = {"cart_version": version, "payment": payment}
        return (await self.dictate(("place_order", given), after="Yes please."))[0]

    async def read_back(self, payment: str) -> int:
        """Have the order read back and wait until it was heard; the cart version that was read."""
        heard, spoken = len(self.told.all("readback.heard")), len(self.told.all("turn.agent"))
        result = await self.tool("read_back_order", payment=payment)
        assert result.get("status") == "reading", result
        await self.told.until("readback.heard", count=heard + 1)
        await self.told.until("turn.agent", count=spoken + 2)  # the order and the question
        return int(result["cart_version"])

    async def answer(self, first: str, answers: dict[str, str], end: str) -> None:
        """Say `first`, then answer by words of the question, until an event of type `end` has happened."""
        read = len(self.told.all("turn.agent"))
        await self.say(first)
        while not self.told.all(end):
            turn = await self.told.until("turn.agent", count=read + 1)
            read += 1
            reply = next((said for asked, said in answers.items() if asked in turn["text"].lower()), None)
            if reply is not None:
                await self.say(reply)

    async def finish(self) -> None:
        """End the call from our side, so that it is over and not resumed."""
        await self.house.cast("hostile")
        await self.say("call end_call {}")
        await self.house.closed(self.told)


class House:
    """A client of one stack; an async context manager."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._exit = AsyncExitStack()
        self._calls: dict[UUID, Told] = {}
        self._new: asyncio.Queue[tuple[Told, str]] = asyncio.Queue()
        self._engine: AsyncEngine
        self.api: httpx.AsyncClient
        self.sandbox: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        keyring = read_keyring(load_settings(self.stack.environment))
        self._engine = open_engine(self.stack.environment["DATABASE_URL"], keyring, size=2)
        self._sessions = open_sessions(self._engine)
        self._exit.push_async_callback(self._engine.dispose)
        self.sandbox = await self._exit.enter_async_context(
            httpx.AsyncClient(base_url=self.stack.sandbox.url, timeout=30.0, trust_env=False)
        )
        self.api = await self._exit.enter_async_context(
            httpx.AsyncClient(
                base_url=self.stack.url,
                headers={"Authorization": f"Bearer {self.stack.api_key}"},
                timeout=30.0,
                trust_env=False,
            )
        )
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    async def listen(self) -> None:
        """Follow all calls from now on; again after a restart of the server."""
        ready = asyncio.Event()
        task = asyncio.create_task(self._follow(ready))

        async def stop() -> None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        self._exit.push_async_callback(stop)
        await ready.wait()
        assert not task.done(), "the server does not tell what happens"

    async def _follow(self, ready: asyncio.Event) -> None:
        try:
            async with self.api.stream("GET", "/events", timeout=None) as answer:
                answer.raise_for_status()
                ready.set()
                async for line in answer.aiter_lines():
                    name, _, value = line.partition(":")
                    if name == "data":
                        await self._note(json.loads(value))
        except httpx.TransportError:
            pass  # a server that was killed says nothing more
        finally:
            asyncio.get_running_loop().call_soon(ready.set)

    async def _note(self, event: Event) -> None:
        call_id = read(Prefix.CALL, event["call"])
        told = self._calls.setdefault(call_id, Told(call_id))
        async with told.arrived:
            told.events.append(event)
            told.arrived.notify_all()
        if event["type"] == "call.started":
            self._new.put_nowait((told, event["data"]["channel"]))

    async def _started(self, channel: str) -> Told:
        async with asyncio.timeout(PATIENCE):
            while True:
                told, through = await self._new.get()
                if through == channel:
                    return told

    @asynccontextmanager
    async def chat(self, caller: str, *, line: str = LINE) -> AsyncIterator[Chat]:
        """Somebody types. The call is finished at the end unless it is over."""
        query = urlencode({"caller": caller, "line": line})
        url = self.stack.url.replace("http", "ws")
        key = {"Authorization": f"Bearer {self.stack.api_key}"}
        async with connect(f"{url}/evals/media?{query}", additional_headers=key, max_size=None) as socket:
            await socket.send(eval_connect_message(EvalConnectionFlags(skip_tts=True)))
            reading = asyncio.create_task(drained(socket))
            try:
                chat = Chat(self, socket, await self._started("eval"))
                await chat.told.until("greeting.heard")
                yield chat
                if not chat.over and not chat.told.all("call.ended"):
                    await chat.finish()
            finally:
                reading.cancel()

    async def phone(self, scenario: dict[str, Any]) -> tuple[str, Told]:
        """A person phones with a scenario of this test; the CallSid, and what the call tells."""
        asked = {
            "scenario": {"to": LINE, "title": scenario["name"], **scenario},
            "webhook": f"{self.stack.url}/twilio/voice",
            "status_callback": f"{self.stack.url}/twilio/status",
        }
        answer = await self.sandbox.post("/control/calls", json=asked)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["sid"]), await self._started("twilio")

    async def drop(self, sid: str) -> None:
        """The network loses a call: the media socket breaks without a word."""
        (await self.sandbox.post(f"/control/calls/{sid}/drop")).raise_for_status()

    @asynccontextmanager
    async def media(self, caller: str, line: str = LINE) -> AsyncIterator[tuple[ClientConnection, Told]]:
        """A telephone call whose media stream the test speaks itself, from `start` on."""
        sid, stream = f"CA{uuid4().hex}", f"MZ{uuid4().hex}"
        form = {"CallSid": sid, "From": caller, "To": line, "CallStatus": "ringing", "Direction": "inbound"}
        path = f"{self.stack.url}/twilio/voice"
        secret = self.stack.environment["TWILIO_AUTH_TOKEN"]
        signature = RequestValidator(secret).compute_signature(path, form)
        async with httpx.AsyncClient(timeout=30, trust_env=False) as carrier:
            answer = await carrier.post(path, data=form, headers={"X-Twilio-Signature": signature})
        stream_verb = ElementTree.fromstring(answer.text).find("Connect/Stream")
        assert stream_verb is not None, answer.text
        given = {part.get("name"): part.get("value") for part in stream_verb}
        async with connect(str(stream_verb.get("url")), max_size=None) as socket:
            reading = asyncio.create_task(drained(socket))
            await socket.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
            start = {
                "streamSid": stream,
                "callSid": sid,
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": given,
            }
            await socket.send(json.dumps({"event": "start", "streamSid": stream, "start": start}))
            try:
                yield socket, await self._started("twilio")
                await socket.send(
                    json.dumps({"event": "stop", "streamSid": stream, "stop": {"callSid": sid}})
                )
            finally:
                reading.cancel()

    async def line_of(self, sid: str) -> dict[str, Any]:
        """A call as the telephone network knows it."""
        answer = await self.sandbox.get(f"/control/calls/{sid}")
        seen: dict[str, Any] = answer.raise_for_status().json()
        return seen

    async def calm(self) -> None:
        """No faults, a polite model, and our own person's telephone engaged."""
        (await self.sandbox.delete("/control/faults")).raise_for_status()
        await self.cast("polite")
        await self.at(PERSON, "agent_person", picks_up="busy")

    async def at(self, number: str, name: str, **changes: Any) -> None:
        """Somebody sits at a number from now on: a scenario of that name, with changes."""
        wishes = {"name": name, "title": name, "from": number, **changes}
        (await self.sandbox.put(f"/control/numbers/{number}", json={"scenario": wishes})).raise_for_status()

    async def cast(self, policy: str, script: Script = ()) -> None:
        """Who plays the language model from now on."""
        answer = await self.sandbox.post("/control/model", json={"policy": policy, "script": list(script)})
        answer.raise_for_status()

    async def fault(self, vendor: str, kind: str, **more: Any) -> None:
        """Something goes wrong at a vendor; see `sandbox/faults.py`."""
        answer = await self.sandbox.post("/control/faults", json={"vendor": vendor, "kind": kind, **more})
        answer.raise_for_status()

    async def seen(self, vendor: str) -> list[dict[str, Any]]:
        """The requests a vendor has had, newest last."""
        answer = await self.sandbox.get("/control/log", params={"vendor": vendor})
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    async def asked(self, vendor: str, count: int) -> None:
        """Wait until a vendor has had so many requests."""

        async def enough() -> bool:
            return len(await self.seen(vendor)) >= count

        await eventually(enough)

    async def until(self, ask: Callable[[], Awaitable[Found]]) -> Found:
        """Ask another process until there is an answer."""
        return await eventually(ask)

    async def eventually_over(self, sid: str) -> dict[str, Any]:
        """A call as the telephone network knows it, once it is over there."""

        async def over() -> dict[str, Any] | None:
            seen = await self.line_of(sid)
            return seen if seen["ended_at"] else None

        found = await eventually(over)
        assert found is not None
        return found

    async def closed(self, told: Told) -> str:
        """Wait until a call has been written down as over; its outcome."""

        async def outcome() -> str | None:
            return (await self.call_row(told.call_id)).outcome

        await told.until("call.ended")
        return str(await eventually(outcome))

    async def crash(self) -> None:
        """Kill the server, start it again, and follow its calls."""
        await asyncio.to_thread(self.stack.restart_server, kill=True)
        await self.listen()

    async def mend(self) -> None:
        """All is well again."""
        (await self.sandbox.delete("/control/faults")).raise_for_status()

    async def charges(self) -> list[dict[str, Any]]:
        """Every charge that Stripe has made or refused."""
        answer = await self.sandbox.get("/control/stripe/charges")
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found

    # -- rows

    async def orders(self, call_id: UUID) -> list[Order]:
        """The orders of a call, oldest first."""
        async with self._sessions() as session:
            query = select(Order).where(col(Order.call_id) == call_id).order_by(col(Order.id))
            return list(await session.scalars(query))

    async def count(self) -> tuple[int, int, int]:
        """How many orders, payment facts and charges there are at all."""
        async with self._sessions() as session:
            orders = len(list(await session.scalars(select(Order.id))))
            payments = len(list(await session.scalars(select(Payment.id))))
        return orders, payments, len(await self.charges())

    async def ledger(self, order: Order) -> list[str]:
        """What happened to an order's money, in order."""
        async with self._sessions() as session:
            query = select(Payment.kind).where(col(Payment.order_id) == order.id).order_by(col(Payment.id))
            return list(await session.scalars(query))

    async def lines(self, order: Order) -> list[tuple[str, str | None, int]]:
        """Name, size and quantity of what was ordered."""
        async with self._sessions() as session:
            query = (
                select(OrderLine).where(col(OrderLine.order_id) == order.id).order_by(col(OrderLine.position))
            )
            return [(row.name, row.size, row.quantity) for row in await session.scalars(query)]

    async def call_row(self, call_id: UUID) -> CallRow:
        """The row of a call."""
        async with self._sessions() as session:
            return await session.get_one(CallRow, call_id)

    async def database_is_back(self) -> None:
        """Wait until PostgreSQL answers."""

        async def answers() -> bool:
            try:
                await self.numbers(uuid4())
            except (SQLAlchemyError, OSError):
                return False
            return True

        await eventually(answers)

    async def callbacks(self, call_id: UUID) -> list[Callback]:
        """The people who are to be called back because of a call."""
        async with self._sessions() as session:
            return list(await session.scalars(select(Callback).where(col(Callback.call_id) == call_id)))

    async def numbers(self, call_id: UUID) -> list[int]:
        """The sequence numbers of a call's written events."""
        async with self._sessions() as session:
            query = (
                select(CallEvent.seq).where(col(CallEvent.call_id) == call_id).order_by(col(CallEvent.seq))
            )
            return list(await session.scalars(query))
