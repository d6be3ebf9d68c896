"""The platform's own use of a tool: the same checks, record and exactly-once key, with nobody on the line."""

import time
from typing import Any

from deadline import deadline
from domain.ids import new_id
from errors import AppError, Refused
from tools.call import Call
from tools.result import Result, Say
from tools.tool import HIDDEN, SYSTEM, Tool


async def run_as_system(tool: Tool, call: Call, /, **arguments: Any) -> Result:
    """Run a tool for the platform itself; `call` is what it may ask and where it is recorded.

    Unlike a model, the platform gets errors as they are: what may be tried again is told by their kind.

    Raises:
        Refused: the tool is not for the system.
        ToolError: the arguments do not fit, or the tool refuses.
        StoreDown, VendorError: it failed; as the tool itself raises them.
        TimeoutError: it took longer than its time; a side effect goes on and keeps its key.
    """
    if SYSTEM not in tool.callers:
        call.record("tool.refused", tool=tool.name, caller=SYSTEM)
        raise Refused(f"{tool.name} is not for the platform's own work: its callers do not name it")
    id, started = str(new_id()), time.monotonic()
    shown = {name: HIDDEN if name in tool.secrets else value for name, value in arguments.items()}
    call.record("tool.called", tool=tool.name, id=id, caller=SYSTEM, arguments=shown)
    try:
        async with deadline(tool.timeout_seconds):
            outcome = await tool(call, **arguments)
    except (AppError, TimeoutError) as error:
        call.record("tool.failed", tool=tool.name, id=id, error=type(error).__name__)
        raise
    if isinstance(outcome, Say):
        raise TypeError(f"{tool.name} speaks to a caller; for the system a tool reports facts")
    took = round((time.monotonic() - started) * 1000, 1)
    call.record("tool.result", tool=tool.name, id=id, result=outcome, ms=took)
    return outcome
