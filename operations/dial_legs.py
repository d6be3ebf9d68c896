"""What the telephone company tells of calls that we began: in any order, more than once, and of legs nobody knows.

The id of the row travels in the address that is asked or told, so a call finds its row although the answer that bore
its SID was lost. The first SID is the call; another one that says it is the same call is nobody's.
"""

from collections.abc import Mapping
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import CallRow, DialRow
from db.types import Keyring
from domain.calling import Kind
from domain.dialling import AGENTS, Dialled, Outcome, Topic
from operations import calls
from operations.dial_rows import close, locked

log = structlog.get_logger(__name__)

ENDS: Mapping[str, Outcome] = {
    "completed": Outcome.HUNG_UP,
    "busy": Outcome.BUSY,
    "no-answer": Outcome.NO_ANSWER,
    "canceled": Outcome.NO_ANSWER,
    "failed": Outcome.FAILED,
}
"""What became of a call, as far as a carrier knows."""
STEPS: Mapping[str, Dialled] = {
    "queued": Dialled.RINGING,
    "initiated": Dialled.RINGING,
    "ringing": Dialled.RINGING,
    "in-progress": Dialled.ANSWERED,
}
ORDER = tuple(Dialled)


async def picked_up(
    session: AsyncSession, dial_id: UUID, sid: str, phone: str | None, clock: Clock, keyring: Keyring
) -> CallRow | None:
    """Somebody has picked up: the record of their call, made the first time it is told.

    None for a leg that is to be hung up: its row is unknown or over, or another leg is the call.

    Raises:
        NotFound: the line is not one of ours any more.
    """
    row = await of_leg(session, dial_id, sid)
    if row is None or row.status == Dialled.OVER:
        return None
    forward(row, Dialled.ANSWERED)
    row.phone = calls.caller(phone)
    call = await calls.open_outgoing(
        session,
        sid=sid,
        line=row.line,
        phone=row.phone,
        customer_id=row.party_id if row.party_kind == Kind.CUSTOMER else None,
        purpose=row.purpose,
        agent=AGENTS[Topic(row.topic)],
        clock=clock,
        keyring=keyring,
    )
    row.call_id = call.id
    return call


async def reported(
    session: AsyncSession, dial_id: UUID, sid: str, status: str, sequence: int | None, clock: Clock
) -> None:
    """A step of a call. What is told late or twice changes nothing; without a sequence number it only moves forward."""
    row = await of_leg(session, dial_id, sid)
    if row is None or (sequence is not None and sequence <= row.sequence):
        return
    if sequence is not None:
        row.sequence = sequence
    if status in ENDS:
        await close(session, row, ENDS[status], clock)
    elif status in STEPS:
        forward(row, STEPS[status])


async def detected(session: AsyncSession, dial_id: UUID, sid: str, answered_by: str) -> None:
    """Who has picked up, as machine detection has it; its first verdict stays."""
    row = await of_leg(session, dial_id, sid)
    if row is not None and row.answered_by is None:
        row.answered_by = answered_by[:20]


async def of_leg(session: AsyncSession, dial_id: UUID, sid: str) -> DialRow | None:
    """The locked row of a leg, which takes its SID if it never heard one; None when the leg is not this row's call."""
    row = await locked(session, dial_id)
    if row is None or not sid:
        return None
    if row.sid is None and row.status != Dialled.OVER and not await taken(session, sid):
        row.sid = sid
    if row.sid != sid:
        log.warning("dial.other_leg", dial=str(dial_id), sid=sid, status=row.status)
        return None
    return row


async def taken(session: AsyncSession, sid: str) -> bool:
    """Whether a SID is another row's call."""
    return await session.scalar(select(DialRow.id).where(col(DialRow.sid) == sid)) is not None


def forward(row: DialRow, step: Dialled) -> None:
    """A call only moves forward."""
    if ORDER.index(step) > ORDER.index(Dialled(row.status)):
        row.status = step.value
