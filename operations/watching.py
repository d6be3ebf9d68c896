"""One look at an order under way: when it arrives, and who has to hear of what does not go as it should.

Each look may be the first or the fiftieth: it does what is true now, and nothing twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from db.models import Assignment, Order, OrderEvent
from domain.delivery import AssignmentStatus
from domain.dialling import Topic
from domain.eta import STILL_TO_DO, UNHEARD_OF
from domain.travel import Leg
from domain.watching import TrackingRules, tells_late
from errors import NotFound
from operations import arriving, giving_up, informing, ledger, receiving, tracking
from operations.arriving import Found, Stretch
from operations.dispatching import WAITING
from operations.kitchen_desk import REMIND
from operations.kitchen_queue import COOKING
from operations.left_over import GIVEN_UP
from operations.no_show import NOBODY_HOME
from operations.progress import came_nearer
from operations.telling import CUSTOMER_TOLD

TELL_LATE, ASK_WHERE = "customer.late", "driver.stuck"
LATE = "order.late"
"""The event of a delay that its customer is to hear of: minutes, and when it is expected instead."""
AT_THE_DOOR_M = 150
"""So near, a driver stands still because they have arrived."""
LOST = "An order is two hours past its promise, and nobody has said that it came. Please call its customer."


async def roads(session: AsyncSession, order_id: UUID, now: datetime, rules: TrackingRules) -> list[Stretch]:
    """The ways whose time is to be asked for before the next look. Raises NotFound."""
    order = await session.get(Order, order_id)
    if order is None:
        raise NotFound("there is no such order")
    if order.status not in STILL_TO_DO:
        return []
    return arriving.wanted(await arriving.find(session, order), now, rules.eta)


async def look(
    session: AsyncSession,
    order_id: UUID,
    told: Sequence[tuple[Stretch, Leg]],
    now: datetime,
    rules: TrackingRules,
) -> bool:
    """Work its arrival out anew, and cause what follows; `told`: the roads' times that were asked for.

    An order that its customer says they have is not late; it is looked at until it is handed over.

    Returns:
        Whether it is still under way.
    """
    order = await session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
    if order.status not in STILL_TO_DO:
        return False
    came_at = await tracking.came_at(session, order.id)
    for stretch, leg in told:
        await arriving.note_road(session, order, stretch, leg.minutes * 60, leg.source, now)
    await arriving.refresh(session, order, now, rules.eta)
    found = await arriving.find(session, order)
    if came_at is not None and found.rides and found.held is not None:
        return not await receiving.close(session, order, found.held, came_at, now, rules)
    nobody = _nobody(found, now, rules) or await _search_over(session, found)
    if nobody and came_at is None:
        await giving_up.nobody_brings_it(session, order, now)
        return False
    if came_at is None:
        await _foresee_late(session, order, now, rules)
    await _remind_kitchen(session, order, now, rules)
    await _ask_driver(session, found, now, rules)
    lost = now - tracking.progress(order).due > UNHEARD_OF
    if came_at is not None and (nobody or lost):  # nothing is given back for what they say they have
        await informing.inform(session, order, receiving.NEVER_FETCHED, now)
    elif lost:
        await informing.inform(session, order, LOST, now)
    return True


def _nobody(found: Found, now: datetime, rules: TrackingRules) -> bool:
    """Nobody has taken it long after it should have been cooked."""
    order = found.order
    if found.held is not None or order.status not in WAITING or order.ready_by is None:
        return False
    return now > order.ready_by + timedelta(minutes=rules.nobody_minutes)


async def _search_over(session: AsyncSession, found: Found) -> bool:
    """Nobody has it, and nobody is looked for any more, since whoever had it last."""
    if found.held is not None or found.order.status not in WAITING:
        return False
    given_up = select(func.max(col(OrderEvent.at))).where(
        col(OrderEvent.order_id) == found.order.id, col(OrderEvent.type) == GIVEN_UP
    )
    had = select(func.max(col(Assignment.done_at))).where(col(Assignment.order_id) == found.order.id)
    over, last = await session.scalar(given_up), await session.scalar(had)
    return over is not None and (last is None or over >= last)


async def _foresee_late(session: AsyncSession, order: Order, now: datetime, rules: TrackingRules) -> None:
    """Its customer is to hear of a delay before they ask; not of one that they know of."""
    behind = tracking.progress(order).behind(now)
    query = select(OrderEvent).where(
        col(OrderEvent.order_id) == order.id, col(OrderEvent.type).in_((LATE, CUSTOMER_TOLD))
    )
    events = (await session.scalars(query)).all()
    known = [
        timedelta(minutes=int(event.data["minutes"]))
        for event in events
        if event.type == LATE or (event.data.get("topic") == Topic.LATE and "minutes" in event.data)
    ]
    times = sum(event.type == LATE for event in events)
    if not tells_late(behind, max(known, default=None), times, rules.late):
        return
    minutes = int(behind / timedelta(minutes=1))
    expected = tracking.progress(order).expected(now)
    said = expected.isoformat() if expected else None
    await ledger.event(session, order, LATE, now, minutes=minutes, expected_at=said)
    payload = {"order_id": str(order.id)}
    await ledger.job(session, TELL_LATE, f"{order.id}:{times + 1}", payload, now, now)


async def _remind_kitchen(session: AsyncSession, order: Order, now: datetime, rules: TrackingRules) -> None:
    """A kitchen that has said nothing after its own time is reminded once more, for each time it named."""
    if order.status not in COOKING or order.ready_by is None:
        return
    if now >= order.ready_by + timedelta(minutes=rules.kitchen_overdue_minutes):
        key = f"{order.id}:{order.ready_by:%Y%m%dT%H%M%S}"
        await ledger.job(session, REMIND, key, {"order_id": str(order.id)}, now, now)


async def _ask_driver(session: AsyncSession, found: Found, now: datetime, rules: TrackingRules) -> None:
    """A driver who has the food and comes no nearer is asked where they are, once for each place they stand still,
    whatever they have in the bag.

    On the way to the kitchen that is the business of whoever found them.
    """
    held, order = found.held, found.order
    if held is None or held.status != AssignmentStatus.PICKED_UP or order.picked_up_at is None:
        return
    since = max(order.picked_up_at, await came_nearer(session, held.driver_id) or order.picked_up_at)
    if now - since < timedelta(minutes=rules.stuck_minutes) or await _at_the_door(session, held):
        return
    payload = {"order_id": str(order.id), "assignment_id": str(held.id)}
    await ledger.job(session, ASK_WHERE, f"{held.driver_id}:{since:%Y%m%dT%H%M%S}", payload, now, now)


async def _at_the_door(session: AsyncSession, held: Assignment) -> bool:
    """They have arrived: by their positions, or by their word that nobody opens."""
    if held.best_m is not None and held.best_m <= AT_THE_DOOR_M:
        return True
    query = select(OrderEvent.seq).where(
        col(OrderEvent.order_id) == held.order_id, col(OrderEvent.type) == NOBODY_HOME
    )
    return await session.scalar(query.limit(1)) is not None
