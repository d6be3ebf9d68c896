"""A rider at a door that nobody opens. Docstrings here are prompts: the model reads every word."""

from db.seeding.tracking import read_tracking
from domain.speech import say_minutes, say_time
from operations import delivering, doorstep, menus
from operations.no_show import Waiting
from tools.call import Call
from tools.delivery import AGENT, Handle, acting, driver_of, known
from tools.result import Result
from tools.tool import tool

WAIT = "Thanks. We are calling the customer. Please wait until {until}; that is {left}. Then call again."
LEAVE = (
    "Thanks. It is paid, and the customer has said that you may leave it at the door. Leave it, and tell me."
)
WAITED = "You have waited long enough, and nobody has answered. Take it back to {kitchen}, and tell me when you go."
LEFT = "All right, it's noted as left at the door. Thank you!"
BACK = "Noted. Please bring it back to {kitchen}; you are paid for the way. Thank you!"


@tool(
    callers=(AGENT,),
    effect=lambda call, order: f"nobody_home:{acting(call, order)}",
    final=lambda result: False,  # asked again it says how long still; the order notes it once
)
async def report_nobody_home(call: Call, order: Handle) -> Result:
    """The driver stands at the door with the food, and nobody opens. The customer is called; says how long to wait.

    Args:
        order: The handle get_pickup_details gave, like order-1.
    """
    who, order_id = driver_of(call), known(call, order)
    async with call.transaction() as session:
        waiting = await doorstep.nobody_home(session, who, order_id, read_tracking().door)
        (mine,) = [
            one for one in await delivering.current(session, who.driver_id) if one.order.id == order_id
        ]
    status, say = _told(call, waiting, mine.kitchen.name, mine.kitchen.zone)
    call.facts(say)
    call.record("delivery.nobody_home", order=str(order_id), status=status)
    return {"status": status, "say": say}


def _told(call: Call, waiting: Waiting, kitchen: str, zone: str) -> tuple[str, str]:
    """What they do now: leave it, take it back, or wait, until a time by the clock."""
    now = call.clock.now()
    if waiting.may_leave:
        return "may_leave", LEAVE
    if waiting.over(now):
        return "may_return", WAITED.format(kitchen=kitchen)
    left = say_minutes(doorstep.minutes_left(waiting, now))
    return "wait", WAIT.format(until=say_time(waiting.until, zone), left=left)


@tool(callers=(AGENT,), effect=lambda call, order: f"left:{acting(call, order)}")
async def leave_order(call: Call, order: Handle) -> Result:
    """The driver has left the food at the door. Only where report_nobody_home said that they may.

    Args:
        order: The handle get_pickup_details gave, like order-1.
    """
    who, order_id = driver_of(call), known(call, order)
    async with call.transaction() as session:
        await doorstep.leave(session, who, order_id)
    call.facts("delivered", LEFT)
    call.record("delivery.delivered", order=str(order_id), left=True)
    return {"status": "delivered", "say": LEFT}


@tool(callers=(AGENT,), effect=lambda call, order: f"returned:{acting(call, order)}")
async def return_order(call: Call, order: Handle) -> Result:
    """The driver has waited as long as report_nobody_home said, and takes the food back.

    Args:
        order: The handle get_pickup_details gave, like order-1.
    """
    who, order_id = driver_of(call), known(call, order)
    async with call.transaction() as session:
        row = await doorstep.bring_back(session, who, order_id)
        kitchen = await menus.kitchen(session, row.restaurant_id)
    say = BACK.format(kitchen=kitchen.name)
    call.facts(say)
    call.record("delivery.returned", order=str(order_id))
    return {"status": "returned", "say": say}
