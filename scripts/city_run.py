"""An evening of a city on a running stack: people order, everybody is called with sound, drivers ride, time goes on
only while nobody speaks and nothing is due."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from deadline import deadline
from errors import AppError, StoreDown, VendorError
from operations.pieces import Pieces
from scripts import chaos_orders
from scripts.chaos_look import Seen, look
from scripts.chaos_run import Caller
from scripts.chaos_setup import Setup
from scripts.chaos_street import Street
from scripts.demo_world import World

KITCHEN, DRIVER, CUSTOMER = "kitchen_keypad", "driver_keypad_yes", "customer_ok"
NEW_NUMBERS = [f"+1512555{last:04d}" for last in range(140, 160)]
"""Drivers of `chaos_town` that the sandbox's directory does not know."""
TALK_SECONDS, LOOK_SECONDS = 0.5, 0.1
PATIENCE_SECONDS = 8.0
"""Real time a due job may take before time goes on: longer than any of them works without a telephone."""
STEP = timedelta(seconds=30)
AFTER = timedelta(milliseconds=50)
TELL_SECONDS = 10.0
SAY_AGAIN = 5
Say = Callable[[str], None]


class Followed:
    """The product's business time, as it was told last. See `clock.Clock`."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Business time, aware, UTC."""
        return datetime.now(UTC) + self._ahead

    def told(self, moment: datetime) -> None:
        """It is that time in the product now."""
        self._ahead = moment - datetime.now(UTC)


@dataclass
class Evening:
    """One run; `seconds` is the real time it may take."""

    pieces: Pieces
    setup: Setup
    world: World
    clock: Followed
    phones: dict[str, list[str]]
    gap: timedelta
    seconds: float
    say: Say
    callers: list[Caller] = field(default_factory=list)
    stuck: str = ""
    _calls: set["asyncio.Task[None]"] = field(default_factory=set)
    _stalled: float = 0.0
    _told: float = 0.0

    @classmethod
    async def of(
        cls, pieces: Pieces, setup: Setup, world: World, people: Any, gap: timedelta, seconds: float, say: Say
    ) -> "Evening":
        """With the people of the city, on the product's clock."""
        clock = Followed()
        clock.told(await world.now())
        phones = await people(pieces.sessions, setup.orders, clock.now())
        return cls(replace(pieces, clock=clock), setup, world, clock, phones, gap, seconds, say)

    async def go(self) -> None:
        """Let it go on until everything has come to an end, or the time is over."""
        began, street = self.clock.now(), Street(self.pieces, self.setup)
        await self._seat()
        try:
            async with deadline(self.seconds):
                while True:
                    self._answer(began)
                    seen = await look(self.pieces.sessions, self.clock.now())
                    walked = await street.step()
                    await self._report(seen)
                    if self._over(seen):
                        return
                    if walked or await self._busy(seen):
                        await asyncio.sleep(TALK_SECONDS if seen.talking else LOOK_SECONDS)
                    else:
                        await self._leave_out(seen, began)
        except TimeoutError:
            self.stuck = (
                f"no end after {self.seconds:.0f} s: {await look(self.pieces.sessions, self.clock.now())}"
            )
            for task in self._calls:
                task.cancel()

    def _over(self, seen: Seen) -> bool:
        called = len(self.callers) == self.setup.orders and not self._calls
        return called and not (seen.open or seen.left or seen.talking)

    async def _busy(self, seen: Seen) -> bool:
        """Somebody speaks or orders, or something is being done."""
        answer = await self.world.sandbox.get("/control/health")
        if self._calls or seen.talking or answer.json()["live_calls"]:
            self._stalled = 0.0
            return True
        self._stalled = self._stalled + LOOK_SECONDS if seen.work else 0.0
        return 0 < self._stalled < PATIENCE_SECONDS

    async def _leave_out(self, seen: Seen, began: datetime) -> None:
        """Go to the next thing that happens by itself."""
        now = self.clock.now()
        moments = [seen.next_due] if seen.next_due else []
        if len(self.callers) < self.setup.orders:
            moments.append(began + len(self.callers) * self.gap)
        if seen.riding:
            moments.append(now + STEP)
        if not moments:
            await asyncio.sleep(LOOK_SECONDS)
            return
        wait = max(timedelta(seconds=0.1), min(moments) - now + AFTER)
        await self.world.advance(min(wait, timedelta(hours=24)).total_seconds())
        self.clock.told(await self.world.now())

    async def _report(self, seen: Seen) -> None:
        real = asyncio.get_running_loop().time()
        if real > self._told + TELL_SECONDS:
            self._told = real
            self.say(
                f"{self.clock.now():%d %H:%M} UTC: {len(self.callers)} have ordered, {seen.open} orders are open, "
                f"{seen.talking} telephones, {seen.riding} cooked or on their way, {seen.left} jobs to be done"
            )

    # -- people

    async def _seat(self) -> None:
        """Everybody answers by keypad where there is a key for it."""
        await self._put("/control/answering", {"mode": "cooperative"})
        seats = (("kitchens", KITCHEN), ("drivers", DRIVER), ("customers", CUSTOMER), (NEW_NUMBERS, DRIVER))
        for who, person in seats:
            await self._put("/control/bindings", {"who": who, "scenario": person})

    async def _put(self, path: str, body: dict[str, Any]) -> None:
        (await self.world.sandbox.put(path, json=body)).raise_for_status()

    def _answer(self, began: datetime) -> None:
        now = self.clock.now()
        while (number := len(self.callers)) < self.setup.orders and now >= began + number * self.gap:
            phones = self.phones[self.setup.fate(self.setup.call(number)).market]
            caller = Caller(number, phones[number % len(phones)])
            self.callers.append(caller)
            task = asyncio.create_task(self._order(caller))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _order(self, caller: Caller) -> None:
        """Order, say it again where nothing is known, and hang up."""
        for _ in range(SAY_AGAIN):
            try:
                await chaos_orders.order(self.pieces, self.setup, caller.number, caller.phone)
                caller.said = "ordered"
                break
            except (StoreDown, VendorError) as error:
                caller.said = error.message
            except AppError as error:
                caller.said = error.message
                break
        with suppress(AppError):  # what is left open has a job
            await chaos_orders.hang_up(self.pieces, self.setup, caller.number)
