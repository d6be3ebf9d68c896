"""Text instead of audio: the harness reads what the system says, and delivery counts as heard."""

import asyncio
import json
from pathlib import Path

import pytest
from fastapi import FastAPI, WebSocket
from pipecat.evals.scenario import EvalScenarioFile
from pipecat.evals.serializer import parse_eval_connect
from pipecat.evals.session import EvalSession, EvalSessionParams

from pipelines.build import build
from pipelines.config import shipped
from pipelines.eval_line import eval_line
from pipelines.shared import Shared
from tests.pipelines.conftest import GREETING, Desk
from tests.pipelines.vendor_servers import Knobs, serving

SCENARIO = """
name: hello
user: {modality: text}
scenarios:
  - name: hello
    turns:
      - expect: [{event: response, text_contains: "an assistant"}]
      - user: "A pizza please"
        expect: [{event: response, text_contains: "Which size"}]
"""


@pytest.mark.call
async def test_a_typed_conversation_needs_no_voice(shared: Shared, knobs: Knobs, tmp_path: Path) -> None:
    knobs.claude = ["Which size would you like?"]
    desk = Desk(shipped()["web"], shared, knobs)

    async def hold(ws: WebSocket) -> None:
        await ws.accept()
        flags = parse_eval_connect(json.loads(await ws.receive_text()))
        assert flags is not None
        desk.call = build(
            desk.config,
            shared,
            eval_line(ws, flags),
            context=desk.context,
            prompt="You are the agent under test.",
            callbacks=desk.callbacks(),
        )
        await desk.call.run()

    async def greet(call) -> None:  # type: ignore[no-untyped-def]
        await call.say(GREETING, mark="greeting")

    desk.greet = greet
    path = tmp_path / "hello.yaml"
    await asyncio.to_thread(path.write_text, SCENARIO)
    app = FastAPI()
    app.add_api_websocket_route("/evals/media", hold)
    async with serving(app) as address:
        scenarios = await asyncio.to_thread(lambda: list(EvalScenarioFile.load(path)))
        for scenario in scenarios:
            session = EvalSession.from_scenario(
                scenario, f"ws://{address}/evals/media", params=EvalSessionParams(default_timeout_ms=30_000)
            )
            outcome = await session.run()
            assert outcome.passed, outcome.failures
    assert desk.of("heard") == ["greeting"]
    assert not knobs.tts_said
