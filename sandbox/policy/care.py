"""The tracking and the support agent's next act, from their share of the history."""

from dataclasses import dataclass, field

from sandbox.policy import deciding, say
from sandbox.policy.care_hear import take_turn
from sandbox.policy.care_results import take_note, take_result
from sandbox.policy.care_state import Asking, CareState
from sandbox.policy.care_step import Step
from sandbox.policy.cast import ORDER, PREFIX, SUPPORT, Handed, Left, share
from sandbox.policy.placed import change
from sandbox.policy.request import ModelRequest, Note, Reply, Result, Said, Spoke, ToolCall
from sandbox.policy.rules import rules_in
from sandbox.policy.support import question, trouble
from sandbox.policy.tracking import leave, not_mine, receipt, where
from sandbox.policy.transfer import from_care, transfer

# A model that has called this often without speaking is going in circles.
MOST_CALLS_IN_A_TURN = 16
_ELSE = "Is there anything else?"
_HOW = "How can I help?"
_NOT_NOW = "I'm sorry, I cannot hand you over just now."
_GOODBYE = "Thank you for calling. Goodbye."


@dataclass
class CareAct:
    """What to answer, and what the caller's next words will answer."""

    reply: Reply
    asking: Asking = field(default_factory=Asking)


def care(request: ModelRequest, agent: str) -> CareAct:
    """Replay the agent's turns, then decide."""
    state = CareState(rules=rules_in(request.system))
    for event in share(request.events, agent):
        match event:
            case Said(text):
                if state.turn.heard.text or state.turn.results:
                    state.question = _act(state, request, agent).asking
                take_turn(state, agent, text, handed=False)
            case Handed(text):
                take_turn(state, agent, text, handed=True)
            case Left():
                state.topic, state.turn.left = None, True
            case Spoke(text):
                state.spoken = text
                state.late.clear()
            case Note(text):
                take_note(state, text)
            case ToolCall():
                state.turn.calls.append(event)
                state.made.append(event)
                if state.topic is not None:
                    state.topic.asked.add(event.name)
            case Result() if event.call.name.startswith(PREFIX):
                state.turn.rejected = True
            case Result():
                take_result(state, event)
    return _act(state, request, agent)


def _act(state: CareState, request: ModelRequest, agent: str) -> CareAct:
    """Decide; changes nothing in the state."""
    able = request.use_tools and len(state.turn.calls) < MOST_CALLS_IN_A_TURN
    if able and (first := _first(state, request, agent)):
        return CareAct(Reply(calls=(first,)), Asking("anything"))
    step = deciding.step(state, request) or _topic_step(state, request, agent)
    if step is not None:
        if calls := [call for call in step.calls if call.name in request.tools]:
            if able:
                return CareAct(Reply(step.text, tuple(calls)), step.asking or Asking("anything"))
            step = Step("I'm sorry, that did not work just now.")
        return _worded(state, step)
    if able and (last := _ending(state, request)):
        return CareAct(Reply(calls=(last,)), Asking("none"))
    return _worded(state, _talk(state))


def _first(state: CareState, request: ModelRequest, agent: str) -> ToolCall | None:
    """What goes before any topic: whose call it is, a person, another agent."""
    turn, heard = state.turn, state.turn.heard
    if heard.not_me and not turn.business.any and _once(state, request, "not_this_person"):
        return ToolCall("not_this_person")
    if heard.person and turn.business.trouble != "conduct" and _once(state, request, "ask_for_person"):
        return request.fits("ask_for_person", {"reason": "The caller asked for a person."})
    answers = state.question.kind in ("which", "wrong", "dishes", "address", "pick", "proposal", "missing")
    if turn.handed or turn.left or turn.rejected or (answers and not turn.business.any):
        return None
    if turn.food and state.question.kind == "food":
        return transfer(request, ORDER, "Ordering food")
    return from_care(request, agent, heard.text, turn.business) if heard.text else None


def _once(state: CareState, request: ModelRequest, name: str) -> bool:
    return name in request.tools and not state.turn.called(name)


def _topic_step(state: CareState, request: ModelRequest, agent: str) -> Step | None:
    topic, turn = state.topic, state.turn
    if turn.called("end_call"):
        return Step(asking=Asking("none"))
    if topic is None or turn.called("ask_for_person"):
        return None
    if turn.heard.hold and topic.kind == "change" and not topic.agreed:
        return Step(say.TAKE_YOUR_TIME, state.question)
    match topic.kind:
        case "trouble":
            return trouble(state, request, topic)
        case "change":
            return change(state, request, topic)
        case "receipt":
            return receipt(state, request, topic)
        case "leave":
            return leave(state, request, topic)
        case "where":
            return where(state, request, topic)
        case "question":
            return question(state, request, topic) if agent == SUPPORT else not_mine(state)


def _ending(state: CareState, request: ModelRequest) -> ToolCall | None:
    turn, heard = state.turn, state.turn.heard
    satisfied = state.question.kind in ("else", "person", "food") and (heard.answer is False or heard.thanks)
    thanked = heard.thanks and state.question.kind != "greeting" and heard.answer is not True
    over = heard.leaving or heard.done or satisfied or thanked
    if not over or turn.results or turn.kept or turn.food or not _once(state, request, "end_call"):
        return None
    return request.fits("end_call", {"farewell": _GOODBYE})


def _talk(state: CareState) -> Step:
    """Words when there is nothing to be done."""
    turn, heard = state.turn, state.turn.heard
    for result in reversed(turn.results):
        if result.call.name in ("ask_for_person", "not_this_person"):
            if "error" in result.content:
                return Step(str(result.content["error"]).split(". ")[0] + ".")
            return Step(str(result.content.get("say") or say.FORGOTTEN))
    if turn.kept:
        return Step("All right, I leave it as it is.")
    if turn.rejected:
        return Step()
    if heard.identity:
        return Step("", Asking("else"))
    if heard.insult and heard.empty:
        return Step(say.joined(say.KIND, _HOW), Asking("anything"))
    if heard.repeat and state.spoken:
        return Step(state.spoken, state.question)
    if heard.hold:
        return Step(say.TAKE_YOUR_TIME, state.question)
    if turn.food:
        return Step("I cannot take an order from here.")
    if heard.person:
        return Step("I cannot put you through from here.")
    if not heard.text or heard.answer is not None or turn.handed:
        return Step(_HOW, Asking("anything"))
    return Step(f"{say.NOT_UNDERSTOOD} {_HOW}", Asking("anything"))


def _worded(state: CareState, step: Step) -> CareAct:
    identity = {"model": say.MODEL, "robot": say.ROBOT, "": ""}[
        "" if state.turn.told else state.turn.heard.identity
    ]
    sorry = _NOT_NOW if state.turn.rejected and not step.text else ""
    asking = step.asking or Asking("else")
    question = _ELSE if step.asking is None or (identity and asking.kind == "else") else ""
    return CareAct(Reply(say.joined(identity, sorry, *state.late, step.text, question)), asking)
