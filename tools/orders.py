"""Where an order is, and that it has arrived. Docstrings here are prompts: the model reads every word."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen

from db.models import Order
from domain.call_state import CallState, Purpose
from domain.deciding import RUN_OUT
from domain.money import Money
from domain.saying import Saying
from domain.speech import say_code, say_list
from errors import ToolError
from operations import foretelling, ledger, no_show, tracking
from operations.tracking import Seen
from operations.undecided import asked
from tools.call import Call
from tools.proving import send_code
from tools.result import Result
from tools.tool import tool

CARD, LINK = "card", "link"
RECENT = 3
BY_CALL = "call"
TELL_ANEW = timedelta(minutes=2)
"""Asked again within so long, they are told the same."""
LEFT = Saying(
    "All right, the rider leaves it at the door if nobody opens.",
    "ठीक है, कोई न खोले तो राइडर उसे दरवाज़े पर रख देगा।",
)
NOT_LEFT = (
    "That order is not paid yet, so it cannot be left: the rider takes the money at the door. Say so, and ask who can "
    "open."
)
NOT_COMING = (
    "That order is not on its way any more, so there is nothing to leave. Say where it is: get_order_status."
)
Handle = Annotated[str, MaxLen(20)]
NOT_OUT = Saying(
    "By what I have here it isn't out yet.", "मेरे पास जो जानकारी है, उसके हिसाब से यह अभी निकला नहीं है।"
)
UNTOLD = (
    "The code of {orders} is not told to a number alone. If they ask for it: send_code with purpose order, then prove, "
    "then get_order_status again."
)
WAITS = (
    "{order} waits for the caller's word: {dish} has run out. Before anything else ask_about_unavailable({order}), and "
    "say nothing; who cannot do that: transfer_to_customer_support. Who has been told and has answered: "
    "decide_unavailable."
)
NO_ORDERS = "Say there is no order from this number, and offer to take one."


@tool(callers=("customer_order", "delivery_tracking", "customer_support", "post_delivery"))
async def get_order_status(call: Call, order: Handle | None = None) -> Result:
    """Where this caller's order is. Only their own orders are seen.

    Args:
        order: A handle this call knows, like order-1; leave out for the newest orders.
    """
    state = call.state
    ids = set(state.orders.values())
    if order is not None:
        if order not in state.orders:
            raise ToolError(f"There is no {order} in this call. Call get_order_status without it.")
        ids = {state.orders[order]}
    elif state.customer_id and not state.denied:
        async with call.transaction() as session:
            ids |= await tracking.newest(session, state.customer_id, RECENT)
    if not ids:
        return {"orders": [], "next": NO_ORDERS}
    async with call.transaction() as session:
        found = await tracking.look(session, ids, RECENT)
        gone = {seen.order.id: [one.dish for one in await asked(session, seen.order)] for seen in found}
    if state.denied and not ids <= {*state.orders.values()}:  # said while the orders were being read
        return {"orders": [], "next": "Say there is no order of theirs, and offer to take one."}
    views = [view(call, seen, gone[seen.order.id]) for seen in found]
    call.save()
    await note_told_late(call, found)
    coming = {str(one["order"]) for one, seen in zip(views, found, strict=True) if seen.progress.under_way}
    provable = coming if state.agent in send_code.callers else set()
    return {"orders": views, **following(views, provable)}


async def note_told_late(call: Call, found: Sequence[Seen]) -> None:
    """Whoever asks after a late order is told by this: they are not called about the same delay."""
    now, state = call.clock.now(), call.state
    late = [seen.order.id for seen in found if seen.progress.will_be_late(now)]
    if state.caller != "customer":
        return
    for order_id in late:
        async with call.transaction() as session:
            order = await session.get_one(Order, order_id, with_for_update=True, populate_existing=True)
            if order.told_late_at is None or now - order.told_late_at >= TELL_ANEW:
                await foretelling.note_told(session, order, BY_CALL, now)


def view(call: Call, seen: Seen, gone: Sequence[str] = ()) -> Result:
    """One order as the model may see it, under its handle of this call; `gone`: dishes its customer is asked about."""
    state, row, now = call.state, seen.order, call.clock.now()
    handle = next((known for known, order_id in state.orders.items() if order_id == row.id), None)
    handle = handle or state.handle("order")
    state.orders[handle] = row.id
    language = state.language
    total, say, arrives = Money(row.total, row.currency), seen.say(now, language), seen.arrives(now, language)
    told: Result = {
        "order": handle,
        "status": seen.progress.status.replace("_", " "),
        **({"code": say_code(row.code, language)} if may_hear_code(state, row) else {}),
        "restaurant": seen.kitchen.name,
        "total": str(total),
        "ordered": seen.ordered(now, language),
        "lines": [tracking.say_line(line) for line in seen.lines],
        "late": seen.progress.will_be_late(now),
    }
    if arrives:
        told["arrives"] = arrives
    if gone:
        told["run_out"] = list(gone)
        say = f"{RUN_OUT.format(brand=seen.kitchen.brand, dish=gone[0]).to(language)} {say}"
    code = [row.code] if "code" in told else []
    call.facts(total, total.spoken(), *code, told["ordered"], say, *([arrives] if arrives else []))
    return {**told, "say": say}


def may_hear_code(state: CallState, row: Order) -> bool:
    """Whether an order's code is told, which gets its food at the door. A forged number gets nobody's paid dinner.

    The code of an order placed in this call was told in it, and cash is paid by whoever takes the food.
    """
    return (
        row.payment_kind not in (CARD, LINK)
        or state.has_proved(Purpose.ORDER)
        or row.id in {placed.id for placed in state.placed}
    )


def following(views: list[Result], provable: Collection[str]) -> Result:
    """What to do with what was found, where it is not plain; `provable`: orders whose code may still be of use."""
    parts = [WAITS.format(order=one["order"], dish=one["run_out"][0]) for one in views if "run_out" in one]
    if untold := [str(one["order"]) for one in views if "code" not in one and one["order"] in provable]:
        parts.append(UNTOLD.format(orders=say_list(untold, "or")))
    if len(views) > 1:
        parts.append("Say the `say` of the order the caller means; if they named none, of the first.")
    if any(one["late"] for one in views):
        parts.append(
            "For a late one apologise in a word; if the caller wants more than that, offer customer_support."
        )
    return {"next": " ".join(parts)} if parts else {}


def known(call: Call, order: str) -> UUID:
    """The order behind a handle of this call. Raises ToolError."""
    if order not in call.state.orders:
        raise ToolError(
            f"There is no {order} in this call. Call get_order_status, and use a handle it returns."
        )
    return call.state.orders[order]


def check_theirs(state: CallState, row: Order | None) -> Order:
    """An order this caller may touch: placed in this call, or theirs and nobody denied it. Raises ToolError."""
    mine = row is not None and (
        row.id in {placed.id for placed in state.placed}
        or (row.customer_id == state.customer_id and not state.denied)
    )
    if row is None or not mine or row.id not in state.orders.values():
        raise ToolError("That order is not this caller's. Say you cannot see it, and offer to take an order.")
    return row


@tool(
    callers=("delivery_tracking", "post_delivery"),
    effect=lambda call, order: f"receipt:{call.state.orders.get(order)}",
    final=lambda result: result.get("status") == "noted",
)
async def confirm_receipt(call: Call, order: Handle) -> Result:
    """The caller says their food has come. Note it.

    Args:
        order: A handle this call knows, like order-1.
    """
    order_id, now = known(call, order), call.clock.now()
    async with call.transaction() as session:
        check_theirs(call.state, await session.get(Order, order_id))
        if await tracking.arrived(session, order_id, now):
            there = None
        else:
            (there,) = await tracking.look(session, [order_id], 1)
    if there is None:
        call.record("receipt.confirmed", order=str(order_id))
        return {"status": "noted", "say": "Thank you, I've noted that it arrived."}
    say = there.say(now, call.state.language)
    call.facts(say)
    return {"status": "not_out", "say": f"{NOT_OUT.to(call.state.language)} {say}"}


@tool(
    callers=("delivery_tracking",),
    effect=lambda call, order: f"leave:{call.state.orders.get(order)}",
)
async def leave_at_door(call: Call, order: Handle) -> Result:
    """The caller wants a paid order left at their door if nobody opens. Only when they said so themselves.

    Args:
        order: A handle this call knows, like order-1.
    """
    order_id, now = known(call, order), call.clock.now()
    async with call.transaction() as session:
        row = check_theirs(call.state, await session.get(Order, order_id, with_for_update=True))
        if not tracking.progress(row).under_way:
            raise ToolError(NOT_COMING)
        if row.payment_kind == ledger.CASH:
            raise ToolError(NOT_LEFT)
        await no_show.agree(session, row, call.state.call_id, now)
    call.record("door.leave_agreed", order=str(order_id))
    say = LEFT.to(call.state.language)
    call.facts(say)
    return {"status": "noted", "say": say}
