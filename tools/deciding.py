"""A dish of an order has run out: the system tells its customer what can be done. Docstrings here are prompts."""

from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen

from db.models import Order
from domain import deciding_words
from domain.call_state import CallState, Offer
from domain.deciding import Choice
from errors import ToolError
from operations import deciding, putting
from operations.deciding import Agreed, Decided, Question
from operations.kitchen_queue import BY_CUSTOMER, BY_SYSTEM
from operations.undecided import undecided
from tools.call import Call
from tools.orders import Handle, check_theirs, known
from tools.result import Result, Say, Spoken
from tools.tool import tool

CALLERS = ("delivery_tracking", "customer_support")
DECIDING_SECONDS = 25.0  # three tries of six seconds at the card provider, and our own transactions
NOTHING = "Nothing of that order has to be decided. Say so, and go on."
AGAIN = "Call ask_about_unavailable again: the system tells them what can be done, and asks."
Dish = Annotated[str, MaxLen(80)]


@tool(callers=CALLERS)
async def ask_about_unavailable(call: Call, order: Handle, dish: Dish | None = None) -> Say:
    """A dish of an order has run out: have the system tell the caller what can be done and what it costs. Say nothing.

    Args:
        order: A handle this call knows, like order-1.
        dish: Another dish of that restaurant that the caller has named for it, by its name on the menu.
    """
    state, order_id = call.state, known(call, order)
    async with call.transaction() as session:
        row = check_theirs(state, await session.get(Order, order_id))
        found = await undecided(session, row, call.market, said=dish)
    check_theirs(state, row)  # again: they may have said meanwhile that they are somebody else
    if found is None:
        raise ToolError(NOTHING)
    put = putting.put(state, found)
    call.record(
        "unavailable.told",
        order=str(order_id),
        line=found.open.question.line,
        choices=[str(choice) for choice in put.choices],
    )
    call.save()
    result: Result = {
        "status": "told",
        "order": put.order,
        "dish": found.open.dish,
        "choices": [str(way.choice) for way in found.ways],
        "next": f"Wait for the caller's answer, then call decide_unavailable({put.order}, their choice).",
    }
    if put.yes:
        result["yes"] = str(put.yes)
    if found.instead:
        result["instead"] = found.instead
    return Say((Spoken(put.told, put.mark), Spoken(put.question)), result)


def deciding_key(call: Call, order: str, choice: Choice) -> str:
    """One deciding per dish and way, whoever asks and however often it was put."""
    order_id = call.state.orders.get(order)
    offer = _newest(call.state, order_id)
    line = offer.arguments["line"] if offer else None
    return f"decide:{order_id}:{line}:{choice}:{offer.arguments['ways'].get(choice) if offer else None}"


@tool(
    callers=CALLERS,
    effect=deciding_key,
    timeout_seconds=DECIDING_SECONDS,
    final=lambda result: result.get("money") != "unknown",
)
async def decide_unavailable(call: Call, order: Handle, choice: Choice) -> Result:
    """Do what the caller chose about the dish that has run out. Only after ask_about_unavailable and their answer.

    Args:
        order: A handle this call knows, like order-1.
        choice: instead, leave_out, or cancel for the whole order.
    """
    state, order_id = call.state, known(call, order)
    offer = agreed(state, order_id, choice)
    arguments = offer.arguments

    def check() -> None:
        agreed(state, order_id, choice)

    async with call.transaction() as session:
        check_theirs(state, await session.get(Order, order_id))
    item = UUID(arguments["item"]) if arguments["item"] and choice is Choice.INSTEAD else None
    done = await deciding.decide(
        call.transaction,
        call.cards,
        call.clock,
        call.market,
        Question(order_id, arguments["line"]),
        choice,
        by=BY_CUSTOMER,
        call_id=state.call_id,
        agreed=Agreed(arguments["ways"][choice], check, item),
        links=call.links,
    )
    offer.done = True
    if state.open_question == "change":
        state.open_question, state.open_options = None, []
    say = said(done)
    call.facts(say, done.total, done.total.spoken(), "cancelled" if done.kind == "cancelled" else "changed")
    call.record(
        "unavailable.decided",
        order=str(order_id),
        line=arguments["line"],
        choice=choice,
        outcome=done.kind,
        again=done.again,
        settled=done.settled,
    )
    call.save()
    return _result(done, order, say)


def _result(done: Decided, order: str, say: str) -> Result:
    result: Result = {"status": "done", "outcome": done.kind, "total": str(done.total), "say": say}
    if not done.settled:
        result["money"] = "unknown"
    if done.more:
        result["run_out"] = list(done.more)
        result["next"] = (
            f"Say it, then call ask_about_unavailable({order}): {done.more[0]} has run out as well."
        )
    return result


def said(done: Decided) -> str:
    """What became of the order, for its customer; never more than the bank has said."""
    what = _what(done)
    if done.again:
        late = "You had not answered in time, so " if done.by == BY_SYSTEM else "That is settled already: "
        what = f"{late}{what[0].lower()}{what[1:]}"
    else:
        what = f"Done. {what}" if done.kind != "cancelled" else what
    if done.back is None:
        if not done.settled:
            what += " The bank has not answered yet about the money held; we keep asking until it is let go."
        return what
    back = done.back.spoken()
    if done.settled:
        return f"{what} The {back} goes back to {done.paid}."
    return f"{what} The bank has not answered yet about the {back} that goes back to {done.paid}; we keep asking."


def _what(done: Decided) -> str:
    total = f"The total is {done.total.spoken()}."
    if done.kind == "substituted":
        return f"You get {done.instead} instead of the {done.dish}. {total}"
    if done.kind == "removed":
        return f"The {done.dish} is left out. {total}"
    if done.kind == "settled":
        return f"Nothing is open any more. {total}"
    return "Your order is cancelled."


def agreed(state: CallState, order_id: UUID, choice: Choice) -> Offer:
    """What was put to the caller and chosen by them. Raises ToolError unless it was heard and chosen, or is done."""
    offer = _newest(state, order_id)
    if offer is None:
        raise ToolError(f"They have not been told what can be done. {AGAIN}")
    if offer.done:
        return offer
    if not offer.heard:
        raise ToolError(f"The caller has not heard to the end what can be done. {AGAIN}")
    if not offer.answered:
        raise ToolError("The caller has not answered yet. Wait for their answer.")
    if offer.withdrawn:
        raise ToolError(f"The caller did not choose that. {AGAIN}")
    if offer.arguments["chosen"] != choice:
        raise ToolError(
            "The caller did not say plainly that they want that. Answer what they said, and ask once more which it is."
        )
    return offer


def _newest(state: CallState, order_id: UUID | None) -> Offer | None:
    put = putting.of_order(state, order_id) if order_id else []
    return put[-1] if put else None


def answer(call: Call, handle: str, offer: Offer, text: str) -> None:
    """A turn after the ways were heard chooses one, or none. A no ends what was asked; a question does not."""
    arguments = offer.arguments
    ways = [Choice(way) for way in arguments["ways"]]
    yes = Choice(arguments["yes"]) if arguments["yes"] else None
    choice = deciding_words.chosen(text, yes, ways, arguments["missing"], arguments["dish"])
    offer.answered = True
    if choice is not None:
        arguments["chosen"], offer.agreed = choice, True
    elif deciding_words.refuses(text):
        arguments["chosen"], offer.agreed, offer.withdrawn = None, False, True
        arguments["said_no"] = arguments["said_no"] or (
            yes is Choice.INSTEAD and deciding_words.says_no(text)
        )
        call.state.open_question, call.state.open_options = None, []
    call.record("unavailable.answered", decision=handle, choice=choice)
