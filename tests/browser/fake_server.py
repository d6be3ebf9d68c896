"""The console's other side, played: routes with scripted answers, and a real WebRTC line to a scripted agent."""

import asyncio
import json
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException, Request, Response
from pipecat.frames.frames import Frame, InputDTMFFrame, LLMMessagesAppendFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.request_handler import (
    SmallWebRTCPatchRequest,
    SmallWebRTCRequest,
    SmallWebRTCRequestHandler,
)
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport
from pipecat.workers.runner import WorkerRunner
from sse_starlette import EventSourceResponse, ServerSentEvent

from console.page import router as console

KEY = "a-key-for-the-test"
ASHA = "cus_" + "0" * 31 + "1"
ROHAN = "cus_" + "0" * 31 + "2"
STARTED = "2026-03-02T18:30:00+00:00"

SEARCH = {"query": "paneer tikka"}
FOUND = {"dishes": [{"dish": "dish-1", "name": "Paneer Tikka", "price": "$12.50"}]}
CART = {
    "lines": [{"text": "2 full Paneer Tikka, hot", "amount": 2500}, {"text": "1 Garlic Naan", "amount": 350}],
    "items": 2850,
    "currency": "USD",
}
PARTS = [
    {"part": "transcription", "owner": "DeepgramSTTService", "ms": 130},
    {"part": "llm_inference", "owner": "AnthropicLLMService", "ms": 240},
]
LATENCY = {"seq": 9, "at": STARTED, "what": "turn.latency", "data": {"ms": 370, "parts": PARTS}}
ANSWER = "Two full paneer tikka, hot, and a garlic naan. Anything else?"
GREETING = "Tiffin's AI assistant here. What can I get you?"


class FakeCall:
    """One call's events, for those who were there and those who come later."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.id = f"cal_{uuid.uuid4().hex}"
        self.asked = asked
        self.events: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.worker: PipelineWorker | None = None
        self.changed = asyncio.Condition()

    async def record(self, type: str, **data: Any) -> None:
        """Append an event and wake whoever follows."""
        async with self.changed:
            self.events.append(
                {
                    "call": self.id,
                    "seq": len(self.events) + 1,
                    "at": datetime.now(UTC).isoformat(),
                    "type": type,
                    "version": 1,
                    "data": data,
                }
            )
            self.changed.notify_all()

    async def hear(self, text: str) -> None:
        """What happens when the caller says something."""
        await self.record("turn.user", text=text)
        await self.record("tool.called", tool="search_menu", id="t1", arguments=SEARCH)
        await self.record("tool.result", tool="search_menu", id="t1", result=FOUND, ms=38.0)
        await self.record("cart.changed", **CART)
        await self.record("turn.agent", text=ANSWER)

    async def follow(self, after: int) -> AsyncIterator[ServerSentEvent]:
        """Events after that number, for ever."""
        told = after
        while True:
            async with self.changed:
                while len(self.events) <= told:
                    await self.changed.wait()
                waiting = self.events[told:]
            for event in waiting:
                told = event["seq"]
                yield ServerSentEvent(json.dumps(event), id=f"{self.id[4:]}.{told}")


class Script(FrameProcessor):
    """Where the agent would be: writes down what the caller does."""

    def __init__(self, call: FakeCall) -> None:
        super().__init__()
        self._call = call

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Hear typed words and keys; let everything pass."""
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMMessagesAppendFrame):
            await self._call.hear(str(frame.messages[0]["content"]))  # type: ignore[index]
        if isinstance(frame, InputDTMFFrame):
            self._call.keys.append(frame.button.value)
            await self._call.record("caller.pressed", digit=frame.button.value)
        await self.push_frame(frame, direction)


class FakeServer:
    """State of one test's server; change `refuse` or `ready` to make it fail."""

    def __init__(self) -> None:
        self.calls: list[FakeCall] = []
        self.refuse: tuple[int, str] | None = None
        self.ready = True
        self.webrtc = SmallWebRTCRequestHandler(host="127.0.0.1")
        self.url = ""

    def app(self) -> FastAPI:
        """The application: the real console, everything else played."""
        app = FastAPI()
        app.include_router(console)
        app.include_router(self.routes())
        return app

    def routes(self) -> APIRouter:
        """The seam, as the console knows it."""
        router = APIRouter()

        def signed_in(request: Request) -> None:
            if request.cookies.get("tiffin_session") != "yes":
                raise HTTPException(401, "give an API key")

        @router.post("/session")
        async def open_session(request: Request, response: Response) -> dict[str, Any]:
            if (await request.json())["key"] != KEY:
                raise HTTPException(401, "this is not a key of ours")
            response.set_cookie("tiffin_session", "yes", httponly=True, samesite="strict")
            return {"name": "dev", "scopes": ["read"]}

        @router.get("/session")
        async def who(request: Request) -> dict[str, Any]:
            signed_in(request)
            return {"name": "dev", "scopes": ["read"]}

        @router.get("/readyz")
        async def ready(response: Response) -> dict[str, Any]:
            response.status_code = 200 if self.ready else 503
            return {"checks": {"postgres": "ok", "redis": "ok" if self.ready else "gone"}}

        @router.get("/customers")
        async def customers(request: Request) -> dict[str, Any]:
            signed_in(request)
            people = [(ASHA, "Asha Rao", "US"), (ROHAN, "Rohan Mehta", "IN")]
            return {
                "customers": [{"id": id, "name": name, "market": market} for id, name, market in people],
                "next": None,
            }

        @router.get("/calls")
        async def calls(request: Request) -> dict[str, Any]:
            signed_in(request)
            return {"calls": [self.shown(call) for call in self.calls], "next": None}

        @router.get("/calls/{id}")
        async def call(request: Request, id: str) -> dict[str, Any]:
            signed_in(request)
            return self.shown(self.find(id)) | {
                "order_ids": [],
                "latency": [LATENCY],
            }

        @router.get("/orders")
        async def orders(request: Request) -> dict[str, Any]:
            signed_in(request)
            return {"orders": [], "next": None}

        @router.get("/events")
        async def events(request: Request, call: str) -> EventSourceResponse:
            signed_in(request)
            last = request.headers.get("Last-Event-ID", ".0")
            return EventSourceResponse(self.find(call).follow(int(last.partition(".")[2])))

        @router.post("/webrtc/offer")
        async def offer(request: Request, jobs: BackgroundTasks) -> dict[str, str] | None:
            offered = SmallWebRTCRequest.from_dict(await request.json())
            if self.refuse:
                status, message = self.refuse
                raise HTTPException(status, message)

            call = FakeCall(offered.request_data or {})
            self.calls.append(call)

            async def answered(connection: SmallWebRTCConnection) -> None:
                jobs.add_task(self.answer, connection, call)

            answer = await self.webrtc.handle_web_request(offered, answered)
            return answer | {"call": call.id} if answer else None

        @router.get("/webrtc/ice")
        async def ice(request: Request) -> list[dict[str, str]]:
            signed_in(request)
            return []

        @router.patch("/webrtc/offer")
        async def more_candidates(patch: SmallWebRTCPatchRequest) -> dict[str, str]:
            await self.webrtc.handle_patch_request(patch)
            return {"status": "success"}

        return router

    def find(self, id: str) -> FakeCall:
        """The call of that id. Raises HTTPException 404."""
        found = next((call for call in self.calls if call.id == id), None)
        if found is None:
            raise HTTPException(404, "There is no call with that id.")
        return found

    def shown(self, call: FakeCall) -> dict[str, Any]:
        """A call as the list shows it."""
        return {
            "id": call.id, "channel": "webrtc", "direction": "inbound", "market": "US", "agent": "customer_order",
            "status": "in-progress", "outcome": None, "live": True, "recording_consent": None,
            "started_at": STARTED, "ended_at": None,
        }  # fmt: skip

    async def answer(self, connection: SmallWebRTCConnection, call: FakeCall) -> None:
        """Hold one call: greet, hear, echo the caller's audio."""
        transport = SmallWebRTCTransport(
            connection,
            TransportParams(audio_in_enabled=True, audio_out_enabled=True, audio_in_passthrough=True),
        )
        worker = PipelineWorker(Pipeline([transport.input(), Script(call), transport.output()]))
        call.worker = worker

        async def gone(*_: object) -> None:
            await worker.cancel()

        transport.add_event_handler("on_client_disconnected", gone)
        await call.record("call.started", channel="webrtc", agent="customer_order")
        await call.record("turn.agent", text=GREETING)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await runner.run()
        await call.record("call.ended", outcome="hung_up")


@asynccontextmanager
async def serving() -> AsyncIterator[FakeServer]:
    """The fake on a free port of this machine, until the block ends."""
    fake = FakeServer()
    config = uvicorn.Config(fake.app(), log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(
        ("127.0.0.1", 0)
    ) as listening:  # queues whoever comes before the server has started
        fake.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield fake
        finally:
            await fake.webrtc.close()  # type: ignore[no-untyped-call]  # Pipecat leaves it untyped
            server.should_exit = True
            await task
