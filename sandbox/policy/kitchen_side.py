"""The stand-in for the agent who speaks with kitchens: one wish a turn, done with the order that was told last."""

from typing import Any

from sandbox.policy import kitchen_words as words
from sandbox.policy.request import ModelRequest, Reply
from sandbox.policy.side import MOST_CALLS_IN_A_TURN, NOT_NOW, Side, asking, ending, side_of, spoken, usual
from sandbox.policy.state import Fact

HOW_LONG = "How many minutes?"
WHY = "Busy, closing, out of stock, or no rider?"
WHICH = "Which dish is out?"
BREAK = "For how many minutes shall I pause?"
_ANSWERS = ("confirm_preparation_time", "reject_order", "handle_unavailable_item", "mark_ready")
_TELLS = ("notify_restaurant", "pass_on_change")
_OPEN = ("placed", "scheduled")
_UNHEARD = "not heard that order"


def cooking(request: ModelRequest) -> Reply:
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
    return _going_on(request, side) or _wish(request, side) or ending(request, side) or _told(request, side)


def _going_on(request: ModelRequest, side: Side) -> Reply | None:
    """What came of this turn's calls: the next order at once, a change first, or just what is to be said."""
    if not side.results:
        return None
    name, content = list(side.results.items())[-1]
    if "pass_on_change" in str(content.get("error", "")) and "pass_on_change" not in side.results:
        return _call(request, "pass_on_change", order=side.calls[-1].arguments.get("order"))
    if _UNHEARD in str(content.get("error", "")) and "notify_restaurant" not in side.results:
        return _call(request, "notify_restaurant", order=side.calls[-1].arguments.get("order"))
    if name not in _TELLS and content.get("waiting") and "notify_restaurant" in str(content.get("next", "")):
        return Reply(spoken(content), _call(request, "notify_restaurant").calls)
    if name == "notify_restaurant" and "notify_restaurant" in str(content.get("error", "")):
        return Reply(asking(NOT_NOW))
    if content.get("status") == "which" and (found := _one_of(side.heard.text, content)):
        return _call(request, "mark_ready", order=found)
    said = [spoken(one) for one in _unsaid(side) if "error" not in one] or [spoken(content)]
    if "error" in content and spoken(content) not in said:
        said.append(spoken(content))
    return Reply(asking(" ".join(filter(None, said))))


def _unsaid(side: Side) -> list[Fact]:
    """This turn's results, without what has been said of them already."""
    return [one for one in side.results.values() if not (one.get("say") and str(one["say"]) == side.spoken)]


def _wish(request: ModelRequest, side: Side) -> Reply | None:
    text, order = side.heard.text, _open(side)
    minutes = words.minutes_in(text, bare=side.spoken.endswith((HOW_LONG, BREAK)))
    if words.RESUME.search(text):
        return _call(request, "resume_kitchen")
    if words.PAUSE.search(text) or side.spoken.endswith(BREAK):
        return _call(request, "pause_kitchen", minutes=minutes) if minutes else Reply(BREAK)
    if order is not None and (words.OUT.search(text) or side.spoken.endswith(WHICH)):
        return _run_out(request, order, text)
    if order is not None and (reason := _refuses(side, text)):
        return (
            _call(request, "reject_order", order=order["order"], reason=reason)
            if reason != "?"
            else Reply(WHY)
        )
    if _still_reminded(side) and side.heard.answer is True:
        return _call(request, "mark_ready", order=_reminded(side))
    if minutes is None and _still_reminded(side):
        minutes = words.minutes_in(text, bare=True)
        if minutes is None and side.heard.answer is False:
            return Reply(HOW_LONG)
    if minutes is not None and (target := order or _last(side) or _reminder(side)) is not None:
        return _call(request, "confirm_preparation_time", order=target["order"], minutes=minutes)
    if words.CHANGES.search(text) and (handle := _changed(side)):
        return _call(request, "pass_on_change", order=handle)
    if _wants_ready(side):
        return _ready(request, side)
    if order is not None and (side.heard.answer or words.READY.search(text)):
        return Reply(HOW_LONG)
    return _call(request, "notify_restaurant") if words.HEAR.search(text) else None


def _reminded(side: Side) -> str | None:
    """The order that we called to remind of."""
    return side.about.order if side.about and side.about.topic == "reminder" else None


def _reminder(side: Side) -> Fact | None:
    order = _reminded(side)
    return {"order": order} if order else None


def _still_reminded(side: Side) -> bool:
    """Whether nothing has been done since we asked if it is ready."""
    return _reminded(side) is not None and not side.before


def _refuses(side: Side, text: str) -> str | None:
    """Why they do not cook it; "?" for a no without a reason, None for anything else."""
    reason = words.reason_in(text)
    if side.spoken.endswith(WHY):
        return reason or "other"
    if words.NO.search(text) or (side.heard.answer is False and side.spoken.endswith(HOW_LONG)):
        return reason or "?"
    return None


def _run_out(request: ModelRequest, order: Fact, text: str) -> Reply:
    line = words.line_in(text, list(order.get("lines") or []))
    if line is None:
        return Reply(WHICH)
    instead = words.instead_in(text)
    more = {"substitute": instead} if instead else {}
    return _call(request, "handle_unavailable_item", order=order["order"], line=line, **more)


def _wants_ready(side: Side) -> bool:
    return bool(words.READY.search(side.heard.text)) and _open(side) is None


def _ready(request: ModelRequest, side: Side) -> Reply:
    """The order that is ready: the one whose dishes are named, or the only one that is being cooked."""
    made = [content for call, content in side.before if call.name == "notify_restaurant"]
    if not made:
        return _call(request, "mark_ready")
    stove = [one for one in made[-1].get("cooking") or [] if isinstance(one, dict)]
    last = _last(side)
    if last is not None and all(one["order"] != last["order"] for one in stove):
        stove.append(
            {"order": last["order"], "dishes": " ".join(str(x["dish"]) for x in last.get("lines") or [])}
        )
    named = [one for one in stove if _named(side.heard.text, str(one["dishes"]))] or stove
    if len(named) != 1:
        return Reply("Which order is ready?" if named else spoken(made[-1]))
    return _call(request, "mark_ready", order=named[0]["order"])


def _one_of(text: str, content: Fact) -> str | None:
    """The order on the stove whose dishes are named, if that is one only."""
    stove = [one for one in content.get("cooking") or [] if isinstance(one, dict)]
    named = [one for one in stove if _named(text, str(one["dishes"]))]
    return str(named[0]["order"]) if len(named) == 1 else None


def _named(text: str, dishes: str) -> bool:
    told = set(dishes.lower().replace(",", " ").replace(".", " ").split())
    return any(len(word) > 3 and word in told for word in text.lower().replace(".", " ").split())


def _open(side: Side) -> Fact | None:
    """The order that was told last and has not been answered yet."""
    order: Fact | None = None
    for call, content in side.before:
        if call.name in _TELLS and content.get("status") in _OPEN and content.get("order"):
            order = content
        elif call.name in _ANSWERS and order is not None and call.arguments.get("order") == order["order"]:
            order = _after(order, call.name, content)
    return order


def _after(order: Fact, name: str, content: Fact) -> Fact | None:
    """What is left to be answered of an order: all of it after a refusal, its rest after a dish has run out."""
    if "error" in content:
        return order
    if name == "handle_unavailable_item" and str(content.get("say", "")).endswith(HOW_LONG):
        return {**order, "lines": content.get("lines") or order.get("lines")}
    return None


def _last(side: Side) -> Fact | None:
    """The order that was told last, answered or not."""
    told = [content for call, content in side.before if call.name in _TELLS and content.get("order")]
    return told[-1] if told else None


def _changed(side: Side) -> str | None:
    """An order whose change the kitchen has not heard."""
    told = [content for call, content in side.before if call.name == "notify_restaurant"]
    passed = {call.arguments.get("order") for call, _ in side.before if call.name == "pass_on_change"}
    waiting = [
        handle for content in told[-1:] for handle in content.get("changed") or [] if handle not in passed
    ]
    return str(waiting[0]) if waiting else None


def _told(request: ModelRequest, side: Side) -> Reply:
    """A call without a reason hears what waits; a turn that makes no sense is asked about."""
    if not side.before:
        return _call(request, "notify_restaurant")
    return Reply(
        f"Sorry, I did not get that. {HOW_LONG}" if _open(side) else "Sorry, I did not get that. What is it?"
    )


def _call(request: ModelRequest, name: str, **arguments: Any) -> Reply:
    given = {key: value for key, value in arguments.items() if value is not None}
    return Reply(calls=(request.fits(name, given),))
