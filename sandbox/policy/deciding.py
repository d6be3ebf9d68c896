"""A dish of the caller's order has run out: it is put to them, and what they choose is done."""

import re

from sandbox.policy.care_state import Asking, CareState
from sandbox.policy.care_step import Step, refusal, told
from sandbox.policy.match import likeness
from sandbox.policy.request import ModelRequest, Result, ToolCall
from sandbox.policy.wishes import Heard

ASK, DECIDE, STATUS = "ask_about_unavailable", "decide_unavailable", "get_order_status"
MOST_ASKED = 2
AGAIN = "again"
_I = re.IGNORECASE
_OPENED = re.compile(r"\b(?:your choices|what instead)\?\s*$", _I)
"""How the opening of a call of ours about it ends."""
_LEAVE_OUT = re.compile(
    r"\bleave (?:(?:it|that|them|the [\w ]+?) (?:out|off)|out)\b|\bwithout (?:it|that|the)\b"
    r"|\b(?:remove|skip|drop) (?:it|that|the)\b|\btake (?:it|that|the [\w ]+?) (?:off|out)\b"
    r"|\b(?:just|only) (?:send |bring )?the rest\b|\b(?:hata|nikal) (?:do|d[ie]jiye)\b",
    _I,
)
_CANCEL = re.compile(r"\b(?:cancel|radd)\b|\bcall (?:it|the order) off\b", _I)
_NOT_CANCEL = re.compile(r"\b(?:don'?t|do not|not|mat) cancel\b|\bcancel mat\b", _I)
_DISH = re.compile(
    r"\b(?:have|get|like|prefer|give me|take|what about|how about|send(?: me)?)\s+(?:(?:the|a|an|some|one)\s+)?"
    r"(?P<dish>[a-z][a-z' ]+?)(?:\s+(?:instead|please|then)\b|\s*[.?!,]|\s*$)",
    _I,
)
_PRONOUN = ("it", "that", "this", "that one", "them", "the other")


def opened(state: CareState) -> bool:
    """Whether we have called about it and the caller has only heard that."""
    return state.question.kind == "greeting" and _OPENED.search(state.spoken) is not None


def answered(state: CareState, heard: Heard) -> bool:
    """Take a turn after it was put to the caller; False when the turn is about something else."""
    turn, text = state.turn, heard.text
    if heard.repeat:
        turn.decides = AGAIN
    elif _LEAVE_OUT.search(text):
        turn.decides = "leave_out"
    elif _CANCEL.search(_NOT_CANCEL.sub(" ", text)):
        turn.decides = "cancel"
    elif dish := _named(text):
        offered = likeness(dish, state.offered)[0] == 1.0 if state.offered else False
        turn.decides, turn.dish = ("instead", "") if offered else (AGAIN, dish)
    elif heard.answer is True and state.means:
        turn.decides = state.means
    elif heard.answer is False:
        turn.decides = AGAIN
    elif turn.business.any or turn.food or heard.person or heard.leaving or heard.not_me:
        return False
    else:
        turn.decides = AGAIN
    state.topic = None
    return True


def _named(text: str) -> str:
    found = _DISH.search(text)
    dish = found["dish"].strip() if found else ""
    return "" if dish.lower() in _PRONOUN else dish


def take(state: CareState, result: Result) -> None:
    """What the tools answered about it."""
    content = result.content
    if result.call.name == ASK and content.get("status") == "told":
        state.undecided = str(content.get("order") or "")
        state.means, state.offered = str(content.get("yes") or ""), str(content.get("instead") or "")
        state.topic = None
    elif result.call.name == DECIDE and "error" not in content:
        state.undecided = state.undecided if content.get("run_out") else ""


def step(state: CareState, request: ModelRequest) -> Step | None:
    """The next act about it; None when there is nothing to do."""
    turn = state.turn
    if ASK not in request.tools or turn.called("ask_for_person") or turn.called("end_call"):
        return None
    last = next((one for one in reversed(turn.results) if one.call.name in (ASK, DECIDE, STATUS)), None)
    if turn.opened and not turn.called(STATUS) and STATUS in request.tools:
        return Step(calls=[request.fits(STATUS, {})])
    if last is not None and last.call.name == ASK:
        error = str(last.content.get("error", ""))
        return Step(refusal(error).text, Asking("missing")) if error else Step(asking=Asking("missing"))
    if last is not None and last.call.name == DECIDE:
        return _after(state, request, last)
    if last is not None and (order := _waits(last)):
        return _ask(state, request, order)
    if not state.undecided or not turn.decides:
        return None
    if turn.decides == AGAIN:
        return _ask(state, request, state.undecided)
    return Step(calls=[request.fits(DECIDE, {"order": state.undecided, "choice": turn.decides})])


def _waits(status: Result) -> str:
    """The order that waits for the caller's word."""
    orders = [one for one in status.content.get("orders") or [] if isinstance(one, dict)]
    return next((str(one["order"]) for one in orders if one.get("run_out")), "")


def _after(state: CareState, request: ModelRequest, done: Result) -> Step:
    """It is done, or was refused; another dish may have run out as well."""
    error = str(done.content.get("error", ""))
    if f"{ASK} again" in error:
        return _ask(state, request, state.undecided)
    if error:
        return Step(refusal(error).text, Asking("missing") if state.undecided else None)
    if state.undecided:
        again = _ask(state, request, state.undecided)
        return Step(told(done.content), again.asking, again.calls)
    return Step(told(done.content))


def _ask(state: CareState, request: ModelRequest, order: str) -> Step:
    if state.turn.called(ASK) >= MOST_ASKED:
        return Step("I'm sorry, that did not work just now.")
    named = {"dish": state.turn.dish} if state.turn.dish else {}
    call: ToolCall = request.fits(ASK, {"order": order, **named})
    return Step(asking=Asking("missing"), calls=[call])
