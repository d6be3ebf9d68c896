"""Whose business the caller's words are, and the silent call that hands them there."""

import re

from sandbox.policy.business import QUESTION, Business, business_in
from sandbox.policy.cast import FEEDBACK, ORDER, PREFIX, SUPPORT, TRACKING
from sandbox.policy.hear import hear
from sandbox.policy.praise import plainly_praises, praises, without_stars
from sandbox.policy.request import ModelRequest, ToolCall
from sandbox.policy.state import State

_FOOD = re.compile(
    r"\b(?:place|make|start|give you|begin) (?:an?|another|a new|my|one more) (?:\w+ )?order\b"
    r"|\b(?:want|like|love|need|wanna|going|looking) to (?:order|eat|get (?:some )?food)\b|\blike to order\b"
    r"|\border (?:some |more |another )?(?:food|dinner|lunch|breakfast|something|again|pizza)\b"
    r"|\b(?:go on|continue|carry on|proceed|back) (?:with|to) (?:my|the|our) (?:\w+ )?(?:order|cart|ordering)\b"
    r"|\bfinish (?:my|the|our) (?:\w+ )?order(?:ing)?\b|\bplace (?:it|the order)\b|\bcan i order\b"
    r"|\btake my order\b"
    r"|\b(?:kuch|khana) (?:mangwana|order karna)\b|\border (?:karna|karni|dena) (?:hai|tha|chahta"
    r"|chahti)\b|\bmy usual\b|"
    r"\bthe usual\b|\b(?:new|another) order\b|\b(?:i'?m|we'?re) (?:so |very |really )?hungry\b|\bbhook lagi\b",
    re.I,
)
_MENU = re.compile(
    r"\b(?:do you (?:have|sell|serve)|have you got)\b|\bon the menu\b|\b(?:recommend|suggest)\b|"
    r"\bhow much (?:is|are) (?:the|an?|your)\b|\bwhat (?:\w+ )?(?:dishes|desserts?|pizzas?|drinks?|starters?)\b",
    re.I,
)
_ASKS_FOR = re.compile(
    r"^(?:(?:hi|hey|hello|yes|yeah|yep|no|nope|ok|okay|so|well|actually|um|uh|oh|and|also|then|now"
    r"|please|great|thanks|"
    r"thank you|good (?:evening|morning|afternoon)|haan|ji|aur|nahi)\b[\s,.!]*)*"
    r"(?:i'?d (?:also )?(?:like|love)|i would (?:also )?like|i(?: also)? want|i'?ll (?:have|take"
    r"|get)|we'?ll (?:have|take)|"
    r"(?:can|could|may) (?:i|we) (?:also )?(?:please )?(?:get|have|order|add)|(?:give|get|send"
    r"|bring) (?:me|us)|let me (?:get|have)|"
    r"let'?s (?:get|have)|order|add|mujhe|hamko|humko|we'?d like)\b",
    re.I,
)
_NOT_FOOD = (
    "refund call callback person human receipt invoice status update code help information info time address money "
    "driver rider order delivery complaint question number agent manager back one it that change cancel note "
    "answer name food favour favor know speak talk dollars rupees bucks minutes hours percent feedback rating review"
)
_NO_DISH = frozenset(_NOT_FOOD.split())

_SUPPOSED = re.compile(
    r"\b(?:sold out|out of stock|if (?:it|something|anything)(?:'s| is)?|last time)\b", re.I
)
# In the middle of an order only what was brought can be complained about.
BROUGHT = re.compile(
    r"\b(?:was|were|did|yesterday|last (?:night|order|week)|got|received|arrived|came|delivered"
    r"|brought|sent|never|didn'?t|"
    r"earlier|complain\w*|my (?:order|food)|charged|tha|thi|mila|aaya|nahi+n?|shikayat|rude)\b",
    re.I,
)
_RETURN = re.compile(
    r"\b(?:(?:let'?s |can we |i(?:'d| would)? (?:like|want) to )?(?:go(?:ing)? )?(?:on|continue"
    r"|carry on|proceed|back) "
    r"(?:with|to)|(?:let'?s |let me |i(?:'d| would)? (?:like|want) to )?finish) (?:my|the|our) (?:\w+ )?"
    r"(?:order(?:ing)?|cart)\b",
    re.I,
)
_AN_ORDER = re.compile(r"\b(?:order|delivery|cancel kar\w*|food)\b", re.I)
_PARTS = re.compile(
    r"[.?!;]+(?:\s+|$)|,?\s*\b(?:and|but|also|aur)\s+(?=(?:where|how|when|my|the|yesterday|has|is|i)\b)|,\s+",
    re.I,
)


def wants_food(text: str) -> bool:
    """Whether a turn orders food, or goes on with an order; not for turns about a placed one."""
    text = without_stars(text)
    if _FOOD.search(text):
        return True
    heard = hear(text, "anything")
    if any(wish.kind == "usual" for wish in heard.wishes):
        return True
    if any(wish.kind == "browse" for wish in heard.wishes) and _MENU.search(text):
        return True
    dishes = [wish for wish in heard.wishes if wish.kind == "order" and wish.query]
    named = [wish for wish in dishes if not set(wish.query.split()) & _NO_DISH]
    asked = _ASKS_FOR.match(text.strip()) is not None
    return bool(named) and (asked or any(wish.quantity is not None for wish in named))


def transfer(request: ModelRequest, target: str, reason: str) -> ToolCall | None:
    """The handoff, if it is on offer. The reason names nobody: it is kept."""
    name = f"{PREFIX}{target}"
    return request.fits(name, {"reason": reason}) if name in request.tools else None


def from_order(request: ModelRequest, state: State) -> ToolCall | None:
    """The order agent's handoff for the newest turn; an order being put together is its own business."""
    text = state.turn.heard.text
    if not text or not any(name.startswith(PREFIX) for name in request.tools):
        return None
    if state.turn.left or state.turn.handed or any(call.name.startswith(PREFIX) for call in state.turn.calls):
        return None
    business = business_in(text)
    cart = bool(state.lines) and state.placed is None
    begun = cart or (state.placed is None and any(call.name == "search_menu" for call in state.made))
    if wanted := _support(business, cart, begun, text):
        return transfer(request, SUPPORT, wanted)
    if business.surely_where or (not cart and business.where and not _SUPPOSED.search(text)):
        return transfer(request, TRACKING, "Where an order is")
    if not cart and business.surely_receipt:
        return transfer(request, TRACKING, "An order has arrived")
    if not begun and not business.any and plainly_praises(text):
        return transfer(request, FEEDBACK, "How an order was")
    return None


def _support(business: Business, cart: bool, begun: bool, text: str) -> str:
    """Why support should have the caller, or an empty text; who has begun an order cancels that one."""
    if business.money:
        return "Money back for an order"
    if business.trouble and not _SUPPOSED.search(text) and (not cart or BROUGHT.search(text)):
        return "A complaint about an order"
    asked_about_place = cart and re.search(r"\bdeliver to\b", text, re.I)
    if business.rules and not asked_about_place and not hear(text, "anything").payment:
        return "A question about the rules"
    if business.cancel and (business.earlier or (not begun and _AN_ORDER.search(text))):
        return "Cancelling a placed order"
    return "Changing a placed order" if business.changing and business.earlier else ""


def orders_too(text: str) -> bool:
    """Whether one part of a turn orders food, whatever another part is about."""
    return any(_orders(part) for part in _PARTS.split(text))


def for_order(text: str) -> str:
    """The words that are the order agent's: without what is about placed orders, without "back to my order"."""
    if not business_in(text).any:
        return _RETURN.sub(" ", text).strip(" ,")
    kept = [part for part in _PARTS.split(text) if not business_in(part).any]
    return _RETURN.sub(" ", ", ".join(filter(None, map(str.strip, kept)))).strip(" ,")


def for_care(text: str) -> str:
    """The words that are about placed orders: without the parts that order food."""
    if not orders_too(text) or not business_in(text).any:
        return text
    return ", ".join(part.strip() for part in _PARTS.split(text) if part.strip() and not _orders(part))


def _orders(part: str) -> bool:
    return bool(part.strip()) and not business_in(part).any and wants_food(part)


def from_care(request: ModelRequest, agent: str, text: str, business: Business) -> ToolCall | None:
    """The handoff of the tracking or the support agent for the newest turn."""
    if agent == TRACKING:
        if business.trouble or business.money:
            return transfer(request, SUPPORT, "A complaint about an order")
        if business.rules or (not business.any and _asks_rules(text)):
            return transfer(request, SUPPORT, "A question about the rules")
    elif (business.surely_receipt or business.where) and not _first_support(business):
        return transfer(request, TRACKING, "Where an order is")
    if not business.any and praises(text):
        return transfer(request, FEEDBACK, "How an order was")
    if not business.any and wants_food(text):
        return transfer(request, ORDER, "Ordering food")
    return None


def _first_support(business: Business) -> bool:
    """Whether there is something to be put right before the question where it is."""
    return bool(business.trouble or business.money or business.cancel or business.rules or business.moved)


def _asks_rules(text: str) -> bool:
    """A question about nothing that the agent itself could answer."""
    heard = hear(text, "none")
    talk = (
        heard.identity
        or heard.person
        or heard.repeat
        or heard.hold
        or heard.leaving
        or heard.answer is not None
    )
    return bool(QUESTION.search(text)) and not talk and not wants_food(text) and len(text.split()) > 3
