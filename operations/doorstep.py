"""What a rider does with food at a door that nobody opens: waits, leaves it where that is agreed, or brings it back."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assignment, Order
from domain.delivery import AssignmentStatus
from domain.order import OrderStatus, move
from domain.watching import DoorRules
from errors import ToolError
from operations import delivering, ledger, no_show
from operations.dispatching import Who, audit, note
from operations.letting_go import owed_back
from operations.no_show import FAILED, NO_SHOW, Waiting

S = AssignmentStatus
RETURNED = "delivery.returned"
NOT_WITH_THEM = "They have not said that they have the food. Ask; if they do, confirm_pickup first."
NOT_YET_SAID = "Nobody was called yet. Ask whether nobody opens; if so, report_nobody_home."
MAY_NOT = (
    "The customer has not said that it may be left, or it is to be paid in cash. Say so: they wait, and after that "
    "they bring it back (return_order)."
)
STILL_WAITS = "They have to wait a little longer: report_nobody_home says until when. Say so."
LEAVE_IT = "The customer has said that it may be left at the door. Say so, and leave_order once they have."
ONE_MINUTE = timedelta(minutes=1)


async def nobody_home(session: AsyncSession, who: Who, order_id: UUID, rules: DoorRules) -> Waiting:
    """Nobody opens: noted with the time, once; their customer is called.

    Raises ToolError: not theirs, or not picked up.
    """
    order, mine = await _with_food(session, who, order_id)
    return await no_show.begin(session, order, mine, who, rules)


async def leave(session: AsyncSession, who: Who, order_id: UUID) -> None:
    """The food is left where its customer wanted it. Raises ToolError where nobody has said so, or it is not paid."""
    order, mine = await _with_food(session, who, order_id)
    if await no_show.waits(session, order, mine) is None:
        raise ToolError(NOT_YET_SAID)
    if not await no_show.may_leave(session, order):
        raise ToolError(MAY_NOT)
    await delivering.handed_over(session, order, mine, who, proof="left")
    audit(session, order, delivering.DELIVERED, who)


async def bring_back(session: AsyncSession, who: Who, order_id: UUID) -> Order:
    """They have waited long enough: the order has failed, and its money stays as policy has it.

    Raises:
        ToolError: not theirs, they have not waited long enough, or it may be left.
    """
    order, mine = await _with_food(session, who, order_id)
    waiting = await no_show.waits(session, order, mine)
    if waiting is None:
        raise ToolError(NOT_YET_SAID)
    if waiting.may_leave:
        raise ToolError(LEAVE_IT)
    if not waiting.over(who.now):
        raise ToolError(STILL_WAITS)
    money = await ledger.resting(session, order.id)
    order.status, order.updated_at = move(OrderStatus(order.status), OrderStatus.FAILED), who.now
    mine.status, mine.reason, mine.done_at = S.WITHDRAWN, NO_SHOW, who.now
    if order.payment_kind == ledger.CASH:
        await owed_back(session, order, money, who.now)  # cash is due no more
    await note(
        session, order, mine, RETURNED, who.now, pay=mine.pay
    )  # they have come all the way, and are paid
    since = waiting.since.isoformat()
    await ledger.event(session, order, FAILED, who.now, reason=NO_SHOW, waited_from=since)
    audit(session, order, FAILED, who)
    return order


def minutes_left(waiting: Waiting, now: datetime) -> int:
    """Whole minutes they still have to wait, begun ones counted."""
    return max(0, -(-(waiting.until - now) // ONE_MINUTE))


async def _with_food(session: AsyncSession, who: Who, order_id: UUID) -> tuple[Order, Assignment]:
    """The order, locked, whose food the rider has with them. Raises ToolError."""
    order, mine = await delivering.held_by(session, who, order_id)
    if mine.status != S.PICKED_UP or order.status != OrderStatus.PICKED_UP:
        raise ToolError(NOT_WITH_THEM)
    return order, mine
