"""Promises that a person calls back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Callback, CallRow
from domain.call_state import CallState
from domain.ids import new_id

WITHIN = timedelta(minutes=30)


@dataclass(frozen=True)
class Promise:
    """When a person calls back at the latest; `new` is False when the call had been promised one before."""

    at: datetime
    new: bool


async def book(
    session: AsyncSession, state: CallState, phone: str | None, reason: str, clock: Clock
) -> Promise:
    """One call-back a call, promised within half an hour; asking again keeps the first promise."""
    return await _book(session, state.call_id, phone, state.phone_hash, reason, clock)


async def book_at_the_door(session: AsyncSession, call: CallRow, reason: str, clock: Clock) -> Promise | None:
    """The same for a call that nobody holds; None where the number is withheld."""
    if call.phone is None:
        return None
    return await _book(session, call.id, call.phone, call.phone_hash, reason, clock)


async def _book(
    session: AsyncSession, call_id: UUID, phone: str | None, phone_hash: str | None, reason: str, clock: Clock
) -> Promise:
    now = clock.now()
    row = {
        "id": new_id(),
        "call_id": call_id,
        "phone": phone,
        "phone_hash": phone_hash,
        "reason": reason[:200],
        "promised_at": now + WITHIN,
        "created_at": now,
    }
    written = await session.scalar(
        insert(Callback).values(**row).on_conflict_do_nothing().returning(col(Callback.id))
    )
    kept = await session.scalars(select(Callback.promised_at).where(col(Callback.call_id) == call_id))
    return Promise(kept.one(), new=written is not None)
