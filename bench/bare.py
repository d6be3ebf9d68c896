"""A bare Pipecat bot with the same services, to be measured beside ours: every class as it comes, nothing shared.

It is written as Pipecat's own examples are: one pipeline a call, each with its own clients and speech models, default
voice activity detection and turn-taking. Its tools answer at once from a table.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from anthropic import AsyncAnthropic
from fastapi import FastAPI, Response, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.anthropic.llm import AnthropicLLMService
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.elevenlabs.tts import ElevenLabsTTSService
from pipecat.services.llm_service import FunctionCallParams
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

from pipelines.config import shipped
from pipelines.lag import LoopLag

GREETING = "Hello, this is a recorded line. What can I get you?"
PROMPT = (
    "You take orders for a restaurant on the telephone. Use your tools. Answer in one or two short sentences."
)
RATE = 8000


async def what_is_spicy(params: FunctionCallParams) -> None:
    """What do you have that is spicy."""
    await answer(
        params, "We have Chicken Vindaloo, Chilli Paneer and Lamb Rogan Josh. Would you like one of those?"
    )


async def what_is_vegan(params: FunctionCallParams) -> None:
    """Hold on, what about something vegan."""
    await answer(params, "We have Chana Masala, Aloo Gobi and Dal Tadka. Would you like one of those?")


async def what_is_sweet(params: FunctionCallParams) -> None:
    """And something sweet."""
    await answer(params, "We have Gulab Jamun, Rasmalai and Mango Lassi. Would you like one of those?")


async def answer(params: FunctionCallParams, say: str) -> None:
    """Hand the model what to say."""
    await params.result_callback({"say": say})


async def converse(websocket: WebSocket) -> None:
    """One call, from the stream's first message to its end."""
    own = os.environ
    await websocket.accept()
    _, call = await parse_telephony_websocket(websocket)
    serializer = TwilioFrameSerializer(
        stream_sid=call.stream_id,
        call_sid=call.call_id,
        account_sid=own["TWILIO_ACCOUNT_SID"],
        auth_token=own["TWILIO_AUTH_TOKEN"],
        base_url=own["TWILIO_BASE_URL"],
    )
    transport = FastAPIWebsocketTransport(
        websocket,
        FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, serializer=serializer, allowed_origins=[]
        ),
    )
    ours = shipped()["phone"]
    voice = ours.tts[0].settings
    stt = DeepgramSTTService(api_key=own["DEEPGRAM_API_KEY"], base_url=own["DEEPGRAM_BASE_URL"])
    llm = AnthropicLLMService(
        api_key=own["ANTHROPIC_API_KEY"],
        client=AsyncAnthropic(api_key=own["ANTHROPIC_API_KEY"], base_url=own["ANTHROPIC_BASE_URL"]),
        settings=AnthropicLLMService.Settings(
            model=str(ours.llm[0].settings["model"]), system_instruction=PROMPT
        ),
    )
    tts = ElevenLabsTTSService(
        api_key=own["ELEVENLABS_API_KEY"],
        url=own["ELEVENLABS_BASE_URL"],
        settings=ElevenLabsTTSService.Settings(voice=str(voice["voice"]), model=str(voice["model"])),
    )
    context = LLMContext(tools=[what_is_spicy, what_is_vegan, what_is_sweet])
    pair = LLMContextAggregatorPair(
        context, user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    worker = PipelineWorker(
        Pipeline([transport.input(), stt, pair.user(), llm, tts, transport.output(), pair.assistant()]),
        params=PipelineParams(
            audio_in_sample_rate=RATE,
            audio_out_sample_rate=RATE,
            enable_metrics=True,
            enable_usage_metrics=True,
        ),
        enable_rtvi=False,
    )

    @transport.event_handler("on_client_connected")  # type: ignore[untyped-decorator]
    async def greet(_transport: object, _websocket: object) -> None:
        await worker.queue_frames([TTSSpeakFrame(GREETING, append_to_context=True)])

    @transport.event_handler("on_client_disconnected")  # type: ignore[untyped-decorator]
    async def leave(_transport: object, _websocket: object) -> None:
        await worker.cancel(reason="the caller hung up")

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


def create_app(port: int) -> FastAPI:
    """The bot's own small server: Twilio's webhook, the media socket, and its figures."""
    lag = LoopLag()

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(lag.watch())
        yield
        watching.cancel()

    app = FastAPI(lifespan=life)

    @app.post("/twilio/voice")
    async def voice() -> Response:
        stream = f'<Connect><Stream url="ws://127.0.0.1:{port}/media"/></Connect>'
        return Response(f"<Response>{stream}</Response>", media_type="application/xml")

    @app.websocket("/media")
    async def media(websocket: WebSocket) -> None:
        await converse(websocket)

    @app.get("/readyz")
    async def ready() -> dict[str, Any]:
        return {"ready": True, "loop_lag": lag.summary()}

    return app


def main() -> None:
    """Serve on `PORT`; keys and addresses are the environment's, as the launcher fills it in."""
    logger.remove()
    logger.add(
        sys.stderr, level="WARNING"
    )  # Pipecat's default prints every context, which costs more than a call
    port = int(os.environ["PORT"])
    uvicorn.run(create_app(port), host="127.0.0.1", port=port, log_level="warning", ws_max_size=2**20)


if __name__ == "__main__":
    main()
