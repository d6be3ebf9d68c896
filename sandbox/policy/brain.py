"""One answer to one request: the history is replayed, then the next act is decided."""

import re

from sandbox.policy import say
from sandbox.policy.begun import told
from sandbox.policy.care import care
from sandbox.policy.cast import ORDER, PREFIX, Handed, Left, playing, share
from sandbox.policy.classify import classified
from sandbox.policy.codes import code_talk
from sandbox.policy.decide import Act, next_act
from sandbox.policy.driver_side import driving
from sandbox.policy.feedback_side import feedback
from sandbox.policy.generic import general
from sandbox.policy.kitchen_side import cooking
from sandbox.policy.listen import listen, resolve
from sandbox.policy.paying_again import paying
from sandbox.policy.request import ModelRequest, Note, Reply, Result, Said, Spoke, ToolCall
from sandbox.policy.results import take_call, take_note, take_result
from sandbox.policy.rules import rules_in
from sandbox.policy.state import Question, State
from sandbox.policy.transfer import for_order
from sandbox.policy.upset import EMERGENCY

# How a product tells a second model that the first one broke off.
_CUT_OFF = re.compile(r"cut off by a fault after these words[^'\"]*['\"](?P<said>.*?)['\"]\.", re.S)


def answer(request: ModelRequest) -> Reply:
    """The stand-in's reply; the same request always gets the same one."""
    if request.schema is not None or request.forced is not None:
        return classified(request)
    if "emergency" in rules_in(request.system) and EMERGENCY.search(request.last_said()):
        return Reply(say.EMERGENCY)
    if (goodbye := told(request)) is not None:
        return goodbye
    if (payment := paying(request)) is not None:
        return payment
    for tool, plan in (
        ("hear_offer", driving),
        ("rate_order", feedback),
        ("confirm_preparation_time", cooking),
    ):
        if tool in request.tools:
            return plan(request)
    about_code, request = code_talk(request)
    if about_code is not None:
        return about_code
    agent = playing(request.tools)
    if not agent:
        return general(request)
    reply = act(request).reply if agent == ORDER else care(request, agent).reply
    last = request.events[-1] if request.events else None
    if isinstance(last, Note) and (cut := _CUT_OFF.search(last.text)) and not reply.calls:
        return Reply(_rest(reply.text, cut["said"]))
    return reply


def _rest(text: str, said: str) -> str:
    """What is left of an answer whose beginning the caller has heard already."""
    if text.startswith(said):
        return text[len(said) :].strip() or say.ANYTHING_ELSE
    return re.split(r"(?<=[.!?]) ", text)[-1]


def act(request: ModelRequest) -> Act:
    """The order agent's next act, from the whole history."""
    state = State(tools=frozenset(request.tools), rules=rules_in(request.system))
    for event in share(request.events, ORDER):
        match event:
            case Said(text):
                if state.turn.heard.text or state.turn.results:
                    state.question = next_act(state, request).question
                listen(state, text)
            case Handed(text):
                state.question = Question("greeting")
                listen(state, for_order(text))
                state.turn.handed = True
            case Left():
                state.turn.left, state.confirmed = True, False
                state.wishes.clear()
            case Spoke(text):
                state.spoken = text
                state.late.clear()
            case Note(text):
                take_note(state, text)
            case ToolCall():
                take_call(state, event)
            case Result() if event.call.name.startswith(PREFIX):
                state.turn.rejected = True
                state.wishes.clear()
            case Result():
                take_result(state, event)
        resolve(state)
    return next_act(state, request)
