"""Changes to a placed order: put to the caller by the system, done after a yes. Docstrings here are prompts."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from annotated_types import Ge, Le, MaxLen

from db.models import Order
from domain.call_state import CallState, Offer, Purpose
from domain.changes import Action
from domain.saying import Saying
from errors import ToolError
from operations import changing, planning
from operations.changing import Agreement
from operations.planning import Asked, Plan
from tools.call import Call
from tools.orders import Handle, check_theirs, known
from tools.result import Result, Say, Spoken
from tools.tool import tool

QUESTION = Saying("Shall I do that?", "क्या मैं यह कर दूँ?")
AGAIN = "Call propose_change again, and wait for the caller's yes."
CHANGING_SECONDS = 25.0  # three tries of six seconds at the card provider, and our own transactions
Count = Annotated[int, Ge(1), Le(30)]
Note = Annotated[str, MaxLen(160)]
NEEDS: dict[Action, tuple[str, ...]] = {
    Action.CANCEL: (),
    Action.REMOVE: ("line",),
    Action.QUANTITY: ("line", "quantity"),
    Action.NOTE: ("note",),
    Action.ADDRESS: ("address",),
}
"""What each action goes by; whatever else a model gives is not looked at."""


@tool(callers=("delivery_tracking", "customer_support"))
async def propose_change(
    call: Call,
    order: Handle,
    action: Action,
    line: Count | None = None,
    quantity: Count | None = None,
    note: Note | None = None,
    address: Handle | None = None,
) -> Say:
    """Have the system tell the caller what a change to a placed order does and costs, and ask. Say nothing; wait.

    Args:
        order: A handle this call knows, like order-1.
        action: cancel; remove a dish; quantity, for fewer of one; a note for kitchen or rider; another address.
        line: For remove and quantity: which of the order's lines, counted from 1.
        quantity: For quantity: how many of that dish are wanted now.
        note: For note: what to pass on, in the caller's words.
        address: For address: the handle verify_address returned in this call.
    """
    state = call.state
    order_id = known(call, order)
    arguments = {"line": line, "quantity": quantity, "note": note, "address": address}
    asked = asking(state, order_id, action, arguments)
    async with call.transaction() as session:
        row = check_theirs(state, await session.get(Order, order_id))
        plan = await planning.plan(session, row, asked, call.market, call.dispatch.get(call.market.code))
    check_theirs(state, row)  # again: they may have said meanwhile that they are somebody else
    change = offer(call, plan, arguments)
    result: Result = {
        "status": "proposed",
        "change": change,
        "next": f"Wait for the caller's answer; on yes call carry_out({change}).",
    }
    proposal = Spoken(plan.sentence.to(state.language), state.offers[change].mark)
    return Say((proposal, Spoken(QUESTION.to(state.language))), result)


def asking(state: CallState, order_id: UUID, action: Action, arguments: Mapping[str, Any]) -> Asked:
    """What is wanted, with the place behind the address's handle. Raises ToolError for a handle there is not."""
    given = {name: value for name, value in arguments.items() if value is not None and name in NEEDS[action]}
    handle = given.pop("address", None)
    if handle is not None and handle not in state.places:
        raise ToolError(f"There is no {handle}. Ask for the address and call verify_address first.")
    place = state.places[handle].model_copy() if handle else None
    proved = state.has_proved(Purpose.ADDRESS)
    return Asked(order_id=order_id, action=action, place=place, proved=proved, **given)


def offer(call: Call, plan: Plan, arguments: Mapping[str, Any]) -> str:
    """Remember what is put to the caller; what was put to them before and not agreed to counts no more."""
    state = call.state
    for earlier in state.offers.values():
        earlier.withdrawn = earlier.withdrawn or not earlier.done
    change = state.handle("change")
    state.offers[change] = Offer(
        order_id=plan.asked.order_id,
        action=plan.asked.action,
        arguments={**arguments, "dish": plan.dish},
        terms=plan.terms,
        mark=change,
    )
    state.open_question, state.open_options = "change", []
    before, after = plan.standing.total, plan.after
    call.facts(before, before.spoken(), after, after.spoken())
    call.record(
        "change.proposed",
        change=change,
        action=plan.asked.action,
        order=str(plan.asked.order_id),
        old_total=before.amount,
        new_total=after.amount,
        currency=after.currency,
    )
    call.save()
    return change


def carrying_key(call: Call, change: str) -> str:
    """One carrying out per order and terms, whoever asks and under whichever handle."""
    offer = call.state.offers.get(change)
    return f"change:{offer.order_id}:{offer.terms}" if offer else f"change:{change}"


@tool(
    callers=("delivery_tracking", "customer_support"),
    effect=carrying_key,
    timeout_seconds=CHANGING_SECONDS,
    final=lambda result: result.get("money") != "unknown",
)
async def carry_out(call: Call, change: Handle) -> Result:
    """Do what propose_change put to the caller. Only after their yes.

    Args:
        change: The handle propose_change returned, like change-1.
    """
    state = call.state
    offer = agreed(state, change)
    asked = asking(state, offer.order_id, Action(offer.action), offer.arguments)

    def check() -> None:
        agreed(state, change)

    agreement = Agreement(offer.terms, state.call_id, check)
    async with call.transaction() as session:
        row = check_theirs(state, await session.get(Order, offer.order_id))
    rules = call.dispatch.get(call.market.code)
    done = await changing.carry_out(
        call.transaction, call.cards, call.clock, call.market, asked, agreement, rules
    )
    offer.done = True
    if state.open_question == "change":
        state.open_question = None
    if asked.action is Action.CANCEL and (row.call_id, row.cart_version) == (
        state.cart_call_id,
        state.cart.version,
    ):
        state.changed_terms()  # what is in the cart can be ordered again, as another version
    outcome = {Action.CANCEL: "cancelled", Action.ADDRESS: "moved"}.get(asked.action, "changed")
    total = [] if asked.action is Action.CANCEL else [f"total: {done.after} | {done.name}"]
    call.facts(done.say, done.after, done.after.spoken(), outcome, *total)
    call.record(
        "change.done",
        change=change,
        action=asked.action,
        order=str(offer.order_id),
        new_total=done.after.amount,
        settled=done.settled,
    )
    call.save()
    result: Result = {"status": "done", "say": done.say}
    if not done.settled:
        result |= {
            "money": "unknown",
            "next": f"Say it. If they ask about the money later, call carry_out({change}) again: it finds out.",
        }
    return result


def agreed(state: CallState, change: str) -> Offer:
    """The proposal the caller said yes to. Raises ToolError unless it was heard and agreed to, or is done."""
    offer = state.offers.get(change)
    if offer is None or offer.action not in NEEDS:
        raise ToolError(f"There is no {change} in this call. {AGAIN}")
    if offer.done:
        return offer
    if offer.withdrawn:
        raise ToolError(
            "The caller did not agree to that, or wants something else now. Do what they asked for."
        )
    if not offer.heard:
        raise ToolError(f"The caller has not heard the proposal to its end. {AGAIN}")
    if not offer.answered:
        raise ToolError("The caller has not answered yet. Wait for their answer.")
    if not offer.agreed:
        raise ToolError("The caller did not say a plain yes. Answer what they said, and ask once more.")
    return offer
