"""Runs scenarios against one stack: several at once where they do not disturb each other."""

import asyncio
from collections.abc import Callable, Sequence

from evals.hold import hold
from evals.house import House
from evals.result import Result
from evals.scenario import Scenario

Told = Callable[[Result], None]


async def run(house: House, scenarios: Sequence[Scenario], *, jobs: int, told: Told) -> list[Result]:
    """Run each once, one that stands twice twice; `told` hears of every result as it comes.

    The language model of the sandbox is cast for everybody, so honest and hostile scenarios take turns; those that
    break a vendor or cannot be told apart have the house to themselves.
    """
    results: list[Result] = []
    room = asyncio.Semaphore(jobs)

    async def one(scenario: Scenario) -> None:
        async with room:
            result = await hold(house, scenario)
        results.append(result)
        told(result)

    for policy, stand_in in (("polite", "honest"), ("hostile", "hostile")):
        cast = [scenario for scenario in scenarios if scenario.stand_in == stand_in]
        if not cast:
            continue
        await house.cast(policy)
        try:
            await asyncio.gather(*(one(scenario) for scenario in cast if not scenario.alone))
            for scenario in cast:
                if scenario.alone:
                    await one(scenario)
        finally:
            await house.cast("polite")
    return results
