"""The caller's turn, taken into a conversation about placed orders: answers first, then what is new."""

import re

from sandbox.policy import deciding
from sandbox.policy.business import LEAVES, QUESTION, Business, business_in
from sandbox.policy.care_state import Asking, CareState, CareTurn, Topic
from sandbox.policy.cast import SUPPORT, TRACKING
from sandbox.policy.changes import changes_in
from sandbox.policy.hear import hear
from sandbox.policy.match import ordinal, telling
from sandbox.policy.praise import praises
from sandbox.policy.transfer import for_care, wants_food
from sandbox.policy.troubles import money_due, trouble_in
from sandbox.policy.which import narrowed, tells
from sandbox.policy.wishes import Heard

_ORDERISH = re.compile(r"\b(?:kar|order|delivery|everything|food|it|that|one|anything|money|call)\b", re.I)
_MY_ORDER = re.compile(r"\b(?:my|the|that|about an) (?:order|delivery|food)\b", re.I)
_KEEP = re.compile(
    r"\b(?:keep|leave) (?:it|that|the order|everything)\b(?! (?:at|with|outside|by|on|in)\b)|\bas it is\b",
    re.I,
)
_GO_ON = re.compile(
    r"\b(?:kar do|kar dijiye|karo|do it|do that|go ahead|please do|that'?s (?:fine|okay|ok))\b", re.I
)

_HEARD_AS = {
    "address": "address",
    "pick": "address",
    "proposal": "yes_or_no",
    "missing": "yes_or_no",
    "person": "yes_or_no",
    "food": "yes_or_no",
}
"""What an open question makes of bare words."""


def take_turn(state: CareState, agent: str, text: str, handed: bool) -> None:
    """Begin a new turn with what the caller said."""
    question = Asking("anything") if handed else state.question
    text = for_care(text)
    heard = hear(text, _HEARD_AS.get(question.kind, "none"))
    if heard.identity == "robot" and "machine" not in state.rules:
        heard.identity = ""
    business = business_in(text)
    state.question = question
    state.turn = CareTurn(heard, business, handed, not business.any and wants_food(text))
    state.turn.opened = deciding.opened(state) and heard.answer is not False
    if state.turn.opened or (question.kind == "missing" and deciding.answered(state, heard)):
        return
    fresh = _topic(agent, state, heard, business)
    if _answered(state, heard, business, fresh):
        return
    over = question.kind in ("else", "person", "food")
    before = state.topic
    if before is not None and (fresh or over or _finished(before)):
        state.done, state.topic = before, None
        if (
            fresh
            and before.kind == fresh.kind == "trouble"
            and not over
            and not before.results.get("file_complaint")
        ):
            fresh = _merged(before, fresh)
    if fresh is not None:
        _inherit(state, fresh)
        state.topic = fresh
    elif state.topic is not None and heard.answer is None and not heard.repeat:
        state.topic.words = f"{state.topic.words} {text}"
    elif state.topic is not None and (heard.answer is False or _KEEP.search(text)):
        state.topic, state.turn.kept = None, True
    elif _KEEP.search(text):
        state.turn.kept = True


def _finished(topic: Topic) -> bool:
    """Whether nothing is left to do or to ask."""
    match topic.kind:
        case "trouble":
            filed = topic.filed or "file_complaint" in topic.results
            return filed and (not money_due(topic.trouble, topic.money) or "process_refund" in topic.results)
        case "change":
            return "carry_out" in topic.results or "error" in topic.results.get("propose_change", {})
        case _:
            return True


def _merged(before: Topic, fresh: Topic) -> Topic:
    """One story told in two breaths."""
    fresh.words = f"{before.words} {fresh.words}"
    fresh.trouble = fresh.trouble or before.trouble
    fresh.money, fresh.wanted = fresh.money or before.money, fresh.wanted or before.wanted
    return fresh


def _topic(agent: str, state: CareState, heard: Heard, business: Business) -> Topic | None:
    """What is new in a turn, if it is this agent's to do."""
    text = heard.text
    if agent == SUPPORT and (business.trouble or (business.money and not business.cancel)):
        trouble = "" if business.trouble == "other" else business.trouble
        trouble = trouble or ("late" if business.where else "")
        return Topic("trouble", text, trouble, business.money, business.wanted)
    if business.trouble or (business.money and not business.cancel):
        return Topic("question", text)
    if business.rules:
        return Topic("question", text)
    if agent == TRACKING and LEAVES.search(text):
        return Topic("leave", text)
    if change := _change(state, heard, business):
        return change
    if business.receipt and agent == TRACKING:
        return Topic("receipt", text)
    if business.where or business.detail or _greeted(state, agent, heard):
        return Topic("where", text)
    if (
        agent == SUPPORT
        and not state.turn.food
        and _asks(heard)
        and state.question.kind not in ("which", "pick")
    ):
        return Topic("question", text)
    return None


def _greeted(state: CareState, agent: str, heard: Heard) -> bool:
    """The tracking agent's greeting asks about the order that is on its way; a handed caller comes for one."""
    alone = not (state.turn.food or heard.person or heard.not_me or praises(heard.text))
    if agent != TRACKING or not alone:
        return False
    first = state.question.kind == "greeting" and (heard.answer is True or _MY_ORDER.search(heard.text))
    return bool(first) or (state.turn.handed and heard.empty)


def _asks(heard: Heard) -> bool:
    talk = heard.identity or heard.person or heard.repeat or heard.hold or heard.leaving or heard.not_me
    return bool(QUESTION.search(heard.text)) and not talk and len(heard.text.split()) > 3


def _change(state: CareState, heard: Heard, business: Business) -> Topic | None:
    text = heard.text
    if state.turn.food:
        return None
    made = [wish for wish in changes_in(text)[0] if wish.kind in ("change", "remove")]
    lines = [wish for wish in made if wish.query and not _ORDERISH.search(wish.query)]
    if lines and (lines[0].kind == "remove" or lines[0].quantity is not None):
        wish = lines[0]
        if wish.kind == "remove":
            return Topic("change", text, action="remove", target=wish.query)
        return Topic(
            "change", text, action="quantity", target=wish.query, arguments={"quantity": wish.quantity}
        )
    place = heard.address if business.moved or any(map(str.isdigit, heard.address.get("text", ""))) else {}
    if business.cancel:
        return Topic("change", text, action="cancel")
    if place or (business.moved and state.question.kind not in ("address", "pick")):
        return Topic("change", text, action="address", place=dict(place))
    if business.note:
        return Topic("change", text, action="note", arguments={"note": business.note})
    return None


def _answered(state: CareState, heard: Heard, business: Business, fresh: Topic | None) -> bool:
    """Whether the turn answers the open question; if it does, the topic goes on with it."""
    topic = state.topic
    match state.question.kind:
        case "person" if heard.answer is True and not business.any:
            heard.person = True
            return False
        case "food" if heard.answer is True and not business.any:
            state.turn.food = True
            return False
        case _ if topic is None:
            return False
        case "proposal" | "unheard":
            return _proposal(state, topic, heard, fresh)
        case "which":
            return _which(state, topic, heard, business, fresh)
        case "wrong" if fresh is None or fresh.kind == "trouble":
            return _wrong(topic, heard, business)
        case "dishes" if topic.kind == "change" and fresh is None and heard.answer is None:
            topic.target = re.sub(r"^(?:the|my)\s+", "", heard.text.strip(" .,!?"), flags=re.I)
            topic.results.pop("propose_change", None)
            return True
        case "dishes" if fresh is None or fresh.kind == "trouble":
            topic.words = f"{topic.words} {heard.text}"
            topic.dishes = (
                []
                if heard.answer is not None and len(heard.text.split()) < 3
                else [heard.text.strip(" .,!?")]
            )
            topic.results.pop("process_refund", None)
            return True
        case "address" | "pick":
            return _place(state, topic, heard)
    return False


def _proposal(state: CareState, topic: Topic, heard: Heard, fresh: Topic | None) -> bool:
    same = (
        fresh is None
        or (fresh.action == topic.action == "cancel")
        or (fresh.kind == "question" and bool(heard.answer))
    )
    if not same or state.turn.food:
        return False
    if heard.repeat or state.question.kind == "unheard":
        if heard.answer is False:
            return False
        topic.results.pop("propose_change", None)
        return True
    if heard.answer is False or _KEEP.search(heard.text):
        state.topic, state.turn.kept = None, True
        return True
    if heard.answer is True or (heard.answer is None and _GO_ON.search(heard.text)):
        topic.agreed = True
        return True
    state.turn.missed = not heard.hold
    return fresh is None


def _which(state: CareState, topic: Topic, heard: Heard, business: Business, fresh: Topic | None) -> bool:
    asked = [state.orders[handle] for handle in state.question.orders if handle in state.orders]
    place = ordinal(heard.text, len(asked))
    if place is not None:
        topic.order = str(asked[place]["order"])
    elif tells(asked, heard.text) and len(found := narrowed(asked, heard.text)) == 1:
        topic.order = str(found[0]["order"])
    elif fresh is not None and fresh.kind != topic.kind:
        return False
    elif heard.answer is False:
        state.topic, state.turn.kept = None, True
        return True
    else:
        state.turn.missed = True
    if business.any:
        topic.words = f"{topic.words} {heard.text}"
    topic.trouble = topic.trouble or business.trouble
    topic.money, topic.wanted = topic.money or business.money, business.wanted or topic.wanted
    for refused in [name for name, content in topic.results.items() if "error" in content]:
        del topic.results[refused]
    return True


def _wrong(topic: Topic, heard: Heard, business: Business) -> bool:
    topic.words = heard.text if len(topic.words.split()) < 4 else f"{topic.words.rstrip(' .')}. {heard.text}"
    topic.trouble = trouble_in(heard.text) or topic.trouble or "other"
    topic.money, topic.wanted = topic.money or business.money, business.wanted or topic.wanted
    topic.results.pop("file_complaint", None)
    return True


def _place(state: CareState, topic: Topic, heard: Heard) -> bool:
    options = state.question.places
    place = ordinal(heard.text, len(options)) if options else None
    if place is None and options:
        place = telling(heard.text, [str(option.get("spoken", "")) for option in options])
    if place is None and len(options) == 1 and heard.answer:
        place = 0
    if place is not None:
        topic.place = {"saved": str(options[place]["address"])}
    elif heard.address:
        topic.place = dict(heard.address)
    elif heard.answer is False or _KEEP.search(heard.text):
        state.topic, state.turn.kept = None, True
        return True
    else:
        return False
    topic.results.pop("verify_address", None)
    return True


def _inherit(state: CareState, fresh: Topic) -> None:
    """Money asked for after a complaint was filed is about the same order and the same trouble."""
    before = state.done
    if fresh.kind != "trouble" or before is None or before.kind != "trouble" or not before.order:
        return
    facts = state.facts()
    if tells(facts, fresh.words) and before.order not in [
        order["order"] for order in narrowed(facts, fresh.words)
    ]:
        return
    fresh.order = before.order
    if fresh.money and not fresh.trouble:
        fresh.trouble, fresh.filed = before.trouble, True
        fresh.words, fresh.dishes = f"{before.words} {fresh.words}", before.dishes
