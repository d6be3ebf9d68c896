"""Keeps a call's state where another process finds it: Redis at every change, PostgreSQL at every cart version."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from clock import Clock
from db.live_calls import LiveCalls
from domain.call_state import CallState
from errors import Conflict, StoreDown, TakenOver
from operations import resuming

log = structlog.get_logger(__name__)
RETRY_SECONDS = 1.0
LEASE_SECONDS = 12.0  # a process that died lets go of its calls this soon
RENEW_SECONDS = 4.0


@dataclass(frozen=True)
class Lease:
    """The right to write one call's state, with the fencing number that proves it; none while it could not be had."""

    live_calls: LiveCalls
    call_id: UUID
    fence: int | None

    @classmethod
    async def take(cls, live_calls: LiveCalls, call_id: UUID) -> Self:
        """Take a call, also from another process: its audio comes to us now. Raises StoreDown without Redis."""
        owner = secrets.token_hex(8)
        fence = await live_calls.acquire(call_id, owner, LEASE_SECONDS, take_over=True)
        return cls(live_calls, call_id, fence)

    async def again(self) -> Self:
        """A new right in place of one that ran out. Raises TakenOver when another process has the call now.

        One that never was is taken as at the beginning, whoever had the call before: its audio still comes to us.
        """
        if self.fence is None:
            return await self.take(self.live_calls, self.call_id)
        try:
            fence = await self.live_calls.acquire(self.call_id, secrets.token_hex(8), LEASE_SECONDS)
        except Conflict as taken:
            raise TakenOver(taken.message) from taken
        return type(self)(self.live_calls, self.call_id, fence)

    async def save(self, state: CallState) -> None:
        """Keep the state. Raises TakenOver, Conflict when the right ran out, StoreDown without Redis."""
        if self.fence is None:
            raise Conflict("the right to write this call was never had")
        data = state.model_dump(mode="json")
        await self.live_calls.save(self.call_id, self.fence, state.version, data)

    async def renew(self) -> bool:
        """Keep the right; False when it has run out or never was. Raises TakenOver, StoreDown without Redis."""
        return self.fence is not None and await self.live_calls.renew(self.call_id, self.fence, LEASE_SECONDS)

    async def release(self) -> None:
        """Let go, so that the same number can go on at once. Raises StoreDown without Redis."""
        if self.fence is not None:
            await self.live_calls.release(self.call_id, self.fence)


class Keeper:
    """Saves the newest state in the background; changes made meanwhile are saved together.

    PostgreSQL gets every cart version at once, and the conversation about it when the agent has spoken.
    When another process takes the call over, nothing is written any more, and `on_lost` is called once.
    """

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        lease: Lease,
        clock: Clock,
        history: Callable[[], list[dict[str, Any]]],
        renew_seconds: float = RENEW_SECONDS,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._sessions = sessions
        self._lease = lease
        self._clock = clock
        self._history = history
        self._renew_seconds = renew_seconds
        self._newest: CallState | None = None
        self._wake = asyncio.Event()
        self._cart_version = -1
        self._spoken = False
        self._on_lost = on_lost
        self.lost = False
        """Another process runs the call."""

    def changed(self, state: CallState) -> None:
        """A new version is worth keeping. Never blocks."""
        self._newest = state
        self._wake.set()

    def spoken(self, state: CallState) -> None:
        """The agent has finished a turn: the history holds what its tools answered. Never blocks."""
        self._spoken = True
        self.changed(state)

    async def run(self) -> None:
        """Save until cancelled or taken over; a store that is gone is tried again, and the call goes on meanwhile."""
        loop = asyncio.get_running_loop()
        renew_at = loop.time() + self._renew_seconds
        while not self.lost:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.0, renew_at - loop.time()))
            if loop.time() >= renew_at:  # also in lively talk, where a change always comes first
                await self._renew()
                renew_at = loop.time() + self._renew_seconds
            if not self._wake.is_set():
                continue
            self._wake.clear()
            if not await self.save():
                await asyncio.sleep(RETRY_SECONDS)
                self._wake.set()

    async def save(self) -> bool:
        """Write the newest state down, in each store whatever the other does. False when one did not take it."""
        state = self._newest
        if state is None or self.lost:
            return True
        state.history = self._history()
        copy = state.model_copy(deep=True)
        in_redis = await self._keep_in_redis(copy)
        return self.lost or all([in_redis, await self._keep_in_postgres(copy)])

    async def _keep_in_redis(self, state: CallState) -> bool:
        if self._lease.fence is None:
            return True  # taking the call later saves its state as well
        try:
            await self._lease.save(state)
        except TakenOver:
            self._lose()
        except Conflict as error:
            log.warning("call.snapshot_refused", call=str(state.call_id), reason=error.message)
            await self._renew()
            return False
        except StoreDown:
            log.warning("call.snapshot_failed", store="redis")
            return False
        return True

    def _lose(self) -> None:
        if not self.lost:
            self.lost = True
            log.warning("call.taken_over", call=str(self._lease.call_id))
            self._on_lost()

    async def _keep_in_postgres(self, state: CallState) -> bool:
        spoken, self._spoken = self._spoken, False
        if not spoken and state.cart.version == self._cart_version:
            return True
        try:
            async with self._sessions() as session, session.begin():
                await resuming.keep(session, state, self._clock.now())
        except (SQLAlchemyError, OSError) as error:
            self._spoken = self._spoken or spoken
            log.warning("call.snapshot_failed", store="postgres", error=type(error).__name__)
            return False
        self._cart_version = state.cart.version
        return True

    async def _renew(self) -> None:
        """Keep the call; a lease that ran out (Redis restarted, we were suspended) or never was is taken."""
        try:
            if not await self._lease.renew():
                self._lease = await self._lease.again()
                self._wake.set()  # Redis may have nothing of the call
        except TakenOver:
            self._lose()
        except StoreDown:
            log.warning("call.lease_failed")

    async def finish(self, task: "asyncio.Task[None]") -> None:
        """Stop the background task, save once more and let go of the call."""
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        self._spoken = True
        await self.save()
        with suppress(StoreDown):
            if not self.lost:
                await self._lease.release()
