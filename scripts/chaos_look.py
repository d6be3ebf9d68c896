"""One look at the rows of a town: what is still open, what is being done, and when the next thing is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_
from sqlmodel import SQLModel, col, select

from db.engine import Sessions
from db.models import Assignment, DialRow, Order, OrderEvent, Outbox, Payment
from domain.delivery import HELD
from domain.dialling import Dialled
from domain.order import OrderStatus
from operations import jobs, reconciling
from operations.jobs import OPEN, real_now
from tasks.handlers import HANDLERS

S = OrderStatus
ENDS = (S.CLOSED, S.REJECTED, S.CANCELLED, S.FAILED)
AWAY_SECONDS = 5.0


@dataclass(frozen=True)
class Seen:
    """One look."""

    facts: int
    """Events of orders and rows of the ledger."""
    open: int
    """Orders that have not come to an end."""
    work: int
    """Jobs that are due, or being carried out."""
    talking: int
    riding: int
    """Deliveries under way, and orders that are cooked: they change by themselves."""
    next_due: datetime | None
    left: int
    """Jobs that are still to be done, daily ones left out."""


async def look(sessions: Sessions, now: datetime, untold: timedelta | None = None) -> Seen:
    """The rows at a moment of business time; a call begun `untold` ago, real time, does not count as one any more.

    Raises SQLAlchemyError, OSError, TimeoutError: PostgreSQL is away.
    """
    real = real_now()
    ours = col(Outbox.kind).in_(sorted(HANDLERS))
    due = or_(col(Outbox.due_at) <= now, col(Outbox.lease_until) > real)
    waits = and_(col(Outbox.due_at) > now, jobs.free(real))
    talks = [col(DialRow.channel) == "call", col(DialRow.status) != Dialled.OVER]
    if untold is not None:
        talks.append(col(DialRow.asked_real) > real - untold)
    query = select(
        _count(OrderEvent),
        _count(Payment),
        _count(Order, col(Order.status).not_in(ENDS)),
        _count(Outbox, OPEN, ours, due),
        _count(DialRow, *talks),
        _count(Assignment, col(Assignment.status).in_(HELD)),
        _count(Order, col(Order.status) == S.PREPARING),
        select(func.min(col(Outbox.due_at))).where(OPEN, ours, waits).scalar_subquery(),
        _count(Outbox, OPEN, ours, col(Outbox.kind) != reconciling.JOB),
    )  # type: ignore[call-overload]
    async with sessions() as session:
        found = (await session.execute(query)).one()
    events, paid, open_, work, talking, riding, cooking, soonest, left = found
    return Seen(events + paid, open_, work, talking, riding + cooking, soonest, left)


def _count(table: type[SQLModel], *where: Any) -> Any:
    return select(func.count()).select_from(table).where(*where).scalar_subquery()
