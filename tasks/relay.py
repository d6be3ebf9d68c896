"""Publishes the outbox's rows when they are due; several relays at once give each row to one worker."""

import asyncio
import secrets
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from taskiq import AsyncBroker, InMemoryBroker

import broker as brokers
from broker import TOGETHER
from errors import StoreDown
from operations import jobs
from operations.jobs import Leased, real_now
from tasks.listening import Listening
from tasks.work import Tools

log = structlog.get_logger(__name__)

BATCH = 50
WINDOW = {"rabbit": 200, "here": 2 * TOGETHER}
"""Rows that wait with the broker at most: the rest stays where the urgent ones overtake it."""
LOOK_SECONDS = 1.0
"""The longest sleep while something waits; business time may be set anew, and a lease may run out."""
IDLE_SECONDS = 5.0
"""And while nothing does: a notification may be lost."""
FULL_SECONDS, SOONEST_SECONDS = 0.1, 0.02
BACK_OFF_SECONDS = (1.0, 2.0, 5.0, 10.0)
OK, DOWN = "ok", "down"


class Relay:
    """One loop. Without PostgreSQL or RabbitMQ it says so once and goes on when they are back."""

    def __init__(
        self, tools: Tools, engine: AsyncEngine, broker: AsyncBroker, kinds: Collection[str]
    ) -> None:
        self.name = f"r{secrets.token_hex(6)}"
        self.kinds = sorted(kinds)
        self._tools = tools
        self._broker = broker
        self._here = isinstance(broker, InMemoryBroker)
        self._window = WINDOW["here" if self._here else "rabbit"]
        self._woken = asyncio.Event()
        self._listening = Listening(engine, self._woken.set)
        self._connected = False
        self._died = False
        self._refused = 0
        self._store_down = False
        self._asked: tuple[float, datetime] | None = None
        self._speed = 1.0

    async def run(self) -> None:
        """Publish until cancelled."""
        listening = asyncio.create_task(self._listening.run(), name="jobs listening")
        try:
            while True:
                pause = await self._uninterrupted()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), pause)
                self._woken.clear()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _uninterrupted(self) -> float:
        """One turn, whatever a library cancels of it: only who cancels the relay ends it.

        On Python 3.11 Pipecat replaces `asyncio.wait_for`, and a time limit that passes in a client which waits by it
        comes out as a cancellation of nobody's.
        """
        task = asyncio.current_task()
        try:
            return await self._turn()
        except asyncio.CancelledError:
            if task is None or task.cancelling():
                raise
            log.warning("relay.interrupted")
            return LOOK_SECONDS

    @property
    def broker_state(self) -> str:
        """ok or down; a relay that has died is down, whatever the broker is."""
        return OK if self._connected and not self._died and brokers.reachable(self._broker) else DOWN

    @property
    def listening(self) -> bool:
        """Whether it hears of jobs at once; else it looks every second."""
        return self._listening.connected

    def ended(self, running: "asyncio.Task[None]") -> None:
        """`run` is over. Only a bug ends it by itself, and then nobody else would tell."""
        if not running.cancelled() and (error := running.exception()) is not None:
            self._died = True
            log.error("relay.died", exc_info=error)

    async def close(self) -> None:
        """After `run`: what waits with a broker of this process is free again; connections are closed."""
        if self._here:
            with suppress(StoreDown):
                async with self._tools.transaction() as session:
                    await jobs.give_back(session, self.name)
        await brokers.close(self._broker)

    async def _turn(self) -> float:
        """Look once and publish what is due; for how long to sleep after it, in seconds."""
        try:
            if not self._connected:
                await brokers.connect(self._broker)
                self._connected = True
        except StoreDown as error:
            return await self._back_off(error.message)
        try:
            taken, pause = await self._take()
            unsent = [each for each in await asyncio.gather(*map(self._sent, taken)) if each is not None]
            if unsent:
                async with self._tools.transaction() as session:
                    await jobs.release(session, [each.lease for each in unsent])
        except StoreDown as error:
            if not self._store_down:
                log.warning("relay.no_database", reason=error.message)
            self._store_down = True
            await asyncio.sleep(LOOK_SECONDS)
            return 0.0
        self._store_down = False
        if unsent:
            return await self._back_off(f"{len(unsent)} jobs could not be published")
        if taken:
            self._refused = 0
        return pause

    async def _take(self) -> tuple[list[Leased], float]:
        """Due rows, leased; and for how long to sleep once they are published. Raises StoreDown."""
        now, real = self._now(), real_now()
        async with self._tools.transaction() as session:
            room = self._window - await jobs.published(session, self.name, now, real)
            if room <= 0:
                return [], FULL_SECONDS
            limit = 1 if self._refused else min(BATCH, room)  # one is enough to see whether it is back
            rules = self._tools.rules
            taken = await jobs.lease(session, self.name, now, real, limit, kinds=self.kinds, rules=rules)
            if len(taken) == limit:
                return taken, 0.0
            due, held = await jobs.next_due(session, real, self.kinds)
        if taken or due is not None:
            left = (due - now).total_seconds() / self._speed if due is not None else LOOK_SECONDS
            return taken, min(LOOK_SECONDS, max(SOONEST_SECONDS, left))
        return taken, LOOK_SECONDS if held or not self._listening.connected else IDLE_SECONDS

    async def _sent(self, leased: Leased) -> Leased | None:
        """Publish one; what could not be is given back."""
        try:
            await brokers.publish(self._broker, leased.id, leased.lease)
        except StoreDown:
            return leased
        return None

    async def _back_off(self, reason: str) -> float:
        """Sleep on it, whatever is written meanwhile."""
        if not self._refused:
            log.warning("relay.no_broker", reason=reason)
        self._refused += 1
        await asyncio.sleep(BACK_OFF_SECONDS[min(self._refused, len(BACK_OFF_SECONDS)) - 1])
        return 0.0

    def _now(self) -> datetime:
        """Business time; asked twice, it tells how fast it runs."""
        real, now = time.monotonic(), self._tools.clock.now()
        if self._asked is not None and real > self._asked[0]:
            speed = (now - self._asked[1]).total_seconds() / (real - self._asked[0])
            self._speed = speed if speed > 0 else 1.0
        self._asked = real, now
        return now
