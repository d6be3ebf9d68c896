"""The facts of calls in one stream, whoever holds them: our own at once, those of other processes a little later."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

import structlog
from sqlalchemy import ARRAY, ColumnElement, Integer, Uuid, cast, column
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col, func, or_, select, true

from clock import Clock
from db.engine import Sessions
from db.events import Event, EventLog, Subscription
from db.models import CallEvent, CallRow
from operations import reading

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
AT_MOST = 1000
"""Events of all calls that are replayed, after which the feed ends and the client asks on, or polled at a time."""
REMEMBERED = 5000
"""Calls of which is known how far they were told."""
LONGEST_CALL = timedelta(hours=4)  # a carrier ends it then
AFTER_THE_END = timedelta(
    minutes=5
)  # for a process that had to wait for PostgreSQL with a call's last events
LOOK_BACK = timedelta(seconds=5)
"""So much earlier than the event told last may one have happened that was not told: other processes' come later."""


@dataclass(frozen=True)
class Source:
    """Where the facts are: in PostgreSQL, and those of this process before that in its log."""

    sessions: Sessions
    log: EventLog
    clock: Clock


@dataclass
class Feed:
    """What was missed, then what happens; the events of one call in their order, each once."""

    source: Source
    live: Subscription
    call_id: UUID | None
    """The only call that is told; None for all."""
    told: OrderedDict[UUID, int]
    """How far each call was told, or had come before the feed."""
    missed: list[CallEvent] = field(default_factory=list)
    more: bool = False
    """There is more than `missed`, and the feed ends after it."""

    @classmethod
    async def of_call(cls, source: Source, call_id: UUID, after: int) -> Self:
        """One call after that number. Raises NotFound."""
        live = source.log.subscribe(call_id)
        await source.log.flush()
        async with source.sessions() as session:
            missed = await reading.call_events(session, call_id, after)
        return cls(source, live, call_id, OrderedDict({call_id: after}), missed)

    @classmethod
    async def of_all(cls, source: Source, last: tuple[UUID, int] | None) -> Self:
        """All calls from now on, or after the event that was told last, by its call and number.

        Then the events of other calls in the seconds before that one come again, for not all of them may have come.
        """
        await source.log.flush()
        async with source.sessions() as session:
            told = OrderedDict(await reached(session, source.clock.now()))
        live = source.log.subscribe()
        if last is None:
            return cls(source, live, None, told)
        await source.log.flush()
        async with source.sessions() as session:
            before, after = await around(session, last)
        return cls(source, live, None, told, before + after[:AT_MOST], len(after) > AT_MOST)

    async def events(self) -> AsyncGenerator[CallEvent | Event, None]:
        """All of it. Ends after `missed` if there is more, with the process, and when its reader is too slow."""
        loop = asyncio.get_running_loop()
        try:
            for missed in self.missed:
                yield self._noted(missed)
            poll_at = loop.time() + POLL_SECONDS
            while not self.more:
                happened = await self._happens(poll_at)
                if happened is None and self.live.ended:
                    return
                gap = happened is not None and happened.seq > self._reached(happened) + 1
                if gap:  # another process held this call until now
                    await self.source.log.flush()
                if gap or loop.time() >= poll_at:
                    for polled in await self._polled():
                        yield self._noted(polled)
                    poll_at = loop.time() + POLL_SECONDS
                if happened is not None and happened.seq > self._reached(happened):
                    yield self._noted(happened)
        finally:
            self.live.close()

    async def _happens(self, until: float) -> Event | None:
        """The next event of this process; None when there is none until that time of the loop, or no more at all."""
        try:
            async with asyncio.timeout_at(until):
                return await anext(self.live, None)
        except TimeoutError:
            return None

    def _reached(self, event: CallEvent | Event) -> int:
        return self.told.get(event.call_id, 0)

    def _noted(self, event: CallEvent | Event) -> CallEvent | Event:
        self.told[event.call_id] = max(event.seq, self._reached(event))
        self.told.move_to_end(event.call_id)
        if len(self.told) > REMEMBERED:
            self.told.popitem(last=False)
        return event

    async def _polled(self) -> list[CallEvent]:
        """What others wrote, and what we wrote and did not tell yet; nothing while PostgreSQL is gone."""
        try:
            async with self.source.sessions() as session:
                if self.call_id is None:
                    return await news(session, self.source.clock.now(), self.told)
                return await of_one(session, self.call_id, self.told[self.call_id])
        except (SQLAlchemyError, OSError) as error:
            log.warning("events.not_polled", error=type(error).__name__)
            return []


def running(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The calls of which something may still be written. Found by when they began, for that has an index."""
    ended = col(CallRow.ended_at)
    return col(CallRow.started_at) > now - LONGEST_CALL, or_(ended.is_(None), ended > now - AFTER_THE_END)


async def reached(session: AsyncSession, now: datetime) -> dict[UUID, int]:
    """How far each running call has come."""
    newest = select(func.max(col(CallEvent.seq))).where(col(CallEvent.call_id) == col(CallRow.id))
    query = select(col(CallRow.id), func.coalesce(newest.scalar_subquery(), 0)).where(*running(now))
    return dict((await session.execute(query)).all())


async def news(session: AsyncSession, now: datetime, told: Mapping[UUID, int]) -> list[CallEvent]:
    """Events of running calls after those told, oldest first."""
    known = (
        func.unnest(cast(list(told), ARRAY(Uuid)), cast(list(told.values()), ARRAY(Integer)))
        .table_valued(column("call_id", Uuid), column("seq", Integer))
        .render_derived(name="told")
    )
    # Looked up call by call, because there are few that run and very many events.
    fresh = (
        select(CallEvent)
        .where(col(CallEvent.call_id) == col(CallRow.id), col(CallEvent.seq) > func.coalesce(known.c.seq, 0))
        .order_by(col(CallEvent.seq))
        .limit(AT_MOST)
        .correlate(CallRow, known)
        .lateral("fresh")
    )
    query = (
        select(aliased(CallEvent, fresh))
        .select_from(CallRow)
        .outerjoin(known, known.c.call_id == col(CallRow.id))
        .join(fresh, true())
        .where(*running(now))
        .order_by(fresh.c.at, fresh.c.call_id, fresh.c.seq)
        .limit(AT_MOST)
    )
    return list(await session.scalars(query))


async def of_one(session: AsyncSession, call_id: UUID, after: int) -> list[CallEvent]:
    """Events of one call after that number, in order."""
    query = select(CallEvent).where(col(CallEvent.call_id) == call_id, col(CallEvent.seq) > after)
    return list(await session.scalars(query.order_by(col(CallEvent.seq))))


async def around(session: AsyncSession, last: tuple[UUID, int]) -> tuple[list[CallEvent], list[CallEvent]]:
    """Events of other calls shortly before one, and those of all calls after it, one more than `AT_MOST` of them.

    None when that one is not known.
    """
    call_id, seq = last
    known = await session.get(CallEvent, last)
    if known is None:
        return [], []
    at, other = col(CallEvent.at), col(CallEvent.call_id) != call_id
    order = (at, col(CallEvent.call_id), col(CallEvent.seq))
    before = select(CallEvent).where(at >= known.at - LOOK_BACK, at < known.at, other)
    after = select(CallEvent).where(at >= known.at, or_(other, col(CallEvent.seq) > seq))
    return (
        list(await session.scalars(before.order_by(*order))),
        list(await session.scalars(after.order_by(*order).limit(AT_MOST + 1))),
    )
