"""Complaints: written down once with the dates they are answered by, read by the operator, settled by a person."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from clock import Clock
from db.models import Audit, Complaint, Order
from domain.call_state import CallState
from domain.ids import Prefix, new_id, show
from domain.policy import Policy
from domain.speech import say_code
from errors import Conflict, NotFound, ToolError
from operations.reading import Page

REFERENCE_TRIES = 20
DIGITS = 5
MOST_OF_A_KIND = 9  # of one call and order, each settled before the next was told
OPEN, SETTLED = "open", "settled"
NOT_THEIRS = "That is not an order of this caller. Call get_order_status, and ask which order they mean."


@dataclass(frozen=True)
class Grievance:
    """What the caller complains about: the kind, what they told, and the order if it is about one."""

    kind: str
    said: str
    order_id: UUID | None = None


async def own_order(session: AsyncSession, state: CallState, order_id: UUID, *, lock: bool = False) -> Order:
    """An order of the person on the line. Raises ToolError for anybody else's, and after "that is not me"."""
    order = await session.get(Order, order_id, with_for_update=lock)
    if order is None:
        raise ToolError(NOT_THEIRS)
    check_owner(state, order)
    return order


def check_owner(state: CallState, order: Order) -> None:
    """Raises ToolError unless the order belongs to the person on the line, as known at this moment."""
    if state.denied or state.customer_id is None or order.customer_id != state.customer_id:
        raise ToolError(NOT_THEIRS)


async def file(
    session: AsyncSession, state: CallState, grievance: Grievance, policy: Policy, now: datetime
) -> Complaint:
    """The complaint of this call, order and kind; written with its dates if it is not there yet.

    Told twice it keeps its reference and its dates, and what is new is added to its words. One that a person has
    settled meanwhile stays as it is: new words make another complaint.

    Raises:
        ToolError: the order is not this caller's.
    """
    if grievance.order_id is not None:
        await own_order(session, state, grievance.order_id)
    key = key_of(state, grievance.order_id, grievance.kind)
    for number in range(1, MOST_OF_A_KIND + 1):
        found = await _filed(
            session, state, grievance, policy, now, key if number == 1 else f"{key}:{number}"
        )
        if _told(found, grievance.said):
            return found
        if found.status == OPEN:
            found.said = f"{found.said}\n{grievance.said}"
            await session.flush()
            return found
    raise Conflict("There are too many complaints of that kind. Say so, and offer ask_for_person.")


def _told(complaint: Complaint, said: str) -> bool:
    """Whether these words stand in a complaint."""
    return said in complaint.said.split("\n")


async def _filed(
    session: AsyncSession, state: CallState, grievance: Grievance, policy: Policy, now: datetime, key: str
) -> Complaint:
    """The complaint with that key, locked; written if it is not there yet."""
    if found := await of_key(session, key, lock=True):
        return found
    dates = policy.complaints
    row = {
        "id": new_id(),
        "key": key,
        "customer_id": None if state.denied else state.customer_id,
        "order_id": grievance.order_id,
        "call_id": state.call_id,
        "market": policy.market,
        "kind": grievance.kind,
        "said": grievance.said,
        "status": OPEN,
        "acknowledge_by": now + timedelta(hours=dates.acknowledge_hours),
        "settle_by": now + timedelta(days=dates.settle_days),
        "created_at": now,
    }
    for _ in range(REFERENCE_TRIES):
        reference = f"C{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        await session.execute(insert(Complaint).values(**row, reference=reference).on_conflict_do_nothing())
        if found := await of_key(session, key, lock=True):
            return found
    raise Conflict("No free complaint reference was found. Say so, and offer ask_for_person.")


def key_of(state: CallState, order_id: UUID | None, kind: str) -> str:
    """The same grievance told twice in a call by the same person is one."""
    who = None if state.denied else state.customer_id
    return f"{state.call_id}:{who or 'somebody'}:{order_id or 'no-order'}:{kind}"


async def of_key(session: AsyncSession, key: str, *, lock: bool = False) -> Complaint | None:
    """The complaint with that key."""
    query = select(Complaint).where(col(Complaint.key) == key)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Complaint | None = await session.scalar(query)
    return found


def say_reference(reference: str) -> str:
    """A reference, spoken: "C one two three, four five"."""
    return f"{reference[0]} {say_code(reference[1:])}"


async def listed(
    session: AsyncSession, *, statuses: Sequence[str] = (), after: UUID | None = None, limit: int = 50
) -> Page[Complaint]:
    """Complaints, newest first; `after` is the last id of the page before."""
    query = select(Complaint).order_by(col(Complaint.id).desc()).limit(limit + 1)
    if statuses:
        query = query.where(col(Complaint.status).in_(statuses))
    if after is not None:
        query = query.where(col(Complaint.id) < after)
    found = list(await session.scalars(query))
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


async def read(session: AsyncSession, id: UUID) -> Complaint:
    """One complaint. Raises NotFound."""
    row = await session.get(Complaint, id)
    if row is None:
        raise NotFound("There is no complaint with that id.")
    return row


async def settle(
    session: AsyncSession, id: UUID, outcome: str, *, actor: str, source: str, clock: Clock
) -> Complaint:
    """A person has settled it; who and from where is written down. The same outcome again changes nothing.

    Raises:
        NotFound: no such complaint.
        Conflict: it was settled otherwise before.
    """
    row = await session.get(Complaint, id, with_for_update=True)
    if row is None:
        raise NotFound("There is no complaint with that id.")
    if row.status != OPEN:
        if row.outcome == outcome:
            return row
        raise Conflict("This complaint was settled before, with another outcome. Read it again.")
    now = clock.now()
    row.status, row.outcome, row.settled_at = SETTLED, outcome, now
    row.acknowledged_at = row.acknowledged_at or now
    subject = show(Prefix.COMPLAINT, row.id)
    session.add(Audit(actor=actor, action="complaint.settle", subject=subject, source=source, at=now))
    await session.flush()
    return row
