"""What becomes of a delivery when its order changes under the driver: it is called off, or goes to another door."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Assignment, Driver, Order
from domain.address import Place, Point
from domain.delivery import HELD, AssignmentStatus
from domain.incentive import Difficulty, Dispatch, pay
from errors import ToolError
from operations import dispatching, ledger, menus
from operations.dispatching import CALLED_OFF, note, of_order

S = AssignmentStatus
OFF, CHANGED = "delivery.called_off", "delivery.changed"
TELL_OFF, TELL_CHANGED = "driver.called_off", "driver.changed"
"""Jobs: the driver is called, and told."""
MOVED = "the customer's door has changed"
TOO_FAR = (
    "A driver has that order already and is not sent that far. Say so, and offer to keep the address, or that a person "
    "calls back about it (ask_for_person)."
)


async def call_off(session: AsyncSession, order: Order, now: datetime) -> None:
    """Nobody brings an order that came to nothing: who has it is free again and is told, offers of it end.

    The caller holds the order's row lock.
    """
    for row in await of_order(session, order.id):
        if row.status not in (S.OFFERED, *HELD):
            continue
        held, row.status, row.reason = row.status in HELD, S.WITHDRAWN, CALLED_OFF
        row.answered_at = row.answered_at or now
        if held:
            row.done_at = now
            await note(session, order, row, OFF, now)
            await ledger.job(session, TELL_OFF, str(row.id), _payload(row), now, now)


async def moved(
    session: AsyncSession, order: Order, rules: Dispatch | None, revision: int, now: datetime
) -> None:
    """The order goes to another door: who has it is paid for the way there, never less than was promised, and told.

    Whoever was only offered it heard another way and other pay: those offers end, and a driver is looked for anew.
    `revision` counts the order's changes, this one among them. The caller holds the order's row lock.
    """
    for row in await of_order(session, order.id):
        if row.status in HELD:
            row.distance_m = round(await _km(session, order, None) * 1000)
            if rules is not None:
                await _pay_more(session, row, rules)
            pays = {"distance_m": row.distance_m, "pay": row.pay, "incentive": row.incentive}
            await note(session, order, row, CHANGED, now, **pays)
            await tell(session, row, revision, now)
        elif row.status == S.OFFERED:
            row.status, row.reason, row.answered_at = S.WITHDRAWN, MOVED, now
            await dispatching.search(session, row, now)


async def noted(session: AsyncSession, order: Order, revision: int, now: datetime) -> None:
    """The customer has left a note: who has the order is told. The caller holds the order's row lock."""
    for row in await of_order(session, order.id):
        if row.status in HELD:
            await tell(session, row, revision, now)


async def tell(session: AsyncSession, row: Assignment, revision: int, now: datetime) -> None:
    """A job for the call to the driver; one for each change of the order."""
    await ledger.job(session, TELL_CHANGED, f"{row.id}:{revision}", _payload(row), now, now)


async def check_reach(session: AsyncSession, order: Order, door: Point, rules: Dispatch | None) -> None:
    """Whether the driver who has an order is sent as far as that door. Raises ToolError when their vehicle is not."""
    held = next((row for row in await of_order(session, order.id) if row.status in HELD), None)
    if held is None or rules is None:
        return
    driver = await session.get_one(Driver, held.driver_id)
    if await _km(session, order, door) > rules.vehicles.get(driver.vehicle, 0.0):
        raise ToolError(TOO_FAR)


async def _pay_more(session: AsyncSession, row: Assignment, rules: Dispatch) -> None:
    """What the new way pays, with the extra that was promised or more; less it never becomes."""
    before = [one for one in await of_order(session, row.order_id) if one.id < row.id]
    due = pay(rules, Difficulty(row.distance_m / 1000, tries=len(before)))
    extra = max(row.incentive, due.extra.amount)
    whole = due.whole.amount - due.extra.amount + extra
    if whole > row.pay:
        row.pay, row.incentive = whole, extra


async def _km(session: AsyncSession, order: Order, door: Point | None) -> float:
    """From the kitchen to a door, as the crow flies; to the order's own without one."""
    kitchen = await menus.kitchen(session, order.restaurant_id)
    return kitchen.point.km_to(door or Place.model_validate(order.place).point)


def _payload(row: Assignment) -> dict[str, str]:
    return {"order_id": str(row.order_id), "assignment_id": str(row.id)}
