"""Callers who wait for a person: one queue for each person's telephone, kept in rows that any process can read."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select

from db.models import Audit, CallRow, Number, Transfer
from db.types import held
from domain.briefing import briefing
from domain.call_state import CallState
from domain.ids import Prefix, show
from domain.masking import mask_text
from errors import Refused

QUEUED_FOR = timedelta(minutes=15)
TALKING_FOR = timedelta(hours=2)
"""A row that has stood for longer belongs to a process that died: nobody waits behind it."""


class Status(StrEnum):
    """What becomes of a caller who wants a person."""

    WAITING = "waiting"
    RINGING = "ringing"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MISSED = "missed"
    LEFT = "left"


OPEN = (Status.WAITING, Status.RINGING)
FAILED = (Status.DECLINED, Status.MISSED)


@dataclass(frozen=True)
class Seen:
    """A transfer as it stands; `place` counts from 1, among those who wait for the same telephone."""

    id: UUID
    status: Status
    place: int
    person_number: str
    sid: str | None
    """The carrier's id of the call to the person, once it rings."""
    picked_up: bool


async def ask(session: AsyncSession, state: CallState, reason: str, now: datetime) -> Seen | None:
    """Have a call wait for a person; once more, the same row. None when its line has no person, or nobody took it.

    A caller who left the queue may come back to its end.
    """
    person = await session.scalar(select(Number.person_number).where(col(Number.e164) == state.line))
    if person is None:
        return None
    await _one_at_a_time(session, person)
    row = await _of_call(session, state.call_id)
    if row is None or row.status == Status.LEFT:
        row = row or Transfer(
            call_id=state.call_id, market=state.market, person_number=person, reason="", briefing="", status="",
            created_at=now,
        )  # fmt: skip
        row.status, row.created_at, row.sid, row.answered_at, row.ended_at = (
            Status.WAITING,
            now,
            None,
            None,
            None,
        )
        row.reason, row.briefing = mask_text(reason)[:200], briefing(state, reason)
        session.add(row)
        await session.flush()
    if row.status not in OPEN:
        return None
    return await _seen(session, row, now)


async def look(session: AsyncSession, transfer_id: UUID, now: datetime) -> Seen:
    """How it stands now."""
    return await _seen(session, await session.get_one(Transfer, transfer_id), now)


async def next_up(session: AsyncSession, transfer_id: UUID, now: datetime) -> bool:
    """Whether the person's telephone may ring for this caller from now on: nobody is before them."""
    row = await session.get_one(Transfer, transfer_id)
    await _one_at_a_time(session, row.person_number)
    await session.refresh(row, with_for_update=True)
    if row.status != Status.WAITING or (await _seen(session, row, now)).place > 1:
        return False
    row.status = Status.RINGING
    return True


async def ringing(session: AsyncSession, transfer_id: UUID, sid: str) -> None:
    """The carrier's id of the call to the person."""
    row = await session.get_one(Transfer, transfer_id, with_for_update=True)
    row.sid = sid


async def picked_up(session: AsyncSession, row: Transfer, sid: str | None, now: datetime) -> bool:
    """The person has picked up, in a call with this id; whether the caller still waits."""
    await session.refresh(row, with_for_update=True)
    if row.status != Status.RINGING:
        return False
    row.answered_at, row.sid = row.answered_at or now, row.sid or sid
    return True


async def accept(session: AsyncSession, row: Transfer, now: datetime) -> bool:
    """The person takes the call; whether the caller is still there to be taken. Said twice, the same."""
    await session.refresh(row, with_for_update=True)
    if row.status == Status.ACCEPTED:
        return True
    if row.status != Status.RINGING:
        return False
    row.status, row.answered_at = Status.ACCEPTED, row.answered_at or now
    session.add(
        Audit(
            actor="person",
            action="transfer",
            subject=show(Prefix.CALL, row.call_id),
            source="telephone",
            call_id=row.call_id,
            at=now,
            data={"reason": row.reason},
        )
    )
    return True


async def fail(session: AsyncSession, transfer_id: UUID, status: Status, now: datetime) -> bool:
    """Nobody takes the call; False when somebody has, or it was over already."""
    row = await session.get_one(Transfer, transfer_id, with_for_update=True)
    if row.status not in OPEN:
        return False
    row.status, row.ended_at = status, now
    return True


async def leave(session: AsyncSession, transfer_id: UUID, now: datetime) -> str | None:
    """The caller waits no more; the call to the person that has to be hung up, if there is one."""
    row = await session.get_one(Transfer, transfer_id, with_for_update=True)
    if row.status in FAILED or row.ended_at is not None:
        return None
    if row.status in OPEN:
        row.status = Status.LEFT
    row.ended_at = now
    return row.sid


async def person_left(session: AsyncSession, row: Transfer, call_status: str, now: datetime) -> None:
    """The call to the person is over: taken and finished, hung up on, or never picked up."""
    await session.refresh(row, with_for_update=True)
    if row.status == Status.RINGING:
        row.status = Status.DECLINED if call_status == "completed" else Status.MISSED
    row.ended_at = row.ended_at or now


def token(transfer_id: UUID) -> str:
    """What a webhook about a transfer carries, beside the carrier's signature."""
    return held().keyed_hash("transfer", transfer_id.hex)


async def of_webhook(session: AsyncSession, transfer: str, given: str) -> Transfer:
    """The transfer a webhook is about. Raises Refused for a token that is not its own."""
    try:
        transfer_id = UUID(transfer)
    except ValueError:
        raise Refused("no such transfer") from None
    if not hmac.compare_digest(token(transfer_id).encode(), given.encode()):
        raise Refused("token")
    row = await session.get(Transfer, transfer_id)
    if row is None:
        raise Refused("no such transfer")
    return row


async def caller_sid(session: AsyncSession, call_id: UUID) -> str:
    """The carrier's id of the caller's own call."""
    return (await session.get_one(CallRow, call_id)).sid


async def _of_call(session: AsyncSession, call_id: UUID) -> Transfer | None:
    found: Transfer | None = await session.scalar(
        select(Transfer).where(col(Transfer.call_id) == call_id).with_for_update()
    )
    return found


async def _seen(session: AsyncSession, row: Transfer, now: datetime) -> Seen:
    before = await session.scalar(
        select(func.count())
        .select_from(Transfer)
        .where(
            col(Transfer.person_number) == row.person_number,
            col(Transfer.id) != row.id,
            or_(col(Transfer.created_at) < row.created_at, col(Transfer.status) != Status.WAITING),
            col(Transfer.ended_at).is_(None),
            or_(
                (col(Transfer.status).in_(OPEN)) & (col(Transfer.created_at) > now - QUEUED_FOR),
                (col(Transfer.status) == Status.ACCEPTED) & (col(Transfer.created_at) > now - TALKING_FOR),
            ),
        )
    )
    place = 1 + (before or 0) if row.status == Status.WAITING else 1
    return Seen(row.id, Status(row.status), place, row.person_number, row.sid, row.answered_at is not None)


async def _one_at_a_time(session: AsyncSession, person_number: str) -> None:
    """A queue changes by one caller at a time."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"queue {person_number}", 0)))
    )
