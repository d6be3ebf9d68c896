"""The stand-in for the agent who asks how it was: stars and words for the right order, and nobody is pressed."""

import re

from sandbox.policy import say
from sandbox.policy.business import business_in
from sandbox.policy.cast import FEEDBACK, ORDER, SUPPORT, share
from sandbox.policy.praise import STOP, praises, stars_in
from sandbox.policy.request import ModelRequest, Reply
from sandbox.policy.side import (
    MOST_CALLS_IN_A_TURN,
    NOT_NOW,
    Side,
    asking,
    ending,
    rejected,
    side_of,
    spoken,
    usual,
)
from sandbox.policy.state import Fact
from sandbox.policy.transfer import transfer, wants_food

HOW_MANY = "From one to five stars?"
PUT_RIGHT = "Shall we put that right?"
CONTENT = 4
_ORDERS_TOO = re.compile(r"\b(?:orders?|at all|anything|deliver(?:y|ies))\b", re.I)
_GOOD = re.compile(
    r"^\W*(?:it was |that was )?(?:very |really )?(?:good|fine|nice|okay|ok|all right|tasty|great)\b", re.I
)
_ASKED = re.compile(r"\bHow was [^?]+\?$")
_UNHAPPY = re.compile(r"\b(?:bad|awful|terrible|disappoint\w*|not (?:good|great|nice)|meh|okay-ish)\b", re.I)


def feedback(request: ModelRequest) -> Reply:
    """The next act."""
    side = side_of(share(request.events, FEEDBACK))
    if side.late:
        return Reply(asking(side.late))
    text = side.heard.text
    if STOP.search(text) and "stop_calls" in request.tools:
        return _stop(request, side)
    if reply := usual(request, side):
        return reply
    if not request.use_tools or len(side.calls) >= MOST_CALLS_IN_A_TURN:
        return Reply(NOT_NOW)
    return _crossing(request, side) or _wish(request, side) or ending(request, side) or _unclear(side)


def _stop(request: ModelRequest, side: Side) -> Reply:
    """At once, and silently: the system confirms it."""
    if "stop_calls" not in side.results:
        too = {"orders_too": True} if _ORDERS_TOO.search(side.heard.text) else {}
        return Reply(calls=(request.fits("stop_calls", too),))
    content = side.results["stop_calls"]
    return Reply(asking(spoken(content)) if "error" in content else say.ANYTHING_ELSE)


def _crossing(request: ModelRequest, side: Side) -> Reply | None:
    """Another agent's business, unless they have just given the caller away or cannot be reached."""
    if side.handed or rejected(side) or side.calls:
        return None
    business = business_in(side.heard.text)
    wants_help = side.spoken.endswith(PUT_RIGHT) and side.heard.answer is True
    call = None
    if wants_help or business.money or business.trouble or business.rules or business.cancel:
        call = transfer(request, SUPPORT, "Something to be put right")
    elif not business.any and not praises(side.heard.text) and wants_food(side.heard.text):
        call = transfer(request, ORDER, "Ordering food")
    return Reply(calls=(call,)) if call else None


def _wish(request: ModelRequest, side: Side) -> Reply | None:
    text = side.heard.text
    asked = side.spoken.endswith(HOW_MANY)
    stars = stars_in(text, asked=asked)
    good = _ASKED.search(side.spoken) and _GOOD.search(text)
    if stars is not None or good or praises(text) or _UNHAPPY.search(text):
        return _rate(request, side, stars)
    if asked and side.heard.answer is False:
        return Reply(asking("Thank you all the same."))
    business = business_in(text)
    if business.receipt or business.where:
        return _status(request, side, arrived=business.receipt)
    return None


def _rate(request: ModelRequest, side: Side, stars: int | None) -> Reply:
    order = _came(side)
    if order is None and "get_order_status" not in side.results:
        return Reply(calls=(request.fits("get_order_status", {}),))
    if order is None and (newest := _newest(side)) and business_in(side.heard.text).receipt:
        if "confirm_receipt" not in side.results:
            return Reply(calls=(request.fits("confirm_receipt", {"order": newest["order"]}),))
        if side.results["confirm_receipt"].get("status") != "noted":
            return Reply(asking(spoken(side.results["confirm_receipt"])))
        order = newest
    if order is None:
        return Reply(asking("I see no order that has come yet."))
    if stars is None:
        sorry = _UNHAPPY.search(side.heard.text)
        return Reply(say.joined("I'm sorry." if sorry else "Thank you.", HOW_MANY))
    if "rate_order" not in side.results:
        said = side.heard.text
        comment = {"comment": said[:300]} if len(said.split()) > 3 else {}
        return Reply(
            calls=(request.fits("rate_order", {"order": order["order"], "stars": stars, **comment}),)
        )
    rated = side.results["rate_order"]
    if "error" in rated:
        return Reply(asking(spoken(rated)))
    if "transfer_to_customer_support" in str(rated.get("next", "")):
        return Reply(say.joined(spoken(rated), PUT_RIGHT))
    offered = any(call.name == "offer_promotion" for call, _ in side.before)
    if stars >= CONTENT and not offered and "offer_promotion" in request.tools:
        return Reply(calls=(request.fits("offer_promotion", {}),))
    return Reply(asking(say.joined(spoken(rated), spoken(side.good("offer_promotion") or {}))))


def _newest(side: Side) -> Fact | None:
    """The newest order of this turn's look, come or not."""
    orders = (side.results.get("get_order_status") or {}).get("orders") or []
    return next((one for one in orders if isinstance(one, dict)), None)


def _came(side: Side) -> Fact | None:
    """The newest order that has come, as it was told last."""
    for call, content in reversed(side.before):
        if call.name == "get_order_status":
            orders = [one for one in content.get("orders") or [] if isinstance(one, dict)]
            return next((one for one in orders if one.get("status") in ("delivered", "closed")), None)
    return None


def _status(request: ModelRequest, side: Side, *, arrived: bool) -> Reply:
    if "get_order_status" not in side.results:
        return Reply(calls=(request.fits("get_order_status", {}),))
    orders = [one for one in side.results["get_order_status"].get("orders") or [] if isinstance(one, dict)]
    if not orders:
        return Reply(asking("I see no order from this number."))
    if not arrived:
        return Reply(asking(spoken(orders[0])))
    if "confirm_receipt" not in side.results:
        return Reply(calls=(request.fits("confirm_receipt", {"order": orders[0]["order"]}),))
    return Reply(asking(spoken(side.results["confirm_receipt"])))


def _unclear(side: Side) -> Reply:
    """After "anything else" silence is fine; else ask how it was."""
    if rejected(side):
        return Reply(asking(say.NOT_HERE))
    if side.heard.answer is True or side.handed or not side.heard.text:
        return Reply("How was it?")
    return Reply(f"{say.NOT_UNDERSTOOD} How was your order?")
