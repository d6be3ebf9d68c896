"""The stand-in for the agent who speaks with drivers: one wish a turn, done with the delivery it is about."""

import re

from sandbox.policy.numbers import digits_of
from sandbox.policy.request import ModelRequest, Reply
from sandbox.policy.side import MOST_CALLS_IN_A_TURN, NOT_NOW, Side, asking, ending, side_of, spoken, usual
from sandbox.policy.state import Fact

_I = re.IGNORECASE
TAKES = re.compile(
    r"\b(?:i'?ll (?:take|do|have)|i (?:can )?(?:take|accept|want)|accept|take it|give it to me|send it|le lunga)\b",
    _I,
)
SKIPS = re.compile(r"\b(?:skip|pass|next one|decline|reject|not (?:this|that) one|too far|nahi)\b", _I)
REASONS = (
    ("too_far", re.compile(r"\b(?:too )?far\b|\bdistance\b|\bdoor hai\b", _I)),
    ("too_little", re.compile(r"\b(?:too little|pay|money|low|cheap|paise)\b", _I)),
    ("off_shift", re.compile(r"\b(?:off|home|shift|finished|done for)\b", _I)),
    ("vehicle", re.compile(r"\b(?:bike|scooter|car|tyre|tire|petrol|fuel)\b", _I)),
    ("busy", re.compile(r"\bbusy\b", _I)),
)
PICKED = re.compile(
    r"\b(?:(?:picked|pick) (?:it |the \w+ )?up|utha liya"
    r"|(?:have|got|collected) (?:it|the (?:food|order|bag|parcel)))\b",
    _I,
)
THERE = re.compile(
    r"\b(?:at|reached|outside|here at) (?:the )?(?:restaurant|kitchen|counter|pick ?up)\b|\brestaurant (?:pe|par)\b",
    _I,
)
TROUBLE = re.compile(
    r"\b(?:problem|accident|broke(?:n)?(?: down)?|flat (?:tyre|tire)|puncture\w*|can'?t (?:do|make|deliver|find)|"
    r"closed|nobody|not answering|give it back|spilled|kharab)\b",
    _I,
)
NOBODY = re.compile(
    r"\b(?:nobody|no ?one|customer|they|she|he)\b[^.?!]{0,30}\b(?:open\w*|home|answer\w*|come|coming|there)\b"
    r"|\bnot answering\b|\bnobody\b[^.?!]{0,20}\bdoor\b|\bkoi nahi\b",
    _I,
)
LEFT_IT = re.compile(
    r"\b(?:left|dropped|put) (?:it|the (?:food|order|bag))\b[^.?!]{0,20}\b(?:door|outside|guard)\b", _I
)
BACK = re.compile(
    r"\b(?:tak(?:e|ing)|bring(?:ing)?|go(?:ing)?|return(?:ing)?) (?:it |the food )?back\b|\breturning it\b",
    _I,
)
DETAILS = re.compile(
    r"\b(?:address|details|number for|which (?:restaurant|order)|where (?:do|should|is|does)|is it ready|when is it|"
    r"what (?:do|have) i (?:have|got)|my deliver(?:y|ies)|kahan)\b",
    _I,
)
DOOR = re.compile(
    r"\b(?:delivered|dropped (?:it )?off|at the door|customer (?:has|took|got) it|code is|pin is)\b", _I
)
OFFERS = re.compile(
    r"\b(?:any (?:orders?|deliver\w+|jobs?|work|offers?)|anything for me|what have you|got anything|offers?|"
    r"(?:i'?m )?(?:free|available)|next (?:order|delivery|one)|kuch hai)\b",
    _I,
)
PLACE = re.compile(r"\b(?:i'?m|i am|now|currently) (?:\w+ )?(?:at|near|on|in|by) (?P<place>[^.?!]+)", _I)
COMING = re.compile(r",? *(?:and )?(?:i'?m )?(?:on (?:my|the) way|coming|moving|stuck|in traffic)\b.*$", _I)
AT_THE_DOOR = ("confirm_delivery", "report_nobody_home", "leave_order", "return_order")
CODE = "What are the customer's six digits?"


def driving(request: ModelRequest) -> Reply:
    """The next act."""
    side = side_of(request.events)
    if side.late:
        return Reply(asking(side.late))
    if not side.heard.text:
        return Reply("How can I help?")
    if reply := usual(request, side):
        return reply
    if not request.use_tools or len(side.calls) >= MOST_CALLS_IN_A_TURN:
        return Reply(NOT_NOW)
    return _wish(request, side) or ending(request, side) or _unclear(request, side)


def _wish(request: ModelRequest, side: Side) -> Reply | None:
    text, offer = side.heard.text, _open(side)
    if offer is not None:
        no = side.heard.answer is False or SKIPS.search(text)
        if no:
            return _skipped(request, side, offer)
        if side.heard.answer or TAKES.search(text):
            return _done(request, side, "assign_driver", {"order": offer})
    digits = re.sub(r"\D", "", digits_of(text))
    if len(digits) >= 4 and not PLACE.search(text):
        return _with_delivery(request, side, "confirm_delivery", {"code": digits})
    for name, pattern in (
        ("leave_order", LEFT_IT), ("return_order", BACK), ("report_nobody_home", NOBODY),
        ("report_problem", TROUBLE), ("confirm_pickup", PICKED), ("report_at_restaurant", THERE),
    ):  # fmt: skip
        if pattern.search(text) and name in request.tools:
            more = {"what": text[:120]} if name == "report_problem" else {}
            return _with_delivery(request, side, name, more)
    if DOOR.search(text):
        return Reply(CODE)
    if DETAILS.search(text):
        return _details(request, side)
    if found := PLACE.search(text):
        place = COMING.sub("", found["place"]).strip()
        return _done(request, side, "update_driver_location", {"place": place})
    return _offered(request, side) if OFFERS.search(text) else None


def _open(side: Side) -> str | None:
    """The delivery that was offered before this turn, and not answered before it."""
    now = {id(content) for content in side.results.values()}
    handle = side.about.order if side.about and side.about.topic == "offer" else None
    for call, content in side.before:
        if id(content) in now:
            continue
        if call.name == "hear_offer":
            handle = str(content["order"]) if content.get("status") == "offered" else None
        elif call.name in ("assign_driver", "decline_offer"):
            handle = None
    return handle


def _skipped(request: ModelRequest, side: Side, offer: str) -> Reply:
    """Skipped, and whatever else waits."""
    if "decline_offer" not in side.results:
        reason = next((name for name, pattern in REASONS if pattern.search(side.heard.text)), "not_said")
        return Reply(calls=(request.fits("decline_offer", {"order": offer, "reason": reason}),))
    said = spoken(side.results["decline_offer"])
    refused = "error" in side.results["decline_offer"]
    if not refused and "hear_offer" not in side.results:
        return Reply(said, (request.fits("hear_offer", {}),))
    following = side.good("hear_offer") or {}
    more = spoken(following) if following.get("status") == "offered" else ""
    return Reply(asking(" ".join(filter(None, [said if refused else "", more]))))


def _offered(request: ModelRequest, side: Side) -> Reply:
    return _done(request, side, "hear_offer", {})


def _done(request: ModelRequest, side: Side, name: str, arguments: dict[str, str]) -> Reply:
    """Call once a turn, and say what came of it."""
    if name not in side.results:
        return Reply(calls=(request.fits(name, dict(arguments)),))
    return Reply(asking(spoken(side.results[name])))


def _details(request: ModelRequest, side: Side) -> Reply:
    if "get_pickup_details" not in side.results:
        return Reply(calls=(request.fits("get_pickup_details", {}),))
    content = side.results["get_pickup_details"]
    first = next(iter(content.get("deliveries") or []), None)
    return Reply(asking(spoken(first if isinstance(first, dict) else content)))


def _with_delivery(request: ModelRequest, side: Side, name: str, arguments: dict[str, str]) -> Reply:
    """Do something with the delivery they have; which one that is, is looked up first."""
    if name in side.results:
        return Reply(asking(spoken(side.results[name])))
    if "get_pickup_details" not in side.results:
        return Reply(calls=(request.fits("get_pickup_details", {}),))
    content = side.results["get_pickup_details"]
    mine = [one for one in content.get("deliveries") or [] if isinstance(one, dict)]
    if not mine:
        return Reply(asking(spoken(content)))
    chosen = _fitting(mine, name)
    return Reply(calls=(request.fits(name, {"order": str(chosen["order"]), **arguments}),))


def _fitting(mine: list[Fact], name: str) -> Fact:
    """Of several the one that such a step comes next for."""
    before = {
        **dict.fromkeys(AT_THE_DOOR, ("picked up",)),
        "confirm_pickup": ("at restaurant", "accepted"),
        "report_at_restaurant": ("accepted",),
    }.get(name, ())
    return next((one for status in before for one in mine if one.get("status") == status), mine[0])


def _unclear(request: ModelRequest, side: Side) -> Reply:
    """A call without a reason hears what waits; a turn that makes no sense is asked about."""
    if not side.before or side.calls:
        return _offered(request, side)
    return Reply("Sorry, I did not get that. Shall I tell you what waits, or what you have?")
