"""A dish has run out in the kitchen, in the middle of an order. Docstrings here are prompts."""

from typing import Annotated

from annotated_types import Ge, Le, MaxLen

from operations import kitchen_desk, kitchen_queue, sold_out, swapping
from operations.sold_out import Missing, Outcome
from tools.call import Call
from tools.kitchen import KITCHEN, MINUTES, Handle, close_question, following, kitchen_of, known
from tools.result import Result
from tools.tool import tool

SETTLING_SECONDS = 25.0  # three tries of six seconds at the card provider, and our own transactions
Line = Annotated[int, Ge(1), Le(60)]
Dish = Annotated[str, MaxLen(80)]


@tool(
    callers=KITCHEN,
    effect=lambda call, order, line, substitute: f"unavailable:{call.state.orders.get(order)}:{line}",
    timeout_seconds=SETTLING_SECONDS,
)
async def handle_unavailable_item(
    call: Call, order: Handle, line: Line, substitute: Dish | None = None
) -> Result:
    """A dish of an order has run out. Nobody can order it any more, and the order goes on as its customer wished.

    Args:
        order: The handle notify_restaurant gave, like order-1.
        line: The line's number, as notify_restaurant gave it.
        substitute: What the kitchen offers instead, by its name on the menu; leave out if it offered nothing.
    """
    who, missing = kitchen_of(call), Missing(known(call, order), line, substitute)
    gone = await sold_out.mark_gone(call.transaction, who, missing)
    if gone is not None:
        call.later(call.menu.mark([gone[1]], available=False))
        call.record("kitchen.sold_out", dish=str(gone[1]))
    done = await sold_out.handle(call.transaction, call.cards, call.clock, call.market, who, missing)
    async with call.transaction() as session:
        row = await kitchen_desk.theirs(session, who, missing.order_id)
        slip = await kitchen_queue.slip(session, row)
        left = len(await kitchen_queue.waiting(session, who))
    call.record("kitchen.unavailable", order=str(missing.order_id), line=line, outcome=done.kind)
    result: Result = {
        "status": done.kind,
        "order": order,
        "lines": [{"line": one.number, "dish": one.spoken} for one in slip.ticket.portions],
        "allergies": list(slip.ticket.allergies),
        "say": said(done, slip.ticket.dishes, slip.ticket.warning),
    }
    if row.status in ("placed", "scheduled") and done.kind != kitchen_queue.ASKED:
        call.state.open_question, call.state.open_options, call.state.typed = MINUTES, [], ""
        result["say"] = f"{result['say']} How many minutes?"
        call.facts(result["say"])
        call.save()
        return {**result, "waiting": left}
    close_question(call)
    return following(call, result, left)


def said(done: Outcome, dishes: str, warning: str) -> str:
    """What becomes of the order, for the kitchen."""
    dish = done.dish.lower()
    if done.kind == swapping.REMOVED:
        return f"Okay, no {dish}. It is now: {dishes}"
    if done.kind == swapping.REPLACED and done.instead:
        return f"Instead of the {dish}: {done.instead.spoken}. {warning}".strip()
    if done.kind == kitchen_queue.ASKED:
        return f"We're asking the customer about the {dish}. Please wait with that order; we call you back."
    if done.kind == sold_out.REJECTED:
        return "That was the only dish, so that order is off. We tell the customer."
    return f"That is settled already. It is now: {dishes}"
