"""The order agent's next act: tool calls while there is something to do, else words and a question."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.policy import say
from sandbox.policy.business import business_in
from sandbox.policy.checkout import checkout
from sandbox.policy.match import customised
from sandbox.policy.request import ModelRequest, Reply, ToolCall
from sandbox.policy.results_talk import report
from sandbox.policy.state import Question, State
from sandbox.policy.transfer import from_order, orders_too
from sandbox.policy.wishes import Wish

# A model that has called this often without speaking is going in circles.
MOST_CALLS_IN_A_TURN = 24


@dataclass
class Act:
    """What to answer, and the question that the caller's next words will answer."""

    reply: Reply
    question: Question = field(default_factory=Question)


def next_act(state: State, request: ModelRequest) -> Act:
    """Decide; changes nothing in the state."""
    if request.use_tools and len(state.turn.calls) < MOST_CALLS_IN_A_TURN:
        calls = [call for call in wished_calls(state, request) if call.name in request.tools]
        if calls:
            return Act(Reply(calls=tuple(calls)), Question("anything"))
    told = report(state)
    if told.question is None and request.use_tools:
        step = checkout(state, request, told.text)
        if step.calls:
            return Act(Reply(step.text, tuple(step.calls)), step.question)
        return Act(Reply(say.joined(told.text, step.text)), step.question)
    question = told.question or Question("anything")
    return Act(Reply(told.text or say.ANYTHING_ELSE), question)


def wished_calls(state: State, request: ModelRequest) -> list[ToolCall]:
    """Every call that can be made now; independent ones at once."""
    turn, heard = state.turn, state.turn.heard
    handed = _handed_on(state, request)
    if handed is not None and (state.turn.rejected or not orders_too(heard.text)):
        return handed
    if heard.not_me and "not_this_person" in request.tools and not turn.called("not_this_person"):
        return [ToolCall("not_this_person")]
    if heard.person and "ask_for_person" in request.tools and not turn.called("ask_for_person"):
        return [request.fits("ask_for_person", {"reason": "The caller asked for a person."})]
    calls: list[ToolCall] = []
    if (
        not state.profile_asked
        and "get_customer_profile" in request.tools
        and heard.text
        and not heard.person
    ):
        calls.append(ToolCall("get_customer_profile"))
    for wish in state.wishes:
        if handed and wish.kind != "order":
            continue
        if not wish.closed and not wish.tried and (made := _call(wish, state, request)):
            calls.append(made)
    if handed and not calls:
        return handed
    over = state.booked and not turn.results and (heard.answer is False or heard.done or heard.thanks)
    ending = heard.leaving or over or (heard.cancelling and not state.placed)
    if not calls and ending and "end_call" in request.tools and not turn.called("end_call"):
        calls.append(request.fits("end_call", {"farewell": say.farewell(state)}))
    return _once(calls)


def _once(calls: list[ToolCall]) -> list[ToolCall]:
    """Searches for the same words are made once."""
    unique: list[ToolCall] = []
    for call in calls:
        if call.name != "search_menu" or call not in unique:
            unique.append(call)
    return unique


def _handed_on(state: State, request: ModelRequest) -> list[ToolCall] | None:
    """Another agent's business; after a refusal the question where an order is can still be answered here."""
    if state.turn.rejected:
        asks = business_in(state.turn.heard.text).where and not state.turn.called("get_order_status")
        return [ToolCall("get_order_status")] if asks else []
    made = from_order(request, state)
    return [made] if made else None


def _call(wish: Wish, state: State, request: ModelRequest) -> ToolCall | None:
    match wish.kind:
        case "order" if wish.dish is not None:
            return _add(wish, state, request) if "add_to_order" in request.tools else None
        case "order" | "browse":
            unsearched = not wish.searched and "search_menu" in request.tools
            return request.fits("search_menu", wish.search()) if unsearched else None
        case "change":
            return _change(wish, state, request)
        case "remove":
            return _remove(wish, state, request)
        case "address":
            return _verify(wish, state, request)
        case "allergies" if "allergies" not in state.rules:
            return None
        case _:
            name = {
                "allergies": "set_allergies", "substitution": "set_substitution", "time": "set_delivery_time",
                "total": "calculate_total", "tip": "set_tip", "status": "get_order_status",
            }.get(wish.kind)  # fmt: skip
            return request.fits(name, wish.arguments) if name in request.tools else None


def _add(wish: Wish, state: State, request: ModelRequest) -> ToolCall:
    arguments: dict[str, Any] = {"dish": wish.dish, "quantity": wish.quantity or 1}
    arguments |= customised(wish.words, state.dishes.get(str(wish.dish), {})) | wish.arguments
    if note := "; ".join(filter(None, [arguments.get("note"), wish.note])):
        arguments["note"] = note
    return request.fits("add_to_order", arguments)


def _change(wish: Wish, state: State, request: ModelRequest) -> ToolCall | None:
    if wish.line not in state.lines or "change_order_line" not in request.tools:
        return None
    dish = state.dishes.get(state.lines[wish.line].dish, {})
    arguments: dict[str, Any] = {"line": wish.line, **customised(wish.words, dish), **wish.arguments}
    if wish.quantity is not None:
        arguments["quantity"] = wish.quantity
    if note := "; ".join(filter(None, [arguments.get("note"), wish.note])):
        arguments["note"] = note
    return request.fits("change_order_line", arguments) if len(arguments) > 1 else None


def _remove(wish: Wish, state: State, request: ModelRequest) -> ToolCall | None:
    line = state.lines.get(wish.line or "")
    if line is None:
        return None
    if (
        wish.fewer
        and wish.quantity
        and wish.quantity < line.quantity
        and "change_order_line" in request.tools
    ):
        return request.fits(
            "change_order_line", {"line": line.handle, "quantity": line.quantity - wish.quantity}
        )
    return (
        request.fits("remove_from_order", {"line": line.handle})
        if "remove_from_order" in request.tools
        else None
    )


def _verify(wish: Wish, state: State, request: ModelRequest) -> ToolCall | None:
    if "verify_address" not in request.tools:
        return None
    if not str(wish.arguments.get("saved", "address-")).startswith("address-"):
        return None
    return request.fits("verify_address", dict(wish.arguments))
