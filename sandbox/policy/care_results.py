"""What the tools answered about placed orders, taken into the state."""

import json
import re

from sandbox.policy import deciding
from sandbox.policy.care_state import CareState, Topic
from sandbox.policy.request import Result, ToolCall

_UNHEARD = re.compile(
    r"interrupt(?!ed while)|not (?:been )?heard|cut off (?!by a fault)|talked over|barge|change-\d+.*not",
    re.I,
)
# The system has answered a part of the turn itself.
_SAID = re.compile(r"\bthe system has just said\b", re.I)
_OF_TOPIC = (
    "get_order_status", "verify_address", "propose_change", "carry_out", "file_complaint", "process_refund",
    "confirm_receipt", "leave_at_door", "answer_question",
)  # fmt: skip


def take_result(state: CareState, result: Result) -> None:
    """Take one tool's answer: facts for the whole conversation, the rest for the topic it was called for."""
    call, content = result.call, result.content
    if content.get("text") in ("IN_PROGRESS", "CANCELLED", "COMPLETED"):
        return
    state.turn.results.append(result)
    if call.name == "get_order_status" and "error" not in content:
        _orders(state, call, content)
    elif call.name == "not_this_person":
        state.orders, state.focus, state.topic, state.done, state.asked = {}, "", None, None, False
        state.places = []
    elif call.name == "get_customer_profile":
        state.places = [place for place in content.get("addresses") or [] if isinstance(place, dict)]
    deciding.take(state, result)
    topic = state.topic
    if topic is None or call.name not in _OF_TOPIC:
        return
    topic.results[call.name] = content
    if call.name in (
        "propose_change",
        "file_complaint",
        "process_refund",
        "confirm_receipt",
        "leave_at_door",
    ):
        topic.order = str(call.arguments.get("order") or topic.order)
        state.focus = topic.order or state.focus
    error = str(content.get("error", "")) if call.name == "carry_out" else ""
    if re.search(r"propose_change again|did not agree to that", error):
        _again(topic)
    elif re.search(r"did not agree|not answered|plain yes", error):
        topic.agreed = False
        del topic.results["carry_out"]


def _outcome(state: CareState, text: str) -> Result | None:
    """The tool result that a note tells late, when it holds one."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        content, _ = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return None
    call = next((call for call in reversed(state.made) if re.search(rf"\b{call.name}\b", text[:start])), None)
    return Result(call, content) if call is not None else None


def _again(topic: Topic) -> None:
    """The proposal is worth nothing any more; it has to be put to the caller again."""
    topic.agreed = False
    topic.results.pop("propose_change", None)
    topic.results.pop("carry_out", None)


def _orders(state: CareState, call: ToolCall, content: dict[str, object]) -> None:
    told = content.get("orders")
    orders = [order for order in told if isinstance(order, dict)] if isinstance(told, list) else []
    new = {str(order.get("order")): order for order in orders}
    if call.arguments.get("order"):
        state.orders = {handle: new.get(handle, order) for handle, order in state.orders.items()} | new
    else:
        state.asked = True
        state.orders = {**new, **{key: value for key, value in state.orders.items() if key not in new}}
    if len(new) == 1:
        state.focus = next(iter(new))


def take_note(state: CareState, text: str) -> None:
    """A developer's note: a proposal that nobody heard has to be made again; a late outcome is taken for one."""
    topic = state.topic
    if (late := _outcome(state, text)) is not None:
        if topic is None or late.call.name not in topic.asked:
            state.late.append(str(late.content.get("say") or ""))
        take_result(state, late)
        return
    state.turn.told = state.turn.told or _SAID.search(text) is not None
    if topic is None or topic.good("propose_change") is None or "carry_out" in topic.results:
        return
    if _UNHEARD.search(text):
        _again(topic)
        topic.results["propose_change"] = {"status": "unheard"}
