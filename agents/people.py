"""Putting a caller through to one of our people, beside the conversation: wait, ring, join, or promise a call-back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import assert_never
from uuid import UUID

import structlog
from num2words import num2words

from compliance import wording
from compliance.may_text import Outgoing
from domain.hours import Hours
from domain.speech import say_when
from errors import Refused, StoreDown, VendorError, VendorTimeout
from operations import callbacks, transfers
from operations.transfers import Seen, Status
from tools.call import Call

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
TELL_SECONDS = 20.0
RING_SECONDS = 30
DECIDE_SECONDS = 75.0  # a briefing of three quarters of a minute, and a while to press a key
LATE_SECONDS = 5.0  # the carrier's own report that nobody picked up comes first
WAIT_SECONDS = 300.0
"""Nobody waits in a queue for longer; then a call-back is promised."""

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Desk:
    """Our people at one line, and how they are reached."""

    outgoing: Outgoing
    hours: Hours
    """When somebody is there."""
    public: str
    """Root of our own address, for the carrier's questions."""


@dataclass
class PutThrough:
    """One caller's way to a person. `tools.call.People`, for a call by telephone."""

    call: Call
    desk: Desk
    leaving: Callable[[bool], None]
    """Told True just before the caller's line goes over to the person, False if it did not."""
    pause: Pause = asyncio.sleep
    _waiting: UUID | None = None
    _task: "asyncio.Task[None] | None" = None
    _moving: bool = False
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def waiting(self) -> bool:
        """Whether the caller waits for a person now."""
        return self._task is not None and not self._task.done()

    async def put_through(self, reason: str) -> int | None:
        """See tools.call.People."""
        call, now = self.call, self.call.clock.now()
        async with self._lock:
            if not self.waiting and not self.desk.hours.open_at(now):
                return None
            async with call.transaction() as session:
                seen = await transfers.ask(session, call.state, reason, now)
            if seen is None or not self.desk.outgoing.reach.may_dial(seen.person_number).allowed:
                return None
            if not self.waiting:
                self._waiting = seen.id
                call.record("person.waiting", place=seen.place, reason=reason)
                self._task = asyncio.get_running_loop().create_task(
                    self._guarded(seen.id), name="put through"
                )
            return seen.place

    def leave(self) -> bool:
        """See tools.call.People."""
        if not self.waiting:
            return False
        self.call.later(self.close())
        return True

    async def close(self) -> None:
        """The caller waits no more, or has gone: nobody is rung for them."""
        task, self._task, transfer_id, self._waiting = self._task, None, self._waiting, None
        if task is None or transfer_id is None or task.done():
            return
        if self._moving:  # their line is on its way to the person: that is why we lose it
            await asyncio.gather(task, return_exceptions=True)
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with self.call.transaction() as session:
            sid = await transfers.leave(session, transfer_id, self.call.clock.now())
        self.call.record("person.left")
        await self._hang_up(sid)

    async def _guarded(self, transfer_id: UUID) -> None:
        try:
            await self._wait(transfer_id)
        except StoreDown:
            self.call.record("fault", service="people", category="StoreDown")
            await self._say(wording.NOBODY_NO_PROMISE)

    async def _wait(self, transfer_id: UUID) -> None:
        """Look how it stands, twice a second, until somebody has decided."""
        waited, told, rung, answered = 0.0, 0.0, None, None
        while True:
            async with self.call.transaction() as session:
                seen = await transfers.look(session, transfer_id, self.call.clock.now())
            match seen.status:
                case Status.ACCEPTED:
                    await self._join(seen)
                    return
                case Status.DECLINED | Status.MISSED:
                    await self._nobody(seen)
                    return
                case Status.LEFT:
                    return
                case Status.WAITING:
                    if seen.place == 1 and await self._ring(seen):
                        rung = waited
                    elif waited >= WAIT_SECONDS:
                        await self._give_up(seen)
                case Status.RINGING:
                    answered = waited if seen.picked_up and answered is None else answered
                    rings = rung is not None and waited - rung >= RING_SECONDS + LATE_SECONDS
                    decides = answered is not None and waited - answered >= DECIDE_SECONDS
                    if decides or (rings and answered is None):
                        await self._give_up(seen)
                case never:
                    assert_never(never)
            if waited - told >= TELL_SECONDS:
                told = waited
                await self._say(wording.IN_QUEUE.format(place=ordinal(seen.place)))
            await self.pause(LOOK_SECONDS)
            waited += LOOK_SECONDS

    async def _ring(self, seen: Seen) -> bool:
        """Let the person's telephone ring; False when somebody else's turn came first."""
        call = self.call
        async with call.transaction() as session:
            if not await transfers.next_up(session, seen.id, call.clock.now()):
                return False
        call.record("person.ringing")
        try:
            sid = await self.desk.outgoing.ring(
                seen.person_number,
                line=call.state.line,
                url=self._url("", seen.id),
                status_url=self._url("/status", seen.id),
                ring_seconds=RING_SECONDS,
            )
        except VendorTimeout:  # it may ring: whoever picks up says so
            return True
        except (VendorError, Refused) as error:
            call.record("fault", service="people", category=type(error).__name__)
            await self._give_up(seen)
            return True
        async with call.transaction() as session:
            await transfers.ringing(session, seen.id, sid)
        return True

    async def _join(self, seen: Seen) -> None:
        """Somebody has taken the call: the caller's line goes over to them."""
        call = self.call
        async with call.transaction() as session:
            sid = await transfers.caller_sid(session, call.state.call_id)
        call.record("person.accepted")
        self._moving = True
        self.leaving(True)
        try:
            await self.desk.outgoing.telephony.redirect_call(sid, self._url("/join", seen.id))
        except VendorTimeout:
            call.record("fault", service="people", category="VendorTimeout")  # it may have gone over
        except VendorError as error:
            call.record("fault", service="people", category=type(error).__name__)
            self.leaving(False)
            async with call.transaction() as session:
                await transfers.leave(session, seen.id, call.clock.now())
            await self._hang_up(seen.sid)
            await self._promise()
        finally:
            self._moving = False

    async def _give_up(self, seen: Seen) -> None:
        """It has rung for too long. Whoever takes the call in this moment has it."""
        async with self.call.transaction() as session:
            over = await transfers.fail(session, seen.id, Status.MISSED, self.call.clock.now())
        if over:
            await self._hang_up(seen.sid)

    async def _nobody(self, seen: Seen) -> None:
        self.call.record("person.missed", status=seen.status)
        await self._promise()

    async def _promise(self) -> None:
        """A call-back instead, once it is written down."""
        call = self.call
        if call.phone is None:
            await self._say(wording.NOBODY_AND_WITHHELD)
            return
        async with call.transaction() as session:
            promise = await callbacks.book(
                session, call.state, call.phone, "nobody took the call", call.clock
            )
        when = say_when(promise.at, call.clock.now(), self.desk.hours.zone)
        call.facts(when)
        if promise.new:
            call.record("person.booked", reason="nobody took the call")
        await self._say(wording.NOBODY_FREE.format(when=when))

    async def _say(self, text: str) -> None:
        if self.call.line is not None:
            await self.call.line.say(text)

    async def _hang_up(self, sid: str | None) -> None:
        if sid is None:
            return
        try:
            await self.desk.outgoing.telephony.hang_up(sid)
        except VendorError as error:
            log.warning("people.not_hung_up", error=type(error).__name__)

    def _url(self, what: str, transfer_id: UUID) -> str:
        query = f"transfer={transfer_id.hex}&token={transfers.token(transfer_id)}"
        return f"{self.desk.public}/twilio/person{what}?{query}"


def ordinal(place: int) -> str:
    """ "first", "second", ..."""
    return str(num2words(place, to="ordinal"))
