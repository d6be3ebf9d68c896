"""The rows of calls and texts that we begin: written before anything is asked, closed once, and told to who waits."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Callback, DialRow, Outbox
from domain.calling import Channel, Kind, Person, Purpose
from domain.dialling import NEVER_RANG, Dialled, DialRules, Leg, Outcome, Topic, Tried, Wanted
from domain.ids import Prefix, new_id, show
from operations import jobs

CALL, SMS = Channel.CALL.value, Channel.SMS.value
SAID = (Outcome.TALKED, Outcome.VOICEMAIL, Outcome.FAX, Outcome.WRONG_PERSON, Outcome.ON_HOLD)
"""What only the conversation can tell. The carrier's bare "completed" is a call that was HUNG_UP until it does."""
HOUR = timedelta(hours=1)
HANDED_OVER = UUID("5d0c4a52-6b0e-4e0c-9f0a-2f6f5b1f0b7e")
"""The name space of call-backs that a job asks for: one per job key, whoever asks again."""
PREFIXES = {Kind.CUSTOMER: Prefix.CUSTOMER, Kind.RESTAURANT: Prefix.RESTAURANT, Kind.DRIVER: Prefix.DRIVER}


def in_use(kind: Kind, party_id: UUID) -> str:
    """What a job waits for whose party is on the line with us already; it is woken by these words."""
    return f"the line is in use: {show(PREFIXES[kind], party_id)}"


def callback_id(key: str) -> UUID:
    """The id of the call-back that a job asks a person of ours for."""
    return uuid5(HANDED_OVER, key)


async def tried(session: AsyncSession, key: str, since: datetime) -> Tried:
    """What has been tried for a job since a moment of business time.

    A text counts from the moment it was about to be sent, unless it is known that it was not.
    """
    query = select(DialRow).where(col(DialRow.job_key) == key, col(DialRow.asked_at) >= since)
    rows = (await session.scalars(query.order_by(col(DialRow.asked_at), col(DialRow.id)))).all()
    calls = [row for row in rows if row.channel == CALL]
    texts = [row for row in rows if row.channel == SMS]
    asked_for = await session.get(Callback, callback_id(key))
    return Tried(
        calls=tuple(Outcome(row.outcome) if row.outcome else None for row in calls),
        last_at=(calls[-1].over_at or calls[-1].asked_at) if calls else None,
        texted=any(row.outcome in (None, Outcome.SENT) for row in texts),
        handed_over=asked_for is not None and asked_for.created_at >= since,
    )


async def leg_of(session: AsyncSession, call_id: UUID) -> Leg | None:
    """The outgoing call that a conversation belongs to; None for a call that came in."""
    row = await session.scalar(select(DialRow).where(col(DialRow.call_id) == call_id))
    if row is None:
        return None
    return Leg(
        dial_id=row.id,
        topic=Topic(row.topic),
        purpose=Purpose(row.purpose),
        kind=Kind(row.party_kind),
        party_id=row.party_id,
        order_id=row.order_id,
    )


async def verdict(session: AsyncSession, dial_id: UUID) -> str | None:
    """What machine detection said so far: human, machine_start, fax, unknown; None while it has said nothing."""
    said: str | None = await session.scalar(select(DialRow.answered_by).where(col(DialRow.id) == dial_id))
    return said


async def live(session: AsyncSession, person: Person) -> DialRow | None:
    """The call of ours to somebody that is not over; there is never more than one."""
    row: DialRow | None = await session.scalar(
        select(DialRow).where(
            col(DialRow.channel) == CALL,
            col(DialRow.status) != Dialled.OVER,
            col(DialRow.party_kind) == person.kind,
            col(DialRow.party_id) == person.id,
        )
    )
    return row


async def locked(session: AsyncSession, dial_id: UUID) -> DialRow | None:
    """A row as it is now, held until the transaction ends."""
    query = select(DialRow).where(col(DialRow.id) == dial_id).with_for_update()
    row: DialRow | None = await session.scalar(query.execution_options(populate_existing=True))
    return row


async def free_at(session: AsyncSession, person: Person, rules: DialRules, now: datetime) -> datetime | None:
    """When somebody's telephone may ring again by the hour's budget, business time; None: now."""
    most = rules.per_line_hour[person.kind]
    query = (
        select(DialRow.asked_at)
        .where(col(DialRow.party_kind) == person.kind, col(DialRow.party_id) == person.id)
        .where(col(DialRow.channel) == CALL, col(DialRow.asked_at) > now - HOUR)
        .where(func.coalesce(col(DialRow.outcome), "").not_in(NEVER_RANG))
        .order_by(col(DialRow.asked_at))
    )
    rang = (await session.scalars(query)).all()
    return rang[-most] + HOUR if len(rang) >= most else None


async def begin(session: AsyncSession, wanted: Wanted, channel: str, now: datetime) -> DialRow | None:
    """Write down a call or text that is about to be asked for; None when somebody's line is in use by us already."""
    values = {
        "id": new_id(),
        "job_key": wanted.key,
        "channel": channel,
        "topic": wanted.topic.value,
        "purpose": wanted.purpose.value,
        "party_kind": wanted.person.kind.value,
        "party_id": wanted.person.id,
        "order_id": wanted.person.order_id,
        "line": wanted.line,
        "status": Dialled.ASKED.value,
        "sequence": -1,
        "asked_at": now,
        "asked_real": jobs.real_now(),
    }
    row: DialRow | None = await session.scalar(
        insert(DialRow).values(values).on_conflict_do_nothing().returning(DialRow)
    )
    return row


async def over(session: AsyncSession, dial_id: UUID, outcome: Outcome, clock: Clock) -> bool:
    """A call is over: the line is free, and the job it was made for looks again, as does every other that waits for it.

    The first outcome stays. The carrier's bare "completed" is HUNG_UP: it changes nothing that is known, and what the
    conversation says takes its place. Safe to repeat. To be called when the line is dead, not before.

    Returns:
        Whether this was news.
    """
    row = await locked(session, dial_id)
    return row is not None and await close(session, row, outcome, clock)


async def close(
    session: AsyncSession, row: DialRow, outcome: Outcome, clock: Clock, *, by: str | None = None
) -> bool:
    """The same for a row that is locked. `by` is the job at work, which looks anyhow: waking it would be in vain, and
    for ever where it has to wait."""
    now = clock.now()
    if row.outcome is None:
        row.over_at = now
    elif row.outcome != Outcome.HUNG_UP or outcome not in SAID:
        return False
    row.status, row.outcome = Dialled.OVER.value, outcome.value
    await session.flush()
    keys = {row.job_key} if row.channel == CALL else set()
    if row.channel == CALL:
        waits = in_use(Kind(row.party_kind), row.party_id)
        query = select(Outbox.key).where(jobs.OPEN, col(Outbox.outcome) == waits)
        keys |= set(await session.scalars(query))
    for key in sorted(keys - {by}):
        await jobs.wake(session, key, now)
    return True
