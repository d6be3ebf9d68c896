"""Codes that prove who is calling: texted, kept as a keyed hash, good for one call, minutes and a few tries.

Nothing else proves it: what a call may tell, somebody else may have asked for in a call before.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Address, Audit, Order, ProofCode
from db.types import held
from domain.address import Place
from domain.call_state import CallState, Purpose
from domain.ids import Prefix, new_id, show
from domain.order import OrderStatus
from errors import ToolError

GOOD_FOR = timedelta(minutes=10)
TRIES = 3
A_DAY = 3
DAY = timedelta(days=1)
AGAIN_AFTER = timedelta(seconds=30)  # a text takes a while; who asks at once is told that it is under way
BY_TEXT = "sms"
HERE = (OrderStatus.DELIVERED, OrderStatus.CLOSED)
NO_MORE = (
    "This number has had its codes for today. Do not try again: say that it cannot be done by telephone today, and "
    "offer cash for an order, or a person (ask_for_person)."
)


class Outcome(StrEnum):
    """What a code that was read back is worth."""

    PROVED = "proved"
    WRONG = "wrong"
    OVER = "over"
    """Too many wrong tries: no code is taken any more for now."""
    NONE = "none"
    """There is no code to compare with: none was sent, or it is too old."""


@dataclass(frozen=True)
class Fresh:
    """A code that has just been made. It exists here and in the text, and nowhere else."""

    id: UUID
    code: str


async def make(session: AsyncSession, state: CallState, purpose: Purpose, now: datetime) -> Fresh | None:
    """A new code for this call; those before it are worth nothing. None when one was sent a moment ago.

    Raises:
        ToolError: the number has had its codes of the day.
    """
    assert state.phone_hash
    await _one_at_a_time(session, state.phone_hash)
    live = await _live(session, state, now)
    if live is not None and now - live.created_at < AGAIN_AFTER:
        return None
    sent = await session.scalar(
        select(func.count())
        .select_from(ProofCode)
        .where(
            col(ProofCode.phone_hash) == state.phone_hash,
            col(ProofCode.sent_by) == BY_TEXT,
            col(ProofCode.created_at) > now - DAY,
        )
    )
    if (sent or 0) >= A_DAY:
        raise ToolError(NO_MORE)
    if live is not None:
        live.expires_at = now
    fresh = Fresh(
        new_id(), str(100_000 + secrets.randbelow(900_000))
    )  # 0 comes never first: it asks for a person
    session.add(_row(state, fresh, purpose, now))
    return fresh


async def not_sent(session: AsyncSession, fresh: Fresh) -> None:
    """The text was refused: the code does not exist, and does not count."""
    row = await session.get(ProofCode, fresh.id)
    if row is not None:
        await session.delete(row)


async def prove(session: AsyncSession, state: CallState, code: str, now: datetime) -> Outcome:
    """Compare six digits with the code that was texted in this call; right ones prove every purpose.

    Wrong tries are counted. The code of an order proves nothing: it is told to whoever calls from the number.
    """
    if state.phone_hash is None or state.denied:
        return Outcome.NONE
    await _one_at_a_time(session, state.phone_hash)
    if await _wrong(session, state, now) >= TRIES:
        return Outcome.OVER
    live = await _live(session, state, now)
    if live is None:
        return Outcome.NONE
    if hmac.compare_digest(live.code_hash, _hash(live.id, code)):
        live.proved_at = now
        _audit(session, state, live.purpose, now)
        return Outcome.PROVED
    live.tries += 1
    await session.flush()
    return Outcome.OVER if await _wrong(session, state, now) >= TRIES else Outcome.WRONG


async def _wrong(session: AsyncSession, state: CallState, now: datetime) -> int:
    """Wrong tries from this number in as long as a code is good: another code or another call takes none off."""
    tries = await session.scalar(
        select(func.coalesce(func.sum(col(ProofCode.tries)), 0)).where(
            col(ProofCode.phone_hash) == state.phone_hash, col(ProofCode.created_at) > now - GOOD_FOR
        )
    )
    return int(tries or 0)


async def _live(session: AsyncSession, state: CallState, now: datetime) -> ProofCode | None:
    """The one code that can be read back in this call."""
    found: ProofCode | None = await session.scalar(
        select(ProofCode)
        .where(
            col(ProofCode.call_id) == state.call_id,
            col(ProofCode.sent_by) == BY_TEXT,
            col(ProofCode.proved_at).is_(None),
            col(ProofCode.expires_at) > now,
        )
        .order_by(col(ProofCode.created_at).desc())
        .limit(1)
        .with_for_update()
    )
    return found


async def known_door(session: AsyncSession, customer_id: UUID | None, place: Place) -> bool:
    """Whether a place is on file and may be charged for: not one that an order filed which never came."""
    rows = await session.scalars(select(Address).where(col(Address.customer_id) == customer_id))
    for row in rows:
        if not Place.model_validate(row.place).same_door(place):
            continue
        filed_by = await session.scalars(
            select(Order).where(col(Order.customer_id) == customer_id, col(Order.placed_at) == row.created_at)
        )
        orders = list(filed_by)
        if not orders or any(order.payment_kind == "card" or order.status in HERE for order in orders):
            return True
    return False


async def _one_at_a_time(session: AsyncSession, phone_hash: str) -> None:
    """Codes of a number are counted: they are made and tried one after the other."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"code {phone_hash}", 0))))


def _hash(row_id: UUID, code: str) -> str:
    """Bound to its row: the same digits are another hash in another call."""
    return held().keyed_hash(f"code {row_id}", code)


def _row(state: CallState, fresh: Fresh, purpose: Purpose, now: datetime) -> ProofCode:
    assert state.phone_hash
    return ProofCode(
        id=fresh.id,
        call_id=state.call_id,
        phone_hash=state.phone_hash,
        purpose=purpose,
        sent_by=BY_TEXT,
        code_hash=_hash(fresh.id, fresh.code),
        created_at=now,
        expires_at=now + GOOD_FOR,
    )


def _audit(session: AsyncSession, state: CallState, purpose: str, now: datetime) -> None:
    session.add(
        Audit(
            actor="caller",
            action="proved",
            subject=show(Prefix.CALL, state.call_id),
            source=state.channel,
            call_id=state.call_id,
            at=now,
            data={"purpose": purpose, "by": BY_TEXT},
        )
    )
