"""Tells the other processes where this one is and how full it is, at every change and every two seconds."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from db.instances import HEARTBEAT_SECONDS, Instances, Place, Report, Room
from errors import StoreDown

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Load:
    """How full this process is; one that is draining takes no more calls."""

    live: int
    capacity: int
    draining: bool


class Presence:
    """This process in the registry of all: `run` keeps it there, `withdraw` takes it off."""

    def __init__(self, instances: Instances, media: str, load: Callable[[], Load]) -> None:
        """`media`: root of this process's address for sockets, ws(s)://."""
        self.id = secrets.token_hex(8)
        self._instances = instances
        self._media = media
        self._load = load
        self._sequence = 0
        self._wake = asyncio.Event()
        self._withdrawn = False

    def changed(self) -> None:
        """A call has begun or ended, or no more are taken. Never blocks."""
        self._wake.set()

    async def run(self) -> None:
        """Tell until cancelled; without Redis the calls that are held go on, and telling is tried again."""
        silent = False
        while True:
            try:
                await self.tell()
                silent = False
            except StoreDown as error:
                if not silent:
                    log.warning("presence.not_told", reason=error.message)
                silent = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), HEARTBEAT_SECONDS)
            self._wake.clear()

    async def tell(self, *, arrived: str = "") -> None:
        """Say how it is now; `arrived` is the SID of a call whose audio has just come. Raises StoreDown."""
        if self._withdrawn:
            return
        self._sequence += 1
        load = self._load()
        report = Report(self.id, self._media, load.capacity, load.live, load.draining, self._sequence)
        await self._instances.tell(report, arrived=arrived)

    async def withdraw(self) -> None:
        """Take this process off the list for good; Redis forgets it by itself if it cannot be told."""
        self._withdrawn = True
        with suppress(StoreDown):
            await self._instances.withdraw(self.id)

    async def place(self, call_sid: str, left: str | None = None) -> Place | None:
        """A place for a call on some process, None while there is none. Raises StoreDown.

        `left`: the process whose audio with this call has ended, when it has to go on.
        """
        await self.tell()
        if left is None:
            return await self._instances.reserve(call_sid)
        return await self._instances.again(call_sid, left, alive=left == self.id)

    async def turn(self, call_sid: str, *, first: bool = False) -> Place | int:
        """A place for a caller on hold, or their position in line; `first`: at its head. Raises StoreDown."""
        await self.tell()
        return await self._instances.wait(call_sid, first=first)

    async def forget(self, call_sid: str) -> None:
        """A call is over: nothing is kept for it. What cannot be forgotten runs out by itself."""
        with suppress(StoreDown):
            await self._instances.forget(call_sid)

    async def room(self) -> Room:
        """How it stands in the whole house. Raises StoreDown."""
        await self.tell()
        return await self._instances.room()
