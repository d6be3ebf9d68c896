"""The kitchen takes orders, or does not, and says when they are cooked. Docstrings here are prompts."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from annotated_types import Ge, Le, MaxLen
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Order
from domain.announcement import HOW_LONG, say_changes, say_count
from domain.order import OrderStatus
from domain.speech import say_clock, say_minutes
from errors import ToolError
from operations import kitchen_desk, kitchen_queue, turning_down
from operations.kitchen_queue import COOKING, Slip, Who
from operations.turning_down import Reason
from tools.call import Call
from tools.result import Result, Say, Spoken
from tools.tool import tool

KITCHEN = ("restaurant_coordination",)
REJECTING_SECONDS = 25.0  # three tries of six seconds at the card provider, and our own transactions
MINUTES = "minutes"
"""The open question that digits answer as a number of minutes."""
NO_KITCHEN = "This call is not from a kitchen we know. Say so, and offer ask_for_person."
UNKNOWN = "There is no {order} in this call. Call notify_restaurant, and use a handle it returns."
NOTHING = "No order waits for you now."
NOT_COOKING = "They are cooking no order of ours just now. Say so, and call notify_restaurant."
WHICH = "Which order is ready?"
Handle = Annotated[str, MaxLen(20)]
Cooking = Annotated[int, Ge(1), Le(120)]
Break = Annotated[int, Ge(5), Le(240)]
WAITS = (OrderStatus.PLACED, OrderStatus.SCHEDULED)


@tool(callers=KITCHEN)
async def notify_restaurant(call: Call, order: Handle | None = None) -> Say | Result:
    """Have the system tell the kitchen what waits, one order at a time, and ask. Say nothing; wait for their answer.

    Where nothing waits it gives you a `say` instead. `cooking` is what the kitchen took.

    Args:
        order: A handle this call knows, to hear that order again; leave out for the oldest that waits.
    """
    who = kitchen_of(call)
    order_id = known(call, order) if order else None
    async with call.transaction() as session:
        queue = await kitchen_queue.waiting(session, who)
        changed = await kitchen_queue.changed(session, who)
        chosen = order_id or next((row.id for row in (*queue, *changed)), None)
        slip = await kitchen_desk.read_out(session, who, chosen) if chosen else None
        on_stove = await stoves(session, call, who)
    call.state.open_question, call.state.typed = None, ""
    if slip is None:
        call.save()
        return {"waiting": 0, "say": NOTHING, **on_stove}
    told, question = announced(call, slip, len(queue))
    behind = [handle(call, row) for row in changed if row.id != slip.order.id]
    result: Result = {**view(call, slip), "waiting": len(queue), **on_stove}
    if behind:
        result["changed"] = behind
        result["next"] = "When they have answered, call pass_on_change for each order in `changed`."
    return telling(call, slip, told, question, result)


def telling(call: Call, slip: Slip, told: str, question: str, result: Result) -> Say:
    """The system says it; only what was heard to its end counts as told, here at once and in the order's events."""
    name = handle(call, slip.order)

    def heard() -> None:
        call.state.told[name] = slip.seq
        call.record("kitchen.heard", order=str(slip.order.id), up_to=slip.seq)
        call.save()
        call.later(write_heard(call, slip))

    mark = f"told:{slip.order.id}:{slip.seq}"
    call.when_heard[mark] = heard
    call.save()
    return Say((Spoken(told, mark), *([Spoken(question)] if question else [])), result)


async def write_heard(call: Call, slip: Slip) -> None:
    """The order's event of what the kitchen has heard. Raises StoreDown."""
    async with call.transaction() as session:
        await kitchen_desk.heard(session, kitchen_of(call), slip.order.id, slip.seq)


async def stoves(session: AsyncSession, call: Call, who: Who) -> Result:
    """What the kitchen took and has not finished, each with its dishes; empty when that is nothing."""
    slips = [await kitchen_queue.slip(session, row) for row in await kitchen_queue.cooking(session, who)]
    works = [{"order": handle(call, one.order), "dishes": one.ticket.dishes} for one in slips]
    return {"cooking": works} if works else {}


def announced(call: Call, slip: Slip, waiting: int) -> tuple[str, str]:
    """An order in words, and what is asked about it: new, changed, or being cooked; a new one asks for minutes."""
    row, ticket = slip.order, slip.ticket
    if row.status in WAITS:
        call.state.open_question, call.state.open_options = MINUTES, []
        return ticket.announced(max(1, waiting)).removesuffix(HOW_LONG).rstrip(), HOW_LONG
    if slip.changes:
        return say_changes(ticket, actions(slip)), ""
    if row.status in COOKING and row.ready_by:
        ready = say_clock(row.ready_by, ticket.zone, call.state.language)
        return f"Pick-up soon: {ticket.dishes} You said {ready}.", "Is it ready?"
    return f"{ticket.dishes} It is {row.status.replace('_', ' ')}.", ""


def actions(slip: Slip) -> list[str]:
    """What the customer did, by the actions of the events."""
    return [str(event.data.get("action", "cancel")) for event in slip.changes]


@tool(
    callers=KITCHEN,
    effect=lambda call, order, minutes: f"minutes:{call.state.orders.get(order)}:{minutes}",
    final=lambda result: (
        False
    ),  # twenty, then thirty, then twenty after all: the order's row knows what is news
)
async def confirm_preparation_time(call: Call, order: Handle, minutes: Cooking) -> Result:
    """The kitchen takes an order and says in how many minutes it is cooked; or gives another time for one it took.

    Args:
        order: The handle notify_restaurant gave, like order-1.
        minutes: How many minutes from now, as the kitchen said.
    """
    who, order_id = kitchen_of(call), known(call, order)
    async with call.transaction() as session:
        fresh = await kitchen_desk.confirm(session, who, order_id, minutes, call.state.told.get(order))
        slip = await kitchen_queue.slip(session, await kitchen_desk.theirs(session, who, order_id))
        left = len(await kitchen_queue.waiting(session, who))
    close_question(call)
    said = say_minutes(minutes)
    say = f"{said.capitalize()}, thank you. {slip.ticket.warning}".strip()
    call.record("kitchen.confirmed", order=str(order_id), minutes=minutes, fresh=fresh)
    return following(call, {"status": "confirmed", "minutes": minutes, "say": say}, left)


@tool(
    callers=KITCHEN,
    effect=lambda call, order, reason: f"reject:{call.state.orders.get(order)}",
    timeout_seconds=REJECTING_SECONDS,
)
async def reject_order(call: Call, order: Handle, reason: Reason) -> Result:
    """The kitchen does not cook an order. Ask why first. A single missing dish is handle_unavailable_item.

    Args:
        order: The handle notify_restaurant gave, like order-1.
        reason: busy, closing, out_of_stock for the whole order, no_rider, or other.
    """
    who, order_id = kitchen_of(call), known(call, order)
    done = await turning_down.reject(call.transaction, call.cards, call.clock, who, order_id, reason)
    async with call.transaction() as session:
        left = len(await kitchen_queue.waiting(session, who))
    close_question(call)
    call.record("kitchen.rejected", order=str(order_id), reason=reason, settled=done.settled)
    say = "Okay, that order is off. We tell the customer."
    call.facts("rejected")
    return following(call, {"status": "rejected", "say": say}, left)


@tool(callers=KITCHEN)
async def pass_on_change(call: Call, order: Handle) -> Say | Result:
    """Have the system tell the kitchen what the customer has changed about an order. Say nothing yourself.

    Args:
        order: The handle notify_restaurant gave, like order-1.
    """
    who, order_id = kitchen_of(call), known(call, order)
    async with call.transaction() as session:
        slip = await kitchen_desk.read_out(session, who, order_id)
    if not slip.changes:
        return {"status": "unchanged", "say": f"Nothing has changed about {slip.ticket.name}."}
    question = ""
    if slip.order.status in WAITS:
        call.state.open_question, call.state.open_options, call.state.typed = MINUTES, [], ""
        question = HOW_LONG
    call.facts(slip.order.status)
    return telling(call, slip, say_changes(slip.ticket, actions(slip)), question, view(call, slip))


@tool(
    callers=KITCHEN,
    effect=lambda call, order: f"ready:{call.state.orders.get(order)}",
    final=lambda result: (
        False
    ),  # without a handle it is another order each time; an order's row is moved once
)
async def mark_ready(call: Call, order: Handle | None = None) -> Result:
    """The kitchen says an order is cooked and can be fetched.

    Args:
        order: A handle of this call, like order-1; leave out for the only one they are cooking.
    """
    who = kitchen_of(call)
    order_id = known(call, order) if order else None
    async with call.transaction() as session:
        if order_id is None:
            stove = await kitchen_queue.cooking(session, who)
            if not stove:
                raise ToolError(NOT_COOKING)
            if len(stove) > 1:
                several = await stoves(session, call, who)
                call.save()  # with the handles it has made
                return {"status": "which", "ask": WHICH, **several}
            order_id = stove[0].id
        fresh = await kitchen_desk.mark_ready(session, who, order_id)
        left = len(await kitchen_queue.waiting(session, who))
    close_question(call)
    call.record("kitchen.ready", order=str(order_id), fresh=fresh)
    call.facts("ready")
    return following(call, {"status": "ready", "say": "Noted, it's ready. Thank you."}, left)


@tool(
    callers=KITCHEN,
    effect=lambda call, minutes: f"pause:{minutes}",
    final=lambda result: False,  # half an hour, opened again, and half an hour once more
)
async def pause_kitchen(call: Call, minutes: Break) -> Result:
    """The kitchen wants no new orders for a while. Orders it took go on.

    Args:
        minutes: For how many minutes, from 5 to 240.
    """
    who = kitchen_of(call)
    async with call.transaction() as session:
        kitchen = await kitchen_desk.pause(session, who, who.now + timedelta(minutes=minutes))
        left = len(await kitchen_queue.waiting(session, who))
    assert kitchen.paused_until
    until = say_clock(kitchen.paused_until, kitchen.zone)
    call.record("kitchen.paused", minutes=minutes)
    say = f"Paused for {say_minutes(minutes)}, until {until}."
    return following(call, {"status": "paused", "until": until, "say": say}, left)


@tool(callers=KITCHEN, effect=lambda call: "resume", final=lambda result: False)
async def resume_kitchen(call: Call) -> Result:
    """The kitchen takes new orders again."""
    who = kitchen_of(call)
    async with call.transaction() as session:
        await kitchen_desk.pause(session, who, None)
        left = len(await kitchen_queue.waiting(session, who))
    call.record("kitchen.resumed")
    return following(call, {"status": "open", "say": "You're open for orders again."}, left)


def kitchen_of(call: Call) -> Who:
    """The kitchen on the line. Raises ToolError when there is none."""
    state = call.state
    if state.caller != "restaurant" or state.kitchen_id is None:
        raise ToolError(NO_KITCHEN)
    return Who(state.kitchen_id, call.clock.now(), state.call_id)


def known(call: Call, order: str) -> UUID:
    """The order behind a handle of this call. Raises ToolError."""
    if order not in call.state.orders:
        raise ToolError(UNKNOWN.format(order=order))
    return call.state.orders[order]


def handle(call: Call, row: Order) -> str:
    """The order's handle of this call."""
    state = call.state
    old = next((name for name, order_id in state.orders.items() if order_id == row.id), None)
    name = old or state.handle("order")
    state.orders[name] = row.id
    return name


def view(call: Call, slip: Slip) -> Result:
    """An order as the model may see it: nothing of its customer, nothing of its money, not its code."""
    return {
        "order": handle(call, slip.order),
        "status": slip.order.status,
        "lines": [{"line": one.number, "dish": one.spoken} for one in slip.ticket.portions],
        "allergies": list(slip.ticket.allergies),
    }


def close_question(call: Call) -> None:
    """The kitchen has answered."""
    if call.state.open_question == MINUTES:
        call.state.open_question = None
    call.state.typed = ""


def following(call: Call, result: Result, left: int) -> Result:
    """The result, with the orders that still wait told by count."""
    if left:
        more = say_count(left, "more order waits", "more orders wait")
        result |= {"say": f"{result['say']} {more}", "next": "Say it, then call notify_restaurant at once."}
    call.facts(result["say"])
    call.save()
    return {**result, "waiting": left}
