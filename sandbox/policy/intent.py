"""Which agent of the cast a turn is for: what the classifier beside the conversation answers."""

import re

from sandbox.policy.business import business_in
from sandbox.policy.cast import ORDER, SUPPORT, TRACKING
from sandbox.policy.hear import hear
from sandbox.policy.transfer import BROUGHT, wants_food

FEEDBACK, RESTAURANT, DRIVER, OTHER = (
    "post_delivery", "restaurant_coordination", "driver_assignment", "other",
)  # fmt: skip
AGENTS = frozenset((ORDER, TRACKING, SUPPORT, FEEDBACK, RESTAURANT, DRIVER, OTHER))
_RESTAURANT = re.compile(
    r"\b(?:this is|calling from|speaking from) (?:the )?(?:\w+ ){1,3}(?:kitchen|restaurant)\b"
    r"|\bfrom the (?:restaurant|kitchen)\b"
    r"|\bwe(?:'ve| have|'re| are)? (?:run |all )?out of\b|\bwe (?:can(?:'?t|not)|won'?t|can)"
    r" (?:accept|make|cook|take|prepare)\b"
    r"|\b(?:accept|reject|confirm) (?:the|this|that) order\b|\bready for (?:pick ?up|collection)\b"
    r"|\bkitchen is (?:closed|full|busy)\b"
    r"|\border (?:number )?\w* ?(?:will take|needs) (?:us )?\w+ (?:more )?minutes\b|\brestaurant (?:se|band)\b",
    re.I,
)
_DRIVER = re.compile(
    r"\b(?:i'?m|i am|this is|main) (?:the |your |a )?(?:delivery )?(?:driver|rider|partner"
    r"|courier)\b|\brider bol raha\b"
    r"|\b(?:at|outside) the (?:restaurant|pick ?up)\b|\bpicked up the (?:order|food|parcel)\b"
    r"|\bcustomer (?:is )?(?:not|n'?t|isn'?t) "
    r"(?:answering|picking|home|at)\b|\b(?:take|accept|decline|reject) (?:the|this|that)"
    r" (?:delivery|trip|ride|job)\b"
    r"|\b(?:bike|scooter|tyre|tire)\b[^.?!]*\b(?:broke|flat|puncture\w*|down|kharab)\b|\bend(?:ing)? my shift\b",
    re.I,
)
_FEEDBACK = re.compile(
    r"\bfeedback\b|\brat(?:e|ing)\b|\breview\b|\b(?:one|two|three|four|five|\d) (?:out of (?:five"
    r"|ten|\d+)|stars?)\b"
    r"|\b(?:we|i) (?:really |absolutely )?(?:loved|enjoyed|liked)\b|\b(?:was|were|tasted) (?:\w+"
    r" ){0,2}(?:delicious|amazing|"
    r"excellent|great|perfect|lovely|fantastic|wonderful|tasty)\b|\b(?:bahut )?(?:accha|achha"
    r"|badhiya|swadisht) (?:tha|laga|khana)\b",
    re.I,
)


def agent_for(text: str, speaks: str = "") -> str:
    """The agent's name; "other" when the words tell none.

    `speaks` is the agent who has the caller: what may be a part of their talk with them stays with them.
    """
    plain = _plainly(text)
    business = business_in(text)
    surely = business.surely_where or business.money or business.earlier
    mine = {
        ORDER: plain in (TRACKING, SUPPORT)
        and not surely
        and not business.rules
        and not BROUGHT.search(text),
        TRACKING: business.cancel and not (business.trouble or business.money or business.rules),
        SUPPORT: plain == TRACKING and (business.moved or bool(business.note)),
    }
    return speaks if mine.get(speaks) else plain


def _plainly(text: str) -> str:
    for agent, pattern in ((DRIVER, _DRIVER), (RESTAURANT, _RESTAURANT)):
        if pattern.search(text):
            return agent
    business = business_in(text)
    if (
        business.trouble
        or business.money
        or business.rules
        or business.cancel
        or (business.changing and business.earlier)
    ):
        return SUPPORT
    if business.surely_where:
        return TRACKING
    if _FEEDBACK.search(text):
        return FEEDBACK
    if business.where or business.receipt or business.moved or business.note:
        return TRACKING
    if wants_food(text) or any(wish.kind == "order" and wish.query for wish in hear(text, "none").wishes):
        return ORDER
    return OTHER
