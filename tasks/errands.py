"""From what the rows say is to be told to the next thing that is done about it."""

from datetime import datetime, timedelta

from domain.dialling import Outcome, Wanted, purpose_of
from domain.errand import Errand, Found
from domain.jobs import Done, Ending, Later
from errors import VendorError
from operations.dialling import line_for
from tasks.calling import NOBODY, TEXTED, reach
from tasks.texts import text_of
from tasks.work import Work

TEXT_AGAIN = timedelta(seconds=15)
"""Business time. What has a deadline does not wait as long as failed jobs do, which is minutes and soon an hour."""


async def go(work: Work, found: Found) -> Ending:
    """Take one step to reach whoever has to be told; what is over, or waits, is as it is.

    Raises:
        NotFound: no line of ours is in their market.
        VendorError: a text that has no deadline was not sent, and may be if it is tried again.
        StoreDown: the database failed.
    """
    if not isinstance(found, Errand):
        return found
    async with work.tools.transaction() as session:
        line = await line_for(session, found.market, found.city)
    wanted = Wanted(
        key=work.key,
        person=found.person,
        purpose=purpose_of(found.topic),
        topic=found.topic,
        since=found.since,
        line=line,
        text=text_of(found, line),
        note=found.note,
    )
    try:
        ending = await (_text(work, wanted) if found.quiet else reach(work, wanted))
    except VendorError as failure:
        if found.until is None or not failure.retryable:
            raise
        ending = Later(work.now + TEXT_AGAIN, f"a text is sent again: {failure.message}")
    return by(ending, found.until)


def by(ending: Ending, until: datetime | None) -> Ending:
    """The same, looked at again by then at the latest: what nobody answers is decided without them."""
    match ending:
        case Later(at, why) if until is not None and at > until:
            return Later(until, why)
        case Done(said) if until is not None:
            return Later(until, said)
    return ending


async def _text(work: Work, wanted: Wanted) -> Ending:
    """A text at once, without a call. One that may be sent later in the day waits for that."""
    dialler = work.tools.dialler
    if dialler is None:
        return Done(NOBODY)
    done = await dialler.text(wanted)
    if done.again_at is not None and done.refused:
        return Later(done.again_at, done.row.rule or "" if done.row else "")
    return Done(TEXTED if done.row is None or done.row.outcome == Outcome.SENT else NOBODY)
