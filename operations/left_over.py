"""An order for which nobody could be asked: the reason is kept, one of our people is told once, at last it is left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, Callback, OrderEvent
from domain.delivery import AssignmentStatus
from domain.dispatch import Left
from domain.hours import Hours
from domain.ids import Prefix, show
from domain.incentive import Dispatch
from operations import ledger
from operations.callbacks import due
from operations.dial_rows import callback_id
from operations.dispatching import SEARCH, WAITING, locked
from operations.searching import NONE

GIVEN_UP = "dispatch.given_up"
NO_DRIVER = "No driver is found for an order ({why}): please find one, or call its customer."


@dataclass(frozen=True)
class InVain:
    """How long nobody has been found."""

    since: datetime
    """When it was first in vain, since somebody last had the order."""
    given_up: bool


async def note_left(
    session: AsyncSession, left: Left, rules: Dispatch, staff: Hours | None, now: datetime
) -> InVain:
    """Keep why an order is left over, unless nothing has changed; tell a person of ours once when it takes too long.

    `staff`: when they are there; where nobody is, it is due at once.
    """
    order = await locked(session, left.order_id)
    events = await _events(session, left.order_id)
    data = {
        "why": left.why.value,
        "radius_km": left.radius_km,
        "looked_at": {str(reason): count for reason, count in sorted(left.counts.items())},
        "free": left.free,
    }
    if order.status in WAITING and (
        not events or any(events[-1].data.get(name) != value for name, value in data.items())
    ):
        await ledger.event(session, order, NONE, now, **data)
    since = events[0].at if events else now
    if now - since >= timedelta(minutes=rules.search.person_minutes):
        await _tell(session, left, staff, now)
    given_up = now - since >= timedelta(minutes=rules.search.give_up_minutes)
    if given_up and order.status in WAITING:
        await ledger.event(session, order, GIVEN_UP, now, why=left.why.value)
    return InVain(since, given_up)


async def _events(session: AsyncSession, order_id: UUID) -> list[OrderEvent]:
    """What was in vain since a driver last had the order, oldest first."""
    had = await session.scalar(
        select(Assignment.done_at)
        .where(
            col(Assignment.order_id) == order_id,
            col(Assignment.status) == AssignmentStatus.WITHDRAWN,
            col(Assignment.done_at).is_not(None),
        )
        .order_by(col(Assignment.done_at).desc())
        .limit(1)
    )
    query = select(OrderEvent).where(col(OrderEvent.order_id) == order_id, col(OrderEvent.type) == NONE)
    events = (await session.scalars(query.order_by(col(OrderEvent.seq)))).all()
    return [event for event in events if had is None or event.at >= had]


async def _tell(session: AsyncSession, left: Left, staff: Hours | None, now: datetime) -> None:
    shown = show(Prefix.ORDER, left.order_id)
    row = {
        "id": callback_id(f"{SEARCH}:{left.order_id}"),
        "reason": f"{NO_DRIVER.format(why=left.why.value)} ({shown})",
        "promised_at": (due(now, staff) if staff else None) or now,
        "created_at": now,
    }
    await session.execute(insert(Callback).values(**row).on_conflict_do_nothing())
