"""One conversation a job: a row, then the telephone company outside any transaction, then what it said.

A call whose answer was lost is found again, by the webhook that bears the row's id or by the company's own list, before
it is placed once more. Why: `docs/decisions/0026-one-conversation-a-job.md`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from compliance.may_text import Attempt, Decision, Dial, Outgoing
from db.engine import Sessions, transaction
from db.models import DialRow, Number
from domain.calling import Person
from domain.dialling import Dialled, DialRules, Outcome, Topic, Wanted
from errors import NotFound, StoreDown, VendorError, VendorTimeout
from operations.dial_legs import ENDS, STEPS, forward
from operations.dial_rows import CALL, SMS, begin, close, free_at, leg_of, live, locked, over, tried, verdict
from operations.jobs import real_now

__all__ = ["Dialler", "Try", "leg_of", "line_for", "over", "tried", "verdict"]

log = structlog.get_logger(__name__)

BEFORE = timedelta(seconds=2)
"""The company's clock may be that much behind ours, and it counts whole seconds."""
LONGEST_RING = timedelta(seconds=60)
"""`Ladder.ring_seconds` at most: a call that was placed has been answered or ended by then, and either is told us."""
BUDGET_SPENT = "their telephone has rung often enough within the hour"


class Listed(Protocol):
    """A call on the company's list."""

    @property
    def sid(self) -> str: ...
    @property
    def status(self) -> str: ...


@dataclass(frozen=True)
class Try:
    """What one try has come to."""

    row: DialRow | None
    """None: nothing was asked for; see `decision` and `again_at`."""
    decision: Decision | None = None
    """The gate's, when it was asked; None where the company's answer was lost."""
    again_at: datetime | None = None
    """Business time from which it may be done: the gate's window opens, or the hour's budget allows it."""
    failed: VendorError | None = None
    """Why it was not done, where the company refused."""

    @property
    def running(self) -> bool:
        """Whether a telephone rings, or may."""
        return self.row is not None and self.row.status != Dialled.OVER

    @property
    def refused(self) -> bool:
        """Whether the gate said no."""
        return self.decision is not None and not self.decision.allowed


@dataclass(frozen=True)
class Dialler:
    """Places calls and sends texts for jobs, each once."""

    sessions: Sessions
    outgoing: Outgoing
    clock: Clock
    rules: DialRules
    public: str
    """PUBLIC_URL: where the telephone company finds us."""

    async def call(self, wanted: Wanted) -> Try:
        """Let somebody's telephone ring, if no call of ours to them runs, the hour's budget allows it, and the gate.

        A row that is `asked` afterwards: the company's answer was lost, and the telephone may ring. See `live`.

        Raises:
            StoreDown: the database failed; what was asked for is found out by `live`.
        """
        async with transaction(self.sessions) as session:
            now = self.clock.now()
            if again_at := await free_at(session, wanted.person, self.rules, now):
                return Try(None, again_at=again_at)
            row = await begin(session, wanted, CALL, now)
        if row is None:
            return Try(None)
        try:
            async with asking():
                attempt = await self.outgoing.call_person(
                    self.sessions, wanted.person, wanted.purpose, self.clock.now(), self._dial(row)
                )
        except VendorTimeout as error:
            log.warning("dial.unknown", dial=str(row.id), reason=error.message)
            return Try(row)
        except VendorError as error:
            log.warning("dial.failed", dial=str(row.id), reason=error.message)
            return Try(await self._ended(row, Outcome.FAILED), failed=error)
        return await self._asked(row, attempt)

    async def text(self, wanted: Wanted) -> Try:
        """Send `wanted.text`, once: a text whose answer was lost counts as sent.

        Raises:
            VendorError: it was not sent, and may be if it is tried again.
            StoreDown: the database failed; it counts as sent unless the row says otherwise.
        """
        async with transaction(self.sessions) as session:
            await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(wanted.key, 0))))
            if wanted.text is None or (await tried(session, wanted.key, wanted.since)).texted:
                return Try(None)
            row = await begin(session, wanted, SMS, self.clock.now())
        if row is None:
            return Try(None)
        try:
            async with asking():
                attempt = await self.outgoing.text_person(
                    self.sessions,
                    wanted.person,
                    wanted.purpose,
                    self.clock.now(),
                    wanted.text,
                    line=wanted.line,
                )
        except VendorTimeout:
            return Try(await self._ended(row, Outcome.SENT))
        except VendorError as error:
            row = await self._ended(row, Outcome.FAILED)
            if error.retryable:
                raise
            return Try(row, failed=error)
        outcome = Outcome.SENT if attempt.decision.allowed else Outcome.REFUSED
        row = await self._ended(row, outcome, sid=attempt.sid, rule=attempt.decision.rule)
        return Try(row, attempt.decision, attempt.decision.retry_at)

    async def live(self, person: Person, by: str | None = None) -> DialRow | None:
        """The call of ours to somebody that is not over, after the company was asked where nobody has told us of it.

        `by`: the job that asks, and is not to be woken by what is found.

        Raises StoreDown.
        """
        async with transaction(self.sessions) as session:
            row = await live(session, person)
        if row is None or not self._untold(row):
            return row
        try:
            async with asking():
                listed: Sequence[Listed] | None = await self.outgoing.calls_to(
                    self.sessions, person, row.asked_real - BEFORE
                )
        except VendorError as error:
            log.warning("dial.not_listed", dial=str(row.id), reason=error.message)
            listed = None
        async with transaction(self.sessions) as session:
            found = await locked(session, row.id)
            if found is not None and found.status != Dialled.OVER:
                await self._resolve(session, found, listed, by)
        return found if found is not None and found.status != Dialled.OVER else None

    def wait(self, row: DialRow) -> timedelta:
        """How long a call whose answer was lost may still take to knock at our door, real time."""
        return max(timedelta(), row.asked_real + self._patience - real_now())

    def _untold(self, row: DialRow) -> bool:
        """Whether the company is to be asked: its answer was lost, or a call has taken longer than ringing takes.

        One that was answered is asked about, too: the report of its end may have been lost.
        """
        ring = timedelta(seconds=self.rules.topics[Topic(row.topic)].ring_seconds)
        return row.sid is None or real_now() > row.asked_real + ring + self._patience

    async def _resolve(
        self, session: AsyncSession, row: DialRow, listed: Sequence[Listed] | None, by: str | None
    ) -> None:
        """Write down what the company's list says of a locked row; None: it could not be had."""
        patience = self._patience
        if listed is None:
            if row.sid is None and real_now() > row.asked_real + patience + LONGEST_RING:
                await close(session, row, Outcome.NEVER_PLACED, self.clock, by=by)
            return
        if row.sid is None:
            row.sid = await self._adopted(session, listed)
        found = next((one for one in listed if one.sid == row.sid), None)
        if found is None:
            if row.sid is not None:
                await close(session, row, Outcome.FAILED, self.clock, by=by)
            elif real_now() >= row.asked_real + patience:
                await close(session, row, Outcome.NEVER_PLACED, self.clock, by=by)
        elif found.status in ENDS:
            await close(session, row, ENDS[found.status], self.clock, by=by)
        elif found.status in STEPS:
            forward(row, STEPS[found.status])

    async def _adopted(self, session: AsyncSession, listed: Sequence[Listed]) -> str | None:
        """The newest listed call that is no other row's."""
        sids = [one.sid for one in listed]
        known = set(await session.scalars(select(DialRow.sid).where(col(DialRow.sid).in_(sids))))
        return next((sid for sid in sids if sid not in known), None)

    async def _asked(self, row: DialRow, attempt: Attempt) -> Try:
        """The company, or the gate, has answered."""
        decision = attempt.decision
        if not decision.allowed:
            log.info("dial.refused", dial=str(row.id), rule=decision.rule)
            row = await self._ended(row, Outcome.REFUSED, rule=decision.rule)
            return Try(row, decision, decision.retry_at)
        async with transaction(self.sessions) as session:
            found = await locked(session, row.id)
            if found is None:
                raise NotFound("the row of this call is gone")
            found.sid, found.rule = found.sid or attempt.sid, decision.rule
            forward(found, Dialled.RINGING)
        return Try(found, decision)

    async def _ended(
        self, row: DialRow, outcome: Outcome, *, sid: str | None = None, rule: str | None = None
    ) -> DialRow:
        async with transaction(self.sessions) as session:
            found = await locked(session, row.id)
            if found is None:
                raise NotFound("the row of this call is gone")
            found.sid, found.rule = found.sid or sid, rule
            await close(session, found, outcome, self.clock, by=row.job_key)
        return found

    def _dial(self, row: DialRow) -> Dial:
        def address(door: str) -> str:
            return f"{self.public}/twilio/{door}?job={row.id}"

        ladder = self.rules.topics[Topic(row.topic)]
        return Dial(row.line, address("voice"), address("status"), ladder.ring_seconds, address("amd"))

    @property
    def _patience(self) -> timedelta:
        return timedelta(seconds=self.rules.unknown_seconds)


async def line_for(session: AsyncSession, market: str, city: str | None) -> str:
    """Which of our numbers calls somebody: one of their city, else one of their market. Raises NotFound without any."""
    query = select(Number.e164).where(col(Number.market) == market)
    near = col(Number.city) == (city or "")
    line: str | None = await session.scalar(query.order_by(near.desc(), col(Number.e164)).limit(1))
    if line is None:
        raise NotFound(f"no line of ours is in {market}")
    return line


@asynccontextmanager
async def asking() -> AsyncIterator[None]:
    """What the gate reads comes from the same database. Raises StoreDown for its failure."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise StoreDown(f"the database failed: {type(error).__name__}") from error
