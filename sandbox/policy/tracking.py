"""The tracking agent: where an order is, that it has come, and what there is to tell of it."""

import re
from typing import Any

from sandbox.policy import say
from sandbox.policy.care_state import Asking, CareState, Topic
from sandbox.policy.care_step import A_PERSON, NO_ORDER, Step, choose, refusal, spoken, status_call, told
from sandbox.policy.request import ModelRequest
from sandbox.policy.state import Fact
from sandbox.policy.which import active, brand, narrowed, placed_by, tells


def where(state: CareState, request: ModelRequest, topic: Topic) -> Step:
    """Ask each time: what was true a minute ago may be so no more."""
    if "get_order_status" not in request.tools:
        return Step("I cannot look that up from here.")
    content = topic.results.get("get_order_status")
    if content is None:
        return Step(calls=[request.fits("get_order_status", _one(state, topic))])
    if "error" in content:
        if "without it" in str(content["error"]) and state.turn.called("get_order_status") < 2:
            return Step(calls=[request.fits("get_order_status", {})])
        return refusal(str(content["error"]))
    orders = [order for order in content.get("orders") or [] if isinstance(order, dict)]
    if not orders and not content.get("say"):
        if "take one" in str(content.get("next", "")):
            return Step(f"{NO_ORDER} Would you like to place one?", Asking("food"))
        return Step(NO_ORDER)
    if not orders:
        return spoken(told(content))
    meant = _meant(orders, topic)
    sorry = "I'm sorry about that." if any(order.get("late") is True for order in meant) else ""
    return spoken(sorry, *(_tell(order, topic.words) for order in meant))


def _one(state: CareState, topic: Topic) -> dict[str, Any]:
    """The order that the words pick among those known, or the one spoken of, if it is still coming."""
    facts = state.facts()
    named = placed_by(facts, topic.words)
    if len(named) < len(facts):
        return {"order": named[0]["order"]} if len(named) == 1 else {}
    focused = state.orders.get(state.focus)
    return {"order": state.focus} if focused and active(focused) and state.asked else {}


def _meant(orders: list[Fact], topic: Topic) -> list[Fact]:
    named = placed_by(orders, topic.words)
    coming = [order for order in named if active(order)]
    if coming or len(named) < len(orders):
        return coming or named
    return narrowed(orders, topic.words) if tells(orders, topic.words) else orders[:1]


def _tell(order: Fact, words: str) -> str:
    """What was asked of one order: its code, its price, its dishes, else where it is."""
    if re.search(r"\b(?:code|pin)\b", words, re.I) and order.get("code"):
        return f"The code is {order['code']}."
    if re.search(r"\b(?:how much|total|pay)\b", words, re.I) and order.get("total"):
        return f"That came to {order['total']}."
    if re.search(r"\bwhat(?: did i|'s in| was in| is in)\b", words, re.I) and order.get("lines"):
        return f"That was {say.listed([say.line_text(str(line)) for line in order['lines']])}."
    if re.search(r"\bwhich restaurant\b", words, re.I) and order.get("restaurant"):
        return f"It is from {order['restaurant']}."
    return str(
        order.get("say") or f"Your {brand(order)} order is {str(order.get('status')).replace('_', ' ')}."
    )


def receipt(state: CareState, request: ModelRequest, topic: Topic) -> Step:
    """The order is there: note it."""
    if "confirm_receipt" not in request.tools:
        return Step("I'm glad it came.")
    return _noted(state, request, topic, "confirm_receipt")


def leave(state: CareState, request: ModelRequest, topic: Topic) -> Step:
    """It may be left at the door: note it."""
    if "leave_at_door" not in request.tools:
        return Step("I cannot pass that on from here.")
    return _noted(state, request, topic, "leave_at_door")


def _noted(state: CareState, request: ModelRequest, topic: Topic, name: str) -> Step:
    """Once it is clear which order is meant, one call, and what came of it."""
    if error := topic.refused(name):
        return refusal(error)
    if content := topic.good(name):
        return spoken(told(content))
    if status := status_call(state, request, topic):
        return Step(calls=[status])
    order, which = choose(state, topic, active)
    if which is not None:
        return which
    if order is None:
        return Step(NO_ORDER)
    return Step(calls=[request.fits(name, {"order": order["order"]})])


def not_mine(state: CareState) -> Step:
    """What only the support agent could do, when they cannot be reached."""
    regret = (
        "I'm sorry about that." if state.turn.business.trouble or state.turn.business.money else "I'm sorry."
    )
    return Step(f"{regret} I cannot do that from here. {A_PERSON}", Asking("person"))
