"""The facts of calls as they happen: numbered at once, sent to whoever watches, written in the background."""

import asyncio
import itertools
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from uuid import UUID
from weakref import WeakSet

import structlog
from pydantic_core import to_jsonable_python
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col

from clock import Clock
from db.models.base import Json
from db.models.calls import CallEvent
from db.spool import Spool
from deadline import deadline
from domain.masking import mask_cards_in
from errors import StoreDown

log = structlog.get_logger(__name__)

BATCH = 500
KEPT = 50_000
"""Most events held in memory while neither PostgreSQL nor the spool takes them: some 50 MB."""
RETRY_SECONDS = (0.2, 5.0)
"""First and longest pause between two tries of a database that is gone."""
WRITE_SECONDS = 10.0
"""A batch takes milliseconds; a database silent for this long counts as gone."""
GONE = (SQLAlchemyError, OSError)
VERSION = 1

Record = Callable[..., None]
Outcome = Literal["written", "spooled", "kept"]


@dataclass(frozen=True)
class Event:
    """One fact of a call; `seq` counts from 1 within it, `data` holds JSON values only."""

    call_id: UUID
    seq: int
    at: datetime
    type: str
    version: int
    data: Json


@dataclass(frozen=True)
class Mark:
    """A place in the queue somebody waits for; the result is True when all before it is in the database."""

    reached: asyncio.Future[bool]


class Subscription:
    """Live events from the moment it is made: iterate with `async for`; it ends when the reader is too slow.

    A reader that was dropped goes on from `EventLog.read(call_id, after_seq)`.
    """

    def __init__(self, call_id: UUID | None, size: int) -> None:
        self._call_id = call_id
        self._queue: deque[Event] = deque()
        self._size = size
        self._arrived = asyncio.Event()
        self.ended = False

    def offer(self, event: Event) -> None:
        """Hand over an event; ends the subscription when its reader is `size` events behind."""
        if self.ended or (self._call_id is not None and event.call_id != self._call_id):
            return
        if len(self._queue) >= self._size:
            self.close()
            return
        self._queue.append(event)
        self._arrived.set()

    def close(self) -> None:
        """No further events; what is queued can still be read."""
        self.ended = True
        self._arrived.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._queue:
            if self.ended:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()


class EventLog:
    """The one way to `call_events`. Use it as an async context manager: leaving it writes what is left.

    While PostgreSQL is gone events stay in memory, then go to a sealed file in `spool_dir` (none: memory only);
    they are written when it is back, or when the next process starts.
    """

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], clock: Clock, spool_dir: Path | None
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._spool = Spool(spool_dir) if spool_dir else None
        self._pending: deque[Event | Mark] = deque()
        self._wake, self._hurry = asyncio.Event(), asyncio.Event()
        self._last: OrderedDict[UUID, int] = OrderedDict()
        self._subscriptions: WeakSet[Subscription] = WeakSet()
        self._writer: asyncio.Task[None] | None = None
        self._spooled = self._spool is not None
        self._pause = 0.0
        self._closing = False

    async def __aenter__(self) -> Self:
        self._wake.set()
        self._writer = asyncio.create_task(self._write(), name="event writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for subscription in list(self._subscriptions):
            subscription.close()
        self._closing = True
        self._wake.set()
        self._hurry.set()
        if self._writer:
            await self._writer
        if self._spool:
            self._spool.close()
        if self._pending:
            log.error("events.lost", count=len(self._pending))

    @property
    def state(self) -> str:
        """`ok`, `behind` (events wait for PostgreSQL) or `stopped`, for readiness."""
        if self._writer is None or self._writer.done():
            return "stopped"
        return "behind" if self._pause else "ok"

    def recorder(self, call_id: UUID, start_seq: int = 0) -> Record:
        """`record(type, **data)` of a call: never blocks, numbers on from what this process or `start_seq` knows."""
        numbers = itertools.count(max(start_seq, self._last.get(call_id, 0)) + 1)

        def record(type: str, /, **data: Any) -> None:
            event = Event(call_id, next(numbers), self._clock.now(), type, VERSION, clean(data))
            self._last[call_id] = event.seq
            self._last.move_to_end(call_id)
            if len(self._last) > BATCH * 10:
                self._last.popitem(last=False)
            self._pending.append(event)
            self._wake.set()
            for subscription in list(self._subscriptions):
                subscription.offer(event)

        return record

    def subscribe(self, call_id: UUID | None = None, size: int = 1000) -> Subscription:
        """Live events of one call, or of all, from now on."""
        subscription = Subscription(call_id, size)
        if self._closing:
            subscription.close()
        self._subscriptions.add(subscription)
        return subscription

    async def read(self, call_id: UUID, after_seq: int = 0) -> list[Event]:
        """The written events of a call with a higher number, in order. Raises StoreDown."""
        query = select(CallEvent).where(col(CallEvent.call_id) == call_id, col(CallEvent.seq) > after_seq)
        try:
            async with self._sessions() as session:
                rows = (await session.scalars(query.order_by(col(CallEvent.seq)))).all()
        except GONE as error:
            raise StoreDown("PostgreSQL cannot be reached") from error
        return [Event(row.call_id, row.seq, row.at, row.type, row.version, row.data) for row in rows]

    async def last_seq(self, call_id: UUID) -> int:
        """The highest number given in a call, by this process or one before it; 0 when none. Raises StoreDown."""
        query = select(func.max(CallEvent.seq)).where(col(CallEvent.call_id) == call_id)
        try:
            async with self._sessions() as session:
                written = await session.scalar(query)
        except GONE as error:
            raise StoreDown("PostgreSQL cannot be reached") from error
        return max(written or 0, self._last.get(call_id, 0))

    async def flush(self) -> bool:
        """Wait until everything recorded so far is safe. True: in the database; False: spooled, or in memory."""
        if self._writer is None or self._writer.done():
            return not self._pending
        mark = Mark(asyncio.get_running_loop().create_future())
        self._pending.append(mark)
        self._wake.set()
        self._hurry.set()
        return await mark.reached

    async def _write(self) -> None:
        batch: list[Event | Mark] = []
        try:
            while not (self._closing and not self._pending):
                await self._wake.wait()
                if self._pause and not self._closing:
                    await self._wait_or_hurry(self._pause)
                self._hurry.clear()
                self._wake.clear()
                batch = [self._pending.popleft() for _ in range(min(BATCH, len(self._pending)))]
                outcome = await self._settle([entry for entry in batch if isinstance(entry, Event)])
                release([*batch, *(self._pending if outcome == "kept" else ())], outcome == "written")
                if self._pending or self._pause or self._closing:
                    self._wake.set()
                if self._closing and outcome == "kept":
                    break
        finally:
            release([*batch, *self._pending], False)

    async def _settle(self, events: list[Event]) -> Outcome:
        """Bring events to the database, else to the spool, else keep them in memory."""
        if self._pause and self._closing:
            return await self._keep(events)
        try:
            await self._unspool()
            await self._insert(events)
        except GONE as error:
            if not self._pause:
                log.warning("events.database_gone", error=type(error).__name__)
            self._pause = min(RETRY_SECONDS[1], max(RETRY_SECONDS[0], self._pause * 2))
            return await self._keep(events)
        if self._pause:
            log.info("events.database_back")
        self._pause = 0.0
        return "written"

    async def _keep(self, events: list[Event]) -> Outcome:
        if self._spool and events:
            try:
                await asyncio.to_thread(self._spool.append, [to_json(event) for event in events])
            except OSError as error:
                log.error("events.spool_failed", error=type(error).__name__)
            else:
                self._spooled = True
                return "spooled"
        room = max(0, KEPT - len(self._pending))
        if len(events) > room:
            log.error("events.lost", count=len(events) - room)
        self._pending.extendleft(reversed(events[:room]))
        return "kept"

    async def _unspool(self) -> None:
        """Write what waits in the spool, so that a call's events arrive in their order."""
        if not (self._spooled and self._spool):
            return
        for file in await asyncio.to_thread(self._spool.files):
            values = await asyncio.to_thread(self._spool.read, file)
            for start in range(0, len(values), BATCH):
                await self._insert([from_json(value) for value in values[start : start + BATCH]])
            await asyncio.to_thread(self._spool.forget, file)
            log.info("events.unspooled", count=len(values))
        self._spooled = False

    async def _insert(self, events: list[Event]) -> None:
        """Write events once each; one that PostgreSQL refuses for what it says does not hold up the others."""
        if not events:
            return
        try:
            await self._insert_all(events)
        except (IntegrityError, DataError) as error:
            if len(events) == 1:
                log.error("events.refused", type=events[0].type, error=type(error).__name__)
                return
            for event in events:
                await self._insert([event])

    async def _insert_all(self, events: list[Event]) -> None:
        rows = [vars(event) for event in events]
        async with deadline(WRITE_SECONDS), self._sessions() as session, session.begin():
            await session.execute(insert(CallEvent).on_conflict_do_nothing(), rows)

    async def _wait_or_hurry(self, seconds: float) -> None:
        try:
            async with deadline(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return


def release(batch: Iterable[Event | Mark], written: bool) -> None:
    """Tell whoever waits at the marks of a batch."""
    for entry in batch:
        if isinstance(entry, Mark) and not entry.reached.done():
            entry.reached.set_result(written)


def clean(data: Json) -> Json:
    """The data as JSON values: other types become text, card numbers are masked, broken Unicode is mended."""
    cleaned: Json = mask_cards_in(to_jsonable_python(data, fallback=str))
    return cleaned


def to_json(event: Event) -> Json:
    """An event as the spool keeps it."""
    value: Json = to_jsonable_python(event)
    return value


def from_json(value: Json) -> Event:
    """An event the spool kept."""
    return Event(
        UUID(value["call_id"]),
        value["seq"],
        datetime.fromisoformat(value["at"]),
        value["type"],
        value["version"],
        value["data"],
    )
