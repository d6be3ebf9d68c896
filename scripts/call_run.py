"""Runs scenarios against a stack: the calls, their live transcripts, and the comparison afterwards."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from deadline import deadline
from errors import AppError
from scripts.call_compare import compare
from scripts.call_expect import Plan
from scripts.call_live import Transcript, follow
from scripts.call_past import Backstory
from scripts.call_phone import Phone
from scripts.call_rows import Rows
from scripts.check import Check
from scripts.child import StackError

PAUSE = 0.1
ROW_SECONDS = 15.0
"""A call's row appears with its first webhook and is closed after its last event; both take milliseconds."""


@dataclass
class Result:
    """One run of one scenario."""

    name: str
    checks: list[Check] = field(default_factory=list)
    reason: str | None = None
    """Why there was nothing to compare."""
    seconds: float = 0.0
    recordings: list[Path] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the call went through and everything is as it was wanted."""
        return self.reason is None and bool(self.checks) and all(check.ok for check in self.checks)


class Runner:
    """Phones with scenarios, at most `jobs` at once, one at a time from one number, broken vendors alone."""

    def __init__(
        self,
        plans: dict[str, Plan],
        phone: Phone,
        api: httpx.AsyncClient,
        rows: Rows,
        console: Console,
        past: Callable[[Plan], Awaitable[Backstory]],
        *,
        jobs: int,
        seconds: float,
        recordings: Path | None,
    ) -> None:
        self._plans, self._phone, self._api, self._rows, self._console = plans, phone, api, rows, console
        self._past = past
        self._jobs, self._seconds, self._recordings = jobs, seconds, recordings
        self._room = asyncio.Semaphore(jobs)
        self._numbers: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, names: Sequence[str]) -> list[Result]:
        """Run each named scenario, a name given twice twice."""
        calm = [name for name in names if not self._plans[name].expect.faults]
        results = await asyncio.gather(*(self._one(self._plans[name]) for name in calm))
        for name in names:
            if name not in calm:
                results.append(await self._one(self._plans[name]))
        return results

    async def _one(self, plan: Plan) -> Result:
        async with self._numbers[plan.phone], self._room:
            began = asyncio.get_running_loop().time()
            result = Result(plan.name)
            try:
                await self._phone.break_vendors(plan.expect.faults)
                await self._hold(plan, result)
            except (StackError, AppError) as error:
                result.reason = str(error)
            except httpx.HTTPError as error:
                result.reason = f"the server or the sandbox cannot be reached ({type(error).__name__})"
            finally:
                if plan.expect.faults:
                    await self._phone.mend_vendors()
            result.seconds = asyncio.get_running_loop().time() - began
            return result

    async def _hold(self, plan: Plan, result: Result) -> None:
        sids, spoken = [], []
        await self._rows.all_over(plan.phone)
        caller = await self._past(plan)
        for name in filter(None, (plan.name, plan.expect.then)):
            scenario = self._plans[name].content | {"from": caller.phone}
            sid = await self._phone.call(scenario, record=self._recordings is not None)
            sids.append(sid)
            spoken += await self._listen(name, sid)
            if self._recordings is not None:
                result.recordings.append(await self._save(name, sid, self._recordings))
        found = await self._rows.found(sids, caller.phone, self._api, caller.orders)
        found.spoken = spoken
        result.checks = compare(plan.expect, found)

    async def _listen(self, name: str, sid: str) -> list[str]:
        """Tell one call until it has ended everywhere; returns what its caller said. Raises StackError."""
        label = f"[{name}] " if self._jobs > 1 else ""
        transcript = Transcript(self._console, caller=f"caller ({name})", label=label)
        try:
            async with deadline(self._seconds):
                call = await self._until(lambda: self._row(sid), "there is no row of the call")
                began = asyncio.get_running_loop().time()
                async for event in follow(self._api, call["id"]):
                    transcript.tell(event, asyncio.get_running_loop().time() - began)
                await self._until(lambda: self._closed(call["id"]), "the call's row is not closed")
                heard = await self._until(lambda: self._over(sid), "the caller's side has not ended")
        except TimeoutError:
            await self._phone.hang_up(sid)
            reason = f"no end after {self._seconds:.0f} s; the last was: {transcript.last}"
            raise StackError(reason) from None
        if heard.error:
            raise StackError(f"the telephone network reports: {heard.error}")
        return list(heard.spoken)

    async def _row(self, sid: str) -> dict[str, Any] | None:
        answer = await self._api.get("/calls", params={"sid": sid})
        answer.raise_for_status()
        calls: list[dict[str, Any]] = answer.json()["calls"]
        if not calls and (heard := await self._phone.heard(sid)).over:
            raise StackError(f"the call was not answered: {heard.error or heard.state}")
        return calls[0] if calls else None

    async def _closed(self, call: str) -> bool:
        answer = await self._api.get(f"/calls/{call}")
        answer.raise_for_status()
        return answer.json()["outcome"] is not None

    async def _over(self, sid: str) -> Any:
        heard = await self._phone.heard(sid)
        return heard if heard.over else None

    async def _until(self, ask: Callable[[], Awaitable[Any]], failed: str) -> Any:
        """Ask until there is an answer: these are other processes, with no event to wait for."""
        try:
            async with deadline(ROW_SECONDS):
                while True:
                    if answer := await ask():
                        return answer
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            raise StackError(f"{failed} after {ROW_SECONDS:.0f} s") from None

    async def _save(self, name: str, sid: str, folder: Path) -> Path:
        sound = await self._phone.recording(sid)
        file = folder / f"{name}-{sid[-6:]}.wav"
        await asyncio.to_thread(file.write_bytes, sound)
        return file
