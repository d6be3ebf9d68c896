"""Runs a town through a plan of faults: people order, jobs are done, processes die; waits in which nothing is due are
left out, and never one in which somebody still has something to do."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy.exc import SQLAlchemyError

from db.engine import Sessions
from deadline import deadline
from operations import jobs
from scripts.chaos_house import HANDS, RELAY, WEB, WORKER, House
from scripts.chaos_look import AWAY_SECONDS, Seen, look
from scripts.chaos_plan import SLOW_SECONDS, Fault
from scripts.chaos_setup import RING_SECONDS, UNKNOWN_SECONDS

GAP = timedelta(minutes=1.5)
"""Business time between two orders."""
STEP = timedelta(seconds=30)
"""Left out at most while somebody rides: positions have to stay believable."""
LOOK_SECONDS, WALK_SECONDS = 0.1, 1.0
"""Between two looks; and while jobs are done, people do something at most so often."""
AFTER = timedelta(milliseconds=50)
CUT_SECONDS = 1.5
SAY_AGAIN = 12
"""A caller says it again so often, while nothing answers."""
UNTOLD = timedelta(seconds=RING_SECONDS + UNKNOWN_SECONDS)
"""Real time after which a call that is not over is asked about: only then time goes on beside it."""
AWAY = (SQLAlchemyError, OSError)
Say = Callable[[str], None]


@dataclass
class Caller:
    """Somebody of the plan who orders."""

    number: int
    phone: str
    said: str = ""
    """What came of it: ordered, or why not."""


@dataclass
class Run:
    """One run; `seconds` is the real time it may take."""

    house: House
    sessions: Sessions
    faults: list[Fault]
    phones: dict[str, list[str]]
    seconds: float
    say: Say
    callers: list[Caller] = field(default_factory=list)
    stuck: str = ""
    """Why it did not come to its end, if it did not."""
    _before: int | None = None
    """Facts that were there at the beginning."""
    _walked: float = 0.0
    _calls: set["asyncio.Task[None]"] = field(default_factory=set)
    _traps: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Whom to kill once a vendor is asked, by the id of the fault that slows it down."""
    _background: set["asyncio.Task[None]"] = field(default_factory=set)

    async def go(self) -> None:
        """Let the town live until everything has come to an end, or the time is over."""
        setup, began = self.house.setup, self.house.clock.now()
        async with (
            httpx.AsyncClient(base_url=self.house.url, timeout=20.0, trust_env=False) as web,
            httpx.AsyncClient(base_url=self.house.sandbox.url, timeout=20.0, trust_env=False) as outside,
        ):
            await self._seat(outside)
            for name in (WEB, *HANDS):
                self.house.start(name)
            await self.house.ready()
            seen: Seen | None = None
            try:
                async with deadline(self.seconds):
                    while True:
                        self.house.tend()
                        await self._spring(outside)
                        seen = await self._look()
                        if seen is not None:
                            await self._strike(seen, outside)  # before anybody calls: some wait for the first
                        self._answer(web, began, setup.orders)
                        if seen is None:
                            await asyncio.sleep(LOOK_SECONDS)
                            continue
                        if self._over(seen, setup.orders):
                            break
                        if await self._quiet(seen, web):
                            await self._leave_out(seen, began, setup.orders)
                        else:
                            await asyncio.sleep(LOOK_SECONDS)
            except TimeoutError:
                self.stuck = f"no end after {self.seconds:.0f} s: {seen}; callers: {len(self._calls)}"
            for task in self._calls | self._background:
                task.cancel()

    # -- time

    async def _quiet(self, seen: Seen, web: httpx.AsyncClient) -> bool:
        """Nobody has anything to do before time has gone on."""
        busy = bool(self._calls or seen.work or seen.talking)
        real = asyncio.get_running_loop().time()
        if busy and real < self._walked + WALK_SECONDS:
            return False
        self._walked = real
        return await self._walk(web) == 0 and not busy

    async def _leave_out(self, seen: Seen, began: datetime, orders: int) -> None:
        """Go to the next thing that happens by itself."""
        now = self.house.clock.now()
        moments = [seen.next_due] if seen.next_due else []
        if len(self.callers) < orders:
            moments.append(began + len(self.callers) * GAP)
        if seen.riding:
            moments.append(now + STEP)
        if not moments:
            await asyncio.sleep(LOOK_SECONDS)
            return
        self.house.clock.advance(min(moments) - now + AFTER)
        with suppress(*AWAY):
            async with self.sessions() as session, session.begin():
                await jobs.notify(session)

    def _over(self, seen: Seen, orders: int) -> bool:
        all_called = len(self.callers) == orders and not self._calls
        return all_called and not seen.open and not seen.left and not seen.talking

    async def _look(self) -> Seen | None:
        """The rows now; None while PostgreSQL is away."""
        try:
            async with deadline(AWAY_SECONDS):
                seen = await look(self.sessions, self.house.clock.now(), UNTOLD)
        except (*AWAY, TimeoutError):
            return None
        self._before = seen.facts if self._before is None else self._before
        return replace(seen, facts=seen.facts - self._before)

    # -- people

    async def _seat(self, outside: httpx.AsyncClient) -> None:
        """Somebody sits at every telephone, and the bank knows where events go; each comes twice."""
        people = {"name": "somebody", "title": "Somebody of the town", "rings": 0.2}
        drivers = [f"+1512555{last:04d}" for last in range(130, 200)]
        for who in ("everybody", drivers):
            await self._told(outside.put("/control/bindings", json={"who": who, "scenario": people}))
        await self._told(outside.put("/control/numbers/+15125550120", json={"scenario": ["busy", people]}))
        hook = {"url": f"{self.house.url}/payments/stripe", "copies": 2}
        await self._told(outside.post("/control/stripe/webhook", json=hook))

    async def _told(self, request: Any) -> None:
        (await request).raise_for_status()

    def _answer(self, web: httpx.AsyncClient, began: datetime, orders: int) -> None:
        """Whoever's time has come calls."""
        now, setup = self.house.clock.now(), self.house.setup
        while (number := len(self.callers)) < orders and now >= began + number * GAP:
            phones = self.phones[setup.fate(setup.call(number)).market]
            caller = Caller(number, phones[number % len(phones)])
            self.callers.append(caller)
            task = asyncio.create_task(self._order(web, caller))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _order(self, web: httpx.AsyncClient, caller: Caller) -> None:
        """Order, say it again where nothing is known, and hang up; the impatient do not say it again."""
        patient = self.house.setup.fate(self.house.setup.call(caller.number)).patient
        for _ in range(SAY_AGAIN if patient else 1):
            answer = await self._ask(web, f"/town/orders/{caller.number}", {"phone": caller.phone})
            if answer is not None and answer.is_success:
                caller.said = "ordered"
                break
            caller.said = answer.text if answer is not None else "the call broke off"
            if answer is not None and answer.status_code == 409:
                break
            await asyncio.sleep(0.5)
        for _ in range(SAY_AGAIN * 4):
            answer = await self._ask(web, f"/town/goodbyes/{caller.number}", {})
            if answer is not None and answer.is_success:
                return
            await asyncio.sleep(0.5)

    async def _ask(self, web: httpx.AsyncClient, path: str, params: dict[str, str]) -> httpx.Response | None:
        try:
            return await web.post(path, params=params)
        except httpx.TransportError:
            return None

    async def _walk(self, web: httpx.AsyncClient) -> int | None:
        """Kitchens and drivers do what has its time; None while the web process is away."""
        answer = await self._ask(web, "/town/street", {})
        return int(answer.json()["done"]) if answer is not None and answer.is_success else None

    # -- faults

    async def _strike(self, seen: Seen, outside: httpx.AsyncClient) -> None:
        """Whatever has its turn goes wrong."""
        for fault in self.faults:
            if fault.done or fault.after > seen.facts:
                continue
            fault.done = f"{self.house.clock.now():%d %H:%M:%S}, {seen.facts} facts"
            self.say(f"{fault.done}: {fault.words}")
            await self._do(fault, outside)

    async def _do(self, fault: Fault, outside: httpx.AsyncClient) -> None:
        house = self.house
        match fault.what:
            case "kill web":
                house.kill(WEB)
            case "kill worker":
                house.kill(WORKER)
            case "kill relay":
                house.kill(RELAY)
            case "kill Redis":
                await asyncio.to_thread(house.restart_redis)
            case "kill PostgreSQL":
                house.kill_postgres()
            case "cut RabbitMQ":
                task = asyncio.create_task(house.cut_rabbit(CUT_SECONDS))
                self._background.add(task)
                task.add_done_callback(self._background.discard)
            case "resend webhooks":
                await self._told(outside.post("/control/stripe/resend"))
            case "vendor":
                await self._told(outside.post("/control/faults", json=fault.how))
            case _:
                slow = {**fault.how, "kind": "delay", "seconds": SLOW_SECONDS}
                answer = await outside.post("/control/faults", json=slow)
                answer.raise_for_status()
                self._traps[answer.json()["id"]] = (WEB,) if "web" in fault.what else HANDS

    async def _spring(self, outside: httpx.AsyncClient) -> None:
        """Kill whoever asks the vendor that a trap is set at: its fault is taken then; time goes on beside it."""
        if not self._traps:
            return
        armed = {fault["id"] for fault in (await outside.get("/control/faults")).json()}
        for trap in [*self._traps.keys() - armed]:
            await asyncio.sleep(SLOW_SECONDS / 4)
            for name in self._traps.pop(trap):
                self.house.kill(name)
