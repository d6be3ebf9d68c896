"""One run of one scenario: write what is given, hold the conversation, read what it left, compare."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
from sqlalchemy.exc import SQLAlchemyError

from deadline import deadline
from errors import AppError
from evals.arrange import arrange
from evals.following import Following
from evals.found import call_of, look
from evals.house import House
from evals.result import Result
from evals.scenario import Scenario
from evals.stage import Stage
from evals.typed import Typed, spoken_to_the_end

ANSWER_MS = 15_000
"""For one turn, where it does not say: what a caller would wait at the very most, tools and handoffs included."""
CLOSING_SECONDS = 30.0
"""A call's row is closed after its last event; that takes milliseconds, or the time-outs of a broken vendor."""
PAUSE = 0.05


async def hold(house: House, scenario: Scenario) -> Result:
    """Run it once. Whatever goes wrong is told in the result."""
    result = Result(scenario.name, scenario.agents)
    began = asyncio.get_running_loop().time()
    try:
        stage = await arrange(house, scenario)
        turns = [turn.told(stage.codes) for turn in scenario.turns]
        scenario = scenario.model_copy(update={"turns": turns})
        before = await look(house, stage)
        await house.break_vendors(scenario.faults)
        try:
            await converse(house, scenario, stage, result)
        finally:
            if scenario.faults:
                await house.mend_vendors()
        after = await look(house, stage)
        result.events, result.moments = after.events, after.seconds
        result.turns = sum(kind == "turn.user" for kind, _ in after.events)
        result.checks = scenario.rows.checks(before, after)
    except (AppError, SQLAlchemyError, OSError, httpx.HTTPError) as error:
        result.failures.append(f"the stack failed: {type(error).__name__}: {error}")
    result.seconds = asyncio.get_running_loop().time() - began
    return result


async def converse(house: House, scenario: Scenario, stage: Stage, result: Result) -> None:
    """Type the caller's part; return when the call is over and written down."""
    told = Following(house.api)

    async def settled(texts: list[str]) -> None:
        await told.until(lambda events: spoken_to_the_end(texts, events))

    session = Typed(scenario, house.door(scenario.line, stage.phone), ANSWER_MS, settled)
    listening = asyncio.create_task(listen(house, stage, told))
    try:
        outcome = await session.run()
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    offset = len(outcome.turns) - len(scenario.turns)  # the greeting's turn, if the harness was given one
    for failure in outcome.failures:
        turn = failure.turn_index - offset
        said = scenario.turns[turn].user if 0 <= turn < len(scenario.turns) else None
        result.failures.append(f"after {said or 'the greeting'!r}: {failure.event_name}: {failure.reason}")

    async def closed() -> bool:
        async with house.sessions() as session:
            call = await call_of(session, house, stage)
        return call is not None and call.outcome is not None

    if not await until(closed):
        result.failures.append(f"the call is not closed after {CLOSING_SECONDS:.0f} s")


async def listen(house: House, stage: Stage, told: Following) -> None:
    """Follow the call from the moment its row is there."""
    found: list[UUID] = []

    async def opened() -> bool:
        async with house.sessions() as session:
            call = await call_of(session, house, stage)
        found.extend([call.id] if call else [])
        return call is not None

    if await until(opened):
        await told.follow(found[0])


async def until(ask: Callable[[], Awaitable[bool]]) -> bool:
    """Ask until the answer is yes: this is another process, with no event to wait for. False: it never was."""
    try:
        async with deadline(CLOSING_SECONDS):
            while True:
                if await ask():
                    return True
                await asyncio.sleep(PAUSE)
    except TimeoutError:
        return False
