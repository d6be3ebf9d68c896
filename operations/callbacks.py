"""Promises that a person calls back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Callback
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
    now = clock.now()
    row = {
        "id": new_id(),
        "call_id": state.call_id,
        "phone": phone,
        "phone_hash": state.phone_hash,
        "reason": reason[:200],
        "promised_at": now + WITHIN,
        "created_at": now,
    }
    written = await session.scalar(
        insert(Callback).values(**row).on_conflict_do_nothing().returning(col(Callback.id))
    )
    kept = await session.scalars(select(Callback.promised_at).where(col(Callback.call_id) == state.call_id))
    return Promise(kept.one(), new=written is not None)
