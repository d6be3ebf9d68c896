"""A handoff: prompt and tools are swapped inside the tool's handler, in the running pipeline.

Between the swap and the answer to the tool call nothing is awaited that could take time, because a barge-in cancels
the handler: either the caller has the new agent with the old one's words answered, or the agent they had.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from pipecat.adapters.llm.schemas.direct_function import tool_options
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.services.llm_service import FunctionCallParams

from agents.agent import Handoff
from domain import handover
from domain.call_state import Handover
from domain.masking import mask_text
from domain.saying import Saying
from tools.call import Call
from tools.result import Result
from tools.tool import GRACE_SECONDS, LEAST_SECONDS, TIMEOUT_SECONDS

LONGEST_REASON = 160
REASON = {
    "type": "string",
    "maxLength": LONGEST_REASON,
    "description": "What the caller wants there, in a few words, without names or numbers.",
}
GO_ON = (
    "You have the caller now. Go on from their last words: do what they asked with your own tools. "
    "Do not greet, do not say that they were transferred, do not ask again for what stands here."
)


@dataclass(frozen=True)
class Stage:
    """What a target puts in place of the agent before it."""

    name: str
    prompt: str
    tools: ToolsSchema
    fillers: tuple[Saying, ...]


def transfer_schema(source: str, handoff: Handoff, stage: Callable[[str], Stage | None]) -> FunctionSchema:
    """The tool `transfer_to_<agent>(reason)` of one agent; `stage` is asked with the call's purpose."""

    async def handler(params: FunctionCallParams) -> None:
        await transfer(params, source, handoff, stage(params.app_resources.state.purpose))

    tool_options(timeout_secs=TIMEOUT_SECONDS + GRACE_SECONDS)(handler)
    description = f"Hand the caller to {handoff.to} when {handoff.when}. Say nothing: the system does."
    return FunctionSchema(
        name=handoff.name,
        description=description,
        properties={"reason": REASON},
        required=["reason"],
        handler=handler,
    )


async def transfer(params: FunctionCallParams, source: str, handoff: Handoff, stage: Stage | None) -> None:
    """Swap the agent, answer the call, cover the new agent's first thought with a short sentence."""
    call: Call = params.app_resources
    started = time.monotonic()
    reason = mask_text(str(params.arguments.get("reason") or "not said"))[:LONGEST_REASON]
    call.record("tool.called", tool=handoff.name, id=params.tool_call_id, arguments={"reason": reason})
    await asyncio.sleep(LEAST_SECONDS)  # before the swap: a barge-in up to here changes nothing
    refusal = handover.refusal(call.state, source, handoff.to) if stage else handover.UNREACHABLE
    if refusal is not None or stage is None or call.line is None:
        await _reject(call, params, handoff, refusal or handover.UNREACHABLE, started)
        return
    summary = handover.summary(call.state)
    params.context.set_tools(stage.tools)
    await call.line.instruct(stage.prompt)  # only puts a frame into each model's own queue
    state = call.state
    crossed = Handover(source=source, target=stage.name, reason=reason, turn=state.turns, at=call.clock.now())
    state.agent = stage.name
    state.handovers.append(crossed)
    result: Result = {
        "status": "transferred",
        "from": source,
        "to": stage.name,
        "reason": reason,
        "summary": summary,
        "next": GO_ON,
    }
    took = round((time.monotonic() - started) * 1000, 1)
    call.record("tool.result", tool=handoff.name, id=params.tool_call_id, result=result, ms=took)
    call.record("agent.handoff", source=source, target=stage.name, reason=reason, summary=summary, ms=took)
    await params.result_callback(result)
    call.save()
    if stage.fillers:  # after the result, which would otherwise wait until this has been played
        await call.line.say(stage.fillers[len(state.handovers) % len(stage.fillers)])


async def _reject(
    call: Call, params: FunctionCallParams, handoff: Handoff, refusal: str, started: float
) -> None:
    """The caller keeps the agent they have."""
    result: Result = {"status": "rejected", "next": refusal}
    took = round((time.monotonic() - started) * 1000, 1)
    call.record("tool.result", tool=handoff.name, id=params.tool_call_id, result=result, ms=took)
    call.record("agent.handoff_refused", target=handoff.to, agent=call.state.agent)
    await params.result_callback(result)
