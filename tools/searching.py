"""What dispatch does by tools: nobody is on the line. Docstrings here are read by people only."""

from typing import Annotated

from annotated_types import Ge, Le, MaxLen

from domain.dispatch import Chosen
from domain.ids import Prefix, read, show
from domain.money import Money
from errors import Conflict, Invalid, ToolError
from operations import searching
from tools.call import Call
from tools.result import Result
from tools.tool import SYSTEM, tool

Id = Annotated[str, MaxLen(40)]


@tool(
    callers=(SYSTEM,),
    effect=lambda call, order, driver, step, minutes, in_vain: f"offer:{order}:{driver}",
    final=lambda result: False,  # the assignment's row knows
)
async def offer_delivery(
    call: Call,
    order: Id,
    driver: Id,
    step: Annotated[int, Ge(0), Le(20)] = 0,
    minutes: Annotated[float, Ge(0), Le(600)] = 0.0,
    in_vain: bool = False,
) -> Result:
    """Put an order to a driver: their telephone will ring. It is theirs only when they have said yes (assign_driver).

    Args:
        order: The order's id, ord_...
        driver: The driver's id, drv_...
        step: How often the search radius was widened.
        minutes: Their ride to the kitchen.
        in_vain: Nobody was found before at the widest radius, so it pays the most there is.
    """
    rules = call.dispatch.get(call.state.market)
    if rules is None:
        raise ToolError("There are no figures for deliveries in this market.")
    try:
        chosen = Chosen(read(Prefix.ORDER, order), read(Prefix.DRIVER, driver), step, minutes, by_road=False)
    except Invalid as error:
        raise ToolError(error.message) from error
    async with call.transaction() as session:
        try:
            row = await searching.put(session, chosen, rules, call.clock.now(), in_vain=in_vain)
        except Conflict as error:
            return {"status": "refused", "order": order, "driver": driver, "why": error.message}
    return {
        "status": "offered",
        "order": show(Prefix.ORDER, row.order_id),
        "driver": show(Prefix.DRIVER, row.driver_id),
        "assignment": str(row.id),
        "pay": str(Money(row.pay, row.currency)),
        "until": row.expires_at.isoformat(),
    }
