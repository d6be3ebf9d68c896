"""A delivery the driver has accepted, at the counter and at the door. Docstrings here are prompts."""

from math import ceil
from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen, MinLen
from num2words import num2words

from db.models import Assignment, Order
from domain.delivery import counter_number, say_km
from domain.masking import PHONE, mask_text
from domain.money import Money
from domain.order import OrderStatus, PaymentStatus
from domain.speech import say_code, say_list
from domain.spoken_code import digits_said
from errors import ToolError
from operations import delivering
from operations.delivering import Delivery
from operations.dispatching import Who
from tools.call import Call
from tools.calling_back import called_back
from tools.result import Result
from tools.tool import tool

AGENT = "driver_assignment"
CODE_DIGITS = 6
LONGEST_REASON = 120
Handle = Annotated[str, MaxLen(20)]
NO_DRIVER = (
    "This number is not a driver's. Say that deliveries are given to drivers only; offer ask_for_person."
)


@tool(callers=(AGENT,))
async def get_pickup_details(call: Call, order: Handle | None = None) -> Result:
    """What this driver has accepted: the counter, its number, when it is ready, and where it goes.

    Args:
        order: A handle this call knows, like order-1; leave out for all they have.
    """
    who = driver_of(call)
    wanted = known(call, order) if order else None
    async with call.transaction() as session:
        has = await delivering.current(session, who.driver_id)
        mine = [one for one in has if wanted in (None, one.order.id)]
        if not mine and wanted is not None:
            raise ToolError(await delivering.refusal(session, who, wanted))
        off = [
            f"number {say_code(counter_number(order_id))} from {kitchen.name}"
            for order_id, kitchen in await delivering.called_off(session, who)
        ]
    gone = f"Called off is {say_list(off)}: nothing is to be done for it." if off else ""
    if not mine:
        return {
            "deliveries": [],
            "say": f"{gone} You have no delivery just now.".strip(),
            "next": "Offer what waits: hear_offer.",
        }
    views = [details(call, one) for one in mine]
    call.save()
    result: Result = {"deliveries": views}
    if gone:
        result |= {"called_off": gone, "next": "Say `called_off`, then the `say` of the one they mean."}
    elif len(views) > 1:
        result["next"] = "Say the `say` of the one they mean; if they named none, of the first."
    return result


def details(call: Call, one: Delivery) -> Result:
    """One delivery as its driver may know it: never the customer's number, and never the order's code."""
    picked = one.order.status == OrderStatus.PICKED_UP
    drop = say_drop(one)
    say = drop if picked else f"{say_pickup(one, call)} {drop}"
    number = say_code(counter_number(one.order.id))
    call.facts(number, say, one.order.status)
    return {
        "order": handle_of(call, one.assignment),
        "status": one.assignment.status.replace("_", " "),
        "pickup": one.kitchen.name,
        "number": number,
        "dishes": sum(line.quantity for line in one.lines),
        "goes_to": one.place.spoken(),
        "say": say,
    }


@tool(
    callers=(AGENT,),
    effect=lambda call, order: f"at_restaurant:{acting(call, order)}",
    final=lambda result: (
        False
    ),  # asked again it says anew when the food is ready; the row notes the arrival once
)
async def report_at_restaurant(call: Call, order: Handle) -> Result:
    """The driver stands at the restaurant.

    Args:
        order: The handle get_pickup_details gave, like order-1.
    """
    who, order_id = driver_of(call), known(call, order)
    async with call.transaction() as session:
        row = await delivering.at_restaurant(session, who, order_id)
    number = say_code(counter_number(order_id))
    say = f"Thanks. The number for the counter is {number}. {say_ready(row, call)}"
    call.facts(number, say)
    call.record("delivery.at_restaurant", order=str(order_id))
    return {"status": "noted", "say": say}


@tool(
    callers=(AGENT,),
    effect=lambda call, order: f"picked_up:{acting(call, order)}",
    final=lambda result: False,  # the door may be another one by now, or the order off; the row is moved once
)
async def confirm_pickup(call: Call, order: Handle) -> Result:
    """The driver has the food in their hands. Only when they said so.

    Args:
        order: The handle get_pickup_details gave, like order-1.
    """
    who, order_id = driver_of(call), known(call, order)
    async with call.transaction() as session:
        await delivering.picked_up(session, who, order_id)
    (mine,) = [one for one in await deliveries(call, who) if one.order.id == order_id]
    say = f"Picked up. {say_drop(mine)} Ask for the six digits at the door."
    call.facts("picked up", say)
    call.record("delivery.picked_up", order=str(order_id))
    call.save()
    return {"status": "picked_up", "say": say}


def code_key(call: Call, order: str, code: str) -> str:
    """A code said twice is one try."""
    return f"delivered:{acting(call, order)}:{digits(code)}"


@tool(callers=(AGENT,), effect=code_key, secrets=("code",))
async def confirm_delivery(call: Call, order: Handle, code: Annotated[str, MaxLen(40)]) -> Result:
    """The food is at the door, and the customer told the driver their six-digit code. Never guess one.

    Args:
        order: The handle get_pickup_details gave, like order-1.
        code: The six digits, as the driver said them.
    """
    who, order_id, said = driver_of(call), known(call, order), digits(code)
    if len(said) != CODE_DIGITS:
        raise ToolError("Those are not six digits. Ask for the customer's code once more, digit by digit.")
    async with call.transaction() as session:
        proof = await delivering.delivered(session, who, order_id, said)
    if proof.right:
        tip = Money(proof.tip, call.market.currency)
        more = f" The tip is yours: {tip.spoken()}." if proof.tip else ""
        say = f"That's right, it's delivered.{more} Thank you!"
        call.facts("delivered", say)
        call.record("delivery.delivered", order=str(order_id))
        return {"status": "delivered", "say": say}
    call.record("delivery.wrong_code", order=str(order_id), left=proof.left)
    if proof.left:
        tries = f"{num2words(proof.left)} {'try' if proof.left == 1 else 'tries'}"
        say = f"That code isn't right. Ask the customer once more; {tries} left."
        return {"status": "wrong_code", "left": proof.left, "say": say}
    promised = await called_back(call, "three wrong codes at the door")
    say = f"That was the third wrong code. Please keep the food with you. {promised}"
    return {"status": "person", "say": say, "next": "Say it. No code counts any more, whatever they say."}


@tool(callers=(AGENT,), effect=lambda call, order, what: f"problem:{acting(call, order)}")
async def report_problem(
    call: Call, order: Handle, what: Annotated[str, MinLen(1), MaxLen(LONGEST_REASON)]
) -> Result:
    """The driver cannot do a delivery they accepted. Before pick-up it goes to somebody else, after it to a person.

    Args:
        order: The handle get_pickup_details gave, like order-1.
        what: What is in the way, in a few words, without names or numbers.
    """
    who, order_id = driver_of(call), known(call, order)
    reason = mask_text(what)[:LONGEST_REASON]
    async with call.transaction() as session:
        back = await delivering.problem(session, who, order_id, reason)
    call.record("delivery.problem", order=str(order_id), given_back=back)
    if back:
        call.state.offered.pop(order, None)
        call.save()
        return {
            "status": "given_back",
            "say": "All right, I've taken it off you, and somebody else is found.",
        }
    promised = await called_back(call, "a driver with food is stuck")
    return {
        "status": "person",
        "say": f"You have the food already, so please keep it with you; a person decides. {promised}",
    }


def driver_of(call: Call) -> Who:
    """The driver on the line, by their number. Raises ToolError for anybody else."""
    state = call.state
    if state.caller != "driver" or state.driver_id is None:
        raise ToolError(NO_DRIVER)
    return Who(state.driver_id, call.clock.now(), state.call_id)


def known(call: Call, order: str) -> UUID:
    """The order behind a handle of this call. Raises ToolError."""
    if order not in call.state.orders:
        raise ToolError(
            f"There is no {order} in this call. Call get_pickup_details, and use a handle it returns."
        )
    return call.state.orders[order]


def handle_of(call: Call, row: Assignment) -> str:
    """The handle of an assignment's order in this call; a new one if it has none."""
    state = call.state
    old = next((name for name, id in state.orders.items() if id == row.order_id), None)
    handle = old or state.handle("order")
    state.orders[handle], state.assignments[handle] = row.order_id, row.id
    return handle


def acting(call: Call, order: str) -> UUID | None:
    """What a driver's word about an order is about, once: the assignment that this call told of last.

    An order that was given back and is offered again is another assignment, and so is what is said of it.
    """
    return call.state.assignments.get(order) or call.state.orders.get(order)


async def deliveries(call: Call, who: Who) -> list[Delivery]:
    """What the driver has accepted and not brought yet."""
    async with call.transaction() as session:
        return await delivering.current(session, who.driver_id)


def digits(text: str) -> str:
    """Only the digits of what was said: "482913", "four eight two, nine one three", "double nine"."""
    return digits_said(text)


def say_pickup(one: Delivery, call: Call) -> str:
    """Where to, under which number, and when."""
    number = say_code(counter_number(one.order.id))
    return (
        f"Pick up at {one.kitchen.name}; the number for the counter is {number}. {say_ready(one.order, call)}"
    )


def say_ready(order: Order, call: Call) -> str:
    """Whether the food is ready, as the kitchen says."""
    if order.status == OrderStatus.READY:
        return "The food is ready."
    if order.status not in (OrderStatus.CONFIRMED, OrderStatus.PREPARING):
        return "The order was called off."
    if order.ready_by is None:
        return "The kitchen has not said when it is ready."
    minutes = ceil((order.ready_by - call.clock.now()).total_seconds() / 60)
    if minutes <= 0:
        return "The food should be ready any moment."
    return f"The food should be ready in about {num2words(minutes)} minute{'' if minutes == 1 else 's'}."


def say_drop(one: Delivery) -> str:
    """Whereto, what to know at the door, and what to collect there."""
    place, order = one.place, one.order
    door = f"goes to {place.spoken()}, {say_km(one.assignment.distance_m)} from the restaurant."
    parts = [f"The customer has changed the address: it now {door}" if one.moved else f"It {door}"]
    if place.recipient:
        parts.append(f"Ask for {place.recipient}.")
    notes = [PHONE.sub("", note).strip() for note in (place.note, order.note) if note]
    if notes:
        parts.append(f"Note: {'; '.join(dict.fromkeys(notes))}.")
    if order.payment_status == PaymentStatus.CASH_DUE:
        parts.append(f"Collect {Money(order.total, order.currency).spoken()} in cash.")
    return " ".join(parts)
