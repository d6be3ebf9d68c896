"""One step up the ladder of `data/dialling.yaml`: calls, then a text, then a person of ours.

Level-triggered: each time the rows say what has been tried, and the next thing is done, if it is time for it. A job may
be looked at as often as anybody likes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from db.models import DialRow
from domain.calling import Kind, Purpose
from domain.dialling import Dialled, Ladder, Outcome, Tried, Wanted
from domain.jobs import Done, Ending, Later
from errors import VendorError
from operations.asking_people import ask_a_person
from operations.dial_rows import in_use
from operations.dialling import BUDGET_SPENT, Dialler, tried
from tasks.work import Work

NOBODY, TEXTED, PERSON = (
    "nobody was reached",
    "nobody was reached; a text was sent",
    "a person of ours was asked",
)
LOOK_SECONDS = 5.0
"""Real time: a call whose answer was lost is looked for this often."""
SAFETY = timedelta(minutes=3)
"""Business time: whoever rings wakes the job when the call is over; this is for when that is lost."""


@dataclass(frozen=True)
class Shut:
    """The gate's window is shut."""

    until: datetime
    rule: str


async def reach(work: Work, wanted: Wanted) -> Ending:
    """Do the next thing to reach somebody, or wait for it; the handler has made sure that it is still true.

    A call that talked with somebody and left the job as it was is a try like any other. What is about an order on its
    way and may not be called about at this hour is texted, or given to a person; anything else waits for the window.

    Returns:
        Later while something rings or has to be waited for; Done with NOBODY, TEXTED or PERSON.

    Raises:
        VendorError: the text was not sent, and may be if it is tried again; a person of ours was asked all the same.
        StoreDown: the database failed.
    """
    dialler, ladder = work.tools.dialler, work.tools.dialling.topics[wanted.topic]
    shut: Later | None = None
    texted, unsent = False, None
    if dialler is not None:
        called = await _called(work, dialler, ladder, wanted)
        if isinstance(called, Shut):
            shut = Later(called.until, called.rule)
        elif called is not None:
            return called
        if shut is not None and wanted.purpose is not Purpose.ORDER_SERVICE:
            return shut
        try:
            texted = not await _wrong_number(work, wanted) and await _texted(dialler, ladder, wanted)
        except VendorError as failure:
            if not ladder.person:
                raise
            unsent = failure  # a person does not wait for that: an order has eight minutes
    if ladder.person:
        async with work.tools.transaction() as session:
            await ask_a_person(session, wanted, work.tools.staffed.get(wanted.line), work.now)
        if unsent is not None:
            raise unsent
        return Done(PERSON)
    if texted:
        return Done(TEXTED)
    return shut or Done(NOBODY)


async def _called(work: Work, dialler: Dialler, ladder: Ladder, wanted: Wanted) -> Later | Shut | None:
    """What to wait for before somebody is called again, or while they are; None: no call helps any more."""
    running = await dialler.live(wanted.person, work.key)
    if running is not None:
        return _while_live(work, dialler, running)
    async with work.tools.transaction() as session:
        so_far = await tried(session, wanted.key, wanted.since)
    if so_far.texted or so_far.handed_over or not ladder.left(so_far.calls):
        return None
    ready = _ready(ladder, so_far)
    if ready is not None and work.now < ready:
        return Later(ready, "it is not yet time for the next call")
    done = await dialler.call(wanted)
    if done.row is None:
        if done.again_at is not None:
            return Later(done.again_at, BUDGET_SPENT)
        return Later(work.now + _busy(work), in_use(wanted.person.kind, wanted.person.id))
    if done.running:
        return _while_live(work, dialler, done.row)
    if done.refused:
        return Shut(done.again_at, done.row.rule or "") if done.again_at else None
    calls = (*so_far.calls, Outcome.FAILED)
    return (
        Later(work.now + ladder.wait(_counted(ladder, calls)), "the call failed")
        if ladder.left(calls)
        else None
    )


def _while_live(work: Work, dialler: Dialler, row: DialRow) -> Later:
    """A telephone rings, or may, or somebody talks with us."""
    if row.status == Dialled.ASKED:
        real = min(dialler.wait(row), timedelta(seconds=LOOK_SECONDS))
        return Later(work.now + real * work.tools.settings.clock_speed, "it is not known whether it rings")
    if row.job_key == work.key:
        return Later(work.now + SAFETY, "its call is under way")
    return Later(work.now + _busy(work), in_use(Kind(row.party_kind), row.party_id))


def _ready(ladder: Ladder, so_far: Tried) -> datetime | None:
    """When the next call has its time; None: at once."""
    if so_far.last_at is None or so_far.calls[-1] in (Outcome.REFUSED, Outcome.NEVER_PLACED):
        return None
    return so_far.last_at + ladder.wait(_counted(ladder, so_far.calls))


def _counted(ladder: Ladder, calls: tuple[Outcome | None, ...]) -> int:
    return ladder.tries - ladder.left(calls)


def _busy(work: Work) -> timedelta:
    return timedelta(seconds=work.tools.dialling.busy_line_seconds)


async def _wrong_number(work: Work, wanted: Wanted) -> bool:
    """Whether somebody else answers there: what it is about is no business of theirs."""
    async with work.tools.transaction() as session:
        return Outcome.WRONG_PERSON in (await tried(session, wanted.key, wanted.since)).calls


async def _texted(dialler: Dialler, ladder: Ladder, wanted: Wanted) -> bool:
    """Whether a text was sent, now or before."""
    if not ladder.text or wanted.text is None:
        return False
    done = await dialler.text(wanted)
    return done.row is None or done.row.outcome == Outcome.SENT
