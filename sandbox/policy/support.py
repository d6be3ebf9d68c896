"""The support agent: a complaint is filed, the money the rules give is given, a question is answered."""

import re
from collections.abc import Callable

from sandbox.policy.care_state import Asking, CareState, Topic
from sandbox.policy.care_step import Step, choose, refusal, spoken, status_call, told
from sandbox.policy.request import ModelRequest
from sandbox.policy.rules import rules_in
from sandbox.policy.state import Fact
from sandbox.policy.troubles import money_due
from sandbox.policy.which import arrived, counted, instead_of, not_brought

# As long as the tools take them.
LONGEST_STORY, LONGEST_QUESTION, LONGEST_WISH = 500, 200, 120
_SORRY = "I'm sorry about that."
_WAS_MISSING = re.compile(
    r"\b(?:the|my|our|a|an|one) (?P<dish>[a-z]+(?: [a-z]+)?) (?:was|were|is|are)\b[^.?!]*\bmissing\b"
    r"|\bmissing (?:the|my|our|a|an|one)? ?(?P<after>[a-z]+(?: [a-z]+)?)"
    r"|\b(?:get|receive|forgot|include|send|pack) (?:the|my|our|any|a) (?P<not>[a-z]+(?: [a-z]+)?)",
    re.I,
)
_ONE_WRONG = re.compile(r"\bwrong (?:items?|dish(?:es)?|things?|pizza|curry|one|biryani)\b", re.I)
_CAME = re.compile(r"\b(?:was|were|came|arrived|took|got here|tha|aaya|mila)\b", re.I)
_VAGUE = re.compile(r"\b(?:item|items|thing|things|dish|dishes|order|food|something|from|some)\b", re.I)


def trouble(state: CareState, request: ModelRequest, topic: Topic) -> Step:
    """What it is, which order it is, the complaint, the money, in this order; nothing is asked that was told."""
    if status := status_call(state, request, topic):
        return Step(calls=[status])
    if not topic.trouble:
        return Step(f"{_SORRY} What was wrong with it?", Asking("wrong"))
    order, which = choose(state, topic, _fitting(topic))
    if which is not None:
        regret = "" if state.turn.missed else _SORRY
        return Step(f"{regret} {which.text}".strip(), which.asking)
    handle = {"order": order["order"]} if order else {}
    able = "file_complaint" in request.tools and "complaint" in rules_in(request.system)
    if able and not topic.filed and "file_complaint" not in topic.results:
        filing = {"kind": topic.trouble, "what": topic.words[:LONGEST_STORY], **handle}
        return Step(calls=[request.fits("file_complaint", filing)])
    filed = told(topic.good("file_complaint")) if state.turn.called("file_complaint") else ""
    if error := topic.refused("file_complaint"):
        step = refusal(error)
        if step.asking is not None:
            return step
        filed = step.text
    if order is None or not money_due(topic.trouble, topic.money) or "process_refund" not in request.tools:
        return spoken(filed)
    if "process_refund" not in topic.results:
        return _refund(request, topic, order, filed)
    if error := topic.refused("process_refund"):
        return refusal(error, filed)
    return spoken(filed, told(topic.results["process_refund"]))


def _fitting(topic: Topic) -> Callable[[Fact], bool]:
    still = topic.trouble == "late" and not _CAME.search(topic.words)
    return not_brought if still or topic.trouble == "not_delivered" else arrived


def _refund(request: ModelRequest, topic: Topic, order: Fact, filed: str) -> Step:
    """Somebody else's order is a wrong order; one wrong dish is that dish missing."""
    dishes = counted(order, instead_of(topic.words)) or topic.dishes or _missing(topic)
    reason = topic.trouble
    if reason == "wrong_order" and (dishes or _ONE_WRONG.search(topic.words)):
        reason = "missing_items"
    if reason == "missing_items" and not dishes:
        what = "What was missing?" if topic.trouble == reason else "Which dish of yours did not come?"
        return Step(f"{filed} {what}".strip(), Asking("dishes"))
    asked: dict[str, object] = {"order": order["order"], "reason": reason}
    if dishes and reason in ("missing_items", "quality"):
        asked["dishes"] = dishes
    if topic.wanted:
        asked["wanted"] = topic.wanted[:LONGEST_WISH]
    return Step(calls=[request.fits("process_refund", asked)])


def _missing(topic: Topic) -> list[str]:
    """The dish that was missing, in the caller's words, when the order's own lines do not name it."""
    found = _WAS_MISSING.search(topic.words)
    named = next((name for name in found.groups() if name), "") if found else ""
    return [named] if named and not _VAGUE.search(named) else []


def question(state: CareState, request: ModelRequest, topic: Topic) -> Step:
    """A question about rules and prices is answered from the answers on file, never from memory."""
    if error := topic.refused("answer_question"):
        return refusal(error)
    if content := topic.good("answer_question"):
        return spoken(told(content))
    return Step(calls=[request.fits("answer_question", {"question": topic.words[:LONGEST_QUESTION]})])
