"""What the tools answered, taken into the state."""

import json
import re

from sandbox.policy.plain import plain
from sandbox.policy.request import Result, ToolCall
from sandbox.policy.state import CART_TOOLS, Fact, Line, State
from sandbox.policy.wishes import Wish

_UNHEARD = re.compile(
    r"interrupt(?!ed while)|not (?:been )?heard|cut off (?!by a fault)|talked over|barge", re.I
)
_DECLINED = re.compile(r"\bdeclin|\bfailed\b|not go through", re.I)


def take_call(state: State, call: ToolCall) -> None:
    """Note that a call was made: its wish is not tried twice."""
    state.turn.calls.append(call)
    state.made.append(call)
    arguments = call.arguments
    if call.name in ("get_customer_profile", "not_this_person"):
        state.profile_asked = True
    elif call.name == "suggest_addition":
        state.suggested = True
    elif call.name == "search_menu":
        for wish in state.wishes:
            if not wish.searched and wish.query == arguments.get("query"):
                wish.searched = True
                return
    elif call.name == "add_to_order":
        _tried(state, ("order", "usual"), "dish", arguments.get("dish"))
    elif call.name in ("change_order_line", "remove_from_order"):
        _tried(state, ("change", "remove"), "line", arguments.get("line"))
    else:
        kinds = {
            "set_allergies": "allergies", "set_substitution": "substitution", "set_delivery_time": "time",
            "verify_address": "address", "calculate_total": "total", "get_order_status": "status",
            "set_tip": "tip",
        }  # fmt: skip
        for wish in state.wishes:
            if wish.kind == kinds.get(call.name) and not wish.tried:
                wish.tried = wish.closed = True
                return


def _tried(state: State, kinds: tuple[str, ...], key: str, value: object) -> None:
    for wish in state.wishes:
        if wish.kind in kinds and not wish.tried and getattr(wish, key) == value:
            wish.tried = wish.closed = True
            return


def take_result(state: State, result: Result) -> None:
    """Take one tool's answer into the state; a cancelled search will be made again."""
    call, content = result.call, result.content
    text = content.get("text")
    if text in ("IN_PROGRESS", "CANCELLED", "COMPLETED"):
        if text == "CANCELLED" and call.name == "search_menu":
            for wish in state.wishes:
                if wish.query == call.arguments.get("query") and wish.found is None:
                    wish.searched = False
        return
    state.turn.results.append(result)
    if "error" in content:
        _refused(state, call, str(content["error"]))
        return
    version = content.get("cart_version")
    if isinstance(version, int) and version != state.version:
        state.version = version
        state.changed()
    if call.name in CART_TOOLS:
        _cart(state, call, content)
    elif call.name == "search_menu":
        _searched(state, call, content)
    else:
        _other(state, call, content)


def _cart(state: State, call: ToolCall, content: Fact) -> None:
    state.changed()
    if call.name == "remove_from_order":
        gone = state.lines.pop(str(call.arguments.get("line")), None)
        state.turn.removed += [gone.name] if gone else []
        state.last_line = next(reversed(state.lines), "")
        return
    handle = str(content.get("line") or call.arguments.get("line") or "")
    line = state.lines.get(handle)
    if line is None:
        dish = str(call.arguments.get("dish") or "")
        line = Line(handle, dish, str(state.dishes.get(dish, {}).get("name", "that dish")))
        state.lines[handle] = line
    if state.placed:
        state.placed, state.done = None, False
    if isinstance(quantity := call.arguments.get("quantity"), int):
        line.quantity = quantity
    line.text = str(content.get("line_text") or line.text)
    incomplete = content.get("status") == "incomplete"
    line.missing = str(content.get("missing", "choice")) if incomplete else ""
    line.ask = str(content.get("ask", "")) if incomplete else ""
    line.options = [str(option) for option in content.get("options") or []] if incomplete else []
    state.last_line = handle


def _searched(state: State, call: ToolCall, content: Fact) -> None:
    dishes = [dish for dish in content.get("dishes") or [] if isinstance(dish, dict)]
    for dish in dishes:
        state.dishes[str(dish.get("dish"))] = dish
    for wish in state.wishes:
        if wish.searched and wish.found is None and wish.query == call.arguments.get("query"):
            wish.found = dishes
            return


def _other(state: State, call: ToolCall, content: Fact) -> None:
    status = content.get("status")
    match call.name:
        case "get_customer_profile":
            state.profile = content
            state.cards = [card for card in content.get("cards") or [] if isinstance(card, dict)]
            for dish in content.get("usual") or []:
                state.dishes.setdefault(str(dish.get("dish")), dish)
        case "not_this_person":
            state.profile, state.cards, state.address = None, [], None
            state.payment = ""
            state.changed()
        case "suggest_addition":
            if suggestion := content.get("suggest"):
                state.dishes.setdefault(str(suggestion["dish"]), suggestion)
        case "verify_address":
            state.address = content if status == "deliverable" else None
            state.address_said = str(call.arguments.get("text") or state.address_said)
            state.changed()
        case "read_back_order":
            if isinstance(version := content.get("cart_version"), int):
                state.version = state.read = version
            state.payment = str(call.arguments.get("payment") or state.payment)
        case "place_order":
            state.confirmed = False
            if status == "declined":
                state.declined.add(str(call.arguments.get("payment")))
                state.cards = [
                    card for card in content.get("cards") or [] if isinstance(card, dict)
                ] or state.cards
                state.payment, state.read = "", None
            else:
                state.placed = content
        case "ask_contact_consent":
            state.consented = True
        case "ask_for_person":
            state.booked = True
        case "set_delivery_time":
            for refused in state.refused:
                dish, name = (
                    str(refused.arguments["dish"]),
                    str(state.dishes.get(str(refused.arguments["dish"]), {}).get("name")),
                )
                again = {key: value for key, value in refused.arguments.items() if key != "dish"}
                state.wishes.append(Wish("order", name, dish=dish, searched=True, arguments=again))
            state.refused.clear()
        case _:
            return


def _refused(state: State, call: ToolCall, instruction: str) -> None:
    """An error is an instruction: go back to the step it names."""
    for handle, name in plain(instruction).offers:
        state.dishes.setdefault(handle, {"dish": handle, "name": name})
    words = instruction.lower()
    if call.name == "add_to_order" and "set_delivery_time" in words:
        state.refused.append(call)
    if call.name not in ("read_back_order", "place_order"):
        return
    again = re.search(r"\bread\b|read_back", words) is not None
    # "Call place_order again": the yes still stands.
    if "call place_order" in words:
        return
    state.confirmed = False
    if again or call.name == "read_back_order":
        state.read = None
    if not again and re.search(r"\baddress\b|\bdeliver\b", words):
        state.address = None
    if not again and re.search(r"\bpay|\bcard\b|\bcash\b", words):
        state.payment = ""


def take_note(state: State, text: str) -> None:
    """A developer's note: a late tool result, a read-back nobody heard, the outcome of a payment."""
    state.turn.notes.append(text)
    if outcome := _outcome(state, text):
        take_result(state, outcome)
        state.late.append(outcome)
        return
    if _UNHEARD.search(text) and state.read is not None and not state.placed:
        state.changed()
    if re.search(r"\b(?:payment|order|outcome)\b", text, re.I):
        if re.search(r"\bplaced\b", text, re.I) and not re.search(r"\bnot\b", text, re.I):
            state.placed = {"status": "placed", "say": ""}
        elif _DECLINED.search(text):
            state.declined.add(state.payment)
            state.payment, state.read, state.confirmed = "", None, False


def _outcome(state: State, text: str) -> Result | None:
    """The tool result that a note tells late, when it holds one."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        content, _ = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return None
    named = next((name for name in sorted(state.tools, key=len, reverse=True) if name in text[:start]), "")
    if not named and content.get("status") in ("placed", "declined"):
        named = "place_order"
    last = next((call for call in reversed(state.made) if call.name == named), ToolCall(named))
    return Result(last, content)
