"""Changing an order that was placed: which order, which line or place, the proposal, the yes, the deed."""

import re

from sandbox.policy.care_state import Asking, CareState, Topic
from sandbox.policy.care_step import NO_ORDER, Step, choose, refusal, spoken, status_call, told
from sandbox.policy.request import ModelRequest, ToolCall
from sandbox.policy.rules import rules_in
from sandbox.policy.which import active, line_of

_WHERE_TO = "Where should it go instead?"
LET_ME_SEE = "Let me see what I can do."
# A proposal that lost its worth is made again, but not for ever.
MOST_PROPOSALS = 2
LONGEST_NOTE = 160


def change(state: CareState, request: ModelRequest, topic: Topic) -> Step:
    """The next step of a change; `propose_change` speaks for itself."""
    if "propose_change" not in request.tools:
        return Step("I cannot change an order from here.")
    if "carry_out" in topic.results:
        error = topic.refused("carry_out")
        return refusal(error) if error else spoken(told(topic.results["carry_out"]))
    calls = _needed(state, request, topic)
    if calls:
        return Step(calls=calls)
    order, which = choose(state, topic, active)
    if which is not None:
        return which
    if order is None:
        return Step(NO_ORDER)
    proposed = topic.good("propose_change") or {}
    if proposed.get("change"):
        return _proposed(state, request, topic, str(proposed["change"]))
    if topic.refused("propose_change"):
        return refusal(topic.refused("propose_change"))
    arguments: dict[str, object] = {"order": order["order"], "action": topic.action, **topic.arguments}
    if "note" in arguments:
        arguments["note"] = str(arguments["note"])[:LONGEST_NOTE]
    if topic.action in ("remove", "quantity"):
        line = line_of(order, topic.target)
        if line is None and not topic.target:
            return Step("Which dish?", Asking("dishes"))
        if line is None:
            return Step(f"I do not see {topic.target or 'that'} on that order.")
        arguments["line"] = line
    if topic.action == "address":
        place = _place(topic)
        if isinstance(place, Step):
            return place
        arguments["address"] = place
    if state.turn.called("propose_change") >= MOST_PROPOSALS:
        return Step("I'm sorry, that did not work just now.")
    chatter = "" if "silence" in rules_in(request.system) else LET_ME_SEE
    return Step(chatter, Asking("unheard"), [request.fits("propose_change", arguments)])


def _needed(state: CareState, request: ModelRequest, topic: Topic) -> list[ToolCall]:
    """What has to be known first; independent calls at once."""
    calls = []
    if status := status_call(state, request, topic):
        calls.append(status)
    if topic.action == "address" and topic.place and "verify_address" not in topic.results:
        if "verify_address" not in request.tools:
            return calls
        calls.append(request.fits("verify_address", _asked_place(state, topic)))
    return calls


def _asked_place(state: CareState, topic: Topic) -> dict[str, str]:
    """A saved place by its handle; one that is not on file in the caller's words."""
    label = topic.place.get("saved", "")
    if not label or label.startswith("address-"):
        return dict(topic.place)
    on_file = next((place for place in state.places if label in str(place.get("spoken", "")).lower()), None)
    return {"saved": str(on_file["address"])} if on_file else {"text": label}


def _place(topic: Topic) -> str | Step:
    """The handle of the new address, or what is still to be asked."""
    answer = topic.results.get("verify_address")
    if answer is None:
        return Step(_WHERE_TO, Asking("address"))
    if answer.get("status") in ("found", "deliverable"):
        return str(answer.get("address"))
    if "error" in answer:
        step = refusal(str(answer["error"]))
        return Step(step.text or _WHERE_TO, Asking("address"))
    options = [option for option in answer.get("options") or [] if isinstance(option, dict)]
    text = told(answer) or _WHERE_TO
    if answer.get("status") == "out_of_zone":
        return Step(re.sub(r"\s*[^.?!]*\?$", "", text))
    return Step(text, Asking("pick" if options else "address", places=options))


def _proposed(state: CareState, request: ModelRequest, topic: Topic, handle: str) -> Step:
    if topic.agreed and "carry_out" in request.tools:
        return Step(calls=[request.fits("carry_out", {"change": handle})])
    if state.turn.called("propose_change"):
        return Step(asking=Asking("proposal"))
    sorry = "Sorry, I did not get that. " if state.turn.missed else ""
    return Step(f"{sorry}Shall I do that?", Asking("proposal"))
