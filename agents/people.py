"""Putting a caller through to one of our people, beside the conversation: wait, ring, join, or promise a call-back."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import assert_never
from uuid import UUID

import structlog

from compliance import wording
from compliance.may_text import Outgoing
from domain.hours import Hours
from errors import Refused, StoreDown, VendorError, VendorTimeout
from operations import transfers
from operations.transfers import Seen, Status
from tools.call import Call
from tools.calling_back import called_back

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
class Watch:
    """What has been seen so far of one caller's wait; seconds since it began."""

    waited: float = 0.0
    told: float = 0.0
    """When the caller heard their place last."""
    place: int = 1
    rung: float | None = None
    answered: float | None = None
    blind: int = 0
    """Looks in a row that the store did not answer."""

    def rings(self, *, picked_up: bool) -> None:
        """The person's telephone rings, or they have picked up and hear who waits."""
        self.rung = self.waited if self.rung is None else self.rung
        if picked_up and self.answered is None:
            self.answered = self.waited

    @property
    def over(self) -> bool:
        """Whether it has rung, or they have thought, for too long."""
        if self.answered is not None:
            return self.waited - self.answered >= DECIDE_SECONDS
        return self.rung is not None and self.waited - self.rung >= RING_SECONDS + LATE_SECONDS


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
    _joined: bool = False
    """The caller's line has gone over, or may have: the two are not parted any more."""
    _lost: bool = False
    """A person was lost after they had taken the call: the caller has yet to hear what follows."""
    _rung: str | None = None
    """The carrier's id of the call to the person, kept here for when the row cannot be read."""
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
                self._waiting, self._lost, self._rung = seen.id, False, None
                call.record("person.waiting", place=seen.place, reason=reason)
                self._task = asyncio.get_running_loop().create_task(self._wait(seen.id), name="put through")
            return seen.place

    def leave(self) -> bool:
        """See tools.call.People."""
        if not self.waiting:
            return False
        self.call.later(self.close())
        return True

    async def close(self) -> None:
        """The caller waits no more, or has gone: nobody is rung for them, or waits behind them. Raises StoreDown."""
        task, self._task, transfer_id, self._waiting = self._task, None, self._waiting, None
        if task is None or transfer_id is None:
            return
        if self._moving:  # their line is on its way to the person: that is why we lose it
            await asyncio.gather(task, return_exceptions=True)
        waited = not task.done()
        if waited:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._joined:
            return
        if waited:
            self.call.record("person.left")
        await self._let_go(transfer_id)

    async def _let_go(self, transfer_id: UUID) -> None:
        """Out of the queue; whoever is rung, or has picked up, is hung up on, also while the row cannot be written.

        Raises StoreDown.
        """
        rung, self._rung = self._rung, None
        try:
            async with self.call.transaction() as session:
                sid = await transfers.leave(session, transfer_id, self.call.clock.now())
        except StoreDown:
            await self._hang_up(rung)
            raise
        await self._hang_up(sid)

    async def _wait(self, transfer_id: UUID) -> None:
        """Look how it stands, twice a second, until somebody has decided; a store that is away is waited for."""
        watch = Watch()
        while True:
            try:
                if await self._look(transfer_id, watch):
                    return
            except StoreDown:
                watch.blind += 1
                if watch.blind == 1:
                    self.call.record("fault", service="people", category="StoreDown")
                if self._task is None:  # nobody waits any more
                    return
                if watch.waited >= WAIT_SECONDS:
                    await self._owe(wording.NOBODY_NO_PROMISE)
                    with suppress(StoreDown):  # then the end of the call tries again
                        await self._let_go(transfer_id)
                    return
            else:
                watch.blind = 0
            if watch.waited - watch.told >= TELL_SECONDS:
                watch.told = watch.waited
                await self._say(wording.IN_QUEUE.format(place=wording.queue_place(watch.place)))
            await self.pause(LOOK_SECONDS)
            watch.waited += LOOK_SECONDS

    async def _look(self, transfer_id: UUID, watch: Watch) -> bool:
        """What is due now; True when the wait is over. Raises StoreDown, and then the same is due again."""
        if self._lost:
            await self._make_good(transfer_id)
            return True
        async with self.call.transaction() as session:
            seen = await transfers.look(session, transfer_id, self.call.clock.now())
        watch.place = seen.place
        match seen.status:
            case Status.ACCEPTED:
                await self._join(seen)
                return True
            case Status.DECLINED | Status.MISSED:
                await self._nobody(seen)
                return True
            case Status.LEFT:
                return True
            case Status.WAITING:
                if seen.place == 1 and await self._ring(seen):
                    watch.rung = watch.waited
                elif watch.waited >= WAIT_SECONDS:
                    await self._give_up(seen)
            case Status.RINGING:
                watch.rings(picked_up=seen.picked_up)
                if watch.over:
                    await self._give_up(seen)
            case never:
                assert_never(never)
        return False

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
            self._rung = sid
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
        """Somebody has taken the call: the caller's line goes over to them. Raises StoreDown."""
        call = self.call
        async with call.transaction() as session:
            sid = await transfers.caller_sid(session, call.state.call_id)
        call.record("person.accepted")
        self._moving = self._joined = True
        self.leaving(True)
        try:
            url = f"{self._url('/join', seen.id)}&spoken={call.state.language}"
            await self.desk.outgoing.telephony.redirect_call(sid, url)
        except VendorTimeout:
            call.record("fault", service="people", category="VendorTimeout")  # it may have gone over
        except VendorError as error:
            call.record("fault", service="people", category=type(error).__name__)
            self._joined, self._lost = False, True
            self.leaving(False)
        finally:
            self._moving = False
        if self._lost:
            self._rung = self._rung or seen.sid
            await self._make_good(seen.id)

    async def _make_good(self, transfer_id: UUID) -> None:
        """The two could not be joined: the person is freed, and the caller is called back. Raises StoreDown."""
        await self._let_go(transfer_id)
        await self._promise()

    async def _give_up(self, seen: Seen) -> None:
        """It has rung for too long. Whoever takes the call in this moment has it."""
        async with self.call.transaction() as session:
            over = await transfers.fail(session, seen.id, Status.MISSED, self.call.clock.now())
        if over:
            await self._hang_up(seen.sid or self._rung)

    async def _nobody(self, seen: Seen) -> None:
        self.call.record("person.missed", status=seen.status)
        await self._promise()

    async def _promise(self) -> None:
        """A call-back instead, once it is written down."""
        text = wording.NOBODY_AND_WITHHELD
        if self.call.phone is not None:
            promised = await called_back(self.call, "nobody took the call")
            text = wording.NOBODY_FREE.format(promise=promised)
        self._lost = False
        await self._owe(text)

    async def _owe(self, text: str) -> None:
        if self.call.line is not None:
            await self.call.line.owe(text)

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
