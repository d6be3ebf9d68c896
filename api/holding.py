"""Holding a call, whichever door it came through: run it, and close its record if nobody else can."""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from api.request import runtime_of
from bot import Leg
from errors import AppError, TakenOver
from operations.calls import close_call
from runtime import Runtime

log = structlog.get_logger(__name__)
RunCall = Callable[[Runtime, Leg], Awaitable[None]]


async def hold(connection: HTTPConnection, leg: Leg, *, last: bool = False) -> bool:
    """Run a call to its end; the caller has counted it with `Runtime.hold`. False when it broke off.

    `last`: no carrier will tell of the end, so a call that broke off is closed here. One that another process has
    taken over goes on there.
    """
    runtime = runtime_of(connection)
    run_call: RunCall = connection.app.state.run_call
    finished = False
    try:
        await run_call(runtime, leg)
        finished = True
    except TakenOver:
        last = False
        log.warning("call.goes_on_elsewhere", call_id=str(leg.call_id))
    except AppError as error:
        log.error("call.broke_off", call_id=str(leg.call_id), error=type(error).__name__)
    finally:
        if last or finished:
            await closed(runtime, leg, None if finished else "failed")
    return finished


async def closed(runtime: Runtime, leg: Leg, outcome: str | None) -> None:
    """Write down that the line is dead; whoever ran the call may have done so already, and then that stays."""
    try:
        async with runtime.sessions() as session, session.begin():
            await close_call(session, leg.call_id, outcome=outcome, clock=runtime.clock)
    except (SQLAlchemyError, OSError) as error:
        log.error("call.not_closed", call_id=str(leg.call_id), error=type(error).__name__)
