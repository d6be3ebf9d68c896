"""The smallest product: a voice webhook and a media socket that speaks, listens and answers."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
from fastapi import FastAPI, HTTPException, Request, WebSocket
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import connect

from sandbox.box import Box
from sandbox.server import loopback_socket, make_server

LISTEN = "encoding=mulaw&sample_rate=8000&interim_results=true&punctuate=true&endpointing=300"


class Product:
    """Greets, then says `reply(what it heard)` after every final transcript; bytes are sound, None hangs up.

    Without a greeting it waits until it has heard something; "" says nothing.
    """

    def __init__(self, box: Box, greeting: str, reply: Callable[[str], str | bytes | None]) -> None:
        self.box, self.greeting, self.reply = box, greeting, reply
        self.url = ""
        self.heard: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.parameters: dict[str, str] = {}
        self.digits = ""
        self.marks: list[str] = []
        self.stopped = False
        self.twiml: str | None = None
        self.barge_in = False
        self.changed = asyncio.Event()

    @property
    def kinds(self) -> list[str]:
        """The webhooks that were called, in order."""
        return [kind for kind, _ in self.forms]

    async def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Wait until something that happened here has made the condition true."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self.changed.wait()
                self.changed.clear()

    def app(self) -> FastAPI:
        app = FastAPI()
        app.post("/twilio/{kind}")(self.webhook)
        app.websocket("/media")(self.media)
        return app

    async def webhook(self, request: Request, kind: str) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        validator = RequestValidator(self.box.keys["TWILIO_AUTH_TOKEN"])
        url = f"{self.url}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        if not validator.validate(url, form, request.headers["X-Twilio-Signature"]):
            raise HTTPException(403)
        self.forms.append((kind, form))
        self.changed.set()
        if kind != "voice":
            return Response(status_code=204)
        media = self.url.replace("http://", "ws://") + "/media"
        stream = f'<Connect><Stream url="{media}"><Parameter name="token" value="t1"/></Stream></Connect>'
        return Response(self.twiml or f"<Response>{stream}</Response>", media_type="application/xml")

    async def media(self, socket: WebSocket) -> None:
        await socket.accept()
        headers = {"Authorization": f"Token {self.box.keys['DEEPGRAM_API_KEY']}"}
        url = self.box.url.replace("http://", "ws://") + f"/v1/listen?{LISTEN}"
        async with connect(url, additional_headers=headers) as ear:
            talking = asyncio.create_task(self._talk(socket, ear))
            with contextlib.suppress(WebSocketDisconnect):
                await self._receive(socket, ear)
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking

    async def _receive(self, socket: WebSocket, ear: Any) -> None:
        while True:
            message = json.loads(await socket.receive_text())
            self.changed.set()
            match message["event"]:
                case "start":
                    self.parameters = message["start"]["customParameters"]
                    self.stream_sid = message["streamSid"]
                    await self.say(socket, self.greeting)
                case "media":
                    await ear.send(base64.b64decode(message["media"]["payload"]))
                case "dtmf":
                    self.digits += message["dtmf"]["digit"]
                case "mark":
                    self.marks.append(message["mark"]["name"])
                case "stop":
                    self.stopped = True
                    return

    async def _talk(self, socket: WebSocket, ear: Any) -> None:
        async for raw in ear:
            message = json.loads(raw)
            text = message["channel"]["alternatives"][0]["transcript"]
            if text and self.barge_in:
                await socket.send_json({"event": "clear", "streamSid": self.stream_sid})
            if not (text and message["is_final"]):
                continue
            self.heard.append(text)
            self.changed.set()
            answer = self.reply(text)
            if answer is None:
                await socket.close()
                return
            await self.say(socket, answer)

    async def play(self, socket: WebSocket, sound: bytes) -> None:
        """Send mu-law audio."""
        payload = base64.b64encode(sound).decode()
        await socket.send_json(
            {"event": "media", "streamSid": self.stream_sid, "media": {"payload": payload}}
        )

    async def say(self, socket: WebSocket, text: str | bytes) -> None:
        """Send the whole sentence at once, and a mark after it; of a sound nothing but the sound."""
        if isinstance(text, bytes):
            await self.play(socket, text)
        if not text or isinstance(text, bytes):
            return
        async with httpx.AsyncClient(timeout=30) as client:
            response = await client.post(
                f"{self.box.url}/v1/text-to-speech/Rachel?output_format=ulaw_8000",
                headers={"xi-api-key": self.box.keys["ELEVENLABS_API_KEY"]},
                json={"text": text},
            )
        await self.play(socket, response.content)
        await socket.send_json({"event": "mark", "streamSid": self.stream_sid, "mark": {"name": text[:10]}})


@contextlib.asynccontextmanager
async def running(product: Product) -> AsyncIterator[Product]:
    """Serve a product on a free port."""
    listener = loopback_socket()
    product.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = make_server(product.app())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield product
    server.should_exit = True
    await serving
