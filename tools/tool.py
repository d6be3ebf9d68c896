"""A tool: a typed function the model may call. Only this file of the folder knows Pipecat."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pipecat.adapters.llm.schemas.direct_function import tool_options
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.frames.frames import FunctionCallResultProperties
from pipecat.services.llm_service import FunctionCallParams
from pydantic import BaseModel, ValidationError

from deadline import deadline
from errors import AppError, Conflict, Invalid, NotFound, Refused, StoreDown, ToolError, VendorError
from tools.call import Call
from tools.forgetting import LATE, forget, of_theirs
from tools.result import Result, Say
from tools.schema import arguments_model, describe, inlined

REFUSALS = (ToolError, Invalid, Conflict, NotFound, Refused)
LEAST_SECONDS = 0.05  # tools that answer at once make Pipecat ask the model once per parallel call
TIMEOUT_SECONDS = 8.0
GRACE_SECONDS = 2.0  # our own time-out answers with an instruction; Pipecat's, a moment later, only cancels
OURS_IS_DOWN = (
    "That did not work just now, on our side. Say so, and offer to try again or to have a person call back."
)

NOT_YOURS = "{tool} is not one of your tools. Do what the caller asked with the tools you have."
HIDDEN = "hidden"
SYSTEM = "system"
"""The platform's own work among a tool's callers."""


@dataclass(frozen=True)
class Tool:
    """A function the model may call, with what the model is told about it."""

    name: str
    run: Callable[..., Awaitable[Result | Say]]
    arguments: type[BaseModel]
    description: str
    callers: tuple[str, ...]
    """Who may call it: agents by name, and "system" for the platform's own work."""
    effect: Callable[..., str] | None
    """Exactly-once key of a side effect from (call, **arguments); none for tools without one."""
    timeout_seconds: float
    final: Callable[[Result], bool]
    """Whether an effect's outcome stands; one that does not (a declined card) may be tried again."""
    forgets: bool = False
    """What was told of the number's owner leaves the conversation when this one has run."""
    secrets: tuple[str, ...] = ()
    """Arguments that are kept nowhere."""

    async def __call__(self, call: Call, /, **arguments: Any) -> Result | Say:
        """Run as the model would: arguments checked, refusals raised as errors.

        Raises:
            ToolError: the arguments do not fit; the message says what does.
        """
        given = self._checked(arguments)
        if self.effect is None:
            return await self.run(call, **given)
        return await once(call, self.effect(call, **given), lambda: self.run(call, **given), self.final)

    def _checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            checked = self.arguments.model_validate(arguments)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise ToolError(f"Call {self.name} again with arguments that fit: {wrong}.") from None
        return {name: getattr(checked, name) for name in type(checked).model_fields}

    def begun(self, call: Call, arguments: dict[str, Any]) -> "asyncio.Task[Result] | None":
        """The side effect that these arguments have begun in this call, running or done."""
        if self.effect is None:
            return None
        try:
            return call.effects.get(self.effect(call, **self._checked(arguments)))
        except ToolError:
            return None

    def schema(self) -> FunctionSchema:
        """What the model sees, with the handler Pipecat runs."""
        shape = inlined(self.arguments.model_json_schema())

        async def handler(params: FunctionCallParams) -> None:
            await handle(self, params)

        tool_options(timeout_secs=self.timeout_seconds + GRACE_SECONDS)(handler)
        return FunctionSchema(
            name=self.name,
            description=self.description,
            properties=shape["properties"],
            required=shape["required"],
            handler=handler,
        )


def tool(
    *,
    callers: tuple[str, ...],
    effect: Callable[..., str] | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    final: Callable[[Result], bool] = lambda result: True,
    forgets: bool = False,
    secrets: tuple[str, ...] = (),
) -> Callable[[Callable[..., Awaitable[Result | Say]]], Tool]:
    """Make a typed async function a tool of these callers. Its docstring is what the model reads."""

    def make(function: Callable[..., Awaitable[Result | Say]]) -> Tool:
        text, _ = describe(function)
        return Tool(
            function.__name__,
            function,
            arguments_model(function),
            text,
            callers,
            effect,
            timeout_seconds,
            final,
            forgets,
            secrets,
        )

    return make


async def once(
    call: Call, key: str, act: Callable[[], Awaitable[Result | Say]], final: Callable[[Result], bool]
) -> Result | Say:
    """Run a side effect once per key, out of reach of a barge-in; whoever asks again gets the same outcome.

    An attempt that was refused, failed, or ended without a final outcome may be made again with the same key.
    """

    async def run() -> Result:
        outcome = await act()
        if isinstance(outcome, Say):
            raise TypeError("a side effect reports facts; it does not speak")
        return outcome

    task = call.effects.get(key)
    if task is None or (task.done() and not (stands(task) and final(task.result()))):
        task = asyncio.get_running_loop().create_task(run(), name=f"effect {key}")
        call.effects[key] = task
    return await asyncio.shield(task)


def stands(task: "asyncio.Task[Result]") -> bool:
    """True for a finished task that has a result."""
    return not task.cancelled() and task.exception() is None


async def handle(tool: Tool, params: FunctionCallParams) -> None:
    """Run one call of the model and answer it exactly once, with something a model can use."""
    call: Call = params.app_resources
    started = time.monotonic()
    arguments = dict(params.arguments)
    caller, denied = call.state.agent, call.state.denied
    shown = {name: HIDDEN if name in tool.secrets else value for name, value in arguments.items()}
    call.record("tool.called", tool=tool.name, id=params.tool_call_id, caller=caller, arguments=shown)
    if caller not in tool.callers:  # asked for by an agent that has handed the caller on since
        await refuse(tool, call, params)
        return
    outcome: Result | Say | None = None
    try:
        outcome = still_theirs(tool, call, denied, arguments, await settled(tool, call, arguments))
        if tool.forgets:  # a barge-in into the pause that follows must not undo it
            forget(params.context)
        await asyncio.sleep(max(0.0, LEAST_SECONDS - (time.monotonic() - started)))
    except asyncio.CancelledError:
        if isinstance(outcome, dict) and tool.effect is None:
            tell_late(tool, call, params, outcome)  # it was done, only its answer came too late
        else:
            report_later(tool, call, arguments, params, denied)
        raise
    begun = tool.begun(call, arguments)
    if begun and not begun.done():  # it outlasted its time
        report_later(tool, call, arguments, params, denied)
    said = outcome if isinstance(outcome, Say) else None
    result = (
        said.result if said else (outcome if isinstance(outcome, dict) and outcome else {"status": "done"})
    )
    took = round((time.monotonic() - started) * 1000, 1)
    call.record("tool.result", tool=tool.name, id=params.tool_call_id, result=result, ms=took)
    call.learn(result, arguments)
    if said is None:
        await params.result_callback(result)
        return
    for sentence in said.sentences:
        call.learn({"say": sentence.text}, arguments)
    await params.result_callback(result, properties=FunctionCallResultProperties(run_llm=False))
    if call.line:
        for sentence in said.sentences[: -1 if said.hang_up else None]:
            await call.line.say(sentence.text, mark=sentence.mark)
        if said.hang_up:
            await call.line.hang_up_after(said.sentences[-1].text)


async def refuse(tool: Tool, call: Call, params: FunctionCallParams) -> None:
    """The agent who speaks now may not call this tool: nothing is run."""
    await asyncio.sleep(LEAST_SECONDS)
    result: Result = {"error": NOT_YOURS.format(tool=tool.name)}
    call.record("tool.refused", tool=tool.name, id=params.tool_call_id, caller=call.state.agent)
    call.record("tool.result", tool=tool.name, id=params.tool_call_id, result=result)
    await params.result_callback(result)


async def settled(tool: Tool, call: Call, arguments: dict[str, Any]) -> Result | Say:
    """The tool's outcome, with refusals and our own failures turned into instructions for the model."""
    try:
        async with deadline(tool.timeout_seconds):
            return await tool(call, **arguments)
    except REFUSALS as error:
        return {"error": error.message}
    except (VendorError, StoreDown) as error:
        call.record("tool.failed", tool=tool.name, error=type(error).__name__, retryable=True)
        return {"error": OURS_IS_DOWN}
    except TimeoutError:
        call.record("tool.failed", tool=tool.name, error="TimeoutError", retryable=True)
        return {"error": OURS_IS_DOWN}


def still_theirs(
    tool: Tool, call: Call, denied: bool, arguments: dict[str, Any], outcome: Result | Say
) -> Result | Say:
    """A tool's outcome, or nothing of it when the caller said meanwhile that the number is not theirs.

    `denied`: whether they had said so when the tool began. What stands, or was refused, is told all the same.
    """
    if denied or not call.state.denied or tool.forgets:
        return outcome
    result = outcome.result if isinstance(outcome, Say) else outcome
    if result.get("status") == "placed" or "error" in result:
        return outcome
    return {"status": "forgotten"} if of_theirs(tool.name, arguments, json.dumps(result)) else outcome


def report_later(
    tool: Tool, call: Call, arguments: dict[str, Any], params: FunctionCallParams, denied: bool
) -> None:
    """Nobody waits any more (a barge-in, a time-out): when the shielded effect ends, tell the model how."""
    begun = tool.begun(call, arguments)
    running = begun is not None and not begun.done()
    call.record("tool.interrupted", tool=tool.name, id=params.tool_call_id, still_running=running)
    if begun is not None:
        begun.add_done_callback(lambda done: append_outcome(tool, call, params, denied, done))


def append_outcome(
    tool: Tool, call: Call, params: FunctionCallParams, denied: bool, done: "asyncio.Task[Result]"
) -> None:
    """Put an effect's late outcome into the conversation; the next turn sees it."""
    if done.cancelled():
        return
    error = done.exception()
    if isinstance(error, AppError):
        result: Result = {"error": error.message if isinstance(error, REFUSALS) else OURS_IS_DOWN}
    elif error is not None:
        result = {"error": OURS_IS_DOWN}
    else:
        result = done.result()
    told = still_theirs(tool, call, denied, dict(params.arguments), result)
    tell_late(tool, call, params, told if isinstance(told, dict) else result)


def tell_late(tool: Tool, call: Call, params: FunctionCallParams, result: Result) -> None:
    """Record an outcome that nobody waited for, and note it in the conversation."""
    call.record("tool.result", tool=tool.name, id=params.tool_call_id, result=result, late=True)
    call.learn(result, params.arguments)
    note = LATE.format(tool=tool.name, result=json.dumps(result))
    params.context.add_message({"role": "developer", "content": note})
