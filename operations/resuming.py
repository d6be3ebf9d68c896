"""A dropped call goes on where it stood, when the same number calls again."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.live_calls import LiveCalls
from db.models import CallRow, CallSnapshot, Order
from domain.call_state import CallState, Level, PlacedOrder
from domain.cart import Cart
from errors import StoreDown

log = structlog.get_logger(__name__)

WITHIN = timedelta(minutes=15)
UNANSWERED = "IN_PROGRESS"
"""What Pipecat puts in the place of a tool's result until there is one."""
LINE_LOST = "Note: the line was lost"
"""So begins the summary for a model that goes on."""
CONTACT = "contact"
"""The open question whether we may call or text."""
BROKE_OFF = json.dumps(
    {"error": "The call broke off before the result was known. A note below says what holds."}
)
FINISHED = ("goodbye", "gone", "transferred")
"""Outcomes of calls that came to their end; such a call is not taken up again."""


async def keep(session: AsyncSession, state: CallState, now: datetime) -> None:
    """Write a version of the call down; the same version again brings what has been said since."""
    known = await session.get(CallSnapshot, (state.call_id, state.version))
    if known is not None:
        known.state, known.cart_version, known.at = state.model_dump(mode="json"), state.cart.version, now
    else:
        session.add(
            CallSnapshot(
                call_id=state.call_id,
                version=state.version,
                cart_version=state.cart.version,
                phone_hash=state.phone_hash,
                at=now,
                state=state.model_dump(mode="json"),
            )
        )


async def dropped(
    session: AsyncSession, live_calls: LiveCalls, row: CallRow, now: datetime
) -> CallState | None:
    """What the last call before this one, by the same number to the same line, had reached.

    None unless it broke off with something in the cart that has not been ordered since.
    """
    if row.phone_hash is None:
        return None
    last: CallRow | None = await session.scalar(
        select(CallRow)
        .where(
            col(CallRow.phone_hash) == row.phone_hash,
            col(CallRow.line) == row.line,
            col(CallRow.id) != row.id,
            col(CallRow.direction) == "inbound",  # what we called about is no order they are putting together
            col(CallRow.answered_at).is_not(None),
            col(CallRow.started_at) > now - timedelta(hours=1),
        )
        .order_by(col(CallRow.started_at).desc(), col(CallRow.id).desc())
        .limit(1)
    )
    if last is None or last.outcome in FINISHED or (last.ended_at and last.ended_at < now - WITHIN):
        return None
    state = await newest(session, live_calls, last.id, since=now - WITHIN)
    return state if state and state.cart.lines else None


async def newest(
    session: AsyncSession, live_calls: LiveCalls, call_id: UUID, since: datetime | None = None
) -> CallState | None:
    """The last version of a call that either store has; None when it is older than `since`, or there is none.

    A process that died had written every change to Redis, and to PostgreSQL what cost the caller most. Without
    Redis PostgreSQL alone counts.
    """
    kept = [await _in_postgres(session, call_id, since), await _in_redis(live_calls, call_id)]
    found = [state for state in kept if state is not None]
    if not found:
        return None
    state = max(found, key=lambda one: (one.version, len(one.history)))
    await _take_out_ordered(session, state)
    return state


async def _in_postgres(session: AsyncSession, call_id: UUID, since: datetime | None) -> CallState | None:
    snapshot: CallSnapshot | None = await session.scalar(
        select(CallSnapshot)
        .where(col(CallSnapshot.call_id) == call_id)
        .order_by(col(CallSnapshot.version).desc())
        .limit(1)
    )
    if snapshot is None or (since is not None and snapshot.at < since):
        return None
    return CallState.model_validate(snapshot.state)


async def _in_redis(live_calls: LiveCalls, call_id: UUID) -> CallState | None:
    """What Redis keeps for `WITHIN` after the last sign of life."""
    try:
        snapshot = await live_calls.load(call_id)
        return CallState.model_validate(snapshot.data) if snapshot else None
    except StoreDown:
        log.warning("call.snapshot_unread", store="redis")
    except ValidationError:  # of a release with another shape of state
        log.warning("call.snapshot_unreadable", store="redis")
    return None


async def _take_out_ordered(session: AsyncSession, state: CallState) -> None:
    """An order that was placed after the last snapshot is no longer wanted."""
    orders = await session.scalars(
        select(Order).where(col(Order.call_id) == state.cart_call_id, col(Order.placed_at).is_not(None))
    )
    for order in orders:
        if state.placed_version(order.cart_version):
            continue
        state.placed.append(PlacedOrder(id=order.id, code=order.code, cart_version=order.cart_version))
        if order.cart_version == state.cart.version:
            state.cart.take_out(list(state.cart.lines))
            state.restaurant_id = state.restaurant_name = None


def carried_over(old: CallState, *, call_id: UUID, channel: str, now: datetime) -> CallState:
    """The old call's state under a new call: cart, place and answers stay; a read-back has to be heard again."""
    state = old.model_copy(deep=True)
    state.version = old.version + 1 if old.call_id == call_id else 0
    state.call_id, state.channel, state.started_at = call_id, channel, now
    state.read_back, state.open_question, state.open_options = None, None, []
    state.turns_before = state.turns
    state.offered = {}  # a delivery as well: no yes is expected to it any more
    if old.open_question == CONTACT:
        state.contact_asked = False  # nobody has answered
    state.recording_asked = False  # not in this call
    if old.call_id != call_id and state.level is Level.CODE:
        state.level, state.proved = Level.NUMBER, []  # a code is good for the call it was read back in
    state.offers = {handle: offer for handle, offer in state.offers.items() if offer.done}
    state.cart = Cart.model_validate(old.cart.model_dump())
    state.history = [answered(message) for message in old.history]
    if state.history:
        state.history.append({"role": "developer", "content": summary(state)})
    return state


def answered(message: dict[str, Any]) -> dict[str, Any]:
    """A message of the old call, with an end for a tool that was still running."""
    if message.get("role") == "tool" and message.get("content") == UNANSWERED:
        return {**message, "content": BROKE_OFF}
    return message


def summary(state: CallState) -> str:
    """What holds when a call goes on, for a model that has only read how it went."""
    lines = "; ".join(f"{line.handle} is {line.described()}" for line in state.cart.lines) or "empty"
    address = f"goes to {state.place.spoken()}" if state.place else "has no address yet"
    return (
        f"{LINE_LOST} and the caller is back; the system greets them. "
        f"The cart, version {state.cart.version}, holds: {lines}. It {address}. "
        "What was read back before does not count any more."
    )
