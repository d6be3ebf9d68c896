"""Plays one demonstration: seats people at telephones, lets the caller order, and leaves out every wait but speech."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from rich.console import Console

from deadline import deadline
from scripts.call_expect import Plan
from scripts.call_phone import Phone
from scripts.child import StackError
from scripts.demo_plan import CallsIn, Cue, Demo, caller
from scripts.demo_road import Road
from scripts.demo_tell import Narrator
from scripts.demo_world import Seen, World

LOOK_SECONDS, TALK_SECONDS = 0.1, 1.0
"""Real time between two looks, and while somebody speaks: their words are told by themselves meanwhile."""
STEP_SECONDS, IDLE_SECONDS = 30.0, 300.0
"""Business seconds left out at most between two looks: while a driver rides, whose positions must stay believable, and
while nobody does."""
AFTER = 0.05
"""Business seconds past the moment something is due, so that it is."""
PATIENCE_SECONDS = 8.0
"""Real time a due job may take before a wait goes on: longer than any of them works without a telephone."""
CLASSES = ("kitchens", "drivers", "customers")


@dataclass
class Played:
    """What was played, for the comparison."""

    demo: Demo
    since: datetime
    real: datetime
    """The same by the machine's clock."""
    numbers: dict[str, str]
    """E.164 by driver, kitchen, customer, as far as there is one."""
    seen: Seen
    seconds: float = 0.0
    calls_in: list[str] = field(default_factory=list)
    """CallSids of calls that came in."""


class Stage:
    """One demonstration on one running stack."""

    def __init__(
        self, demo: Demo, plan: Plan, world: World, line: Phone, console: Console, *, record: bool
    ) -> None:
        self._demo, self._plan, self._world, self._line = demo, plan, world, line
        self._road = Road(world.api, world.sandbox)
        self._narrator = Narrator(console, world)
        self._cues = list(demo.cues)
        self._own: list[str] = []
        self._stalled = 0.0
        self._record = record

    async def play(self) -> Played:
        """Play it to its end. Raises StackError where it does not come to one in time."""
        loop = asyncio.get_running_loop()
        real = datetime.now(UTC)
        began, since = loop.time(), await self._world.now()
        await self._set()
        self._own.append(await self._line.call(self._plan.content, record=self._record))
        seen = await self._world.look(since, self._plan.phone)
        try:
            async with deadline(self._demo.seconds):
                seen = await self._turns(since)
        except TimeoutError:
            seen = await self._world.look(since, self._plan.phone)
            last = seen.events[-1].type if seen.events else "no order"
            raise StackError(f"no end after {self._demo.seconds:.0f} s; the last was: {last}") from None
        finally:
            await self._narrator.close()
        return Played(self._demo, since, real, self._numbers(seen), seen, loop.time() - began, self._own)

    async def _set(self) -> None:
        await self._world.agreed(self._plan.phone, self._demo.agreed)
        await self._put("/control/answering", {"mode": "cooperative"})
        await self._seat(self._demo.telephones)
        for jam in self._demo.roads:
            await self._road.slow(jam)

    async def _turns(self, since: datetime) -> Seen:
        over_at: datetime | None = None
        while True:
            seen = await self._world.look(since, self._plan.phone)
            await self._narrator.tell(seen)
            busy = await self._busy(seen)
            if not busy:
                if over_at is None:
                    over_at = next((e.at for e in seen.events if e.type in self._demo.until), None)
                if over_at is not None and seen.now >= over_at + timedelta(minutes=self._demo.then_minutes):
                    return seen
                if not await self._act(seen):
                    await self._wait(seen)
            await asyncio.sleep(TALK_SECONDS if busy and not self._stalled else LOOK_SECONDS)

    async def _busy(self, seen: Seen) -> bool:
        """Somebody speaks, or something is being done: time is not left out."""
        answer = await self._world.sandbox.get("/control/health")
        if seen.talking or answer.json()["live_calls"]:
            self._stalled = 0.0
            return True
        if not seen.work:
            self._stalled = 0.0
            return False
        self._stalled += LOOK_SECONDS
        return self._stalled < PATIENCE_SECONDS

    async def _wait(self, seen: Seen) -> None:
        if seen.order is None:
            raise StackError("the caller has placed no order")
        step = STEP_SECONDS if self._road.rides(seen) else IDLE_SECONDS
        moments = [seen.next_due, *(self._moment(cue, seen) for cue in self._cues)]
        for at in moments:
            if at is not None and at > seen.now:
                step = min(step, (at - seen.now).total_seconds() + AFTER)
        await self._world.advance(step)
        await self._road.wait_about(seen)
        await self._road.follow(seen)
        self._narrator.wait(seen, self._road.at if seen.held else "")

    async def _act(self, seen: Seen) -> bool:
        """Do what has its moment; whether somebody speaks now."""
        for cue in list(self._cues):
            if not self._ripe(cue, seen):
                continue
            self._cues.remove(cue)
            if cue.call is not None:
                self._narrator.note(seen, f"the {cue.call.who} picks up the telephone")
                self._own.append(await self._line.call(self._scenario(cue.call, seen), record=self._record))
                return True
            if cue.driver is not None:
                await self._road.behave(cue.driver)
                self._narrator.note(seen, f"the driver: {cue.driver.replace('_', ' ')}")
            elif cue.road is not None:
                await self._road.slow(cue.road)
                self._narrator.note(
                    seen, f"{cue.road.where}: everything takes {cue.road.factor:g} times as long"
                )
            elif cue.telephones is not None:
                await self._seat(cue.telephones)
        return False

    def _ripe(self, cue: Cue, seen: Seen) -> bool:
        at = self._moment(cue, seen)
        return at is not None and seen.now >= at and cue.when.driver_at in (None, self._road.arrived)

    def _moment(self, cue: Cue, seen: Seen) -> datetime | None:
        """From when on it may happen; None while what it waits for has not."""
        when = cue.when
        found = [event.at for event in seen.events if event.type == when.event]
        if len(found) < when.times or seen.order is None:
            return None
        at = found[when.times - 1] + timedelta(minutes=when.minutes)
        if when.local is None:
            return at
        day = seen.order.created_at.astimezone(seen.zone).date()
        return max(at, datetime.combine(day, time.fromisoformat(when.local), seen.zone))

    def _scenario(self, call: CallsIn, seen: Seen) -> dict[str, Any]:
        assert seen.order is not None
        number = self._numbers(seen).get(call.who)
        if number is None:
            raise StackError(f"no {call.who} is there to call about: {call.says}")
        return caller(call.says, (number, str(self._plan.line)), {"code": " ".join(seen.order.code)})

    def _numbers(self, seen: Seen) -> dict[str, str]:
        found = {"customer": self._plan.phone}
        if seen.kitchen is not None:
            found["kitchen"] = seen.kitchen.phone
        if seen.driver is not None:
            found["driver"] = seen.driver.phone
        return found

    async def _seat(self, telephones: dict[str, Any]) -> None:
        for who, people in telephones.items():
            bound = {"who": who if who in CLASSES else [who], "scenario": people}
            await self._put("/control/bindings", bound)

    async def _put(self, path: str, body: dict[str, Any]) -> None:
        answer = await self._world.sandbox.put(path, json=body)
        if answer.is_error:
            raise StackError(f"the sandbox refused {path}: {answer.text}")
