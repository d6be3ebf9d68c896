"""Calls held with one system, one after the other or at once, and what it used meanwhile."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from bench import figures
from bench.process import cpu_seconds, memory_mb
from deadline import deadline

SCENARIO = Path(__file__).with_name("caller.yaml")
ENDED = ("completed", "failed", "busy", "no-answer", "canceled")
CALL_SECONDS = 240.0
LOOK_SECONDS = 0.5
LAG_SECONDS = 20.0
"""`/readyz` knows the loop lag of the last minute: asked this often, and once at the end, nothing is missed."""
Measures = dict[str, list[float]]
Lag = dict[str, float]


@dataclass(frozen=True)
class System:
    """Something that answers calls."""

    name: str
    url: str
    pid: int
    idle_mb: float
    idle_cpu: float = 0.0
    """Processor seconds a minute when nobody calls."""


@dataclass
class Load:
    """What was measured while some calls were held."""

    measures: Measures = field(default_factory=lambda: {name: [] for name in figures.MEASURES})
    sids: list[str] = field(default_factory=list)
    call_seconds: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    memory_mb: float = 0.0
    """The most it held at any moment."""
    lag: Lag = field(default_factory=dict)

    @property
    def cpu_per_call_minute(self) -> float | None:
        """Processor seconds for a minute of one call; None without calls."""
        minutes = sum(self.call_seconds) / 60
        return self.cpu_seconds / minutes if minutes else None


def worst(lags: Sequence[Lag]) -> Lag:
    """The largest figure of each name."""
    return {name: max(lag[name] for lag in lags) for name in (lags[0] if lags else {})}


class Bench:
    """Lets the sandbox's caller phone; every call has a number of its own."""

    def __init__(self, sandbox: httpx.AsyncClient, scenario: Path = SCENARIO) -> None:
        self._sandbox = sandbox
        self._scenario = yaml.safe_load(scenario.read_text(encoding="utf-8"))
        self._calls = 0

    async def hold(self, system: System, count: int, load: Load) -> None:
        """Hold `count` calls at once and add what was measured to `load`."""
        began = cpu_seconds(system.pid)
        calls = asyncio.create_task(self._all(system, count))
        memory = asyncio.create_task(self._memory(system, calls))
        lag = asyncio.create_task(self._lag(system, calls))
        for told in await calls:
            load.sids.append(told["sid"])
            load.call_seconds.append(told["seconds"])
            for name, read in figures.MEASURES.items():
                load.measures[name] += read(told["events"])
        load.cpu_seconds += cpu_seconds(system.pid) - began
        load.memory_mb = max(load.memory_mb, await memory)
        load.lag = worst([each for each in (load.lag, await lag) if each])

    async def _all(self, system: System, count: int) -> list[dict[str, Any]]:
        return await asyncio.gather(*(self._one(system) for _ in range(count)))

    async def _one(self, system: System) -> dict[str, Any]:
        self._calls += 1
        scenario = self._scenario | {"from": f"+1512555{7000 + self._calls}"}
        asked = {"scenario": scenario, "webhook": f"{system.url}/twilio/voice"}
        answer = await self._sandbox.post("/control/calls", json=asked)
        sid = answer.raise_for_status().json()["sid"]
        async with deadline(CALL_SECONDS):
            while True:
                told: dict[str, Any] = (await self._sandbox.get(f"/control/calls/{sid}")).json()
                if told["state"] in ENDED:
                    break
                await asyncio.sleep(LOOK_SECONDS)
        if told["state"] != "completed" or told["error"]:
            raise RuntimeError(f"a call with {system.name} ended as {told['state']}: {told['error']}")
        return told | {"seconds": figures.lasted(told)}

    async def _memory(self, system: System, work: "asyncio.Task[Any]") -> float:
        most = 0.0
        while not work.done():
            most = max(most, await asyncio.to_thread(memory_mb, system.pid))
            await asyncio.wait([work], timeout=LOOK_SECONDS)
        return most

    async def _lag(self, system: System, work: "asyncio.Task[Any]") -> Lag:
        found: list[Lag] = []
        async with httpx.AsyncClient(base_url=system.url, timeout=20, trust_env=False) as api:
            while not work.done():
                await asyncio.wait([work], timeout=LAG_SECONDS)
                found.append((await api.get("/readyz")).json()["loop_lag"])
        return worst(found)
